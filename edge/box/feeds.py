"""From a port's bytes to the lane's signals, through the decoder of the device."""

from collections.abc import Callable

import structlog

from edge.devices.readers.codec import ReaderCodec
from edge.devices.readings import Reading, TagSeen, WrongLine
from edge.devices.scales.codec import ScaleCodec
from edge.lane.signals import CardRead, CardUnreadable, ScaleRead, Signal

log = structlog.get_logger()

Feed = Callable[[bytes, int], bool]
"""(bytes, monotonic ms) -> whether they completed something believable."""


def scale_feed(codec: ScaleCodec, post: Callable[[Signal], None]) -> Feed:
    """Post what the indicator says, bad frames and wrong line settings among it."""

    def feed(data: bytes, now_ms: int) -> bool:
        found = codec.feed(data)
        for item in found:
            if isinstance(item, WrongLine):
                log.warning("wrong line settings", device="scale", reason=item.text)
            post(ScaleRead(item, now_ms))
        return any(isinstance(item, Reading) for item in found)

    return feed


def reader_feed(
    name: str, codec: ReaderCodec, post: Callable[[Signal], None], *, messages: bool = False
) -> Feed:
    """Post the tags that the reader sees; `messages` if the bytes come one message at a time."""
    take = codec.message if messages else codec.feed

    def feed(data: bytes, now_ms: int) -> bool:
        found = take(data)
        for item in found:
            if isinstance(item, TagSeen):
                post(CardRead(name, item.tag, now_ms, item.rssi_dbm))
            elif isinstance(item, WrongLine):
                log.warning("wrong line settings", device=name, reason=item.text)
                post(CardUnreadable(name, item.text, now_ms))
            else:
                log.warning("card not readable", reader=name, reason=item.reason)
                post(CardUnreadable(name, item.reason, now_ms))
        return any(isinstance(item, TagSeen) for item in found)

    return feed
