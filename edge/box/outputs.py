"""Makes the driver's outputs from the settings: display, loudspeaker, printer."""

from collections.abc import Callable
from importlib.resources import files

from edge.config import Settings
from edge.devices.bitmap_text import read_glyphs
from edge.devices.displays import display_codec
from edge.devices.rows import BadOption
from edge.io.byte_source import parse_source
from edge.io.display import Display
from edge.io.printer import SlipPrinter, SlipStyle
from edge.io.speaker import Narrator, Speaker
from edge.lane.signals import PortChanged

Changed = Callable[[PortChanged], None]


def make_display(settings: Settings, changed: Changed) -> Display | None:
    """Return the lane's display, if it has one; BadOption or BadSource names what is wrong."""
    own = settings.display
    if own is None:
        return None
    codec = display_codec(own.protocol, own.options)
    if (own.language or settings.language) == "zh" and not codec.chinese:
        raise BadOption(f"{own.protocol} has no Chinese characters: set display.language to en")
    return Display(parse_source(own.source), codec, changed)


def make_speaker(settings: Settings, changed: Changed) -> Speaker | None:
    """Return the lane's loudspeaker, if it has one."""
    own = settings.voice
    if own is None:
        return None
    languages = own.languages or (settings.language,)
    return Speaker(own.command, [Narrator(language) for language in languages], changed)


def make_printer(settings: Settings, changed: Changed) -> SlipPrinter | None:
    """Return the lane's slip printer, if it has one; BadSource names what is wrong."""
    own = settings.printer
    if own is None:
        return None
    table = files("edge.glyphs").joinpath("unifont.hex").read_text(encoding="ascii")
    paper = SlipStyle(
        read_glyphs(table), dots=own.dots, cut=own.cut, language=own.language or settings.language
    )
    return SlipPrinter(parse_source(own.source), paper, changed)
