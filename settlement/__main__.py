"""The command `taigan-settlement`. Data goes to stdout, everything else to stderr."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `price` start fast

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taigan.exit_codes import WRONG_SETTINGS
from taigan.terminal import fail

if TYPE_CHECKING:
    from settlement.services import Services

app = typer.Typer(
    help="Price tickets, keep the ledger, pay drivers, notify them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rail_app = typer.Typer(help="The kill switch of the bank rails.", no_args_is_help=True)
payout_app = typer.Typer(help="Payouts that wait for a person.", no_args_is_help=True)
app.add_typer(rail_app, name="rail")
app.add_typer(payout_app, name="payout")

ConfigFile = Annotated[Path, typer.Option("--config", help="TOML file with the settings.")]


def _services(config: Path) -> "Services":
    from settlement.config import Settings
    from settlement.payouts.rails.rail import RailNotSetUp
    from settlement.services import open_services
    from taigan.logs import configure_logs
    from taigan.terminal import read_settings

    configure_logs({"uvicorn.error": logging.INFO})
    settings = read_settings(config, Settings)
    try:
        return open_services(settings)
    except RailNotSetUp as error:
        fail(f"{config}: {error}", WRONG_SETTINGS)


def _migrate(config: Path) -> "Services":
    from settlement.migrations import upgrade
    from taigan.reachable import reachable

    services = _services(config)
    with reachable(services.database.engine, config):
        upgrade(services.database)
    return services


@app.command()
def init(config: ConfigFile) -> None:
    """Create or update the database's schema; a repeat changes nothing."""
    _migrate(config)


@app.command()
def migrate(config: ConfigFile) -> None:
    """Bring the database's schema to this version; the same as init."""
    _migrate(config)


@app.command()
def serve(config: ConfigFile) -> None:
    """Serve the API, with the worker inside if the settings say so. Migrates first."""
    import uvicorn

    from settlement.app import create_app
    from taigan.web_server import serve as run_server
    from taigan.web_server import server_config

    services = _migrate(config)
    _need_lanes(config, services)
    http = services.settings.http
    server = uvicorn.Server(server_config(create_app(services), host=http.host, port=http.port))
    run_server(server)


@app.command()
def worker(config: ConfigFile) -> None:
    """Pay and notify in a process of its own, beside others; needs PostgreSQL."""
    from settlement.workers.running import run_until_signal

    services = _services(config)
    if services.settings.worker.inside_serve:
        fail("worker.inside_serve is true: the worker runs inside serve", WRONG_SETTINGS)
    _need_lanes(config, services)
    run_until_signal(services)


def _need_lanes(config: Path, services: "Services") -> None:
    """End the command if the guard would hold every payout and nobody said that it may."""
    defect = services.settings.guard.defect
    if defect is not None:
        fail(f"{config}: {defect}", WRONG_SETTINGS)


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
def deposit(
    config: ConfigFile,
    contract: Annotated[str, typer.Option(help="The contract's id.")],
    amount_minor: Annotated[int, typer.Option(help="Fen, positive.", min=1, max=10**15)],
    key: Annotated[str, typer.Option(help="Idempotency key: a repeat books nothing.")],
    reference: Annotated[str, typer.Option(help="The bank's reference.")] = "",
) -> None:
    """Book a consignor's deposit and release the payouts that waited for it."""
    from settlement.payouts.funding import Deposit, KeyReused
    from settlement.payouts.funding import deposit as book

    services = _services(config)
    paid_in = Deposit(contract_id=contract, amount_minor=amount_minor, reference=reference)
    try:
        receipt = services.run(lambda tx: book(tx, key, paid_in))
    except KeyReused as error:
        fail(str(error))
    typer.echo(f"{receipt.deposit_id} free_minor={receipt.free_minor} released={receipt.released}")


OneRail = Annotated[str | None, typer.Option("--rail", help="Only this one. Default: every rail.")]


@rail_app.command()
def pause(
    config: ConfigFile,
    reason: Annotated[str, typer.Option(help="Why; shown to everyone.", max=200)],
    rail: OneRail = None,
) -> None:
    """Stop all sending at once; payouts wait, the bank is still asked."""
    from settlement.payouts.holds import pause_rails

    services = _services(config)
    try:
        paused = services.run(lambda tx: pause_rails(tx, rail, reason))
    except LookupError as error:
        fail(str(error))
    for name in paused:
        typer.echo(f"{name} paused{_not_set_up(services, name)}")


@rail_app.command()
def resume(config: ConfigFile, rail: OneRail = None) -> None:
    """Send again, and release what waited for the rail."""
    from settlement.payouts.holds import resume_rails

    services = _services(config)
    try:
        released = services.run(lambda tx: resume_rails(tx, rail))
    except LookupError as error:
        fail(str(error))
    for name, count in released.items():
        typer.echo(f"{name} running, released {count}{_not_set_up(services, name)}")


def _not_set_up(services: "Services", rail: str) -> str:
    """Return what to add about a rail whose switch is set, but that the settings do not have."""
    return "" if rail in services.rails else " (not set up)"


@payout_app.command()
def release(config: ConfigFile, payout_id: str) -> None:
    """Let a payout held by guard or limit be examined again."""
    from uuid import UUID

    from settlement.payouts.holds import NotReleasable, release_held

    services = _services(config)
    try:
        services.run(lambda tx: release_held(tx, UUID(payout_id)))
    except (NotReleasable, ValueError) as error:
        fail(str(error))
    typer.echo(f"{payout_id} released")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
