"""Checks of the box's ports: present, allowed, free, sending, and in plausible frames."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.commissioning.check_box import is_running
from edge.commissioning.findings import source_of
from edge.commissioning.locks import holder_of, program_of
from edge.commissioning.nearest import hints
from edge.commissioning.port_trouble import (
    BY_ID,
    join_group,
    may_open,
    plug_in,
    port_links,
    user_name,
)
from edge.commissioning.scale_findings import motion_finding, weight_finding
from edge.commissioning.scan import HeardPort
from edge.commissioning.search import line_of
from edge.config import ReaderSettings, ScaleSettings, Settings
from edge.devices.likeness import Codec
from edge.devices.readers import reader_decoder
from edge.devices.readings import BadFrame, Reading, TagSeen, WrongLine
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.io.byte_source import BadSource, PortAddress, open_port, parse_source
from edge.io.clock import monotonic_ms
from taigan.finding import Finding, bad, ok, warn

LISTEN_S: Final = 2.0
SLICE_S: Final = 0.2
FRAMES_PER_S_MIN: Final = 5
FIND_OUT: Final = "`taigan-edge scan PORT` finds line and protocol"

Item = Reading | TagSeen | BadFrame | WrongLine


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device sent while the doctor listened."""

    items: tuple[Item, ...]
    data: bytes
    good_frames: int
    lasted_s: float

    @property
    def bytes_heard(self) -> int:
        return len(self.data)

    @property
    def readings(self) -> tuple[Reading | TagSeen, ...]:
        return tuple(one for one in self.items if isinstance(one, Reading | TagSeen))

    @property
    def bad(self) -> tuple[BadFrame, ...]:
        return tuple(one for one in self.items if isinstance(one, BadFrame))

    @property
    def bad_frames(self) -> int:
        return len(self.bad)

    @property
    def setting(self) -> str | None:
        """The line setting that the bytes suggest."""
        told = [one.setting for one in self.items if isinstance(one, WrongLine)]
        return told[-1] if told else None


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Check every device that has a port of its own."""
    running = is_running(settings)
    yield from _scale(settings.scale, running=running)
    for reader in settings.readers:
        yield from _reader(reader, running=running)
    for name in ("display", "printer"):
        section = getattr(settings, name)
        if section is not None:
            yield from _output(name, section.source, running=running)


def _scale(scale: ScaleSettings, *, running: bool) -> Iterator[Finding]:
    try:
        codec = scale_decoder(scale.protocol, scale.options)
    except BadOption as error:
        yield bad("scale", str(error), "correct scale.protocol or scale.options")
        return
    heard = yield from _listen("scale", scale.source, codec, running=running)
    if heard is None:
        return
    yield from _line("scale", scale.source, heard)
    readings = [one for one in heard.readings if isinstance(one, Reading)]
    yield _scale_talks(heard, codec, scale.protocol)
    if readings:
        yield weight_finding(readings, scale)
        motion = motion_finding(readings, scale.protocol)
        if motion is not None:
            yield motion


def _scale_talks(heard: Heard, codec: Codec, protocol: str) -> Finding:
    count = len(heard.readings)
    rate = "answers" if codec.request else f"{count / heard.lasted_s:.0f} readings/s"
    told = f"{rate}, {heard.bad_frames} bad frames"
    if not count:
        if heard.bytes_heard:
            return bad(
                "scale",
                f"{heard.bytes_heard} bytes, but no frame of this protocol",
                "; ".join([FIND_OUT, *hints(heard.data, protocol, heard.bad, line_is_sure=False)]),
            )
        asked = "it answers no request" if codec.request else "it says nothing"
        return bad(
            "scale", asked, "is it on, set to send continuously, and wired transmit to receive?"
        )
    if heard.bad_frames * 10 > count:
        return warn("scale", told, "check shield, ground and the length of the cable")
    torn = 1  # at the beginning
    if count + torn < FRAMES_PER_S_MIN * heard.lasted_s and not codec.request:
        return warn("scale", told, "set the indicator to send 5 frames a second or more")
    return ok("scale", told)


def _reader(reader: ReaderSettings, *, running: bool) -> Iterator[Finding]:
    name = f"reader {reader.name}"
    try:
        codec = reader_decoder(reader.protocol, reader.options)
    except BadOption as error:
        yield bad(name, str(error), "correct the reader's protocol or options")
        return
    heard = yield from _listen(name, reader.source, codec, running=running)
    if heard is None:
        return
    yield from _line(name, reader.source, heard)
    yield _reader_talks(name, heard, codec)


def _reader_talks(name: str, heard: Heard, codec: Codec) -> Finding:
    tags = [one.tag for one in heard.readings if isinstance(one, TagSeen)]
    if tags:
        return ok(name, f"sees {tags[-1]}")
    if heard.good_frames:
        return ok(name, "answers: no tag is there")
    if heard.bytes_heard:
        reasons = [one.reason for one in heard.items if isinstance(one, BadFrame)]
        why = f"no good frame: {reasons[-1]}" if reasons else "no frame of this protocol"
        return warn(
            name,
            f"{heard.bytes_heard} bytes, but {why}",
            "`taigan-edge scan PORT --kind reader` with a card held there",
        )
    if codec.request:
        return warn(name, "it answers no request", "check power, line, address; try with a card")
    return ok(name, "open and silent: no card is held there")


def _output(name: str, source: str, *, running: bool) -> Iterator[Finding]:
    """Open an output port; nothing is written."""
    address, found = _free(name, source, running=running)
    if address is not None:
        try:
            open_port(address).__exit__(None, None, None)
        except (OSError, ValueError) as error:
            found = bad(name, f"{source}: {error}", plug_in(address.url))
    yield found or ok(name, f"{source} can be opened")


def _listen(
    name: str, source: str, codec: Codec, *, running: bool
) -> Generator[Finding, None, Heard | None]:
    """Yield what is wrong with the port; return what was heard, or None."""
    address, found = _free(name, source, running=running)
    if found is not None:
        yield found
    if address is None:
        return None
    try:
        with open_port(address) as port:
            return _heard(HeardPort(port), codec)
    except (OSError, ValueError) as error:  # pyserial raises both, for the same causes
        yield bad(name, f"{source}: {error}", plug_in(address.url))
        return None


def _heard(channel: HeardPort, codec: Codec) -> Heard:
    items: list[Item] = []
    data = b""
    start_ms = monotonic_ms()
    for _ in range(round(LISTEN_S / SLICE_S)):
        if codec.request:
            channel.ask(codec.request)
        piece = channel.hear(SLICE_S)
        items += codec.feed(piece)
        data += piece
    lasted_s = (monotonic_ms() - start_ms) / 1000
    return Heard(tuple(items), data, codec.counts.good_frames, lasted_s)


def _line(name: str, source: str, heard: Heard) -> Iterator[Finding]:
    setting = heard.setting
    if setting is None:
        return
    line = line_of(parse_source(source).line.baudrate, setting)
    better = source_of(source.removeprefix("serial://"), line)
    yield warn(
        f"{name} line", f"parity bits: the device is set to {setting}", f'source = "{better}"'
    )


def _free(name: str, source: str, *, running: bool) -> tuple[PortAddress | None, Finding | None]:
    """Return the address if the port may be opened, and a finding if there is one."""
    if source.startswith("mqtt://"):
        return None, ok(name, f"{source}: comes over the broker")
    try:
        address = parse_source(source)
    except BadSource as error:
        return None, bad(name, str(error), f"correct the source of {name}")
    if "://" in address.url:
        if running:
            # Most device servers allow one connection; a second one may cost the first.
            return None, ok(name, f"{source}: left to the running box")
        return address, None
    return _free_path(name, Path(address.url), address)


def _free_path(
    name: str, path: Path, address: PortAddress
) -> tuple[PortAddress | None, Finding | None]:
    if not path.exists():
        return None, bad(name, f"{path}: no such port", plug_in(str(path)))
    if not may_open(path):
        return None, bad(name, f"{path}: not allowed for {user_name()}", join_group(path))
    pid = holder_of(path)
    if pid is not None:
        return None, _taken(name, path, pid)
    return address, _stable_name(name, path)


def _taken(name: str, path: Path, pid: int) -> Finding:
    program = program_of(pid)
    if "taigan-edge run" in program or "edge run" in program:
        return ok(name, f"{path}: in use by a running box (process {pid}), not listened to")
    return bad(
        name, f"{path}: in use by process {pid}, {program}", f"end it; who has it: fuser -v {path}"
    )


def _stable_name(name: str, path: Path) -> Finding | None:
    if not path.name.startswith(("ttyUSB", "ttyACM")) or path.is_symlink():
        return None
    links = [link for link in port_links() if link.resolve() == path]
    better = f'source = "{links[0]}"' if links else f"give it a name by a udev rule ({BY_ID})"
    return warn(f"{name} port", f"{path} changes with the order of plugging", better)
