"""Every scale protocol the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.rows import Row, build
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.yaohua import YaohuaContinuous

SCALES: Final[Mapping[str, Row[ScaleCodec]]] = {
    "yaohua-continuous": Row(YaohuaContinuous, lines=("9600 8N1", "1200 8N1")),
}


def scale_decoder(protocol: str, options: Mapping[str, object]) -> ScaleCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(SCALES, protocol, options)
