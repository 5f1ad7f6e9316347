"""Fixtures for other people's tests: a simulated scale, reader or lane in one line.

pytest loads this wherever Taigan is installed, so it imports nothing before a test asks for it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulators.bench import Bench
    from simulators.running import RunningLane, RunningReader, RunningScale


@pytest.fixture
def taigan_bench(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Bench]":
    """Run the simulated devices of one test; they end with it."""
    from simulators.bench import Bench  # noqa: PLC0415  other people's suites must not wait for it

    with Bench(tmp_path_factory.mktemp("taigan")) as bench:
        yield bench


@pytest.fixture
def taigan_scale(taigan_bench: "Bench") -> "Callable[..., RunningScale]":
    """Start an indicator: `taigan_scale("toledo-continuous", on="tcp").show(1560)`."""
    from simulators.fixtures import start_scale  # noqa: PLC0415  as above

    return partial(start_scale, taigan_bench)


@pytest.fixture
def taigan_reader(taigan_bench: "Bench") -> "Callable[..., RunningReader]":
    """Start a card reader: `taigan_reader("em4100").present("0100630A01")`."""
    from simulators.fixtures import start_reader  # noqa: PLC0415  as above

    return partial(start_reader, taigan_bench)


@pytest.fixture
def taigan_lane(taigan_bench: "Bench") -> "Callable[..., RunningLane]":
    """Start a whole lane: `taigan_lane(scale="toledo-continuous", on="tcp").toml` names it all."""
    from simulators.fixtures import start_lane  # noqa: PLC0415  as above

    return partial(start_lane, taigan_bench)
