"""A truck at a simulated lane, against a few lines that stand for the lane box."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from simulators.chance import seeded
from simulators.gates import ENTRY_CLOSE, ENTRY_OPEN, EXIT_CLOSE, EXIT_OPEN
from simulators.lane import Equipment, Lane, Visit, VisitOutcome
from simulators.lines import Line, Receive, TcpLine

VISIT = Visit(tag="0100630A01", axle_loads_kg=(6_000.0, 9_000.0, 9_000.0), patience_s=2.0)
Box = Callable[[Lane], Coroutine[Any, Any, None]]


def open_tcp(name: str, receive: Receive) -> Line:
    assert name.startswith("mine-in-")
    return TcpLine(0, receive)


def run(box: Box, test: Callable[[Lane], Awaitable[None]]) -> None:
    """Run a lane with `box` deciding for it."""

    async def bounded() -> None:
        lane = Lane("mine-in", open_tcp, Equipment(), speed=20, rng=seeded(1))
        await lane.plug_in()
        tasks = [asyncio.create_task(lane.run()), asyncio.create_task(box(lane))]
        async with asyncio.timeout(30):
            await test(lane)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await lane.unplug()

    asyncio.run(bounded())


def pulse(lane: Lane, channel: int) -> None:
    now_s = asyncio.get_running_loop().time()
    lane.plc.board.write(0x0200 + channel, 1, now_s, lane.beams())


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110  the box looks at the world as a PLC does
        await asyncio.sleep(0.01)


async def a_card(lane: Lane) -> None:
    host, port = lane.reader.line.source.removeprefix("socket://").split(":")
    stream, writer = await asyncio.open_connection(host, int(port))
    assert await stream.readexactly(14)
    writer.close()


async def let_on(lane: Lane) -> None:
    await a_card(lane)
    pulse(lane, ENTRY_OPEN)
    await until(lambda: abs(lane.indicator.shown_kg - 24_000) <= 20)
    await until(lambda: not lane.beams().entry_blocked)
    pulse(lane, ENTRY_CLOSE)


async def weigh_and_release(lane: Lane) -> None:
    await let_on(lane)
    pulse(lane, EXIT_OPEN)
    await until(lambda: lane.indicator.shown_kg == 0)
    pulse(lane, EXIT_CLOSE)


async def weigh_and_send_back(lane: Lane) -> None:
    await let_on(lane)
    await asyncio.sleep(0.3)
    pulse(lane, ENTRY_OPEN)


async def refuse(lane: Lane) -> None:
    await a_card(lane)
    lane.display.receive("无此卡\r\n".encode())


async def miss_the_first_card(lane: Lane) -> None:
    await a_card(lane)
    await asyncio.sleep(1.5)  # the driver has put the card away by now
    await weigh_and_release(lane)


def test_a_truck_passes_when_both_arms_open() -> None:
    async def test(lane: Lane) -> None:
        assert await lane.cross(VISIT) is VisitOutcome.PASSED
        assert not lane.waiting

    run(weigh_and_release, test)


def test_a_truck_backs_out_when_the_entry_opens_again() -> None:
    async def test(lane: Lane) -> None:
        assert await lane.cross(VISIT) is VisitOutcome.TURNED_BACK

    run(weigh_and_send_back, test)


def test_a_driver_believes_the_display_when_the_arm_stays_down() -> None:
    async def test(lane: Lane) -> None:
        assert await lane.cross(VISIT) is VisitOutcome.TURNED_AWAY

    run(refuse, test)


def test_a_driver_shows_his_card_again_when_nothing_happens() -> None:
    async def test(lane: Lane) -> None:
        assert await lane.cross(VISIT) is VisitOutcome.PASSED

    run(miss_the_first_card, test)


def test_the_second_truck_waits_for_the_first() -> None:
    async def twice(lane: Lane) -> None:
        await weigh_and_release(lane)
        await weigh_and_release(lane)

    async def test(lane: Lane) -> None:
        first, second = (asyncio.create_task(lane.cross(VISIT)) for _ in range(2))
        await first
        assert lane.waiting == 1
        assert await second is VisitOutcome.PASSED

    run(twice, test)


def test_a_frozen_indicator_repeats_itself_and_a_silent_one_says_nothing() -> None:
    async def test(lane: Lane) -> None:
        host, port = lane.indicator.line.source.removeprefix("socket://").split(":")
        stream, writer = await asyncio.open_connection(host, int(port))
        empty = await stream.readexactly(12)
        lane.indicator.faults.frozen = True
        await asyncio.create_task(let_truck_on_deck(lane))
        assert lane.indicator.shown_kg > 0
        assert set(await frames(stream)) == {empty}
        lane.indicator.faults.silent = True
        await asyncio.sleep(0.2)
        await stream.read(65_536)
        heard = asyncio.ensure_future(stream.read(1))
        await asyncio.sleep(0.2)
        assert not heard.done()
        heard.cancel()
        writer.close()

    async def frames(stream: asyncio.StreamReader) -> list[bytes]:
        return [await stream.readexactly(12) for _ in range(10)]

    async def let_truck_on_deck(lane: Lane) -> None:
        crossing = asyncio.create_task(lane.cross(VISIT))
        await a_card(lane)
        pulse(lane, ENTRY_OPEN)
        await until(lambda: lane.beams().entry_blocked)
        await until(lambda: not lane.beams().entry_blocked)
        crossing.cancel()

    async def nobody(lane: Lane) -> None:
        del lane

    run(nobody, test)
