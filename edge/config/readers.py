"""Card readers."""

from pydantic import Field

from edge.config.values import Options, Source
from edge.messages import Name
from taigan.settings import Section


class ReaderSettings(Section):
    name: Name = "card"
    source: Source
    protocol: str = "em4100"
    options: Options = Field(default={})
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """How often a reader that speaks only when asked is asked."""
    unique_ms: int | None = Field(default=None, ge=0, le=30_000)
    """For so long its tag must be the only one before it counts. By default `rules.tag_unique_ms`
    for protocols of readers that see far, and 0 for all that are shown one card at a time."""
    reads_min: int = Field(default=1, ge=1, le=100)
    """So often its tag must have been read before it counts."""
    rssi_dbm_min: int | None = Field(default=None, ge=-128, le=0)
    """Weaker tags do not count, nor those whose strength the reader does not tell."""
