"""`taigan-settlement rail` and `payout`: the kill switch, and payouts that wait for a person."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from settlement.opening import DEFAULT_CONFIG, ConfigFile, EnvFile, database_of, services_of
from taigan.exit_codes import WRONG_USAGE
from taigan.terminal import fail, say

if TYPE_CHECKING:
    from settlement.payouts.listing import PayoutLine
    from settlement.services import Services

rail_app = typer.Typer(help="The kill switch of the bank rails.", no_args_is_help=True)
payout_app = typer.Typer(help="Payouts that wait for a person.", no_args_is_help=True)

AT_ONCE: Final = 200
"""Payouts released in one transaction: workers are not kept waiting."""

EXAMINED: Final = "will be examined again by the guard and the limits"
"""What a release does, and all that it does: a payout that is not right is held once more."""

OneRail = Annotated[str | None, typer.Option("--rail", help="Only this one. Default: every rail.")]
Reason = Annotated[str | None, typer.Option(help="Such as guard, limit, funds.")]


@rail_app.command()
def pause(
    reason: Annotated[str, typer.Option(help="Why; shown to everyone.", max=200)],
    rail: OneRail = None,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Stop all sending at once; payouts wait, the bank is still asked. Needs the database alone."""
    from settlement.payouts.holds import pause_rails

    with database_of(config, env_file) as database:
        try:
            paused = database.run(
                lambda connection: pause_rails(
                    connection, rail, reason, database.now_ms(connection)
                )
            )
        except LookupError as error:
            fail(str(error))
    for name in paused:
        typer.echo(f"{name} paused{_not_set_up(config, env_file, name)}")


@rail_app.command()
def resume(
    rail: OneRail = None, config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Send again, and release what waited for the rail."""
    from settlement.payouts.holds import resume_rails

    with services_of(config, env_file) as services:
        try:
            released = services.run(lambda tx: resume_rails(tx, rail))
        except LookupError as error:
            fail(str(error))
    for name, count in released.items():
        not_set_up = "" if name in services.rails else " (not set up)"
        typer.echo(f"{name} running, released {count}{not_set_up}")


@rail_app.command("list")
def rail_list(config: ConfigFile = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print every rail with its switch, and why it is paused."""
    from settlement.payouts.controls import switches

    with database_of(config, env_file) as database, database.snapshot() as connection:
        for name, paused, why in switches(connection):
            typer.echo(f"{name}\tpaused\t{why}" if paused else f"{name}\trunning")


@payout_app.command("list")
def payout_list(
    state: Annotated[str | None, typer.Option(help="Such as held, manual, failed.")] = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Print payouts, newest first: id, state, reason, fen, order, driver, time, detail."""
    from settlement.messages import PayoutState
    from settlement.payouts.listing import list_payouts

    if state is not None and state not in set(PayoutState):
        raise typer.BadParameter(f"state must be one of {', '.join(PayoutState)}")
    chosen = None if state is None else PayoutState(state)
    with database_of(config, env_file) as database, database.snapshot() as connection:
        page = list_payouts(connection, chosen, None, limit, reason=reason)
    for line in page.items:
        typer.echo(_row(line))
    if page.next_cursor is not None:
        say(f"there are more than {limit}: --limit shows more")


def _row(line: "PayoutLine") -> str:
    fields = (
        line.payout_id,
        line.state,
        line.reason or "-",
        line.amount_minor,
        line.order_no,
        line.driver_id,
        f"{line.created_at:%Y-%m-%dT%H:%M:%SZ}",
        line.detail or "",
    )
    # A bank's words are part of the detail: one payout stays one line.
    return "\t".join(re.sub(r"\s+", " ", str(field)) for field in fields)


@payout_app.command()
def release(
    payout_ids: Annotated[list[str] | None, typer.Argument()] = None,
    reason: Annotated[
        str | None,
        typer.Option(help="Instead of ids, all held for it: guard, limit, payout_altered."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Let payouts held as doubtful or by a limit be examined again: nothing is overruled."""
    from settlement.payouts.holds import EXAMINED_AGAIN

    if bool(payout_ids) == bool(reason):
        fail("name payouts, or a reason with --reason", WRONG_USAGE)
    if reason is not None and reason not in EXAMINED_AGAIN:
        fail(f"--reason must be one of {', '.join(EXAMINED_AGAIN)}", WRONG_USAGE)
    with services_of(config, env_file) as services:
        if reason is None:
            _release_named(services, payout_ids or [])
        else:
            _release_all(services, reason)


def _release_named(services: "Services", payout_ids: Iterable[str]) -> None:
    from uuid import UUID

    from settlement.payouts.holds import NotReleasable, release_held

    for payout_id in payout_ids:
        try:
            services.run(partial(release_held, payout_id=UUID(payout_id)))
        except (NotReleasable, ValueError) as error:
            fail(str(error))
        typer.echo(f"{payout_id}: {EXAMINED}")


def _release_all(services: "Services", reason: str) -> None:
    """Release what is held now. What the guard holds again meanwhile is not released twice."""
    from settlement.payouts.holds import held_for, release_those_held

    with services.database.snapshot() as connection:
        waiting = held_for(connection, reason)
    released = 0
    for start in range(0, len(waiting), AT_ONCE):
        some = waiting[start : start + AT_ONCE]
        released += services.run(partial(release_those_held, payout_ids=some, reason=reason))
    typer.echo(f"{released} of {len(waiting)} held for {reason}: {EXAMINED}")


def _not_set_up(config: Path, env_file: Path | None, rail: str) -> str:
    """Return what to add about a paused rail that the settings do not have, if they can be read."""
    from settlement.config import Settings
    from settlement.payouts.rails import RAILS
    from taigan.settings import WrongSettings, load

    try:
        settings = load(config, Settings, env_file)
    except WrongSettings:  # the switch is set, and needed none of them
        return ""
    row = RAILS.get(rail)
    return "" if row is not None and row.set_up(settings) is not None else " (not set up)"
