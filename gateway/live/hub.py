"""Live updates from any thread to many browsers, none of which can delay another.

Each update is encoded once and shared. A viewer that reads slowly keeps only the newest update per
lane; hints (ticket, stop, alarm: "read that again") are kept up to a limit, beyond which the viewer
has to read everything again. Nothing here touches the database.
"""

import asyncio
import json
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, NamedTuple

LANE_EVENTS: Final = frozenset({"lane", "lane_state"})
"""Full state of one lane: a newer one replaces an older one, and newcomers get the newest."""

HINTS_MAX: Final = 256
VIEWERS_MAX: Final = 500
GATHER_S: Final = 0.1
"""Between two writes to one viewer: a burst of lanes travels as one write."""

BEAT_EVERY_S: Final = 5.0
"""A page that hears no beat for twelve seconds knows that what it shows may be old: a frozen server
and a link that is open at one end only look the same from there."""

LIFE_MAX_S: Final = 600.0
"""Then the browser reconnects: a forgotten tab or a revoked session does not live for ever."""

_RETRY: Final = b"retry: 1000\n\n"

_Key = tuple[str, str, str]


class _Update(NamedTuple):
    data: dict[str, Any]
    at_ms: int


def monotonic_ms() -> int:
    """Return a time that only grows; its zero means nothing."""
    return time.monotonic_ns() // 1_000_000


def encode_event(event: str, data: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Return one server-sent event; JSON has no raw line breaks, so one data line is enough."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
    return f"event: {event}\ndata: {text}\n\n".encode()


class Viewer:
    """What one browser has not read yet: at most one update per lane and `HINTS_MAX` hints."""

    def __init__(self) -> None:
        self._pending: OrderedDict[_Key, bytes] = OrderedDict()
        self._hints = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def offer(self, key: _Key, encoded: bytes) -> None:
        """Take an update without waiting; called from any thread."""
        with self._lock:
            must_wake = not self._pending
            self._put(key, encoded)
            loop = self._loop
        if must_wake and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake.set)

    def _put(self, key: _Key, encoded: bytes) -> None:
        is_new = key not in self._pending
        self._pending[key] = encoded
        if key[0] in LANE_EVENTS or not is_new:
            return
        self._hints += 1
        if self._hints > HINTS_MAX:
            self._forget_hints()

    def _forget_hints(self) -> None:
        lanes = [(k, v) for k, v in self._pending.items() if k[0] in LANE_EVENTS]
        self._pending = OrderedDict(lanes)
        self._pending["reread", "", ""] = encode_event("reread", {})
        self._hints = 1

    def take(self) -> bytes:
        """Return everything pending, oldest first, and forget it."""
        with self._lock:
            taken = b"".join(self._pending.values())
            self._pending.clear()
            self._hints = 0
            self._wake.clear()
        return taken

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop whose task reads this viewer."""
        with self._lock:
            self._loop = loop

    async def wait(self, timeout_s: float) -> bool:
        """Return True once something is pending, False after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True


class Hub:
    """Where programs publish and browsers watch."""

    def __init__(self, now_ms: Callable[[], int] = monotonic_ms) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._latest: dict[_Key, _Update] = {}
        self._viewers: set[Viewer] = set()
        self._closed = False

    @property
    def viewers(self) -> int:
        """How many browsers are watching."""
        return len(self._viewers)

    @property
    def is_full(self) -> bool:
        """Whether another viewer would be one too many."""
        return len(self._viewers) >= VIEWERS_MAX

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Publish to every viewer; returns at once, even if one reads slowly.

        A lane event carries `yard` and `lane`. Any other event is a hint: its key is its `id`,
        `ticket_id` or `stop_id`.
        """
        encoded = encode_event(event, data)
        key = _key(event, data)
        with self._lock:  # while offering too: two updates of a lane must not overtake each other
            if event in LANE_EVENTS:
                self._latest[key] = _Update(data, self._now_ms())
            for viewer in self._viewers:
                viewer.offer(key, encoded)

    def lanes(self, event: str) -> list[dict[str, Any]]:
        """Return the newest data of every lane for `event`."""
        with self._lock:
            return [update.data for key, update in self._latest.items() if key[0] == event]

    def close(self) -> None:
        """End every stream, so that the server can stop while browsers are connected."""
        with self._lock:
            self._closed = True
            for viewer in self._viewers:
                viewer.offer(("bye", "", ""), encode_event("bye", {}))

    async def watch(
        self, wall_ms: Callable[[], int], life_s: float = LIFE_MAX_S
    ) -> AsyncIterator[bytes]:
        """Yield the state of every lane, then what changes, until `life_s` passed or `close`.

        Between them a `beat` with the server's time, at least every `BEAT_EVERY_S`.
        """
        viewer = Viewer()
        loop = asyncio.get_running_loop()
        viewer.attach(loop)
        ends_at = loop.time() + life_s
        try:
            yield _RETRY + self._join(viewer) + _beat(wall_ms)
            beat_at = loop.time() + BEAT_EVERY_S
            while not self._closed and (left_s := ends_at - loop.time()) > 0:
                woken = await viewer.wait(max(0.0, min(beat_at - loop.time(), left_s)))
                if woken:
                    yield viewer.take()
                if loop.time() >= beat_at:
                    yield _beat(wall_ms)
                    beat_at = loop.time() + BEAT_EVERY_S
                await asyncio.sleep(min(GATHER_S, left_s))
        finally:
            with self._lock:
                self._viewers.discard(viewer)

    def _join(self, viewer: Viewer) -> bytes:
        """Add a viewer and return the snapshot; nothing published later can be missed.

        Every lane comes with `age_ms`, so that an old state is not taken for a new one.
        """
        with self._lock:
            self._viewers.add(viewer)
            latest = list(self._latest.items())
            now_ms = self._now_ms()
        aged = [(key[0], {**seen.data, "age_ms": now_ms - seen.at_ms}) for key, seen in latest]
        return b"".join(encode_event(event, data) for event, data in [*aged, ("reread", {})])


def _beat(wall_ms: Callable[[], int]) -> bytes:
    return encode_event("beat", {"at_ms": wall_ms()})


def _key(event: str, data: dict[str, Any]) -> _Key:
    if event in LANE_EVENTS:
        return (event, str(data["yard"]), str(data["lane"]))
    names = ("id", "command_id", "ticket_id", "stop_id")
    subject = next((data[name] for name in names if data.get(name)), "")
    return (event, str(subject), "")
