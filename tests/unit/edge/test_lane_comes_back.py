"""Whatever happened at a lane: once all is calm again, what stands there is let out, and the next
truck is served. Nobody has to come for that.
"""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from edge.devices.readings import BadFrame, Reading, no_weight
from edge.lane.signals import InputsLost, InputsRead, ScaleRead
from edge.lane.state import State
from edge.messages import Action
from tests.unit.edge.lanes import RULES
from tests.unit.edge.test_lane_laws import FRAME_MS, LaneLaws

MINUTE_MS = 60_000
HOLD_MINUTES = RULES.hold_ms // MINUTE_MS + 2
"""The longest that a lane waits for anybody."""
SETTLE_FRAMES = RULES.deck_taken_ms // FRAME_MS + 30
SPELLS = st.sampled_from([5, 35, 130])
"""Frames: a hiccup, long enough to be stale, and out of service."""
ENDS = st.sampled_from(["entry", "exit"])
NO_WEIGHTS = [no_weight("overload"), no_weight("underload"), BadFrame("checksum", b"")]


class LaneComesBack(LaneLaws):
    """Devices fail as well, and people raise arms by hand."""

    def __init__(self) -> None:
        self.scale_says: Reading | BadFrame | None = None
        """In place of the weight."""
        self.is_silent = self.is_board_lost = False
        super().__init__()

    @rule(frames=st.integers(1, 30))
    def time_passes(self, frames: int) -> None:
        for _ in range(frames):
            self.now_ms += FRAME_MS
            self.sensors.beams.read(
                InputsLost("gone", self.now_ms)
                if self.is_board_lost
                else InputsRead(self.entry_clear, self.exit_clear, None, None, self.now_ms)
            )
            if not self.is_silent:
                said = self.scale_says or Reading(weight=Decimal(self.deck_kg))
                self.sensors.scale.read(ScaleRead(said, self.now_ms))
            self.follow()

    @rule()
    def minutes_pass(self) -> None:
        self.time_passes(1)
        super().minutes_pass()

    @rule(frames=SPELLS)
    def the_scale_is_silent_for_a_while(self, frames: int) -> None:
        self.is_silent = True
        self.time_passes(frames)
        self.is_silent = False

    @rule(frames=SPELLS, said=st.sampled_from(NO_WEIGHTS))
    def the_scale_shows_no_weight_for_a_while(self, frames: int, said: Reading | BadFrame) -> None:
        self.scale_says = said
        self.time_passes(frames)
        self.scale_says = None

    @rule(frames=SPELLS)
    def the_board_is_lost_for_a_while(self, frames: int) -> None:
        self.is_board_lost = True
        self.time_passes(frames)
        self.is_board_lost = False

    @precondition(lambda self: not self.deck_kg)
    @rule(kg=st.sampled_from([15_000, 48_000]), end=ENDS, frames=st.sampled_from([12, 150]))
    def a_truck_drives_on_past_a_raised_arm(self, kg: int, end: str, frames: int) -> None:
        self.block(end)
        self.deck_kg = kg // 40 * 20
        self.time_passes(3)
        self.deck_kg, self.entry_clear, self.exit_clear = kg, True, True
        self.time_passes(frames)

    @precondition(lambda self: self.deck_kg)
    @rule(end=ENDS)
    def a_truck_drives_off_past_a_raised_arm(self, end: str) -> None:
        self.block(end)
        self.time_passes(2)
        self.deck_kg = 0
        self.time_passes(2)
        self.entry_clear = self.exit_clear = True
        self.time_passes(8)

    def block(self, end: str) -> None:
        self.entry_clear, self.exit_clear = end != "entry", end != "exit"

    # --- the law

    def teardown(self) -> None:
        self.time_passes(30)
        self.wait_for(lambda: not self.deck_kg or any(self.open.values()))
        self.the_truck_drives_off("exit" if self.open["exit"] else "entry")
        # of a truck that may be on a frozen scale, only a weight that moves tells otherwise
        self.deck_kg = 20
        self.time_passes(1)
        self.deck_kg = 0
        self.wait_for(lambda: self.lane.state is State.IDLE)
        self.the_next_truck_is_served()

    def wait_for(self, has_come: Callable[[], bool]) -> None:
        for _ in range(HOLD_MINUTES):
            if has_come():
                return
            self.now_ms += MINUTE_MS
            self.time_passes(SETTLE_FRAMES)
        raise AssertionError(f"the lane stays {self.lane.state}, {self.deck_kg} kg, {self.open}")

    def the_next_truck_is_served(self) -> None:
        self.time_passes(40)
        self.a_card_is_shown("ABCD")
        self.the_gateway_lets_the_truck_go_on()
        self.a_truck_drives_on(48_000)
        if self.lane.state is State.WEIGHED:
            self.obey(self.command(Action.RELEASE))
        assert self.open["exit"]
        self.the_truck_drives_off("exit")
        self.time_passes(20)
        assert self.lane.state is State.IDLE


LaneComesBack.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLaneComesBack = LaneComesBack.TestCase
