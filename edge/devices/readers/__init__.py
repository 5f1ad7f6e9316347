"""Every card and tag reader the box speaks: one file and one row each."""

from collections.abc import Callable, Mapping
from typing import Final

from edge.devices.readers.em4100 import Em4100
from edge.devices.readings import ReaderDecoder, build_decoder

READERS: Final[Mapping[str, Callable[..., ReaderDecoder]]] = {
    "em4100": Em4100,
}


def reader_decoder(protocol: str, options: Mapping[str, object]) -> ReaderDecoder:
    """Make a decoder; BadOption names what is wrong with the protocol or an option."""
    return build_decoder(READERS, protocol, options)
