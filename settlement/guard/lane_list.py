"""The lanes that the guard believes, as the settings were last read; replaced whole, never edited.

Whoever checks a payout meanwhile has the list of before or the list of after.
"""

from collections.abc import ItemsView, Iterator, Mapping

from settlement.guard.check import LaneKeys


class LaneList(Mapping[str, tuple[bytes, ...]]):
    """Raw public keys by "yard/lane"."""

    def __init__(self, keys: LaneKeys) -> None:
        self._keys = dict(keys)
        self.trouble: str | None = None
        """Why the settings could not be read again: the list is older than the file."""

    def replace(self, keys: LaneKeys) -> None:
        """Believe these lanes from now on."""
        self._keys = dict(keys)
        self.trouble = None

    def __getitem__(self, lane: str) -> tuple[bytes, ...]:
        return self._keys[lane]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def items(self) -> ItemsView[str, tuple[bytes, ...]]:
        """Return what is believed now; a later `replace` does not change it."""
        return self._keys.items()
