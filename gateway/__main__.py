"""The gateway's command line."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `key` start fast

import secrets
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.alarm_commands import alarms
from gateway.audit_commands import audit
from gateway.config import DatabaseAlone, HeadsAlone, Settings, SigningAlone
from gateway.lane_commands import lanes
from gateway.opening import DEFAULT_CONFIG, Config, EnvFile
from gateway.user_commands import refuse_on_command_line, users
from taigan.exit_codes import WRONG_SETTINGS
from taigan.logs import configure_logs
from taigan.terminal import fail, read_settings, say

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy import Engine

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
cli.add_typer(users, name="user")
cli.add_typer(alarms, name="alarm")
cli.add_typer(lanes, name="lane")
cli.add_typer(audit, name="audit")

AdminPasswordOption = Annotated[
    str | None,
    typer.Option(hidden=True, envvar="TAIGAN_ADMIN_PASSWORD", callback=refuse_on_command_line),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
PortOption = Annotated[int, typer.Option(min=1, max=65535)]
DataOption = Annotated[Path, typer.Option("--data", file_okay=False)]


@cli.command()
def init(
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
    admin_password: AdminPasswordOption = None,
) -> None:
    """Prepare database, signing key and the user `admin`; repeating it changes nothing.

    The password of `admin` is TAIGAN_ADMIN_PASSWORD, else made up and printed.
    """
    from gateway.user_commands import add
    from taigan.key_file import create_key

    settings = read_settings(config, Settings, env_file)
    engine = _migrated(config, settings.database.url)
    if create_key(settings.signing.key_file):
        say(f"signing key written to {settings.signing.key_file}")
    if settings.heads is not None and create_key(settings.heads.key_file):
        say(f"the heads' key was written to {settings.heads.key_file}")
    password = admin_password or secrets.token_urlsafe(12)
    with engine.begin() as connection:
        is_new = add(connection, "admin", "admin", password)
    if not is_new:
        say("user admin exists, its password is unchanged")
    elif admin_password is None:
        typer.echo(f"admin password: {password}")  # said once, kept nowhere


@cli.command()
def migrate(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Bring the database to the newest revision."""
    _migrated(config, read_settings(config, DatabaseAlone, env_file).database.url)


def _migrated(config: Path, url: str) -> "Engine":
    from gateway.migrations import upgrade
    from taigan.engine import open_engine
    from taigan.reachable import reachable

    engine = open_engine(url)
    with reachable(engine, config):
        upgrade(engine)
    return engine


@cli.command()
def key(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print the public key that lanes need as `gateway_public_key`."""
    from gateway.keys import public_text

    signing = read_settings(config, SigningAlone, env_file).signing
    typer.echo(public_text(_signing_key(signing.key_file).public_key()))


def _signing_key(path: Path) -> "Ed25519PrivateKey":
    from taigan.key_file import read_key

    if not path.exists():
        fail(f"no key in {path}: run `taigan-gateway init`", WRONG_SETTINGS)
    try:
        return read_key(path)
    except (OSError, ValueError, TypeError) as error:
        fail(f"signing.key_file: {error}", WRONG_SETTINGS)


@cli.command()
def head(
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
    *,
    key: Annotated[bool, typer.Option("--key", help="Print the verifier's key instead.")] = False,
) -> None:
    """Sign everything up to now and print the head, to be kept elsewhere."""
    from gateway.audit.heads import keeper_of
    from gateway.http.times import wall_ms
    from gateway.opening import open_database
    from taigan.heads.commands import head_or_key

    settings = read_settings(config, HeadsAlone, env_file)
    engine = open_database(config, settings.database.url)
    keeper = keeper_of(engine, settings.heads, wall_ms)
    typer.echo(head_or_key(keeper, settings.heads, key=key), nl=key)


@cli.command()
def doctor(
    config: Config = DEFAULT_CONFIG, env_file: EnvFile = None, *, as_json: AsJson = False
) -> None:
    """Look at everything that the gateway needs; changes nothing. Ends with 1 if a check fails."""
    from gateway.doctor import examine

    raise typer.Exit(examine(config, env_file, as_json=as_json))


@cli.command()
def check(
    config: Config = DEFAULT_CONFIG, env_file: EnvFile = None, *, as_json: AsJson = False
) -> None:
    """Look if the database keeps what leads to money, whoever writes. Ends with 1 if not."""
    from gateway.check import examine

    raise typer.Exit(examine(config, env_file, as_json=as_json))


@cli.command()
def broker(port: PortOption, data: DataOption) -> None:
    """Run the embedded broker on 127.0.0.1 until standard input ends."""
    from gateway.broker.embedded import run

    run(port, data)


@cli.command()
def serve(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Serve lanes, people and settlement until told to stop."""
    settings = read_settings(config, Settings, env_file)
    _signing_key(settings.signing.key_file)
    _serve(config, settings)


def _serve(config: Path, settings: Settings) -> None:
    """Take the port, then the database, then its name in it, then the broker.

    The broker throws out whoever has the client's name, which may be the gateway that runs: a
    second one must end before it, or stand by.
    """
    from gateway.app import create_app
    from gateway.core import Core
    from gateway.http.times import wall_ms
    from gateway.live.hub import Hub
    from gateway.live.server import live_server
    from gateway.opening import open_database
    from taigan.reachable import take_port
    from taigan.supervisor import Supervisor
    from taigan.web_server import serve as run_server

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    hub = Hub()
    http = settings.http
    with ExitStack() as running:
        listening = [running.enter_context(take_port(http.host, http.port, config))]
        if http.watch_port is not None:
            watched = take_port(http.watch_host, http.watch_port, config, "http.watch_port")
            listening.append(running.enter_context(watched))
        engine = open_database(config, settings.database.url)
        running.callback(engine.dispose)
        core = Core(settings, engine, hub.publish, wall_ms)
        app = create_app(
            settings,
            engine,
            hub,
            core.replies,
            checks=core.checks(),
            looks=core.looks(),
            metrics=core.metrics,
        )
        alive = Supervisor(core.standstill).alive
        server = live_server(app, hub, host=http.host, port=http.port, alive=alive)
        running.enter_context(core.running())
        run_server(server, *listening)


def _leave(_number: int, _frame: object) -> None:
    """End in order. uvicorn raises the signal once more when it has stopped: that ends up here."""
    raise SystemExit(0)


def main() -> None:
    configure_logs()
    cli()


if __name__ == "__main__":
    main()
