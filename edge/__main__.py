"""The command line of the lane box."""

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
    from edge.box.box import Box  # noqa: PLC0415  # heavy: only what a command needs
    from edge.box.parts import CannotStart  # noqa: PLC0415
    from edge.commands import set_up_logging  # noqa: PLC0415
    from edge.terminal import fail, read_settings  # noqa: PLC0415

    set_up_logging()
    settings = read_settings(config)
    try:
        box = Box(settings)
    except CannotStart as error:
        fail(str(error))
    raise typer.Exit(box.run())


@app.command()
def keygen(config: Config) -> None:
    """Print the lane's public key for the gateway; make the key if there is none."""
    from edge.commands import show_key  # noqa: PLC0415
    from edge.terminal import read_settings  # noqa: PLC0415

    typer.echo(show_key(read_settings(config)))


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
    from edge.commissioning.decode import decode_bytes  # noqa: PLC0415

    decode_bytes(protocol, option or [], hex_text)


@app.command()
def journal(
    config: Config,
    tail: Annotated[int, typer.Option(help="How many of the last records to print.")] = 20,
) -> None:
    """Check the whole journal and print its last records, one JSON object per line."""
    from edge.commands import show_journal  # noqa: PLC0415
    from edge.terminal import read_settings  # noqa: PLC0415

    show_journal(read_settings(config), tail)


if __name__ == "__main__":
    main()
