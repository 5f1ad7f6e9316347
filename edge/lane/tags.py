"""Which card or tag counts: what the readers see, judged by rules of one lane.

A reader held a card at close range sees one card, shown by a driver: it counts when it was read
twice, since noise passes a checksum now and then. A reader that sees far has the tags of a whole
queue in its field: there a tag counts when it has been read over `unique_ms`, and no far-seeing
reader of the lane read another one in that time.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from edge.config import READS_MAX, ReaderSettings, Rules
from edge.devices.readers import reader_decoder
from edge.lane.signals import CardRead

CARD_OFFER_MS: Final = 1_000
"""A card read longer ago than this is no longer at the reader."""

READS_MS: Final = 1_000
"""The reads of a shown card that must be equal come within this time."""

SHOWN_READS_MIN: Final = 2

AGAIN_MS: Final = 60_000
"""Until the tag of a truck that was turned away counts again, if a far-seeing reader still sees it:
unlike a card, a tag cannot be put away and shown anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRule:
    """When a reader's tag counts."""

    unique_ms: int = 0
    """Time for which it must be the only tag; 0 for a reader that is shown one card at a time."""
    reads_min: int = 1
    """From a reader that is shown one card: within `READS_MS`."""
    rssi_dbm_min: int | None = None
    """Weaker tags do not count, nor do tags of unknown strength."""

    def is_too_weak(self, card: CardRead) -> bool:
        """Tell whether a tag is too far away to mean this lane."""
        if self.rssi_dbm_min is None:
            return False
        return card.rssi_dbm is None or card.rssi_dbm < self.rssi_dbm_min


NEAR: Final = ReaderRule(reads_min=SHOWN_READS_MIN)


def is_no_card(tag: str) -> bool:
    """Tell whether a number is that of a line that is stuck or silent: all zeros, or all ones."""
    return set(tag) in ({"0"}, {"F"})


def reader_rules(readers: Iterable[ReaderSettings], rules: Rules) -> dict[str, ReaderRule]:
    """Return each reader's rule; what its settings leave open follows from how far it sees."""
    return {reader.name: _rule(reader, rules) for reader in readers}


def _rule(reader: ReaderSettings, rules: Rules) -> ReaderRule:
    sees_far = reader_decoder(reader.protocol, reader.options).several
    unique_ms, reads_min = reader.unique_ms, reader.reads_min
    if unique_ms is None:
        unique_ms = rules.tag_unique_ms if sees_far else 0
    if reads_min is None:
        reads_min = 1 if sees_far else SHOWN_READS_MIN
    return ReaderRule(unique_ms=unique_ms, reads_min=reads_min, rssi_dbm_min=reader.rssi_dbm_min)


@dataclass(slots=True)
class _Visit:
    """One tag in one reader's field."""

    first_ms: int
    last_ms: int
    reads: int = 0
    is_told: bool = False
    """The driver was told that it was not read often enough."""
    latest_ms: deque[int] = field(default_factory=lambda: deque(maxlen=READS_MAX))
    """When it was read, the newest last."""

    def has_reads(self, rule: ReaderRule) -> bool:
        """Tell whether it was read often enough."""
        if rule.unique_ms:
            return self.reads >= rule.reads_min
        within = self.last_ms - READS_MS
        return sum(at >= within for at in self.latest_ms) >= rule.reads_min


