"""Which plate belongs to the truck at hand: what the cameras of one lane said, made trustworthy.

A camera repeats itself: it sends an event again after a lost line, or an old one for no reason at
all. Such events are dropped by name and counted. What is left waits for the next card or, once a
truck is inside, becomes evidence of its stop.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from edge.config import Rules, Side
from edge.devices.cameras.plate import PlateSeen
from edge.lane.signals import CardRead, Instant, PlateSighted
from edge.messages import (
    SEEN_MAX,
    ClockQuality,
    Picture,
    PlatePolicy,
    PlateRead,
    SeenPlate,
)

KEYS_REMEMBERED: Final = 256
WAITING_MAX: Final = 8
SIGHTINGS_MAX: Final = 8
PICTURES_MAX: Final = 4
"""Of one sighting; with the sightings of a stop they fit into one weighing record."""

TOGETHER_MS: Final = 5_000
"""A failed reading this soon after a good one is another look at the same truck."""

Drop = Literal[
    "retransmitted",  # the camera itself says that this is an old event
    "repeated",  # the same event, or the same plate at the same moment, was there before
    "undated",  # without a time nothing tells an old event from a new one
    "stale",  # too old by the box's clock, or older than what this camera said before
    "camera_ahead",  # the camera's clock is wrong
    "no_stop",  # a camera behind the deck saw something while no truck was there
]
Key = tuple[str, str, str]

_CLOCK_DROPS: Final = {"undated", "stale", "camera_ahead"}
CLOCK_DROPS_MIN: Final = 3
"""This many in a row mean a wrong clock; a single old event is a camera's habit."""

CARD_KEPT_MS: Final = 1_000
"""A card held back for this long after the wait is no longer at the reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One event of one camera that is believed."""

    key: Key
    camera: str
    seen: PlateSeen
    at: datetime
    pictures: tuple[str, ...]
    """SHA-256 of each."""
    mono_ms: int


