"""Simulated lines for `scan`: a device that sends under one setting, a port set to another."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Final

from edge.commissioning.search import OpenedPort
from edge.devices.likeness import Codec, Seen
from edge.devices.parity import SEVEN_BITS
from edge.devices.readings import Mode, Reading, TagSeen, Unit
from edge.io.byte_source import LineSettings
from simulators.uart import UartSettings, received, received_frames

HEARD_S: Final = 3.0
PERIOD_S: Final = 0.1
SLICES: Final = 6

LOADED: Final = ("15600", "15620", "15620", "15640", "15600")
EMPTY: Final = ("0",)
TAGS: Final = ("010063E9AE", "63E9AE12", "E20000172211014418901234", "1A2B3C")


@dataclass(frozen=True)
class Device:
    """Something that sends readings of its protocol."""

    make: Callable[[], Codec]
    line: UartSettings
    weights: tuple[str, ...] = LOADED
    others: Mapping[bytes, bytes] = field(default_factory=dict)
    """What it answers to requests for other things that it has as well."""

    @property
    def codec(self) -> Codec:
        return self.make()


class SimulatedPort:
    """Opens like a port; hears at most three seconds under each setting."""

    def __init__(self, device: Device) -> None:
        self._device = device
        codec = device.codec
        self._request = codec.request
        self._frames = frames(codec, device.weights)
        per_frame_s = device.line.seconds(max(map(len, self._frames)))
        self._gap_s = max(0.0, PERIOD_S - per_frame_s)
        self._count = int(HEARD_S / max(PERIOD_S, per_frame_s))
        self.listened = 0

    @property
    def can_send(self) -> bool:
        """Whether the device's bytes fit its line at all."""
        eight = any(not frame.isascii() for frame in (*self._frames, self._request))
        return self._device.line.bits == 8 or not eight

    def reads_as_sent(self, line: LineSettings) -> bool:
        """Tell whether a port set like this delivers what is sent, parity bits apart."""
        heard = UartSettings.parse(str(line))
        sent = b"".join(self._frames)
        got = received(sent, self._device.line, heard)
        return got == sent or (sent.isascii() and got.translate(SEVEN_BITS) == sent)

    @contextmanager
    def open(self, line: LineSettings | None) -> Iterator[OpenedPort]:
        assert line is not None
        self.listened += 1
        heard = UartSettings.parse(str(line))
        yield _Talking(self, heard) if not self._request else _Asked(self, heard)

    def stream(self, heard: UartSettings) -> bytes:
        """Return what a port set to `heard` makes of three seconds, from the middle of a frame."""
        sent = [self._frames[number % len(self._frames)] for number in range(self._count + 1)]
        sent[0] = sent[0][len(sent[0]) // 2 :]
        return received_frames(sent, self._gap_s, self._device.line, heard)

    def answer(self, request: bytes, heard: UartSettings) -> bytes:
        """Return the reply to a request, if the device understands it."""
        understood = received(request, heard, self._device.line)
        reply = {**self._device.others, self._request: self._frames[0]}.get(understood, b"")
        return received(reply, self._device.line, heard)


class _Talking:
    def __init__(self, port: SimulatedPort, heard: UartSettings) -> None:
        data = port.stream(heard)
        size = -(-len(data) // SLICES) or 1
        self._pieces = iter([data[at : at + size] for at in range(0, len(data), size)])

    def ask(self, request: bytes) -> None:
        raise AssertionError(request)

    def hear(self, seconds: float) -> bytes:
        del seconds
        return next(self._pieces, b"")


class _Asked:
    def __init__(self, port: SimulatedPort, heard: UartSettings) -> None:
        self._port = port
        self._heard = heard
        self._reply = b""

    def ask(self, request: bytes) -> None:
        self._reply = self._port.answer(request, self._heard)

    def hear(self, seconds: float) -> bytes:
        del seconds
        reply, self._reply = self._reply, b""
        return reply


def frames(codec: Codec, weights: tuple[str, ...]) -> list[bytes]:
    """Return one frame per weight, with as many facts as the protocol takes."""
    found = [_frame(codec, weight) for weight in weights]
    return [frame for frame in found if frame]


def _frame(codec: Codec, weight: str) -> bytes:
    for reading in readings(weight):
        try:
            return codec.encode(reading)  # type: ignore[arg-type]  # of its own kind, or ValueError
        except (ValueError, AttributeError):
            continue
    raise ValueError(f"{type(codec).__name__} cannot send {weight}")


def readings(weight: str) -> Iterator[Seen]:
    """Yield what a device may be able to show of a weight, the fullest first; then tags."""
    scaled: tuple[tuple[Decimal, Unit | None], ...] = (
        (Decimal(weight), "kg"),
        (Decimal(weight).scaleb(-3), "t"),
        (Decimal(weight), "lb"),
        (Decimal(weight), None),
        (Decimal(weight).scaleb(-2), "kg"),
    )
    modes: tuple[Mode | None, ...] = ("gross", "net", None)
    for mode, stable, (number, unit) in product(modes, (True, None), scaled):
        yield Reading(weight=number, unit=unit, stable=stable, mode=mode)
        in_range = None if stable is None else False
        yield Reading(
            weight=number,
            unit=unit,
            stable=stable,
            mode=mode,
            overload=in_range,
            underload=in_range,
        )
    for tag in TAGS:
        yield TagSeen(tag)
        yield TagSeen(tag, rssi_dbm=-60)
