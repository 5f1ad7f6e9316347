"""The indicator of the scale."""

from typing import Literal

from pydantic import Field

from edge.config.values import Options, Source
from taigan.settings import Section


class ScaleSettings(Section):
    source: Source
    protocol: str = "yaohua-continuous"
    options: Options = Field(default={})
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """Time between two requests to an indicator that must be polled."""
    e_kg: int = Field(default=20, ge=1, le=1000)
    max_kg: int = Field(default=100_000, gt=0, le=1_000_000)
    unit: Literal["kg", "t"] = "kg"
    """What the indicator displays, for protocols that do not say."""
    accept_net: bool = False
    """Accept weights that the indicator calls net. Only for protocols that know no other word
    (`mt-sics`), and only if the indicator cannot be tared."""
