"""A loop in a thread of its own, from the outside."""

import threading

import pytest

from simulators.loop_thread import LoopThread


async def nothing() -> None: ...


async def trouble() -> None:
    raise RuntimeError("the plug is stuck")


def test_work_is_done_in_the_loop_and_its_error_comes_back() -> None:
    loop = LoopThread("devices")
    loop.start()
    assert loop.run(threading.current_thread).name == "devices"
    with pytest.raises(ZeroDivisionError):
        loop.run(lambda: 1 // 0)
    loop.stop(nothing)


def test_a_loop_whose_end_went_wrong_has_ended_all_the_same() -> None:
    threads = threading.active_count()
    loop = LoopThread("devices")
    loop.start()
    with pytest.raises(RuntimeError, match="stuck"):
        loop.stop(trouble)
    assert threading.active_count() == threads
