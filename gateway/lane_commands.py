"""`taigan-gateway lane`: which boxes are believed to be a lane. Needs the database alone."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.opening import DEFAULT_CONFIG, Config, EnvFile, by_hand, transaction_of
from taigan.terminal import fail

if TYPE_CHECKING:
    from gateway.registry.schemas import LaneIn

lanes = typer.Typer(no_args_is_help=True, help="Lanes, and the keys of their boxes.")

Request = Annotated[
    typer.FileText, typer.Argument(help="What `taigan-edge request` wrote at the box; - reads it.")
]
Lane = Annotated[str, typer.Argument(help="YARD/LANE, as `lane list` prints it.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="A new box at a registered lane: its key holds from now.")
]


@lanes.command("add")
def lane_add(
    request: Request,
    *,
    replace: Replace = False,
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Register the lane that asks, and its yard. `taigan-server lane` does all that it needs."""
    from gateway.registry.joining import LaneTaken, join

    lane = _read(request)
    place = f"{lane.yard_id}/{lane.id}"
    with transaction_of(config, env_file) as connection:
        try:
            became = join(connection, lane, by_hand(), replaces=replace)
        except LaneTaken as error:
            fail(f"{place}: {error}")
    typer.echo(f"{place} {became.value}, key {lane.public_key}")


@lanes.command("list")
def lane_list(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print every registered lane: name, key of its box, e and max in kg, active or retired."""
    from sqlalchemy import select

    from gateway.registry.tables import lanes as table

    ordered = select(table).order_by(table.c.yard_id, table.c.id)
    with transaction_of(config, env_file) as connection:
        for row in connection.execute(ordered):
            typer.echo(
                f"{row.yard_id}/{row.id}\t{row.public_key}\t{row.e_kg}\t{row.max_kg}\t{row.status}"
            )


@lanes.command("retire")
def lane_retire(lane: Lane, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Expect nothing of a lane any more: no alarm, no place on the board. Its records stay."""
    _set_status(lane, "retired", config, env_file)


@lanes.command("activate")
def lane_activate(lane: Lane, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Let a retired lane in again."""
    _set_status(lane, "active", config, env_file)


def _set_status(
    name: str, status: Literal["active", "retired"], config: Path, env_file: Path | None
) -> None:
    from sqlalchemy import select

    from gateway.registry.retiring import set_status
    from gateway.registry.tables import lanes as table

    yard, _, lane = name.partition("/")
    is_it = select(table.c.id).where(table.c.yard_id == yard, table.c.id == lane)
    with transaction_of(config, env_file) as connection:
        if connection.execute(is_it).first() is None:
            fail(f"there is no lane {name}: `taigan-gateway lane list` names them")
        changed = set_status(connection, yard, lane, status, by_hand())
    typer.echo(f"{name} {'is' if changed else 'was'} {status}")


def _read(request: typer.FileText) -> "LaneIn":
    from gateway.registry.joining import BadRequest, read_request

    try:
        return read_request(request.read())
    except (UnicodeDecodeError, BadRequest) as error:
        fail(f"{request.name}: {error}")
