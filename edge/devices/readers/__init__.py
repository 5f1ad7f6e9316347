"""Every card and tag reader the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.readers.codec import ReaderCodec
from edge.devices.readers.em4100 import Em4100
from edge.devices.rows import Row, build

READERS: Final[Mapping[str, Row[ReaderCodec]]] = {
    "em4100": Row(Em4100),
}


def reader_decoder(protocol: str, options: Mapping[str, object]) -> ReaderCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(READERS, protocol, options)
