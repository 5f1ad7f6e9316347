"""Text as dots, from a table of glyphs: for printers and panels without Chinese characters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

ROWS: Final = 16
LEADING: Final = 6
"""Empty rows below each line."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character: sixteen rows, each a number whose highest bit is the left dot."""

    width: int
    rows: tuple[int, ...]


MISSING: Final = Glyph(8, (0, *(0x7E if row in {0, 13} else 0x42 for row in range(14)), 0))
"""A box, for a character that is not in the table."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text; `scale` makes its dots two or three times as large."""

    text: str
    scale: int = 1
    centred: bool = False


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Black dots on white: each row is a number of `width` bits, the highest bit on the left."""

    width: int
    rows: tuple[int, ...]


class BadGlyphs(ValueError):
    """A line of a glyph table that cannot be read."""


def read_glyphs(table: str) -> dict[str, Glyph]:
    """Read a table in Unifont's format, `code point:rows` in hex; BadGlyphs names a bad line."""
    glyphs = {}
    for number, line in enumerate(table.splitlines(), 1):
        code, _, dots = line.partition(":")
        try:
            data = bytes.fromhex(dots)
            char = chr(int(code, 16))
        except (ValueError, OverflowError) as error:
            raise BadGlyphs(f"line {number}: {error}") from error
        if len(data) not in {ROWS, 2 * ROWS}:
            raise BadGlyphs(f"line {number}: expected 16 rows of 8 or 16 dots, got {line!r}")
        size = len(data) // ROWS
        rows = (int.from_bytes(data[at : at + size], "big") for at in range(0, len(data), size))
        glyphs[char] = Glyph(8 * size, tuple(rows))
    return glyphs


def drawn(lines: Iterable[TextLine], glyphs: Mapping[str, Glyph], width: int) -> Bitmap:
    """Draw lines below each other, `width` dots wide; a line that is too long goes on below."""
    rows: list[int] = []
    for line in lines:
        text = [glyphs.get(char, MISSING) for char in line.text]
        for piece in _wrapped(text, width // line.scale):
            rows += _rows(piece, line, width) + [0] * LEADING
    return Bitmap(width, tuple(rows))


def _wrapped(text: Sequence[Glyph], width: int) -> list[list[Glyph]]:
    pieces: list[list[Glyph]] = [[]]
    for glyph in text:
        if pieces[-1] and _width([*pieces[-1], glyph]) > width:
            pieces.append([])
        pieces[-1].append(glyph)
    return pieces


def _width(glyphs: Sequence[Glyph]) -> int:
    return sum(glyph.width for glyph in glyphs)


def _rows(piece: Sequence[Glyph], line: TextLine, width: int) -> list[int]:
    free = max(width - _width(piece) * line.scale, 0)
    shift = free // 2 if line.centred else free
    rows = []
    for number in range(ROWS):
        dots = 0
        for glyph in piece:
            dots = dots << glyph.width | glyph.rows[number]
        rows += [_enlarged(dots, line.scale) << shift] * line.scale
    return rows


def _enlarged(dots: int, scale: int) -> int:
    """Repeat every bit of a row `scale` times."""
    return int("".join(bit * scale for bit in f"{dots:b}"), 2)
