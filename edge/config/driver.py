"""What shows, says and prints to the driver."""

import shlex

from pydantic import Field, field_validator

from edge.config.values import Language, Options, Source
from taigan.settings import Section


class DisplaySettings(Section):
    source: Source
    protocol: str = "plain"
    options: Options = Field(default={})
    language: Language | None = None
    """By default the lane's; displays without Chinese characters need `en`."""


class VoiceSettings(Section):
    command: str = "aplay -q -"
    """Plays one WAV file from its standard input, and ends."""
    languages: tuple[Language, ...] = ()
    """Spoken one after the other; by default the lane's alone."""

    @field_validator("command")
    @classmethod
    def _is_a_command(cls, text: str) -> str:
        if not shlex.split(text):
            raise ValueError("must name a program")
        return text


class PrinterSettings(Section):
    source: Source
    dots: int = Field(default=384, ge=256, le=832, multiple_of=8)
    """Width of a line: 384 on 58 mm paper, 576 on 80 mm."""
    cut: bool = True
    language: Language | None = None
    """By default the lane's."""
