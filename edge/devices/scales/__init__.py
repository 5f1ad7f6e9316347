"""Every scale protocol the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.rows import Row, build
from edge.devices.scales.codec import ScaleCodec
from edge.devices.scales.yaohua import YaohuaContinuous
from edge.devices.scales.yaohua_a12 import YaohuaA12, YaohuaA12E
from edge.devices.scales.yaohua_command import YaohuaCommand
from edge.devices.scales.yaohua_eq import YaohuaEq

SCALES: Final[Mapping[str, Row[ScaleCodec]]] = {
    "yaohua-continuous": Row(YaohuaContinuous, lines=("9600 8N1", "1200 8N1")),
    "yaohua-command": Row(YaohuaCommand, lines=("9600 8N1", "1200 8N1")),
    "yaohua-eq": Row(
        YaohuaEq,
        lines=("9600 8N1", "1200 8N1"),
        variants=({"format": "1"}, {"format": "2"}, {"format": "trailing"}),
    ),
    "yaohua-a12": Row(YaohuaA12),
    "yaohua-a12e": Row(YaohuaA12E),
}


def scale_decoder(protocol: str, options: Mapping[str, object]) -> ScaleCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(SCALES, protocol, options)
