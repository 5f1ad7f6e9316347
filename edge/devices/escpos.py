"""ESC/POS receipt printers: a bitmap as bytes, and what the printer says of its paper.

Source: Epson's ESC/POS command reference. `ESC @` begins anew; `GS v 0 m xL xH yL yH data` prints a
bit image of xL + 256 xH bytes by yL + 256 yH rows, the highest bit on the left; `ESC d n` feeds
lines; `GS V 66 n` feeds to the knife and cuts. The image goes out in bands, because cheap printers
hold little more than one. Text is drawn by the box: no font of the printer is used.

`DLE EOT 4` asks for the paper sensor; the answer is one byte with bits 1 and 4 set, 0 and 7 clear.
A printer on a line without a way back never answers, and nothing is concluded from that.
"""

from typing import Final

from edge.devices.bitmap_text import Bitmap

BAND_ROWS: Final = 24
FEED_LINES: Final = 3

ASK_PAPER: Final = b"\x10\x04\x04"

_START: Final = b"\x1b@"
_IMAGE: Final = b"\x1dv0\x00"
_FEED: Final = b"\x1bd%c" % FEED_LINES
_CUT: Final = b"\x1dVB\x00"

_STATUS_MASK, _STATUS_BITS = 0b10010011, 0b00010010
_PAPER_END: Final = 0b01100000


def printed(picture: Bitmap, *, cut: bool) -> bytes:
    """Return the bytes that print a picture on a slip of its own.

    ValueError if its width is not a multiple of eight dots.
    """
    if picture.width % 8:
        raise ValueError(f"width must be a multiple of 8 dots, got {picture.width}")
    size = picture.width // 8
    bands = [picture.rows[at : at + BAND_ROWS] for at in range(0, len(picture.rows), BAND_ROWS)]
    images = b"".join(
        _IMAGE
        + size.to_bytes(2, "little")
        + len(band).to_bytes(2, "little")
        + b"".join(row.to_bytes(size, "big") for row in band)
        for band in bands
    )
    return _START + images + _FEED + (_CUT if cut else b"")


def cleared(width: int) -> bytes:
    """Return what ends an image that was cut short: white dots to it, and nothing otherwise."""
    return bytes(BAND_ROWS * width // 8)


def paper_is_out(answer: bytes) -> bool | None:
    """Read the answer to ASK_PAPER; None when there is none."""
    states = [byte for byte in answer if byte & _STATUS_MASK == _STATUS_BITS]
    return bool(states[-1] & _PAPER_END) if states else None
