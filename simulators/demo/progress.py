"""Shows on standard error what happens in the yards: live on a terminal, in lines elsewhere."""

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simulators.demo.fleet import Sent
from simulators.lane import Lane
from simulators.yard import Stage, World

_REFRESH_HZ: Final = 4
_LINE_S: Final = 5.0
"""Lines in a log file come no faster than this."""
_STAGES: Final = {
    Stage.AT_MINE: "at the mine",
    Stage.LOADING: "loading",
    Stage.ON_THE_ROAD: "on the road",
    Stage.AT_PLANT: "at the plant",
    Stage.UNLOADING: "unloading",
}


class Progress:
    """A picture of the lanes and of how many trucks are where."""

    def __init__(self, console: Console, world: World) -> None:
        self._console = console
        self._world = world
        self._last_line = ""
        self._next_line_s = 0.0
        self._live = Live(console=console, refresh_per_second=_REFRESH_HZ, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, sent: Sequence[Sent], paid: int) -> None:
        """Show the moment; call it a few times a second."""
        line = self._line(sent, paid)
        if self._console.is_terminal:
            self._live.update(self._picture(line))
        elif line != self._last_line and time.monotonic() >= self._next_line_s:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
            self._last_line = line
            self._next_line_s = time.monotonic() + _LINE_S

    def _line(self, sent: Sequence[Sent], paid: int) -> str:
        where = Counter(trip.stage for trip in self._world.trips)
        places = [f"{where[stage]} {name}" for stage, name in _STAGES.items() if where[stage]]
        home = sum(one.passed for one in sent)
        parts = [f"{len(sent)} trucks sent", *places, f"{home} home", f"{paid} paid"]
        if where[Stage.REFUSED]:
            parts.append(f"{where[Stage.REFUSED]} refused")
        return ", ".join(parts)

    def _picture(self, line: str) -> RenderableType:
        table = Table(box=None, pad_edge=False)
        table.add_column("lane", min_width=9)
        table.add_column("kg", justify="right", min_width=6)
        table.add_column("queue", justify="right")
        table.add_column("display", no_wrap=True)
        for lane in self._world.lanes.values():
            table.add_row(*_row(lane))
        return Group(table, Text(line))


def _row(lane: Lane) -> tuple[str, str, str, Text]:
    shown = f"{lane.indicator.shown_kg:,}"
    return lane.name, shown, str(lane.waiting), Text(lane.display.text)
