"""Bytes that a protocol could not read, and what to try: in words for the installer."""

from collections.abc import Iterable, Iterator

from edge.devices.nearness import nearness
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
    if others:
        yield f"the bytes read as {', '.join(others[:NEAR_MAX])}"
    elif table is READERS:
        return
    elif near.template is not None:
        yield f"lines of text: the protocol generic reads them, -o 'template={near.template}'"
    elif near.period is not None and line_is_sure:
        yield f"frames of {near.period} bytes: describe them to generic, -o length={near.period}"
