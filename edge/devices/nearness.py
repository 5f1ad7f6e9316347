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


@dataclass(frozen=True, slots=True)
class Nearness:
    """What to try."""

    protocols: tuple[str, ...] = ()
    """These understand more than half of the bytes, the best first."""
    reasons: tuple[str, ...] = ()
    """Why frames of the protocol that was tried were bad, the most frequent first."""
    template: str | None = None
    """A template for `generic` that would read the lines of text."""
    period: int | None = None
    """The length of frames that repeat and are no lines."""


def nearness(tried: Iterable[Trial], data: bytes, bad: Iterable[BadFrame] = ()) -> Nearness:
    """Return what `data` is near to; `bad` is what the protocol said that was tried."""
    found = {}
    for trial in tried:
        codec = trial.codec()
        codec.feed(data)
        codec.finish()
        if codec.counts.good_bytes * 2 > len(data):
            found[trial.protocol] = codec.counts.good_bytes
    template = _template(data)
    return Nearness(
        protocols=tuple(sorted(found, key=lambda name: -found[name])),
        reasons=tuple(reason for reason, _ in Counter(one.reason for one in bad).most_common()),
        template=template,
        period=_period(data) if template is None else None,
    )


def _template(data: bytes) -> str | None:
    """Describe the lines of text that have one length and a number, if that is what they are."""
    lines = [match[1] for match in _LINE.finditer(data)]
    lengths = {len(line) for line in lines}
    if len(lines) < LINES_MIN or len(lengths) > 1:
        return None
    number = max(_NUMBER.finditer(lines[-1]), key=lambda one: len(one[0]), default=None)
    if number is None:
        return None
    before, width = number.start(), len(number[0])
    after = len(lines[-1]) - number.end()
    skips = [f"{{skip:{length}}}" if length else "" for length in (before, after)]
    return f"{skips[0]}{{weight:{width}}}{skips[1]}"


def _period(data: bytes) -> int | None:
    """Return the length of the frames that the end of `data` repeats."""
    for period in range(PERIOD_MIN, PERIOD_MAX + 1):
        last = data[-period:]
        if len(set(last)) > 1 and data.endswith(last * REPEATS_MIN):
            return period
    return None
