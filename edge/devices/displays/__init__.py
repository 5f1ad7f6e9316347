"""Every display protocol the box speaks: one file and one row each."""

from collections.abc import Mapping
from typing import Final

from edge.devices.displays.codec import DisplayCodec
from edge.devices.displays.laserlight import LaserLight
from edge.devices.displays.plain import Plain
from edge.devices.displays.sb500 import Sb500
from edge.devices.rows import ProtocolRow, build

DISPLAYS: Final[Mapping[str, ProtocolRow[DisplayCodec]]] = {
    "plain": ProtocolRow(Plain),
    "laserlight": ProtocolRow(LaserLight),
    "sb500": ProtocolRow(Sb500),
}


def display_codec(protocol: str, options: Mapping[str, object]) -> DisplayCodec:
    """Make a codec; BadOption names what is wrong with the protocol or an option."""
    return build(DISPLAYS, protocol, options)
