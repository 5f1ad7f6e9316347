"""What must be true of every stream, whatever a line did to it.

Nothing is raised; little is held; a stream in pieces says what the whole says; good frames alone
are all read; and no weight and no tag comes out that was not really in the stream, behind a right
checksum where the protocol has one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge.devices.parity import SEVEN_BITS
from edge.devices.readings import BadFrame, Reading, TagSeen
from tests.bench.fuzz_guards import Guard
from tests.bench.fuzz_mutants import Decoder, Law, Make
from tests.bench.fuzz_streams import Frames, Streams
from tests.unit.edge.lines import held_bytes

LONG: Final = 1_300
"""A stream of so many bytes shows whether a buffer has a limit."""

PIECES: Final = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40)
"""Bytes that come at a time."""

_DIGITS: Final = bytes(byte for byte in range(256) if not 48 <= byte <= 57)
_SAID: Final = (Reading, TagSeen)


@dataclass
class Violation(Exception):
    """A law that an input broke."""

    law: Law
    variant: str
    stream: bytes
    detail: str


class Target:
    """Judges one protocol's decoder, or one with a planted bug."""

    def __init__(
        self,
        families: Sequence[Frames],
        streams: Streams,
        plant: Callable[[Make, Guard | None], Decoder] | None = None,
    ) -> None:
        self._families = families
        self._streams = streams
        self._makes = [_maker(one, plant) for one in families]
        self._empty = [held_bytes(make()) for make in self._makes]
        self._held = [one.shown.held for one in families]
        self._tails = [one.shown.codec().tail for one in families]  # what a last frame waits for
        self._known = [_by_what_they_say(one) for one in families]

    def run(self, known: bytes) -> None:
        """Judge one input; Violation tells what is wrong."""
        if len(known) < 2:
            return
        which, cut, stream = known[0] % len(self._families), known[1], known[2:]
        try:
            law = self._broken_law(which, cut, stream)
        except Exception as error:  # noqa: BLE001  # whatever a decoder raises is a finding
            law = (Law.NEVER_RAISES, repr(error))
        if law is not None:
            raise Violation(law[0], str(self._families[which].shown), stream, law[1])

    def _broken_law(self, which: int, cut: int, stream: bytes) -> tuple[Law, str] | None:
        found = self._makes[which]().feed(stream)
        whole = _believed(found)
        decoder = self._makes[which]()
        in_pieces = _believed(_fed(decoder, stream, PIECES[cut & 15], PIECES[cut >> 4]))
        if in_pieces != whole:
            return Law.IN_PIECES, f"{whole} != {in_pieces}"
        if len(stream) > LONG and held_bytes(decoder) - self._empty[which] > self._held[which]:
            return Law.LITTLE_HELD, f"{held_bytes(decoder)} bytes"
        intact = self._streams.intact
        if intact is not None and intact[0] == stream:
            ended = self._makes[which]().feed(stream + self._tails[which])
            said = [one for one in ended if isinstance(one, _SAID)]
            return None if said == intact[1] else (Law.ALL_READ, f"{said}")
        for one in (item for item in found if isinstance(item, _SAID)):
            if not self._really_there(which, one, stream):
                return Law.REALLY_THERE, f"{one}"
        return None

    def _really_there(self, which: int, said: Any, stream: bytes) -> bool:
        if _is_state(said):
            return True
        known = self._known[which].get(said, ())
        if any(frame in stream for frame in known):
            return True
        text = stream.translate(SEVEN_BITS)
        if any(frame in text for frame in known):
            return True
        frames = self._families[which]
        return _is_shown(said, stream, frames) or _is_shown(said, text, frames)


def _believed(found: list[Any]) -> list[Any]:
    """Leave out what is no weight and no tag: what a torn frame is called depends on where it was
    torn, and a state without a number can be all that is left of one."""
    return [one for one in found if not isinstance(one, BadFrame) and not _is_state(one)]


def _is_state(one: object) -> bool:
    return isinstance(one, Reading) and one.weight is None


def _fed(decoder: Decoder, stream: bytes, first: int, second: int) -> list[Any]:
    """Feed a stream in three pieces, or, where the first would be empty, in many equal ones."""
    if first:
        end = first + second
        pieces = [stream[:first], stream[first:end], stream[end:]]
    else:
        size = second + 1
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return [found for piece in pieces for found in decoder.feed(piece)]


def _maker(frames: Frames, plant: Callable[[Make, Guard | None], Decoder] | None) -> Make:
    if plant is None:
        return frames.shown.codec
    return lambda: plant(frames.shown.codec, frames.guard)


def _by_what_they_say(frames: Frames) -> dict[Any, tuple[bytes, ...]]:
    known: defaultdict[Any, list[bytes]] = defaultdict(list)
    for frame, said in frames.sent:
        known[said].append(frame)
    return {said: tuple(found) for said, found in known.items()}


def _is_shown(said: Any, line: bytes, frames: Frames) -> bool:
    """Tell whether a frame in this line shows what was read, with a right checksum if any."""
    guard = frames.guard
    if isinstance(said, TagSeen):
        return any(
            guard is None or any(guard.frames_in(line, frames.shape, around))
            for around in _places(said, line)
        )
    if guard is None:
        return _holds_digits(said, line) or not frames.shape.shows_digits
    return any(
        _holds_digits(said, frame) or not frames.shape.shows_digits
        for frame in guard.frames_in(line, frames.shape)
    )


def _places(tag: TagSeen, line: bytes) -> Iterator[tuple[int, int]]:
    """Where a tag's number stands in a line: in binary, hex, decimal or bits."""
    number, value = bytes.fromhex(tag.tag), int(tag.tag, 16)
    forms = [number, number[::-1], tag.tag.encode(), f"{value:0{8 * len(number)}b}".encode()]
    forms += [f"{value:08d}".encode(), f"{value >> 16:03d},{value & 0xFFFF:05d}".encode()]
    text = line.upper()
    for form in forms:
        at = -1
        while (at := text.find(form.upper(), at + 1)) >= 0:
            yield at, at + len(form)


def _holds_digits(said: Reading, line: bytes) -> bool:
    """Tell whether the digits of a weight are in these bytes, in either order."""
    digits = f"{abs(said.weight or 0):f}".replace(".", "").strip("0").encode()
    shown = line.translate(None, _DIGITS)
    return digits in shown or digits[::-1] in shown
