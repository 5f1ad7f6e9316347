"""The command `taigan-settlement`. Data goes to stdout, everything else to stderr."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `price` start fast

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taigan.exit_codes import WRONG_SETTINGS
from taigan.terminal import fail

if TYPE_CHECKING:
    from settlement.office import Office

app = typer.Typer(
    help="Price tickets, keep the ledger, pay drivers, tell them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rail_app = typer.Typer(help="The kill switch of a bank rail.", no_args_is_help=True)
payout_app = typer.Typer(help="Payouts that wait for a person.", no_args_is_help=True)
app.add_typer(rail_app, name="rail")
app.add_typer(payout_app, name="payout")

ConfigFile = Annotated[Path, typer.Option("--config", help="TOML file with the settings.")]


def _office(config: Path) -> "Office":
    from settlement.config import Settings
    from settlement.office import open_office
    from taigan.logs import configure_logs
    from taigan.terminal import read_settings

    configure_logs({"uvicorn.error": logging.INFO})
    return open_office(read_settings(config, Settings))


def _migrate(config: Path) -> "Office":
    from settlement.migrations import upgrade

    office = _office(config)
    upgrade(office.database)
    return office


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

    office = _migrate(config)
    http = office.settings.http
    run_server(uvicorn.Server(server_config(create_app(office), host=http.host, port=http.port)))


@app.command()
def worker(config: ConfigFile) -> None:
    """Pay and tell in a process of its own, beside others; needs PostgreSQL."""
    from settlement.workers.running import run_until_signal

    office = _office(config)
    if office.settings.worker.inside_serve:
        fail("worker.inside_serve is true: the worker runs inside serve", WRONG_SETTINGS)
    run_until_signal(office)


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

    office = _office(config)
    paid_in = Deposit(contract_id=contract, amount_minor=amount_minor, reference=reference)
    try:
        receipt = office.database.run(lambda c: book(office.turn(c), key, paid_in))
    except KeyReused as error:
        fail(str(error))
    typer.echo(f"{receipt.deposit_id} free_minor={receipt.free_minor} released={receipt.released}")


@rail_app.command()
def pause(
    config: ConfigFile,
    reason: Annotated[str, typer.Option(help="Why; shown to everyone.", max=200)],
    rail: str = "sandbox",
) -> None:
    """Stop all sending at once; payouts wait, the bank is still asked."""
    _switch(config, rail, paused=True, why=reason)


@rail_app.command()
def resume(config: ConfigFile, rail: str = "sandbox") -> None:
    """Send again, and release what waited for the rail."""
    _switch(config, rail, paused=False, why="")


def _switch(config: Path, rail: str, *, paused: bool, why: str) -> None:
    from settlement.payouts.holds import pause_rail, resume_rail

    office = _office(config)
    try:
        if paused:
            office.database.run(lambda c: pause_rail(office.turn(c), rail, why))
            typer.echo(f"{rail} paused")
        else:
            released = office.database.run(lambda c: resume_rail(office.turn(c), rail))
            typer.echo(f"{rail} running, released {released}")
    except LookupError as error:
        fail(str(error))


@payout_app.command()
def release(config: ConfigFile, payout_id: str) -> None:
    """Let a payout held by guard or limit be examined again."""
    from uuid import UUID

    from settlement.payouts.holds import NotReleasable, release_held

    office = _office(config)
    try:
        office.database.run(lambda c: release_held(office.turn(c), UUID(payout_id)))
    except (NotReleasable, ValueError) as error:
        fail(str(error))
    typer.echo(f"{payout_id} released")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
