"""The hub: newest state per lane, bounded hints, and no viewer delays another."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import pytest

from gateway.live.hub import HINTS_MAX, Hub, Viewer, encode_event


def wall_ms() -> int:
    return 1_794_990_000_000


def lane(kg: int, name: str = "in") -> dict[str, object]:
    return {"yard": "mine", "lane": name, "weight_kg": kg}


def events(stream: bytes) -> list[tuple[str, dict[str, object]]]:
    found = []
    for block in stream.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def read_until(
    stream: AsyncIterator[bytes], event: str
) -> list[tuple[str, dict[str, object]]]:
    seen: list[tuple[str, dict[str, object]]] = []
    async for chunk in stream:
        seen += events(chunk)
        if any(name == event for name, _ in seen):
            break
    return seen


async def collect(stream: AsyncIterator[bytes]) -> list[bytes]:
    return [chunk async for chunk in stream]


def test_an_event_is_one_line_even_if_its_text_has_several() -> None:
    encoded = encode_event("ticket", {"text": "a\nb\r\n\u2028重"})
    assert encoded.count(b"\n") == 3
    assert events(encoded) == [("ticket", {"text": "a\nb\r\n\u2028重"})]


def test_a_viewer_keeps_only_the_newest_state_of_a_lane() -> None:
    viewer = Viewer()
    for kg in range(1000):
        viewer.offer(("lane", "mine", "in"), encode_event("lane", lane(kg)))
    assert events(viewer.take()) == [("lane", lane(999))]
    assert viewer.take() == b""


def test_too_many_hints_become_one_that_says_read_everything() -> None:
    viewer = Viewer()
    viewer.offer(("lane", "mine", "in"), encode_event("lane", lane(1)))
    for number in range(HINTS_MAX + 1):
        viewer.offer(("ticket", str(number), ""), encode_event("ticket", {"id": number}))
    assert [name for name, _ in events(viewer.take())] == ["lane", "reread"]


def test_the_same_hint_twice_is_one_hint() -> None:
    viewer = Viewer()
    for _ in range(3 * HINTS_MAX):
        viewer.offer(("ticket", "1", ""), encode_event("ticket", {"id": 1}))
    assert events(viewer.take()) == [("ticket", {"id": 1})]


def test_a_newcomer_gets_every_lane_with_its_age_and_then_what_changes() -> None:
    async def story() -> list[tuple[str, dict[str, object]]]:
        now = [1000]
        hub = Hub(lambda: now[0])
        hub.publish("lane", lane(1))
        hub.publish("ticket", {"ticket_id": "before anyone watched"})
        now[0] = 8000
        stream = hub.watch(wall_ms)
        seen = events(await anext(stream))
        hub.publish("lane", lane(2))
        seen += await read_until(stream, "lane")
        await stream.aclose()  # type: ignore[attr-defined]
        assert hub.viewers == 0
        return seen

    assert asyncio.run(story()) == [
        ("lane", {**lane(1), "age_ms": 7000}),
        ("reread", {}),
        ("beat", {"at_ms": wall_ms()}),
        ("lane", lane(2)),
    ]


def test_a_stalled_viewer_delays_neither_the_publisher_nor_the_others() -> None:
    async def story() -> None:
        hub = Hub()
        stalled, reading = hub.watch(wall_ms), hub.watch(wall_ms)
        await anext(stalled)
        await anext(reading)

        def publish_all() -> None:
            for kg in range(5000):
                hub.publish("lane", lane(kg))

        publisher = threading.Thread(target=publish_all)
        publisher.start()
        await asyncio.to_thread(publisher.join, 10)
        assert not publisher.is_alive()
        hub.publish("ticket", {"ticket_id": "last"})
        seen = await read_until(reading, "ticket")
        assert ("lane", lane(4999)) in seen
        assert [name for name, _ in events(await anext(stalled))] == ["lane", "ticket"]

    asyncio.run(story())


def test_closing_the_hub_ends_every_stream() -> None:
    async def story() -> list[bytes]:
        hub = Hub()
        stream = hub.watch(wall_ms)
        await anext(stream)
        rest = asyncio.ensure_future(collect(stream))
        await asyncio.sleep(0)
        hub.close()
        return await asyncio.wait_for(rest, 2)

    assert [name for name, _ in events(b"".join(asyncio.run(story())))] == ["bye"]


def test_a_stream_ends_by_itself_after_its_life() -> None:
    async def story() -> list[bytes]:
        return [chunk async for chunk in Hub().watch(wall_ms, life_s=0.05)]

    assert len(asyncio.run(story())) == 1


@pytest.mark.parametrize("hints", [0, 1])
def test_a_beat_with_the_servers_time_comes_however_much_else_does(
    monkeypatch: pytest.MonkeyPatch, hints: int
) -> None:
    monkeypatch.setattr("gateway.live.hub.BEAT_EVERY_S", 0.05)
    monkeypatch.setattr("gateway.live.hub.GATHER_S", 0.001)

    async def story() -> list[bytes]:
        hub = Hub()
        stream = hub.watch(wall_ms, life_s=1.0)
        seen = []
        async for chunk in stream:
            seen.append(chunk)
            if hints:
                hub.publish("lane", lane(len(seen)))
        return seen

    beats = [data for name, data in events(b"".join(asyncio.run(story()))) if name == "beat"]
    assert len(beats) > 5
    assert beats[0] == {"at_ms": wall_ms()}


def test_the_hub_remembers_the_newest_state_of_each_lane() -> None:
    hub = Hub()
    hub.publish("lane_state", {"yard": "mine", "lane": "in", "online": True})
    hub.publish("lane_state", {"yard": "mine", "lane": "in", "online": False})
    hub.publish("lane_state", {"yard": "mine", "lane": "out", "online": True})
    assert [state["online"] for state in hub.lanes("lane_state")] == [False, True]
    assert hub.lanes("lane") == []
