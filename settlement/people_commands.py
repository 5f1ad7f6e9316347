"""`taigan-settlement person`: keys of those who decide about money, and who they are."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settlement.opening import DEFAULT_CONFIG, ConfigFile, EnvFile, database_of
from taigan.terminal import fail, say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

person_app = typer.Typer(help="People who decide about money, by their keys.", no_args_is_help=True)

PublicText = Annotated[str, typer.Option("--public", help="As `person key` prints it.")]
KeyFile = Annotated[Path, typer.Option("--key", help="Your key file; asks for its passphrase.")]


@person_app.command()
def key(path: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Make a person's key on that person's own machine, and print its public half."""
    from taigan.approvals.key_files import create_key_file
    from taigan.approvals.signatures import public_key

    passphrase = _passphrase(f"New passphrase for {path}", twice=True)
    try:
        made = create_key_file(path, passphrase)
    except (OSError, ValueError) as error:
        fail(str(error))
    typer.echo(public_key(made).public)


@person_app.command()
def add(
    name: str,
    public: PublicText,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Enter one of the first two people, at installation; further ones are proposed."""
    from pydantic import ValidationError

    from settlement.registers.people import NotAFounder, add_founder
    from taigan.approvals.forms import PublicKey

    with database_of(config, env_file) as database:
        try:
            entered = PublicKey(public=public)
            database.run(lambda c: add_founder(c, name, entered, database.now_ms(c)))
        except ValidationError as error:
            fail(f"--public: {error.errors()[0]['msg']}")
        except NotAFounder as error:
            fail(str(error))
    typer.echo(f"{name} may sign")


@person_app.command("list")
def person_list(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print who may sign: name, key id, public key."""
    from settlement.registers.people import read_people

    with database_of(config, env_file) as database, database.snapshot() as connection:
        people = read_people(connection, database.now_ms(connection))
    for key_id in sorted(people.active, key=lambda one: people.ever[one].name):
        person = people.ever[key_id]
        typer.echo(f"{person.name}\t{key_id}\t{person.key.public}")
    if not people.active:
        say("nobody yet: `taigan-settlement person key`, then `person add`, twice")


def open_key(path: Path) -> "Ed25519PrivateKey":
    """Return the key of a file after asking for its passphrase; end if it cannot be opened."""
    from taigan.approvals.key_files import BadKeyFile, read_key_file

    try:
        return read_key_file(path, _passphrase(f"Passphrase of {path}", twice=False))
    except BadKeyFile as error:
        fail(str(error))


def _passphrase(question: str, *, twice: bool) -> str:
    """Ask at the terminal; read one line where standard input is none. Never an argument."""
    if sys.stdin.isatty():
        asked: str = typer.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
        return asked
    return sys.stdin.readline().rstrip("\n")
