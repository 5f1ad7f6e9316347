"""`taigan-gateway user`: who may log in. Needs the database alone, and no other secret."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.opening import DEFAULT_CONFIG, Config, EnvFile, by_hand, transaction_of
from taigan.terminal import fail, read_settings, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

Role = Annotated[str, typer.Option(help="viewer, dispatcher, finance or admin")]
Hours = Annotated[float, typer.Option(min=0.1, max=168, help="How long the link is valid.")]


def refuse_on_command_line(
    context: typer.Context, option: typer.CallbackParam, value: str | None
) -> str | None:
    """Refuse a password that everybody on the machine can read in the list of processes."""
    source = context.get_parameter_source(str(option.name))
    if source is not None and source.name == "COMMANDLINE":
        raise typer.BadParameter(
            "everybody on this machine can read it there, and the shell keeps it: leave the option "
            f"out, or set {option.envvar}"
        )
    return value


Password = Annotated[
    str | None,
    typer.Option(hidden=True, envvar="TAIGAN_NEW_PASSWORD", callback=refuse_on_command_line),
]

users = typer.Typer(no_args_is_help=True, help="People who may log in.")


@users.command("add")
def user_add(
    username: str,
    role: Role,
    password: Password = None,
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Add a user. The password is asked for, a line of standard input, or TAIGAN_NEW_PASSWORD."""
    from gateway.auth.roles import Role as Known

    if role not in set(Known):
        raise typer.BadParameter(f"role must be one of {', '.join(Known)}")
    with transaction_of(config, env_file) as connection:
        if not add(connection, username, role, password or _asked(username)):
            raise typer.BadParameter(f"user {username} exists")


@users.command("list")
def user_list(config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Print name, role and state of every user."""
    from gateway.auth.people import list_users

    with transaction_of(config, env_file) as connection:
        for user in list_users(connection):
            state = "disabled" if user.is_disabled else "active"
            typer.echo(f"{user.username}\t{user.role}\t{state}\t{user.sessions} sessions")


@users.command("disable")
def user_disable(username: str, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None) -> None:
    """Shut a user out at once: every session ends. `user password` lets him in again."""
    from gateway.auth.people import disable_user

    with transaction_of(config, env_file) as connection:
        _known(disable_user(connection, username, by_hand()), username)
    say(f"{username} is disabled, all sessions are closed")


@users.command("end-sessions")
def user_end_sessions(
    username: str, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Sign a user out everywhere; he may sign in again."""
    from gateway.auth.people import end_sessions

    with transaction_of(config, env_file) as connection:
        _known(end_sessions(connection, username, by_hand()), username)
    say(f"all sessions of {username} are closed")


@users.command("forget-second-factor")
def user_forget_second_factor(
    username: str, config: Config = DEFAULT_CONFIG, env_file: EnvFile = None
) -> None:
    """Let a user whose phone is lost in by his password alone, until he sets up another app."""
    from gateway.auth.second_factor import forget

    with transaction_of(config, env_file) as connection:
        _known(forget(connection, username, by_hand()), username)
    say(f"{username} signs in by password alone, all sessions are closed")


@users.command("reset")
def user_reset(
    username: str,
    hours: Hours = 24,
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Print a link with which the user sets a password himself, once. The old one holds until then.

    Whoever has the link has the account: hand it over where nobody else reads it.
    """
    from gateway.auth.resets import NoSuchUser, make_reset
    from gateway.config import AddressAlone

    address = read_settings(config, AddressAlone, env_file).http.public_url
    with transaction_of(config, env_file) as connection:
        try:
            token = make_reset(connection, username, int(hours * 3_600_000), by_hand())
        except NoSuchUser:
            fail(f"no user {username} may sign in: `taigan-gateway user list` names them")
    typer.echo(f"{address}/reset#{token}")


@users.command("password")
def user_password(
    username: str,
    password: Password = None,
    config: Config = DEFAULT_CONFIG,
    env_file: EnvFile = None,
) -> None:
    """Set a new password, given as to `add`; every session ends."""
    from gateway.auth.people import set_password

    with transaction_of(config, env_file) as connection:
        try:
            is_known = set_password(connection, username, password or _asked(username), by_hand())
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        _known(is_known, username)
    say(f"{username} has a new password, all sessions are closed")


def add(connection: "Connection", username: str, role: str, password: str) -> bool:
    """Return False, changing nothing, if there is a user of this name."""
    from gateway.auth.people import add_user

    try:
        return add_user(connection, username, role, password, by_hand())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _asked(username: str) -> str:
    if sys.stdin.isatty():
        said: str = typer.prompt(
            f"password of {username}", hide_input=True, confirmation_prompt=True
        )
        return said
    return sys.stdin.readline().rstrip("\r\n")


def _known(is_known: bool, username: str) -> None:  # noqa: FBT001 - an answer, not a switch
    if not is_known:
        fail(f"there is no user {username}: `taigan-gateway user list` names them")
