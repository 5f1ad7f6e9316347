"""A line for a text display: UTF-8, CR LF, and nothing in it that could be a display command."""

from typing import Final

LINE_CHARS_MAX: Final = 64


def display_line(text: str) -> bytes:
    """Return the bytes of one line; control characters become blanks, the rest is cut to length."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable[:LINE_CHARS_MAX].encode() + b"\r\n"