class Plates:
    """Follows the cameras of one lane."""

    def __init__(self, rules: Rules, sides: Mapping[str, Side]) -> None:
        """`sides` says for each camera which end of the deck it looks at."""
        self._rules = rules
        self._sides = sides
        self.dropped: Counter[tuple[str, Drop]] = Counter()
        self.policy: PlatePolicy | None = None
        """What the gateway wants; None until the lane has an order list."""
        self._known: dict[Key, None] = {}
        self._newest: dict[str, datetime] = {}
        self._waiting: list[Sighting] = []
        self._clock_drops: Counter[str] = Counter()
        self._stop: list[Sighting] | None = None
        self._looks: list[Sighting] = []
        """What was seen before the entry until the truck was on the deck."""
        self._is_before_deck = False
        self._card: tuple[CardRead, int] | None = None

    def read(self, signal: PlateSighted, at: Instant) -> Drop | None:
        """Take one event; return why it was dropped, None if it counts."""
        drop = self._take(signal, at)
        if drop is None:
            self._clock_drops[signal.camera] = 0
            return None
        self.dropped[signal.camera, drop] += 1
        self._clock_drops[signal.camera] += drop in _CLOCK_DROPS
        return drop

    def wrong(self) -> dict[str, str]:
        """Return camera -> reason for each camera whose events cannot be placed in time."""
        drops = self._clock_drops.items()
        return {camera: "camera_clock" for camera, times in drops if times >= CLOCK_DROPS_MIN}

    def detail(self, camera: str) -> str:
        """Return how many events of a camera were dropped, for people."""
        found = sorted((why, n) for (one, why), n in self.dropped.items() if one == camera)
        return ", ".join(f"{why} {times}" for why, times in found)

    def waits(
        self, card: CardRead | None, now_ms: int, among: Sequence[Sighting] | None = None
    ) -> CardRead | None:
        """Hold a card back for a moment while its truck's plate is still missing."""
        wait_ms = self._rules.plate_wait_ms
        if self._card is not None and now_ms - self._card[1] > wait_ms + CARD_KEPT_MS:
            self._card = None
        if self._card is None and card is not None:
            self._card = card, now_ms
        if self._card is None:
            return None
        held, since_ms = self._card
        if self._is_missed(now_ms, among) and now_ms - since_ms < wait_ms:
            return None
        self._card = None
        return held

    def at_card(self, now_ms: int, among: Sequence[Sighting] | None = None) -> PlateRead | None:
        """Return the plate of the truck that stands before the lane.

        `among` are the sightings that can be of it; by default those that belong to no stop.
        """
        best = self._best(now_ms, among)
        return _plate_read(best, now_ms) if best else None

    def of_stop(self, now_ms: int) -> PlateRead | None:
        """Return the last plate of the stop's truck that was read before it was on the deck."""
        read = [one for one in self._looks if one.seen.text is not None]
        looks = read or self._looks
        return _plate_read(looks[-1], now_ms) if looks else None

    def later_looks(self, since_ms: int, besides: str | None) -> list[Sighting]:
        """Return what can be of another truck than the stop's: seen since, with another plate."""
        return [
            one
            for one in self._looks
            if one.mono_ms > since_ms and (besides is None or one.seen.text != besides)
        ]

    def hand_over(self, looks: Sequence[Sighting]) -> None:
        """End the stop of a truck whose place another one took; `looks` are of that one."""
        self._waiting = list(looks)[-WAITING_MAX:]
        self._stop, self._looks = None, []

    def begin(self, now_ms: int) -> None:
        """Begin a stop: what was seen of its truck now belongs to it alone."""
        best = self._best(now_ms)
        self._stop = [] if best is None else [o for o in self._waiting if _same_truck(o, best)]
        self._looks = [one for one in self._stop if self._is_of_entry(one)]
        self._is_before_deck = True
        self._waiting.clear()

    def drove_on(self) -> None:
        """Take note that the truck is on the deck: before the entry stands the next one."""
        self._is_before_deck = False

    def end(self) -> None:
        """End the stop; a truck that never drove on may still be there and try again."""
        if self._stop and self._is_before_deck:
            seen = [one for one in self._stop if self._is_of_entry(one)]
            self._waiting = [*seen, *self._waiting][-WAITING_MAX:]
        self._stop, self._looks = None, []

    def evidence(self) -> tuple[Picture, ...]:
        """Return what the cameras saw of the truck since its stop began."""
        return tuple(
            Picture(camera=one.camera, at=one.at, sha256=sha256, plate=one.seen.text)
            for one in self._stop or ()
            for sha256 in one.pictures or (None,)
        )

    def seen(self, arrived_ms: int) -> tuple[SeenPlate, ...]:
        """Return what was seen before the entry until the truck was on the deck."""
        return tuple(
            SeenPlate(
                text=one.seen.text,
                confidence=one.seen.confidence,
                camera=one.camera,
                camera_at=one.at,
                since_arrival_ms=one.mono_ms - arrived_ms,
            )
            for one in self._looks
        )

    def _is_missed(self, now_ms: int, among: Sequence[Sighting] | None) -> bool:
        wanted = self.policy is not PlatePolicy.OFF and "entry" in self._sides.values()
        best = self._best(now_ms, among)
        return wanted and (best is None or best.seen.text is None)

    def _best(self, now_ms: int, among: Sequence[Sighting] | None = None) -> Sighting | None:
        """Return the newest sighting; a good reading wins over a bad one of the same moment."""
        oldest_ms = now_ms - self._rules.plate_fresh_ms
        known = self._waiting if among is None else among
        fresh = [one for one in known if one.mono_ms >= oldest_ms]
        if not fresh:
            return None
        read = [one for one in fresh if one.seen.text is not None]
        together = read and _apart_ms(fresh[-1], read[-1]) <= TOGETHER_MS
        return read[-1] if together else fresh[-1]

    def _take(self, signal: PlateSighted, at: Instant) -> Drop | None:
        seen = signal.seen
        if seen.retransmitted:
            return "retransmitted"
        if seen.at is None:
            return "undated"
        keys = _keys(signal.camera, seen, seen.at)
        if self._add_pictures(keys[-1], signal.pictures):
            return None
        if self._known.keys() & set(keys):
            return "repeated"
        self._remember(keys)
        objection = self._judge_time(signal.camera, seen.at, at)
        if objection is not None:
            return objection
        self._newest[signal.camera] = max(seen.at, self._newest.get(signal.camera, seen.at))
        return self._place(
            Sighting(
                key=keys[-1],
                camera=signal.camera,
                seen=seen,
                at=seen.at,
                pictures=signal.pictures[:PICTURES_MAX],
                mono_ms=signal.mono_ms,
            )
        )

    def _judge_time(self, camera: str, seen_at: datetime, at: Instant) -> Drop | None:
        """Judge a camera's time by the box's clock, or by its own earlier events without one."""
        stale = timedelta(milliseconds=self._rules.plate_stale_ms)
        if at.clock is ClockQuality.UNSET:
            newest = self._newest.get(camera, seen_at)
            return "stale" if newest - seen_at > stale else None
        if at.utc - seen_at > stale:
            return "stale"
        ahead = timedelta(milliseconds=self._rules.plate_ahead_ms)
        return "camera_ahead" if seen_at - at.utc > ahead else None

    def _remember(self, keys: tuple[Key, ...]) -> None:
        self._known |= dict.fromkeys(keys)
        while len(self._known) > KEYS_REMEMBERED:
            del self._known[next(iter(self._known))]

    def _place(self, sighting: Sighting) -> Drop | None:
        if self._stop is not None and self._is_before_deck and self._is_of_entry(sighting):
            self._looks = [*self._looks[: SEEN_MAX - 1], sighting]
        if self._stop is not None and self._is_of_stop(sighting, self._stop):
            self._stop = [*self._stop[: SIGHTINGS_MAX - 1], sighting]
            return None
        if not self._is_of_entry(sighting):
            return "no_stop"
        self._waiting.insert(self._turn(sighting), sighting)
        self._waiting = self._waiting[-WAITING_MAX:]
        return None

    def _turn(self, sighting: Sighting) -> int:
        """Return where a sighting belongs among the others: an event may come after a later one."""
        for place, one in enumerate(self._waiting):
            if one.camera == sighting.camera and one.at > sighting.at:
                return place
        return len(self._waiting)

    def _is_of_stop(self, sighting: Sighting, stop: list[Sighting]) -> bool:
        """Tell whether the stop's truck was seen, not the one that queues behind it."""
        if self._is_before_deck or not self._is_of_entry(sighting):
            return True
        text = sighting.seen.text
        return text is not None and text in {one.seen.text for one in stop}

    def _is_of_entry(self, sighting: Sighting) -> bool:
        return self._sides[sighting.camera] == "entry"

    def _add_pictures(self, key: Key, pictures: tuple[str, ...]) -> bool:
        """Add pictures that come after their event; a repeat brings none that are new."""
        for held in (self._waiting, self._stop or []):
            for place, one in enumerate(held):
                fresh = tuple(p for p in pictures if p not in one.pictures)
                if one.key == key and fresh:
                    held[place] = replace(one, pictures=(*one.pictures, *fresh)[:PICTURES_MAX])
                    return True
        return False


def _plate_read(one: Sighting, now_ms: int) -> PlateRead:
    return PlateRead(
        text=one.seen.text,
        confidence=one.seen.confidence,
        camera=one.camera,
        camera_at=one.at,
        age_ms=max(0, now_ms - one.mono_ms),
        pictures=one.pictures,
    )


def _same_truck(one: Sighting, best: Sighting) -> bool:
    same_plate = one.seen.text is not None and one.seen.text == best.seen.text
    return same_plate or _apart_ms(one, best) <= TOGETHER_MS


def _apart_ms(one: Sighting, other: Sighting) -> float:
    """Return the time between two sights: by their camera's clock, if it is one and the same."""
    if one.camera == other.camera:
        return abs(one.at - other.at) / timedelta(milliseconds=1)
    return abs(one.mono_ms - other.mono_ms)


def _keys(camera: str, seen: PlateSeen, at: datetime) -> tuple[Key, ...]:
    """Return what an event is recognised by: its own id, if it has one, and plate with time."""
    moment = (camera, seen.text or "", at.isoformat())
    return (moment,) if seen.uuid is None else ((camera, "uuid", seen.uuid), moment)
