"""`taigan-edge decode`: what a protocol makes of raw bytes."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from typing import Final, cast

from edge.commissioning.nearest import hints
from edge.devices.readers import READERS, reader_decoder
from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import BadFrame, Reading, TagSeen, WrongLine
from edge.devices.rows import BadOption
from edge.devices.scales import scale_decoder
from edge.devices.scales.codec import ScaleCodec
from edge.terminal import put, reading_json
from taigan.exit_codes import WRONG_USAGE
from taigan.terminal import fail, say

READ_BYTES: Final = 4_096
HEARD_BYTES: Final = 2_000

Codec = ScaleCodec | ReaderCodec


def decode_bytes(protocol: str, options: Sequence[str], hex_text: str | None) -> None:
    """Decode standard input, or hex, to standard output; bad frames go to standard error.

    Ends with 1 if nothing was understood; a reader may well say that there is no tag.
    """
    decoder = make_codec(protocol, options)
    found_any = False
    data = bytearray()
    for found in _found(decoder, hex_text, data):
        if isinstance(found, BadFrame):
            say(f"bad frame ({found.reason}): {found.raw.hex()}")
        elif isinstance(found, WrongLine):
            say(f"warning: {found.text}")
        else:
            found_any = True
            put(reading_json(found))
    counts = decoder.counts
    if not found_any and not counts.good_frames:
        knows_frames = (
            protocol in READERS and counts.bad_frames > 0
        )  # and has said why they are bad
        for hint in hints(bytes(data), protocol, line_is_sure=not knows_frames):
            say(f"hint: {hint}")
        fail(f"no reading: {counts.total_bytes} bytes, {counts.bad_frames} bad frames")


def make_codec(protocol: str, options: Sequence[str]) -> Codec:
    """Make the codec of a scale or reader; ends with a line that names a wrong name or option."""
    pairs = [option.partition("=") for option in options]
    if not all(separator for _, separator, _ in pairs):
        fail("an option is written key=value", WRONG_USAGE)
    values = {name: value for name, _, value in pairs}
    try:
        if protocol in READERS:
            return reader_decoder(protocol, values)
        return scale_decoder(protocol, values)
    except BadOption as error:
        fail(f"{error}; readers: {', '.join(sorted(READERS))}", WRONG_USAGE)


def _found(
    decoder: Codec, hex_text: str | None, heard: bytearray
) -> Iterator[Reading | TagSeen | BadFrame | WrongLine]:
    """Yield what is found, and note the first bytes for whoever has to guess what they are."""
    for piece in _pieces(hex_text):
        heard += piece[: HEARD_BYTES - len(heard)]
        yield from decoder.feed(piece)
    yield from decoder.finish()


def _pieces(hex_text: str | None) -> Iterable[bytes]:
    if hex_text is None:
        stdin = cast("BufferedReader", sys.stdin.buffer)
        return iter(lambda: stdin.read1(READ_BYTES), b"")
    try:
        return [bytes.fromhex(hex_text)]
    except ValueError as error:
        fail(f"--hex: {error}", WRONG_USAGE)
