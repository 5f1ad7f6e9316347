"""The `taigan-sim` commands. Each imports what it needs, so that `--help` stays quick."""

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from taigan.exit_codes import FAILED

OURS = {"edge", "gateway", "settlement", "simulators", "taigan"}
"""Without these the installation is broken, and a traceback is the right answer."""

app = typer.Typer(
    help="Simulated trucks, scales, bank and phone for Taigan.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def bank(  # noqa: PLR0913, PLR0917  each argument is an option of the command
    port: Annotated[int, typer.Option(help="Loopback port to serve on.")],
    book: Annotated[Path, typer.Option(help="SQLite file of the bank's book.")],
    callback_url: Annotated[str, typer.Option(help="Told of every outcome.")],
    callback_secret: Annotated[str, typer.Option(help="whsec_… that signs the callbacks.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same faults.")] = 1,
    faults: Annotated[
        str, typer.Option(help="`slow=0.2,lost_answer=0.1,…`, or `rough`; see PUT /faults.")
    ] = "",
) -> None:
    """Run the sandbox bank."""
    from simulators.bank.faults import Faults  # noqa: PLC0415
    from simulators.serving import log_to_stderr, serve_bank  # noqa: PLC0415

    log_to_stderr()
    with _one_line("--faults"):
        chosen = Faults.parse(faults)
    with _one_line():
        serve_bank(port, book, (callback_url, callback_secret), chosen, seed)


@app.command()
def phone(
    port: Annotated[int, typer.Option(help="Loopback port to serve on.")],
    inbox: Annotated[str, typer.Option(help="SQLite file of the messages.")] = ":memory:",
    token: Annotated[str, typer.Option(help="Bearer token to ask for; any if empty.")] = "",
) -> None:
    """Run the text message provider that the drivers' phones listen to."""
    from simulators.serving import log_to_stderr, serve_phone  # noqa: PLC0415

    log_to_stderr()
    with _one_line():
        serve_phone(port, inbox, token)


LaneScales = Annotated[
    list[str] | None,
    typer.Option("--scale", help="LANE=PROTOCOL[,key=value…]: another indicator; repeatable."),
]
LaneReaders = Annotated[
    list[str] | None,
    typer.Option("--reader", help="LANE=PROTOCOL[,key=value…]: another reader; repeatable."),
]


DevicesDir = Annotated[
    Path, typer.Option("--dir", help="Where the serial ports appear, and the trial truck knocks.")
]


@app.command()
def devices(  # noqa: PLR0913, PLR0917  as above
    directory: DevicesDir = Path("taigan-devices"),
    speed: Annotated[float, typer.Option(min=0.1, help="1 is real time.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same trucks.")] = 1,
    scales: LaneScales = None,
    readers: LaneReaders = None,
    boards: Annotated[
        list[str] | None,
        typer.Option("--board", help="LANE=fc05, fc16 or coil: another relay board; repeatable."),
    ] = None,
    trucks: Annotated[bool, typer.Option(help="Send trucks with cards of their own.")] = True,  # noqa: FBT002  # a flag
) -> None:
    """Run scales, readers, barriers and displays for a lane box of your own, and send trucks.

    Writes the lane box's settings for them on standard output.
    """
    from simulators.devices import serve_devices  # noqa: PLC0415
    from simulators.yard import equipped  # noqa: PLC0415

    with _one_line():
        equipment = equipped(scales or [], readers or [], boards or [])
        serve_devices(directory, speed=speed, seed=seed, equipment=equipment, trucks=trucks)


