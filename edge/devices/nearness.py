"""What bytes are near to that a protocol could not read: another protocol, or none and a form.

Bytes of which nothing was understood are still evidence. Whoever set up the wrong protocol wants to
know the right one; whoever has an indicator of a kind that nobody knew, how to describe it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from edge.devices.readings import BadFrame
from edge.devices.scan import Trial

LINES_MIN: Final = 2
PERIOD_MIN, PERIOD_MAX = 3, 40
REPEATS_MIN: Final = 3
"""So many equal stretches in a row are frames; before that they can be chance."""

_LINE: Final = re.compile(rb"(?<![^\r\n])([ -~]{3,60})[\r\n]")
_NUMBER: Final = re.compile(rb"[ +\-]*[0-9][0-9.,]*")
_WORD: Final = re.compile(rb"(?<![A-Za-z])(?:(ST|US|OL)|GS|NT)(?![A-Za-z])")
"""What may stand before a number, and has a field of a template."""
_UNIT: Final = re.compile(rb"( *)(kg|t|g|lb)(?![A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Nearness:
    """What to try."""

    protocols: tuple[str, ...] = ()
    """These understand more than half of the bytes, the best first."""
    damaged: tuple[str, ...] = ()
    """Of these more than half of the bytes would be frames, if their checksums were right."""
    reasons: tuple[str, ...] = ()
    """Why frames of the protocol that was tried were bad, the most frequent first."""
    template: str | None = None
    """A template for `generic` that would read the lines of text."""
    period: int | None = None
    """The length of frames that repeat and are no lines."""


def nearness(tried: Iterable[Trial], data: bytes, bad: Iterable[BadFrame] = ()) -> Nearness:
    """Return what `data` is near to; `bad` is what the protocol said that was tried."""
    found, damaged = {}, {}
    for trial in tried:
        codec = trial.codec()
        items = [*codec.feed(data), *codec.finish()]
        if codec.counts.good_bytes * 2 > len(data):
            found[trial.protocol] = codec.counts.good_bytes
        elif _damaged_bytes(items) * 2 > len(data):
            damaged[trial.protocol] = _damaged_bytes(items)
    template = _template(data)
    return Nearness(
        protocols=tuple(sorted(found, key=lambda name: -found[name])),
        damaged=tuple(sorted(damaged, key=lambda name: -damaged[name])),
        reasons=tuple(reason for reason, _ in Counter(one.reason for one in bad).most_common()),
        template=template,
        period=_period(data) if template is None else None,
    )


def _damaged_bytes(items: Iterable[object]) -> int:
    """Count the bytes of frames that are whole but for their checksum."""
    bad = (one for one in items if isinstance(one, BadFrame))
    return sum(len(one.raw) for one in bad if one.reason == "checksum")


def _template(data: bytes) -> str | None:
    """Describe the lines of text that have one length and one number, if that is what they are.

    A second number, or a sign behind the first, could belong to it: such lines are for people.
    """
    lines = [match[1] for match in _LINE.finditer(data)]
    lengths = {len(line) for line in lines}
    if len(lines) < LINES_MIN or len(lengths) > 1:
        return None
    number = max(_NUMBER.finditer(lines[-1]), key=lambda one: len(one[0]), default=None)
    if number is None:
        return None
    before, after = lines[-1][: number.start()], lines[-1][number.end() :]
    words = [bool(word[1]) for word in _WORD.finditer(before)]
    is_clear = len({*words}) == len(words) and not re.search(rb"[0-9]", before + after)
    if not is_clear or re.search(rb"[+\-]", after):
        return None
    return f"{_before(before)}{{weight:{len(number[0])}}}{_behind(after)}"


def _before(text: bytes) -> str:
    """Return fields for what stands before a number; what is not known is skipped."""
    fields, at = "", 0
    for word in _WORD.finditer(text):
        name = "stable/overload" if word[1] else "mode"
        fields += f"{_skipped(text[at : word.start()])}{{{name}:{len(word[0])}}}"
        at = word.end()
    return fields + _skipped(text[at:])


def _behind(text: bytes) -> str:
    """Return fields for what stands behind a number."""
    unit = _UNIT.match(text)
    if unit is None:
        return _skipped(text)
    return f"{{unit:{unit.end()}}}{_skipped(text[unit.end() :])}"


def _skipped(text: bytes) -> str:
    return f"{{skip:{len(text)}}}" if text else ""


def _period(data: bytes) -> int | None:
    """Return the length of the frames that the end of `data` repeats."""
    for period in range(PERIOD_MIN, PERIOD_MAX + 1):
        last = data[-period:]
        if len(set(last)) > 1 and data.endswith(last * REPEATS_MIN):
            return period
    return None
