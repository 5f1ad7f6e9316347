"""The command line of the lane box."""

# ruff: noqa: PLC0415 - each command imports its own modules, so that `--help` starts fast

import logging
from pathlib import Path
from typing import Annotated

import typer

from edge.commissioning.cli import app as commissioning

app = typer.Typer(help="The box at one lane.", no_args_is_help=True, add_completion=False)
app.add_typer(commissioning)

Config = Annotated[Path, typer.Option("--config", help="The lane's settings (TOML).")]


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def run(config: Config) -> None:
    """Serve the lane until SIGTERM."""
    from edge.box.box import Box, SettingsRefused
    from edge.box.parts import CannotStart
    from edge.config import Settings
    from taigan.exit_codes import FAILED, WRONG_SETTINGS
    from taigan.logs import configure_logs
    from taigan.terminal import fail, read_settings

    # What pymodbus would say here, the relay board's thread says once and in our form.
    configure_logs({"pymodbus.logging": logging.CRITICAL})
    settings = read_settings(config, Settings)
    try:
        box = Box(settings)
    except SettingsRefused as error:
        fail(str(error), WRONG_SETTINGS)
    except CannotStart as error:
        fail(str(error), WRONG_SETTINGS if error.needs_a_person else FAILED)
    raise typer.Exit(box.run())


@app.command()
def keygen(config: Config) -> None:
    """Print the lane's public key for the gateway; make the key if there is none."""
    from edge.commands import show_key
    from edge.config import Settings
    from taigan.terminal import read_settings

    typer.echo(show_key(read_settings(config, Settings)))


@app.command()
def request(config: Config) -> None:
    """Print what the server needs to let this box join; make its keys if there are none."""
    from edge.joining import ask

    typer.echo(ask(config), nl=False)


@app.command()
def accept(
    config: Config,
    answer: Annotated[Path, typer.Argument(help="What the server answered to the request.")],
) -> None:
    """Take the server's answer: certificate, broker, whom to obey; they go beside the settings."""
    from edge.joining import accept as take

    take(config, answer)


@app.command()
def decode(
    protocol: Annotated[str, typer.Argument(help="Such as yaohua-continuous or em4100.")],
    option: Annotated[
        list[str] | None, typer.Option("-o", help="An option of the protocol, key=value.")
    ] = None,
    hex_text: Annotated[
        str | None, typer.Option("--hex", help="Bytes in hex, instead of standard input.")
    ] = None,
) -> None:
    """Decode raw bytes; print one JSON object per reading."""
    from edge.commissioning.decode import decode_bytes

    decode_bytes(protocol, option or [], hex_text)


@app.command()
def journal(
    config: Config,
    tail: Annotated[int, typer.Option(help="How many of the last records to print.")] = 20,
) -> None:
    """Check the whole journal and print its last records, one JSON object per line."""
    from edge.commands import show_journal
    from edge.config import Settings
    from taigan.terminal import read_settings

    show_journal(read_settings(config, Settings), tail)


if __name__ == "__main__":
    main()