@app.command()
def truck(  # noqa: PLR0913, PLR0917  as above
    tag: Annotated[str, typer.Option(help="Its card, in hex, as the lanes' readers send it.")],
    lanes: Annotated[str, typer.Option(help="mine-in,mine-out,plant-in,plant-out: in this order.")],
    plate: Annotated[str, typer.Option(help="What plate cameras see.")] = "",
    directory: DevicesDir = Path("taigan-devices"),
    tare_kg: Annotated[int, typer.Option(min=1_000, max=100_000, help="Its empty mass.")] = 15_000,
    load_kg: Annotated[int, typer.Option(min=0, max=200_000, help="Loaded at the mine.")] = 32_000,
    lost_kg: Annotated[int, typer.Option(min=0, help="Lost on the road.")] = 60,
    patience_s: Annotated[
        float, typer.Option(min=0, max=3_600, help="How long its driver shows the card at a lane.")
    ] = 60.0,
) -> None:
    """Drive one truck with a card of its own through lanes of `taigan-sim devices`.

    Exits 0 only if every lane let it through.
    """
    from simulators.trial import NotThrough, TrialTruck, drive_trial  # noqa: PLC0415

    mine = TrialTruck(
        tag=tag.upper(),
        plate=plate,
        tare_kg=tare_kg,
        load_kg=load_kg,
        lost_kg=lost_kg,
        patience_s=patience_s,
    )
    try:
        drive_trial(directory, mine, [one.strip() for one in lanes.split(",")])
    except NotThrough as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


Options = Annotated[
    list[str] | None, typer.Option("-o", help="key=value of the protocol; may be repeated.")
]
On = Annotated[Literal["pty", "tcp", "rfc2217"], typer.Option(help="Kind of line.")]
TcpPort = Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 takes a free one.")]
Link = Annotated[Path | None, typer.Option(help="Name for the pseudo-terminal.")]
LineText = Annotated[
    str, typer.Option("--line", help="Such as '2400 7E1'; by default the protocol's usual one.")
]
RateHz = Annotated[float, typer.Option(min=0.1, max=100, help="Frames a second.")]
FaultText = Annotated[
    str,
    typer.Option(
        help="`bit_error=0.001,burst=0.1,burst_bits=20,torn=0.1,silent,frozen,port=9600 8N1`"
    ),
]
UnplugEvery = Annotated[
    float | None,
    typer.Option(min=0.5, help="Seconds between two pulls of the plug; each lasts two seconds."),
]
FaultSeed = Annotated[int, typer.Option(help="The same seed draws the same faults.")]
Seconds = Annotated[
    float | None, typer.Option(min=0, help="Seconds to run; without it, until Ctrl-C.")
]


@app.command()
def scale(  # noqa: PLR0913, PLR0917  as above
    protocol: Annotated[str, typer.Argument(help="As in lane.toml: yaohua-continuous, …")],
    options: Options = None,
    on: On = "pty",
    port: TcpPort = 0,
    link: Link = None,
    line: LineText = "",
    load_kg: Annotated[
        str, typer.Option(help="kg, or seconds:kg pairs: `0:0,4:0,7:48560,20:48560,23:0`.")
    ] = "0",
    tare_kg: Annotated[int, typer.Option(min=0, help="With a tare the net weight is shown.")] = 0,
    e_kg: Annotated[int, typer.Option(min=1, max=1_000, help="Division.")] = 20,
    max_kg: Annotated[int, typer.Option(min=1, help="Capacity.")] = 100_000,
    unit: Annotated[Literal["kg", "t"], typer.Option(help="What is displayed.")] = "kg",
    rate_hz: RateHz = 10.0,
    faults: FaultText = "",
    unplug_every_s: UnplugEvery = None,
    seed: FaultSeed = 1,
    seconds: Seconds = None,
) -> None:
    """Run an indicator of any protocol; prints its part of lane.toml."""
    from simulators.bench import Socket  # noqa: PLC0415
    from simulators.faults import LineFaults  # noqa: PLC0415
    from simulators.indicator import IndicatorModel  # noqa: PLC0415
    from simulators.panel import Range  # noqa: PLC0415
    from simulators.profile import LoadProfile  # noqa: PLC0415
    from simulators.standalone import Session, option_pairs, serve_scale  # noqa: PLC0415
    from simulators.uart import UartSettings  # noqa: PLC0415

    with _one_line():
        model = IndicatorModel(
            protocol,
            option_pairs(options or []),
            Range(e_kg, max_kg, unit),
            UartSettings.parse(line) if line else None,
        )
        session = Session(
            Socket(on, port, link),
            LineFaults.parse(faults),
            seed,
            rate_hz,
            seconds,
            unplug_every_s,
        )
        serve_scale(model, LoadProfile.parse(load_kg), session, tare_kg=tare_kg)


