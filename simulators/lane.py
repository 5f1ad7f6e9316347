"""One simulated lane: a deck, the devices around it, and the trucks that cross it one by one.

Real wires connect the devices to the lane box. A driver acts only on what a driver sees: the
barrier arms and the display. Runs in one asyncio loop whose clock is the world's clock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final

from simulators.camera import PushCamera, push_address
from simulators.chance import seeded
from simulators.deck import Beams, Deck
from simulators.display import TextDisplay
from simulators.gates import Arm, GateBoard, PulseKind
from simulators.indicator import Indicator, IndicatorModel
from simulators.lines import Line, Receive
from simulators.plc import Plc
from simulators.printer import SimulatedPrinter
from simulators.reader import CardReader, ReaderModel

FRAME_S: Final = 0.05
"""Indicators look at their load cells twenty times a second, if their line carries as much."""
_ARM_S: Final = 1.0
_DRIVE_UP_S: Final = 4.0
_ROLL_S: Final = (2.0, 4.0)
_ROLL_MIN_S: Final = 0.6
"""However fast the demo runs, indicator and photocells still see a truck roll on."""
_SHOW_CARD_S: Final = 1.0
_TRY_AGAIN_S: Final = 4.0
"""Long enough for the lane to believe that the card was taken away."""

OpenLine = Callable[[str, Receive], Line]
"""Make the cable of the named device; bytes from the lane box go to the second argument."""


class VisitOutcome(StrEnum):
    """How a truck's visit to a lane ended."""

    PASSED = "passed"
    TURNED_AWAY = "turned_away"
    """The entry barrier never opened."""
    TURNED_BACK = "turned_back"
    """It left the deck backwards."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A truck that comes to be weighed, and how long its driver tries his card."""

    tag: str
    axle_loads_kg: tuple[float, ...]
    patience_s: float
    plate: str = ""
    waits_for_display: bool = True
    """He does not give up before the display has answered him, however long that takes."""
    hesitates_s: float = 0.0
    """From the arm's being up to driving on, whatever the arm does meanwhile."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """The devices that a lane bought."""

    scale: IndicatorModel = field(default_factory=IndicatorModel)
    reader: ReaderModel = field(default_factory=ReaderModel)
    board: PulseKind = "fc05"
    """What times the pulses of the relay board."""
    has_camera: bool = False
    """A plate camera at the entry, which pushes what it sees to the lane box."""


class Lane:
    """Devices, deck and arms of one lane; `speed` shortens driving and the arms' way only."""

    def __init__(
        self, name: str, open_line: OpenLine, equipment: Equipment, *, speed: float, rng: Random
    ) -> None:
        self.name = name
        self.waiting = 0
        """Trucks that queue here or are being weighed."""
        self._speed = speed
        self._rng = rng
        self._turn = asyncio.Lock()
        # Notified with every frame: a driver looks around about twenty times a second.
        self._looked = asyncio.Condition()
        self.deck = Deck(equipment.scale.range.e_kg, rng)
        self.display = TextDisplay()
        self._board = GateBoard(Arm(_ARM_S / speed), Arm(_ARM_S / speed), equipment.board)
        self.plc = Plc(self._board, self.deck.beams)
        self.indicator = Indicator(
            equipment.scale, lambda receive: open_line(f"{name}-scale", receive), rng
        )
        self.reader = CardReader(
            equipment.reader, lambda receive: open_line(f"{name}-card", receive), rng
        )
        self.display_line = open_line(f"{name}-display", self.display.receive)
        self.camera_address = push_address("front") if equipment.has_camera else None
        self.camera: PushCamera | None = None
        if self.camera_address is not None:
            self.camera = PushCamera(self.camera_address.url, seeded(f"{name}-camera"))
        self.printer = SimulatedPrinter()
        self.printer_line = open_line(f"{name}-printer", self._print)
        self._lines = (
            *(self.indicator.line, self.reader.line),
            *(self.display_line, self.printer_line),
        )

    async def plug_in(self) -> None:
        """Open all lines and the PLC's port; after it every source is known."""
        for line in self._lines:
            await line.plug_in()
        await self.plc.plug_in()

    async def unplug(self) -> None:
        for line in self._lines:
            line.unplug()
        await self.plc.unplug()

    def _print(self, data: bytes) -> None:
        if answer := self.printer.receive(data):
            self.printer_line.send(answer)

    async def run(self) -> None:
        """Let the devices send until cancelled."""
        frames = 0
        period_s = max(FRAME_S, self.indicator.frame_s)
        next_s = _now_s()
        while True:
            self.indicator.send(self.deck.load_kg(_now_s()))
            if frames % 2 == 0:
                self.reader.send()
            self._board.guard(_now_s(), self.beams())
            frames += 1
            next_s = max(next_s + period_s, _now_s())
            async with self._looked:
                self._looked.notify_all()
            await asyncio.sleep(next_s - _now_s())

    def beams(self) -> Beams:
        return self.deck.beams(_now_s())

    async def cross(self, visit: Visit) -> VisitOutcome:
        """Queue, show the card, drive on when the arm is up, leave by whichever arm opens."""
        self.waiting += 1
        try:
            async with self._turn:
                return await self._cross(visit)
        finally:
            self.waiting -= 1

    async def _cross(self, visit: Visit) -> VisitOutcome:
        await self._until(self._is_free)
        await asyncio.sleep(_DRIVE_UP_S / self._speed)
        if self.camera is not None and visit.plate:
            await asyncio.to_thread(self.camera.see, visit.plate)
        if not await self._is_admitted(visit):
            return VisitOutcome.TURNED_AWAY
        await asyncio.sleep(visit.hesitates_s)
        opened_before = self._board.entry.opened_times
        roll_s = self._roll_s()
        self.deck.drive_on(_now_s(), visit.axle_loads_kg, roll_s)
        await asyncio.sleep(roll_s)
        forwards = await self._way_out(opened_before)
        self.deck.drive_off(_now_s(), roll_s, forwards=forwards)
        await asyncio.sleep(roll_s)
        return VisitOutcome.PASSED if forwards else VisitOutcome.TURNED_BACK

    async def _is_admitted(self, visit: Visit) -> bool:
        """Show the card now and again, until the arm is up or the driver gives up.

        Once the display has answered, a driver without patience left believes it.
        """
        give_up_s = _now_s() + visit.patience_s
        seen = self.display.changes
        while _now_s() < give_up_s or (visit.waits_for_display and self.display.changes == seen):
            self.reader.present(visit.tag)
            opened = await self._within(_SHOW_CARD_S, self._entry_is_open)
            self.reader.remove()
            if opened or await self._within(_TRY_AGAIN_S, self._entry_is_open):
                return True
        return False

    async def _way_out(self, opened_before: int) -> bool:
        """Wait for an arm to open; return whether it is the exit's."""

        def sent_back() -> bool:
            return self._board.entry.opened_times > opened_before and self._entry_is_open()

        await self._until(lambda: self._exit_is_open() or sent_back())
        return self._exit_is_open()

    def _is_free(self) -> bool:
        now_s = _now_s()
        arms_down = self._board.entry.is_closed(now_s) and self._board.exit.is_closed(now_s)
        return arms_down and self.deck.is_empty(now_s)

    def _entry_is_open(self) -> bool:
        return self._board.entry.is_open(_now_s())

    def _exit_is_open(self) -> bool:
        return self._board.exit.is_open(_now_s())

    def _roll_s(self) -> float:
        return max(self._rng.uniform(*_ROLL_S) / self._speed, _ROLL_MIN_S)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with self._looked:
            await self._looked.wait_for(is_so)

    async def _within(self, seconds: float, is_so: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._until(is_so)
        except TimeoutError:
            return False
        return True


def _now_s() -> float:
    return asyncio.get_running_loop().time()
