"""The command `taigan-settlement`. Data goes to stdout, everything else to stderr."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `price` start fast

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from settlement.approval_commands import proposal_app, propose_app
from settlement.opening import (
    DEFAULT_CONFIG,
    ConfigFile,
    EnvFile,
    need_database,
    open_all,
    services_of,
)
from settlement.payout_commands import payout_app, rail_app
from settlement.people_commands import person_app
from taigan.exit_codes import WRONG_SETTINGS
from taigan.terminal import fail, say

if TYPE_CHECKING:
    from settlement.config import Settings
    from settlement.services import Services

app = typer.Typer(
    help="Price tickets, keep the ledger, pay drivers, notify them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

app.add_typer(rail_app, name="rail")
app.add_typer(payout_app, name="payout")
app.add_typer(person_app, name="person")
app.add_typer(propose_app, name="propose")
app.add_typer(proposal_app, name="proposal")


def _migrate(config: Path, services: "Services") -> None:
    from settlement.migrations import upgrade
    from taigan.reachable import reachable

    with reachable(services.database.engine, config):
        upgrade(services.database)


@app.command()
def init(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Create or update the database's schema and the heads' key; a repeat changes nothing."""
    from taigan.key_file import create_key

    services = open_all(config, env_file)
    with closing(services.database):
        _migrate(config, services)
    heads = services.settings.heads
    if heads is not None and create_key(heads.key_file):
        say(f"the heads' key was written to {heads.key_file}")


@app.command()
def migrate(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Bring the database's schema to this version; the same as init."""
    services = open_all(config, env_file)
    with closing(services.database):
        _migrate(config, services)


@app.command()
def serve(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Serve the API, with the worker inside if the settings say so. Migrates first."""
    import uvicorn

    from settlement.app import create_app
    from settlement.health import standstill
    from settlement.rereading import rereading
    from taigan.reachable import take_port
    from taigan.supervisor import Supervisor
    from taigan.web_server import serve as run_server
    from taigan.web_server import server_config

    services = open_all(config, env_file)
    _need_lanes(config, services)
    http = services.settings.http
    with (
        take_port(http.host, http.port, config) as listening,
        rereading(services, lambda: _settings(config, env_file)),
    ):
        _migrate(config, services)
        app = create_app(services)
        alive = Supervisor(lambda: standstill(app)).alive
        settings = server_config(app, host=http.host, port=http.port, alive=alive)
        run_server(uvicorn.Server(settings), listening)


@app.command()
def worker(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Pay and notify in a process of its own, beside others; needs PostgreSQL."""
    from settlement.rereading import rereading
    from settlement.workers.running import run_until_signal

    services = open_all(config, env_file)
    if services.settings.worker.inside_serve:
        fail("worker.inside_serve is true: the worker runs inside serve", WRONG_SETTINGS)
    _need_lanes(config, services)
    need_database(config, services)
    with rereading(services, lambda: _settings(config, env_file)):
        run_until_signal(services)


def _settings(config: Path, env_file: Path | None) -> "Settings":
    from settlement.config import Settings
    from taigan.settings import load

    return load(config, Settings, env_file)


@app.command()
def lanes(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print the lanes that the guard would believe by the settings as they are now."""
    from settlement.config import Settings
    from taigan.terminal import read_settings

    pinned = read_settings(config, Settings, env_file).guard
    for lane, keys in sorted(pinned.lane_keys.items()):
        typer.echo("\t".join([lane, *keys]))


@app.command()
def doctor(
    config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None, *, as_json: AsJson = False
) -> None:
    """Look at everything that settlement needs; changes nothing. Ends with 1 if a check fails."""
    from settlement.doctor import examine

    raise typer.Exit(examine(config, env_file, as_json=as_json))


@app.command()
def check(
    config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None, *, as_json: AsJson = False
) -> None:
    """Look if the database keeps what explains money, whoever writes. Ends with 1 if not."""
    from settlement.check import examine

    raise typer.Exit(examine(config, env_file, as_json=as_json))


def _need_lanes(config: Path, services: "Services") -> None:
    """End the command if the guard would hold every payout and nobody said that it may."""
    defect = services.settings.guard.defect
    if defect is not None:
        fail(f"{config}: {defect}", WRONG_SETTINGS)


@app.command()
def head(
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
    *,
    key: Annotated[bool, typer.Option("--key", help="Print the verifier's key instead.")] = False,
) -> None:
    """Sign everything up to now and print the head, to be kept elsewhere."""
    from taigan.heads.commands import head_or_key

    with services_of(config, env_file) as services:
        typer.echo(head_or_key(services.keeper, services.settings.heads, key=key), nl=key)


@app.command()
def price(
    contract: Annotated[Path, typer.Option(help="ContractTerms as JSON.")],
    load: Annotated[Path, typer.Option(help="Load as JSON.")],
) -> None:
    """Price a load and write the settlement with every line as JSON."""
    from settlement.messages import ContractTerms, Load
    from settlement.pricing.price import TotalBelowZero, Unpriceable, price_load
    from settlement.strict_json import BadInput, read_form

    try:
        terms = read_form(contract.read_bytes(), ContractTerms)
        priced = price_load(read_form(load.read_bytes(), Load), terms)
    except (BadInput, TotalBelowZero, Unpriceable, OSError) as error:
        fail(str(error))
    typer.echo(priced.model_dump_json(indent=2))


@app.command()
def deposit(  # noqa: PLR0913, PLR0917 - a command's options
    contract: Annotated[str, typer.Option(help="The contract's id.")],
    amount_minor: Annotated[int, typer.Option(help="Fen, positive.", min=1, max=10**15)],
    key: Annotated[str, typer.Option(help="Idempotency key: a repeat books nothing.")],
    reference: Annotated[str, typer.Option(help="The bank's reference.")] = "",
    new_contract: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--new-contract", help="Its first deposit; a mistyped id is refused.")
    ] = False,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Book a consignor's deposit and release the payouts that waited for it."""
    from settlement.payouts.funding import Deposit, KeyReused, UnknownContract
    from settlement.payouts.funding import deposit as book

    paid_in = Deposit(contract_id=contract, amount_minor=amount_minor, reference=reference)
    with services_of(config, env_file) as services:
        try:
            receipt = services.run(lambda tx: book(tx, key, paid_in, opens_contract=new_contract))
        except UnknownContract as error:
            fail(f"{error} by --new-contract")
        except KeyReused as error:
            fail(str(error))
    typer.echo(f"{receipt.deposit_id} free_minor={receipt.free_minor} released={receipt.released}")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
