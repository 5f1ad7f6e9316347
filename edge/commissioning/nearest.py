"""Bytes that a protocol could not read, and what to try: in words for the installer."""

from collections.abc import Iterable, Iterator

from edge.devices.nearness import Nearness, nearness
from edge.devices.readers import READERS
from edge.devices.readings import BadFrame
from edge.devices.scales import SCALES
from edge.devices.scan import trials

NEAR_MAX = 3


def hints(
    data: bytes, protocol: str, bad: Iterable[BadFrame] = (), *, line_is_sure: bool = True
) -> Iterator[str]:
    """Yield what to try with bytes that `protocol` did not read; nothing where nothing is known.

    Under a wrong baud rate frames of some length repeat as well, and mean nothing.
    """
    if not data:
        return
    table = READERS if protocol in READERS else SCALES
    near = nearness(trials(table), data, bad)
    if near.reasons:
        yield f"frames were bad: {', '.join(near.reasons)}"
    others = [name for name in near.protocols if name != protocol]
    damaged = [name for name in near.damaged if name != protocol]
    if others:
        yield f"the bytes read as {', '.join(others[:NEAR_MAX])}"
    elif damaged:
        yield f"frames like those of {', '.join(damaged[:NEAR_MAX])}, but for their checksum"
    elif table is SCALES:
        yield from _described(near, line_is_sure=line_is_sure)
    elif near.period is not None and line_is_sure:
        yield f"frames of {near.period} bytes, which no reader's protocol reads"


def _described(near: Nearness, *, line_is_sure: bool) -> Iterator[str]:
    """Yield how to describe the bytes to the protocol `generic`."""
    if near.template is not None:
        told = f"lines of text: the protocol generic reads them, -o 'template={near.template}'"
        may_say = "; name what the skipped characters say: motion, net, too much"
        yield told + may_say * ("{skip" in near.template)
    elif near.period is not None and line_is_sure:
        yield f"frames of {near.period} bytes: describe them to generic, -o length={near.period}"
