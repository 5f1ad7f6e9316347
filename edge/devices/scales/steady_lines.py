"""Lines whose length nothing announces: a stream of them keeps to one form, and damage does not.

Where a number may have any width, a line that lost a digit, or got one twice, is a good line with
another weight. Only its neighbours show it. So the form of a line (its length, its decimals, its
unit) is learned from the stream: an unusual one is believed when it comes twice in a row, and then
a line of another form is a bad frame. A line of a usual form, whose width the maker documents, is
believed at once, until the stream has kept to one form for `LOCKED` lines.

A minus can make a line longer by one character, so lines with a minus have a form of their own.

A capture may be one single line: what was not contradicted is believed when it ends.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.devices.framing import PatternCutter
from edge.devices.readings import BadFrame, Reading, WrongLine
from edge.devices.scales.codec import ScaleCodec

LOCKED: Final = 4
"""So many lines of one form in a row show that this indicator keeps to it."""
AGE_MAX: Final = 1
"""So many lines of the other sign may pass before a line that waits is given up."""

STRANGE: Final = "not of the form of its neighbours"
CUT_SHORT: Final = "cut_short"

Found = Reading | BadFrame | WrongLine


@dataclass(frozen=True, slots=True)
class Line:
    """One line that reads as something."""

    reading: Reading
    raw: bytes
    form: object = None
    """What neighbours have in common; None where the line proves itself."""
    is_usual: bool = True
    """Whether its form alone makes it believable."""
    has_minus: bool = False
    """Whether it shows a minus, be it before a zero."""


class SteadyLines:
    """A cutter of lines that lets through those which keep to the form of their neighbours."""

    def __init__(
        self,
        pattern: re.Pattern[bytes],
        length_max: int,
        parse: Callable[["re.Match[bytes]"], Line | BadFrame],
        *,
        binary: str | None = None,
    ) -> None:
        self._lines = PatternCutter[Line](pattern, length_max, parse, binary=binary)
        self.counts = self._lines.counts
        self._forms = {sign: _Form() for sign in (False, True)}
        self._is_unusual = False
        self._is_over = False

    def feed(self, data: bytes) -> list[Found]:
        """Take the next bytes; return all that they completed or decided."""
        found: list[Found] = []
        for item in self._lines.feed(data):
            found += self._judge(item) if isinstance(item, Line) else [item]
        return found

    def finish(self, tail: bytes) -> list[Found]:
        """Say that nothing follows but the end of the last line; return what waited for it."""
        self._is_over = True
        self.counts.total_bytes -= len(tail)
        found = self.feed(tail)
        for form in self._forms.values():
            if form.waiting is not None and form.believed is None:
                found.append(form.waiting.reading)
                form.waiting = None
            found += self._given_up(form)
        return found

    def _judge(self, line: Line) -> list[Found]:
        if line.form is None:
            return [line.reading]
        own, other = self._forms[line.has_minus], self._forms[not line.has_minus]
        found = self._aged(other)
        if line.form == own.believed:
            own.run += 1
            return [*found, *self._given_up(own), line.reading]
        if own.waiting is not None and own.waiting.form == line.form:
            before, own.waiting = own.waiting, None
            return [*found, before.reading, self._believe(own, line, 2)]
        found += self._given_up(own)
        if line.is_usual and self._may_change(own, other):
            return [*found, self._believe(own, line, 1)]
        if self._is_over:
            return [*found, self._refused(line, CUT_SHORT)]
        own.waiting, own.age = line, 0
        return found

    def _may_change(self, own: "_Form", other: "_Form") -> bool:
        """Tell whether a usual form may follow at once: the stream kept to none for long.

        Nor to one sign: the first minus after so many lines without waits for a second.
        """
        is_first = own.believed is None and other.run >= LOCKED
        return not self._is_unusual and own.run < LOCKED and not is_first

    def _believe(self, own: "_Form", line: Line, run: int) -> Reading:
        own.believed, own.run = line.form, run
        self._is_unusual = not line.is_usual
        return line.reading

    def _aged(self, other: "_Form") -> list[Found]:
        other.age += 1
        return self._given_up(other) if other.age > AGE_MAX else []

    def _given_up(self, form: "_Form") -> list[Found]:
        line, form.waiting = form.waiting, None
        return [] if line is None else [self._refused(line, STRANGE)]

    def _refused(self, line: Line, reason: str) -> BadFrame:
        self.counts.recant(len(line.raw))
        return BadFrame(reason, line.raw)


@dataclass(slots=True)
class _Form:
    """What is known of the lines of one sign."""

    believed: object = None
    run: int = 0
    waiting: Line | None = None
    age: int = 0


class SteadyCodec(ScaleCodec):
    """A protocol of such lines."""

    def __init__(self, lines: SteadyLines) -> None:
        super().__init__(lines)
        self._lines = lines

    def finish(self) -> list[Found]:
        """Say that nothing follows; return the line that waited for another, or for its `tail`."""
        return self._lines.finish(self.tail)
