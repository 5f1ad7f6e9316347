"""`taigan-edge tail`: raw bytes and the readings in them, as they come."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from edge.commissioning.decode import make_codec
from edge.commissioning.findings import printable, shown_text
from edge.commissioning.nearest import hints
from edge.commissioning.port_trouble import port_address, why_lost
from edge.config import ReaderSettings, ScaleSettings, Settings
from edge.devices.readings import BadFrame, Reading, TagSeen, WrongLine
from edge.io.byte_source import Port, PortAddress, open_port, read_piece
from edge.io.clock import monotonic_ms
from edge.terminal import put, reading_json
from taigan.exit_codes import WRONG_USAGE
from taigan.terminal import fail, read_settings, say

BYTES_PER_LINE: Final = 16
POLL_MS: Final = 200
HINT_BYTES: Final = 600
"""So many of the first bytes tell what they are, if no frame was good."""

Item = Reading | TagSeen | BadFrame | WrongLine


@dataclass(frozen=True, slots=True)
class Target:
    """What to listen to: a port with a protocol, or a device of a lane's settings."""

    port: str | None = None
    protocol: str | None = None
    options: tuple[str, ...] = ()
    config: Path | None = None
    device: str = "scale"


def tail_port(target: Target, seconds: float | None, *, as_json: bool) -> None:
    """Print what comes, until Ctrl-C or for some seconds; ends with 1 if the port is lost."""
    source, protocol, options = _resolved(target)
    codec = make_codec(protocol, options)
    address = port_address(source)
    say(f"{source}: {protocol}; Ctrl-C ends")
    limit_ms = None if seconds is None else round(seconds * 1000)
    first = b""
    with suppress(KeyboardInterrupt):
        for at_ms, data in _heard(address, codec.request, limit_ms):
            first += data[: HINT_BYTES - len(first)]
            _print(at_ms, data, codec.feed(data), as_json)
    counts = codec.counts
    if not counts.good_frames:
        for hint in hints(first, protocol, line_is_sure=False):
            say(f"hint: {hint}")
    say(f"{counts.good_frames} frames, {counts.bad_frames} bad, {counts.total_bytes} bytes")


def _resolved(target: Target) -> tuple[str, str, tuple[str, ...]]:
    """Return source, protocol and options of the target."""
    if target.config is not None and target.port is None:
        return _configured(read_settings(target.config, Settings), target.device)
    if target.port is None or target.protocol is None or target.config is not None:
        fail("give a PORT and a PROTOCOL, or --config", WRONG_USAGE)
    return target.port, target.protocol, target.options


def _configured(settings: Settings, device: str) -> tuple[str, str, tuple[str, ...]]:
    known: dict[str, ScaleSettings | ReaderSettings] = {"scale": settings.scale}
    known |= {reader.name: reader for reader in settings.readers}
    if device not in known:
        fail(f"no device {device!r}; known: {', '.join(known)}", WRONG_USAGE)
    chosen = known[device]
    options = (f"{name}={value}" for name, value in chosen.options.items())
    return chosen.source, chosen.protocol, tuple(options)


def _heard(
    address: PortAddress, request: bytes, limit_ms: int | None
) -> Iterator[tuple[int, bytes]]:
    """Yield (ms since the start, bytes); end the command if the port is lost."""
    start_ms = monotonic_ms()
    try:
        with open_port(address) as port:
            asked_ms = start_ms - POLL_MS
            while limit_ms is None or monotonic_ms() - start_ms < limit_ms:
                asked_ms = _ask(port, request, asked_ms)
                data = read_piece(port)
                if data:
                    yield monotonic_ms() - start_ms, data
    except (OSError, ValueError) as error:  # pyserial raises both, for the same causes
        fail(why_lost(address.url, error))


def _ask(port: Port, request: bytes, asked_ms: int) -> int:
    now_ms = monotonic_ms()
    if not request or now_ms - asked_ms < POLL_MS:
        return asked_ms
    port.write(request)
    return now_ms


def _print(at_ms: int, data: bytes, found: Iterable[Item], as_json: bool) -> None:  # noqa: FBT001  # as above
    if as_json:
        put({"at_ms": at_ms, "raw": data.hex(), "found": [_form(item) for item in found]})
        return
    told = "; ".join(map(_text, found))
    for start in range(0, len(data), BYTES_PER_LINE):
        piece = data[start : start + BYTES_PER_LINE]
        last = start + BYTES_PER_LINE >= len(data)
        raw = f"{piece.hex(' '):<{BYTES_PER_LINE * 3}}"
        text = f"{printable(piece.decode('ascii', 'replace')):<{BYTES_PER_LINE}}"
        typer.echo(f"{at_ms / 1000:9.3f}  {raw} {text}  {told if last else ''}".rstrip())


def _form(item: Item) -> dict[str, object]:
    match item:
        case BadFrame(reason, raw):
            return {"bad_frame": reason, "raw": raw.hex()}
        case WrongLine(setting):
            return {"set_line_to": setting}
        case _:
            return reading_json(item)


def _text(item: Item) -> str:
    match item:
        case BadFrame(reason):
            return f"bad frame ({reason})"
        case WrongLine():
            return f"warning: {item.text}"
        case TagSeen():
            return shown_text(item)
        case _:
            return " ".join([shown_text(item), *_facts(item)])


def _facts(reading: Reading) -> Iterable[str]:
    if reading.stable is not None:
        yield "stable" if reading.stable else "moving"
    if reading.mode is not None:
        yield reading.mode
    if reading.tare is not None:
        yield f"tare {reading.tare:f}"
