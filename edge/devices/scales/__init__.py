"""Every scale protocol the box speaks: one file and one row each."""

from collections.abc import Callable, Mapping
from typing import Final

from edge.devices.readings import ScaleDecoder, build_decoder
from edge.devices.scales.yaohua import YaohuaContinuous

SCALES: Final[Mapping[str, Callable[..., ScaleDecoder]]] = {
    "yaohua-continuous": YaohuaContinuous,
}


def scale_decoder(protocol: str, options: Mapping[str, object]) -> ScaleDecoder:
    """Make a decoder; BadOption names what is wrong with the protocol or an option."""
    return build_decoder(SCALES, protocol, options)
