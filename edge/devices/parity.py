"""Recognises parity bits in text that was received as eight data bits.

A line set to 7E1 sends seven bits and a parity bit; a port set to 8N1 takes that bit for the
eighth of the character. The text survives, and the pattern of the eighth bits says which setting
the device uses. A pattern that fits no parity means that bits were damaged on the way.
"""

from typing import Final

SEVEN_BITS: Final = bytes(byte & 0x7F for byte in range(256))
"""Translation table that takes bit 7 away."""

_ODD: Final = bytes(byte for byte in range(256) if byte.bit_count() % 2)
_EVEN: Final = bytes(byte for byte in range(256) if byte.bit_count() % 2 == 0)
_LOW: Final = bytes(range(128))


def parity_setting(frame: bytes) -> str | None:
    """Return the line setting whose parity bits these are: 7E1, 7O1 or 7M1; None if they disagree.

    A frame without any such bit is ordinary 8N1 text and not to be asked about.
    """
    if not frame.translate(None, _EVEN):
        return "7E1"
    if not frame.translate(None, _ODD):
        return "7O1"
    return None if frame.translate(None, _LOW) != frame else "7M1"
