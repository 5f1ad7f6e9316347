"""One hash for a list that only grows: the Merkle tree of RFC 6962, section 2.1. Pure.

Only the roots of its full subtrees are kept, at most one for each bit of the size. So a head of a
list of millions costs what was added since the one before it.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple, Self


class Tree(NamedTuple):
    """A list's size and the roots of its full subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def grown(self, leaves: Iterable[bytes]) -> Self:
        """Return the tree with these leaves at its end."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            node, position = hashlib.sha256(b"\x00" + leaf).digest(), size
            while position & 1:
                node, position = _joined(peaks.pop(), node), position >> 1
            peaks.append(node)
            size += 1
        return type(self)(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """Return the hash of the whole list; of an empty one, the hash of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        *left, node = self.peaks
        for peak in reversed(left):
            node = _joined(peak, node)
        return node


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
