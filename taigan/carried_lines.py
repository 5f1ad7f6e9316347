"""What a person carries between a lane's box and its server: `NAME=value` lines, then PEM."""

import re
from typing import Final

_PEM: Final = "-----BEGIN"
_LINE: Final = re.compile(r"([A-Z_]+)=(\S+)", re.ASCII)


class BadLine(ValueError):
    """It is neither empty, nor a comment, nor NAME=value."""


def split_pem(text: str) -> tuple[str, bytes]:
    """Return the lines, and the PEM behind them: empty if there is none."""
    head, mark, rest = text.partition(_PEM)
    return head, (mark + rest).encode()


def read_lines(head: str) -> dict[str, str]:
    """Return the values by name; BadLine repeats how a line begins that a mail has mangled."""
    found = {}
    for line in map(str.strip, head.splitlines()):
        match = _LINE.fullmatch(line)
        if match is not None:
            found[match[1]] = match[2]
        elif line and not line.startswith("#"):
            raise BadLine(f"{line[:40]!r}: write NAME=value")
    return found
