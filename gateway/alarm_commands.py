"""`taigan-gateway alarm`: what people are called for, and closing it. Needs the database alone."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.opening import DEFAULT_CONFIG, Config, EnvFile, by_hand, transaction_of
from taigan.terminal import fail

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

alarms = typer.Typer(no_args_is_help=True, help="What people are called for.")

Reason = Annotated[str, typer.Option(help="What was done, or why nothing need be. Kept.")]


@alarms.command("list")
def alarm_list(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print open alarms, the worst first: id, severity, kind, lane, about, times, since, detail."""
    from gateway.records.alarms import open_alarms

    with transaction_of(config, env_file) as connection:
        for row in open_alarms(connection):
            typer.echo(_line(row))


@alarms.command("close")
def alarm_close(
    alarm_id: str, reason: Reason, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Close an alarm by hand, as the console does. What is not over opens a new one."""
    from pydantic import TypeAdapter, ValidationError

    from gateway.records.alarms import AlarmIsClosed, AlarmNotFound, close_alarm
    from gateway.registry.fields import Text400

    try:
        why = TypeAdapter(Text400).validate_python(reason)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"], param_hint="--reason") from error
    person, now_ms = by_hand()
    with transaction_of(config, env_file) as connection:
        try:
            row = close_alarm(connection, alarm_id, person, why, now_ms)
        except AlarmNotFound:
            fail(f"there is no alarm {alarm_id}: `taigan-gateway alarm list` names the open ones")
        except AlarmIsClosed as error:
            fail(f"alarm {alarm_id} was {error}")
    typer.echo(f"{row['id']} {row['kind']} closed by {row['resolved_by']}")


def _line(row: "RowMapping") -> str:
    from gateway.http.times import at_of
    from gateway.records.alarm_kinds import ALARMS

    known = ALARMS.get(row["kind"])
    fields = (
        row["id"],
        known.severity if known else "-",
        row["kind"],
        f"{row['yard_id']}/{row['lane_id']}" if row["lane_id"] else "-",
        row["subject"] or "-",
        row["count"],
        f"{at_of(row['first_ms']):%Y-%m-%dT%H:%M:%SZ}",
        row["detail"],
    )
    return "\t".join(map(str, fields))
