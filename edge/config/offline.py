"""What the lane may decide without the gateway."""

from taigan.settings import Section


class OfflineSettings(Section):
    allowed: bool = True
    """Whether the lane may decide from the gateway's signed order list when it is out of reach."""
