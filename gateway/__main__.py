"""The gateway's command line."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` and `key` start fast

import secrets
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.config import Settings
from taigan.exit_codes import WRONG_SETTINGS
from taigan.logs import configure_logs
from taigan.terminal import fail, read_settings, say

if TYPE_CHECKING:
    from sqlalchemy import Engine

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
users = typer.Typer(no_args_is_help=True, help="People who may log in.")
cli.add_typer(users, name="user")

ConfigOption = Annotated[Path, typer.Option("--config", help="gateway.toml")]
AdminPasswordOption = Annotated[
    str | None, typer.Option(help="For the user `admin`; made up and printed if not given.")
]
PortOption = Annotated[int, typer.Option(min=1, max=65535)]
DataOption = Annotated[Path, typer.Option("--data", file_okay=False)]
RoleOption = Annotated[str, typer.Option(help="viewer, dispatcher, finance or admin")]
PasswordOption = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
]


@cli.command()
def init(config: ConfigOption, admin_password: AdminPasswordOption = None) -> None:
    """Prepare database, signing key and the user `admin`; repeating it changes nothing."""
    from gateway.keys import create_key

    settings = read_settings(config, Settings)
    engine = _migrated(config, settings)
    if create_key(settings.signing.key_file):
        say(f"signing key written to {settings.signing.key_file}")
    password = admin_password or secrets.token_urlsafe(12)
    if not _add_user(engine, "admin", "admin", password):
        say("user admin exists, its password is unchanged")
    elif admin_password is None:
        typer.echo(f"admin password: {password}")  # said once, kept nowhere


@cli.command()
def migrate(config: ConfigOption) -> None:
    """Bring the database to the newest revision."""
    _migrated(config, read_settings(config, Settings))


def _migrated(config: Path, settings: Settings) -> "Engine":
    from gateway.migrations import upgrade
    from taigan.engine import open_engine
    from taigan.reachable import reachable

    engine = open_engine(settings.database.url)
    with reachable(engine, config):
        upgrade(engine)
    return engine


@cli.command()
def key(config: ConfigOption) -> None:
    """Print the public key that lanes need as `gateway_public_key`."""
    from gateway.keys import public_text, read_key

    signing_key = read_key(read_settings(config, Settings).signing.key_file)
    typer.echo(public_text(signing_key.public_key()))


@cli.command()
def broker(port: PortOption, data: DataOption) -> None:
    """Run the embedded broker on 127.0.0.1 until standard input ends."""
    from gateway.broker.embedded import run

    run(port, data)


@cli.command()
def serve(config: ConfigOption) -> None:
    """Serve lanes, people and settlement until told to stop."""
    settings = read_settings(config, Settings)
    if not settings.signing.key_file.exists():
        fail(f"no key in {settings.signing.key_file}: run `taigan-gateway init`", WRONG_SETTINGS)
    _serve(settings)


@users.command("add")
def user_add(
    config: ConfigOption, username: str, role: RoleOption, password: PasswordOption
) -> None:
    """Add a user."""
    from gateway.auth.roles import Role
    from taigan.engine import open_engine

    if role not in set(Role):
        raise typer.BadParameter(f"role must be one of {', '.join(Role)}")
    engine = open_engine(read_settings(config, Settings).database.url)
    if not _add_user(engine, username, role, password):
        raise typer.BadParameter(f"user {username} exists")


def _serve(settings: Settings) -> None:
    from gateway.app import create_app
    from gateway.core import Core
    from gateway.http.times import wall_ms
    from gateway.live.hub import Hub
    from gateway.live.server import live_server
    from taigan.engine import open_engine
    from taigan.web_server import serve as run_server

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    hub = Hub()
    with ExitStack() as running:
        engine = open_engine(settings.database.url)
        running.callback(engine.dispose)
        core = Core(settings, engine, hub.publish, wall_ms)
        app = create_app(
            settings, engine, hub, core.replies, checks=core.checks(), metrics=core.metrics
        )
        server = live_server(app, hub, host=settings.http.host, port=settings.http.port)
        running.enter_context(core.running())
        run_server(server)


def _leave(_number: int, _frame: object) -> None:
    """End in order. uvicorn raises the signal once more when it has stopped: that ends up here."""
    raise SystemExit(0)


def _add_user(engine: "Engine", username: str, role: str, password: str) -> bool:
    """Return False, changing nothing, if there is a user of this name."""
    from gateway.auth.people import add_user
    from gateway.http.times import wall_ms

    try:
        with engine.begin() as connection:
            return add_user(connection, username, role, password, wall_ms())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def main() -> None:
    configure_logs()
    cli()


if __name__ == "__main__":
    main()