@app.command()
def reader(  # noqa: PLR0913, PLR0917  as above
    protocol: Annotated[str, typer.Argument(help="As in lane.toml: em4100, …")],
    options: Options = None,
    on: On = "pty",
    port: TcpPort = 0,
    link: Link = None,
    line: LineText = "",
    tag: Annotated[str, typer.Option(help="Number of the card before it, in hex.")] = "",
    rate_hz: RateHz = 10.0,
    faults: FaultText = "",
    unplug_every_s: UnplugEvery = None,
    seed: FaultSeed = 1,
    seconds: Seconds = None,
) -> None:
    """Run a card or tag reader of any protocol; prints its part of lane.toml."""
    from simulators.bench import Socket  # noqa: PLC0415
    from simulators.faults import LineFaults  # noqa: PLC0415
    from simulators.reader import ReaderModel  # noqa: PLC0415
    from simulators.standalone import Session, option_pairs, serve_reader  # noqa: PLC0415
    from simulators.uart import UartSettings  # noqa: PLC0415

    with _one_line():
        model = ReaderModel(
            protocol, option_pairs(options or []), UartSettings.parse(line) if line else None
        )
        session = Session(
            Socket(on, port, link),
            LineFaults.parse(faults),
            seed,
            rate_hz,
            seconds,
            unplug_every_s,
        )
        serve_reader(model, tag, session)


@contextmanager
def _one_line(option: str | None = None) -> Iterator[None]:
    """End in one line with what cannot be done; only a port that is taken is no wrong usage."""
    try:
        yield
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            typer.echo(str(error), err=True)
            raise typer.Exit(FAILED) from error
        raise typer.BadParameter(str(error), param_hint=option) from error


@app.command()
def demo(  # noqa: PLR0913, PLR0917  as above
    trucks: Annotated[
        int | None, typer.Option(min=1, help="End after so many; without it, run until Ctrl-C.")
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, help="How much faster trucks drive; 1 is real time.")
    ] = 20.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same trucks.")] = 1,
    strangers: Annotated[
        int, typer.Option(min=0, help="Further trucks, which must be refused.")
    ] = 0,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the console.")] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Keep settings, databases and logs here.")
    ] = None,
    bank_faults: Annotated[
        str, typer.Option(help="As `taigan-sim bank --faults`, for example `rough`.")
    ] = "",
    scales: LaneScales = None,
    readers: LaneReaders = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="End standard output with one JSON object.")
    ] = False,
) -> None:
    """Start everything: a mine, a power plant, trucks that drive and drivers who are paid.

    Exits 0 only if every truck was paid and the ledger, the bank and the trucks' true weights
    agree.
    """
    from simulators.bank.faults import Faults  # noqa: PLC0415
    from simulators.demo.run import DemoSettings, run_demo  # noqa: PLC0415
    from simulators.yard import equipped  # noqa: PLC0415

    with _one_line():
        equipment = equipped(scales or [], readers or [])
    with _one_line("--bank-faults"):
        Faults.parse(bank_faults)
    settings = DemoSettings(
        trucks=trucks,
        strangers=strangers,
        speed=speed,
        seed=seed,
        console_port=port,
        directory=directory,
        bank_faults=bank_faults,
        equipment=equipment,
        as_json=as_json,
    )
    raise typer.Exit(run_demo(settings))


def main() -> None:
    # It prints a page of bytes whenever a lane box hangs up, which is no error of the board's.
    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    try:
        app()
    except ModuleNotFoundError as error:
        name = str(error.name).partition(".")[0]
        if name in OURS:
            raise
        command = " ".join(sys.argv[1:2])
        told = f"taigan-sim {command}: {name} is not installed here; pip install taigan[simulators]"
        typer.echo(told, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
