"""`taigan-gateway audit`: whether the audit trail is whole. Needs the database alone."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.config import DatabaseAlone
from gateway.opening import DEFAULT_CONFIG, Config, EnvFile, open_database
from taigan.terminal import fail, read_settings, say

if TYPE_CHECKING:
    from gateway.trail.checking import Head

audit = typer.Typer(no_args_is_help=True, help="The trail of who did what.")

Known = Annotated[
    str | None,
    typer.Option(help="A head that an earlier `audit verify` printed, kept on another machine."),
]


@audit.callback()
def group() -> None:
    """Who did what: the trail that the gateway keeps."""


@audit.command("verify")
def audit_verify(
    known: Known = None, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Check the hash chain of the trail and print its head. Ends with 1 if it does not hold."""
    from gateway.trail.checking import check_trail
    from taigan.reachable import reachable

    noted = None if known is None else _read(known)
    engine = open_database(config, read_settings(config, DatabaseAlone, env_file).database.url)
    with reachable(engine, config):
        checked = check_trail(engine, noted)
    for defect in checked.defects:
        say(defect)
    typer.echo(str(checked.head))
    if checked.defects:
        fail(f"the trail has {len(checked.defects)} defects")


def _read(known: str) -> "Head":
    from gateway.trail.checking import read_head

    try:
        return read_head(known)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--known") from error
