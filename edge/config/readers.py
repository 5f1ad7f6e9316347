"""Card readers."""

from typing import Final

from pydantic import Field

from edge.config.values import Options, Source
from edge.messages import Name
from taigan.settings import Section

READS_MAX: Final = 100


class ReaderSettings(Section):
    name: Name = "card"
    source: Source
    protocol: str = "em4100"
    options: Options = Field(default={})
    poll_ms: int = Field(default=100, ge=20, le=1_000)
    """Time between two requests to a reader that must be polled."""
    unique_ms: int | None = Field(default=None, ge=0, le=30_000)
    """Time a tag must be the only one in view before it counts. Default: `rules.tag_unique_ms` for
    protocols of long-range readers, 0 for readers that are shown one card at a time."""
    reads_min: int | None = Field(default=None, ge=1, le=READS_MAX)
    """Reads required before a tag counts. Default: 1 for readers that see far; for those that are
    shown one card 2, within a second. 1 for such a reader that sends a card once only."""
    rssi_dbm_min: int | None = Field(default=None, ge=-128, le=0)
    """Weaker tags do not count; neither do tags for which the reader reports no strength."""