class Cards:
    """The tags in the field. Reads that follow each other closely are one presentation."""

    def __init__(self, absent_ms: int, rules: Mapping[str, ReaderRule] | None = None) -> None:
        """`rules` by the reader's name; a reader without one is shown one card at a time."""
        self._absent_ms = absent_ms
        self._rules = rules or {}
        self._keep_ms = max([absent_ms, *(rule.unique_ms for rule in self._rules.values())])
        self._visits: dict[tuple[str, str], _Visit] = {}
        self._seen: dict[str, int] = {}
        self._used: set[str] = set()
        self._again_ms: dict[str, int] = {}
        self._shown: CardRead | None = None
        self._alone: CardRead | None = None
        self._mixed_ms: int | None = None
        self._mixed_reported = True

    def read(self, card: CardRead) -> None:
        """Take one read."""
        self._note_seen(card)
        rule = self._rules.get(card.reader, NEAR)
        if rule.is_too_weak(card):
            return
        visit = self._note_visit(card)
        if rule.unique_ms and self._others(card, rule.unique_ms):
            self._mixed_ms, self._mixed_reported, self._alone = card.mono_ms, False, None
        elif self._is_used(card) or not visit.has_reads(rule):
            return
        elif not rule.unique_ms:
            self._shown = card
        elif card.mono_ms - visit.first_ms >= rule.unique_ms:
            self._alone = card

    def take(self, now_ms: int) -> CardRead | None:
        """Return a card that counts now and was not used yet, once per read.

        A card that is held to a reader goes before a tag that is seen from afar.
        """
        offers = [self._shown, self._alone]
        self._shown = self._alone = None
        fresh = [
            card
            for card in offers
            if card and now_ms - card.mono_ms <= CARD_OFFER_MS and not self._is_used(card)
        ]
        return fresh[0] if fresh else None

    def is_doubtful(self, card: CardRead) -> bool:
        """Tell whether another tag came into the field since this one was taken."""
        far = self._rules.get(card.reader, NEAR).unique_ms > 0
        return far and self._mixed_ms is not None and self._mixed_ms >= card.mono_ms

    def several(self, now_ms: int) -> bool:
        """Tell once per read that several tags are in the field, so that none counts."""
        reported, self._mixed_reported = self._mixed_reported, True
        fresh = self._mixed_ms is not None and now_ms - self._mixed_ms <= CARD_OFFER_MS
        return fresh and not reported

    def too_few(self, now_ms: int) -> bool:
        """Tell once that a card was shown, and gone before it had been read often enough."""
        gone = [
            visit
            for (reader, _), visit in self._visits.items()
            if now_ms - visit.last_ms > READS_MS and not visit.is_told
            if self._is_short(reader, visit)
        ]
        for visit in gone:
            visit.is_told = True
        return any(now_ms - visit.last_ms <= READS_MS + CARD_OFFER_MS for visit in gone)

    def _is_short(self, reader: str, visit: _Visit) -> bool:
        rule = self._rules.get(reader, NEAR)
        return not rule.unique_ms and visit.reads < rule.reads_min

    def is_shown(self, card: CardRead) -> bool:
        """Tell whether the reader is shown one card at a time, by a person."""
        return not self._rules.get(card.reader, NEAR).unique_ms

    def is_too_weak(self, card: CardRead) -> bool:
        """Tell whether a tag is too far away to mean this lane."""
        return self._rules.get(card.reader, NEAR).is_too_weak(card)

    def reads(self, card: CardRead) -> int:
        """Return how often its reader has read a card while it is in the field."""
        visit = self._visits.get((card.reader, card.tag))
        return visit.reads if visit else 1

    def use(self, tag: str) -> None:
        """Mark this card as used, until it is shown anew."""
        self._used.add(tag)
        self._again_ms.pop(tag, None)

    def turn_away(self, tag: str, now_ms: int) -> None:
        """Take note that the truck with this tag was not let out, so that it may still be here."""
        if tag in self._used:
            self._again_ms[tag] = now_ms + AGAIN_MS

    def _is_used(self, card: CardRead) -> bool:
        again_ms = self._again_ms.get(card.tag)
        far = self._rules.get(card.reader, NEAR).unique_ms > 0
        may_again = far and again_ms is not None and card.mono_ms >= again_ms
        return card.tag in self._used and not may_again

    def _note_seen(self, card: CardRead) -> None:
        now_ms = card.mono_ms
        self._seen = {t: at for t, at in self._seen.items() if now_ms - at < self._absent_ms}
        self._used &= self._seen.keys()
        self._again_ms = {t: at for t, at in self._again_ms.items() if t in self._used}
        self._seen[card.tag] = now_ms

    def _note_visit(self, card: CardRead) -> _Visit:
        now_ms = card.mono_ms
        self._visits = {
            key: visit
            for key, visit in self._visits.items()
            if now_ms - visit.last_ms < self._keep_ms
        }
        visit = self._visits.setdefault((card.reader, card.tag), _Visit(now_ms, now_ms))
        visit.last_ms, visit.reads = now_ms, visit.reads + 1
        visit.latest_ms.append(now_ms)
        return visit

    def _others(self, card: CardRead, unique_ms: int) -> bool:
        """Tell whether a far-seeing reader read another tag within the window."""
        return any(
            tag != card.tag
            and card.mono_ms - visit.last_ms < unique_ms
            and self._rules.get(reader, NEAR).unique_ms > 0
            for (reader, tag), visit in self._visits.items()
        )
