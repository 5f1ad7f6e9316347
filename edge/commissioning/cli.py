"""The commands of commissioning: what each takes. What it does is imported when it is called."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

Config = Annotated[Path, typer.Option("--config", help="The lane's settings (TOML).")]
OptionalConfig = Annotated[
    Path | None, typer.Option("--config", help="The lane's settings (TOML).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ProtocolOptions = Annotated[
    list[str] | None, typer.Option("-o", help="An option of the protocol, key=value.")
]


class DeviceKind(StrEnum):
    """What a scan looks for."""

    SCALE = "scale"
    READER = "reader"


@app.command()
def scan(  # noqa: PLR0913, PLR0917  # one parameter per option
    port: Annotated[str, typer.Argument(help="A path, socket://host:port, rfc2217://host:port.")],
    kind: Annotated[DeviceKind, typer.Option(help="What is on the port.")] = DeviceKind.SCALE,
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="Per line setting.")] = 3.0,
    baud: Annotated[
        list[int] | None, typer.Option(min=50, max=4_000_000, help="Try only this; repeatable.")
    ] = None,
    ask: Annotated[bool, typer.Option(help="Ask a silent line for one reading.")] = True,  # noqa: FBT002  # a flag
    as_json: AsJson = False,  # noqa: FBT002  # a flag
) -> None:
    """Find baud rate, parity and protocol of the device on a port."""
    from edge.commissioning.scan import ScanOptions, scan_port  # noqa: PLC0415  # only when called

    wish = ScanOptions(kind.value, seconds, tuple(baud or ()), may_ask=ask, as_json=as_json)
    raise typer.Exit(scan_port(port, wish))


@app.command()
def tail(  # noqa: PLR0913, PLR0917  # one parameter per option
    port: Annotated[str | None, typer.Argument(help="A port, if not from the settings.")] = None,
    protocol: Annotated[str | None, typer.Argument(help="Such as toledo-continuous.")] = None,
    option: ProtocolOptions = None,
    config: OptionalConfig = None,
    device: Annotated[str, typer.Option(help="`scale`, or the name of a reader.")] = "scale",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End by itself.")] = None,
    as_json: AsJson = False,  # noqa: FBT002  # a flag
) -> None:
    """Show raw bytes beside readings, as they come, until Ctrl-C."""
    from edge.commissioning.tail import Target, tail_port  # noqa: PLC0415  # only when called

    target = Target(port, protocol, tuple(option or ()), config, device)
    tail_port(target, seconds, as_json=as_json)


@app.command()
def doctor(config: Config, as_json: AsJson = False) -> None:  # noqa: FBT002  # a flag
    """Check every device, the broker, the clock, the disk and the journal; move nothing."""
    from edge.commissioning.doctor import examine_lane  # noqa: PLC0415  # only when called

    raise typer.Exit(examine_lane(config, as_json=as_json))


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    yard: Annotated[str, typer.Option(help="The yard's name: a-z, 0-9 and -.")] = "mine",
    lane: Annotated[str, typer.Option(help="The lane's name: a-z, 0-9 and -.")] = "mine-in",
) -> None:
    """Write a lane's settings with every default and what it means."""
    from edge.commissioning.lane_file import write_lane_file  # noqa: PLC0415  # only when called

    write_lane_file(file, yard=yard, lane=lane)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a lane's settings."""
    from edge.commissioning.schema import schema_text  # noqa: PLC0415  # only when called

    typer.echo(schema_text(), nl=False)
