"""Laws of the lane that hold for all that drivers, gateway, disks and power cuts do.

A small pure box stands between hypothesis and the lane: sensors, table and a list for a journal.
"""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge.devices.readings import Reading
from edge.lane.effects import Close, Effect, Open, Write
from edge.lane.identification import Identification
from edge.lane.machine import new_lane, obey, step
from edge.lane.recovery import StopRecord
from edge.lane.sensors import Sensors
from edge.lane.signals import CardRead, InputsRead, ScaleRead
from edge.lane.state import Lane, State, stop_of
from edge.lane.tags import ReaderRule
from edge.messages import (
    GENESIS_HASH,
    Action,
    Command,
    TruckArrived,
    TruckLeft,
    TruckRefused,
    TruckReleased,
    WeighingCompleted,
    WeighingVoided,
    sha256_hex,
)
from tests.unit.edge.decks import FACTS
from tests.unit.edge.lanes import (
    NOON,
    OTHER_TAG,
    RULES,
    SAY,
    TAG,
    context,
    ids,
    instant,
    offline_facts,
)

LETTERS: dict[type[StopRecord], str] = {
    TruckArrived: "A",
    WeighingCompleted: "W",
    TruckReleased: "R",
    TruckRefused: "X",
    WeighingVoided: "V",
    TruckLeft: "L",
}
STORY = re.compile("A(|XL?|W(|RL?|V|XL?))")
"""All that one stop may ever put on record, finished or not."""

WAITING = {State.ARRIVED, State.HELD_AT_ENTRY, State.CARD_ASKED, State.ADMITTED}
FRAME_MS = 100
UNIQUE_MS = 1_000


class LaneLaws(RuleBasedStateMachine):
    offline_allowed = True

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.deck_kg = 0
        self.entry_clear = self.exit_clear = True
        self.open: dict[str, bool] = {"entry": False, "exit": False}
        self.disk_full = False
        self.records: list[StopRecord] = []
        self.new_ids = ids(1_000)
        self.answers: list[Command] = []
        self.seen_ms: dict[str, int] = {}
        self.read_ms: dict[str, int] = {}
        self.shown_while_waiting: dict[UUID, set[str]] = {}
        self.switch_on()
        self.time_passes(10)

    # --- the box

    def switch_on(self) -> None:
        last = self.records[-1].stop_id if self.records else None
        stop = [one for one in self.records if one.stop_id == last]
        identification = Identification(RULES, {"gate": ReaderRule(unique_ms=UNIQUE_MS)})
        self.sensors = Sensors(RULES, FACTS, self.now_ms, stop, identification)
        self.lane = new_lane(self.now_ms)

    def look(self) -> Any:
        return context(
            at=instant(self.now_ms),
            now=instant(self.now_ms),
            deck=self.sensors.view(self.now_ms, None),
            offline=offline_facts(now=NOON, allowed=self.offline_allowed),
            new_id=lambda: next(self.new_ids),
        )

    def follow(self) -> None:
        for _ in range(8):
            event = self.sensors.next_event(self.lane, self.now_ms, None)
            if event is None or not self.perform(*step(self.lane, event, self.look())):
                return

    def perform(self, following: Lane, effects: tuple[Effect, ...]) -> bool:
        writes = [effect for effect in effects if isinstance(effect, Write)]
        if writes and self.disk_full:
            return False
        for write in writes:
            self.append(write)
        before, self.lane = self.lane, following
        self.sensors.committed(before, following)
        for effect in effects:
            if isinstance(effect, Open | Close):
                self.move(effect)
        return True

    def append(self, write: Write) -> None:
        record: Any = write.form.model_validate(
            {
                "yard": "mine",
                "lane": "in",
                "epoch": "0" * 16,
                "seq": len(self.records) + 1,
                "event_id": write.event_id,
                "previous_hash": GENESIS_HASH,
                "at": NOON,
                "clock": "synced",
                "mono_ms": self.now_ms,
                "boot_id": "b",
                **write.content,
            }
        )
        if write.curve is not None:
            assert sha256_hex(write.curve) == record.curve_sha256
        if isinstance(record, WeighingCompleted):
            shown = self.shown_while_waiting.get(record.stop_id, set())
            assert shown | {record.tag} <= {one.tag for one in record.cards_seen or ()}
        self.records.append(record)

    def read(self, reader: str, tag: str) -> None:
        self.sensors.identification.read(CardRead(reader, tag, self.now_ms))
        self.read_ms[tag] = self.now_ms

    def move(self, order: Open | Close) -> None:
        if isinstance(order, Close):
            assert self.entry_clear if order.barrier == "entry" else self.exit_clear
        elif order.barrier == "exit":
            assert isinstance(self.records[-1], TruckReleased)
        elif self.lane.state is State.ADMITTED:
            last_read_ms = self.read_ms[stop_of(self.lane).tag]
            assert self.now_ms - last_read_ms <= RULES.card_fresh_ms
        self.open[order.barrier] = isinstance(order, Open)

    # --- the world

    @rule(frames=st.integers(1, 30))
    def time_passes(self, frames: int) -> None:
        for _ in range(frames):
            self.now_ms += FRAME_MS
            self.sensors.beams.read(
                InputsRead(self.entry_clear, self.exit_clear, None, None, self.now_ms)
            )
            reading = Reading(weight=Decimal(self.deck_kg))
            self.sensors.scale.read(ScaleRead(reading, self.now_ms))
            self.follow()

    @rule()
    def minutes_pass(self) -> None:
        self.now_ms += 120_000
        self.time_passes(15)

    @rule(tag=st.sampled_from([TAG, OTHER_TAG]))
    def a_card_is_shown(self, tag: str) -> None:
        self.time_passes(5)
        if self.lane.state in WAITING:
            self.shown_while_waiting.setdefault(stop_of(self.lane).stop_id, set()).add(tag)
        for _ in range(2):
            self.read("card", tag)
        self.follow()

    @rule(tags=st.sets(st.sampled_from(["E200", "E201"]), min_size=1), frames=st.integers(1, 25))
    def tags_are_seen_from_afar(self, tags: set[str], frames: int) -> None:
        for tag in sorted(tags) * frames:
            self.time_passes(1)
            self.read("gate", tag)
            self.seen_ms[tag] = self.now_ms
            arrivals = len(self.records)
            self.follow()
            others = [at for other, at in self.seen_ms.items() if other != tag]
            alone = all(self.now_ms - at >= UNIQUE_MS for at in others)
            assert alone or not any(
                isinstance(one, TruckArrived) for one in self.records[arrivals:]
            )

    @precondition(lambda self: self.open["entry"])
    @rule(kg=st.sampled_from([15_000, 48_000, 60_000, 100_020]))
    def a_truck_drives_on(self, kg: int) -> None:
        self.entry_clear = False
        self.deck_kg = kg // 40 * 20
        self.time_passes(3)
        self.deck_kg, self.entry_clear = kg, True
        self.time_passes(11)

    @rule(way=st.integers(1, 5))
    def an_honest_truck_goes_part_of_its_way(self, way: int) -> None:
        self.a_card_is_shown(f"AA{way:02}")
        for _ in range(way // 2):
            self.the_gateway_lets_the_truck_go_on()
            if self.open["entry"] and not self.deck_kg:
                self.a_truck_drives_on(48_000)
        if way % 2:
            self.the_truck_drives_off("exit" if self.open["exit"] else "entry")
            self.time_passes(8)

    @rule(way=st.sampled_from(["entry", "exit"]))
    def the_truck_drives_off(self, way: str) -> None:
        if self.deck_kg and self.open[way]:
            self.entry_clear, self.exit_clear = way != "entry", way != "exit"
            self.time_passes(2)
            self.deck_kg = 0
            self.time_passes(1)
            self.entry_clear = self.exit_clear = True

    @rule(frames=st.integers(1, 20))
    def somebody_stands_in_a_beam(self, frames: int) -> None:
        self.entry_clear = False
        self.time_passes(frames)
        self.entry_clear = True

    # --- the gateway and its dispatchers

    @rule()
    def the_gateway_lets_the_truck_go_on(self) -> None:
        weighed = self.lane.state in {State.WEIGHED, State.HELD_ON_DECK}
        self.a_command_comes(Action.RELEASE if weighed else Action.ADMIT, False, False)  # noqa: FBT003

    @rule(action=st.sampled_from(Action), by_hand=st.booleans(), late=st.booleans())
    def a_command_comes(self, action: Action, by_hand: bool, late: bool) -> None:  # noqa: FBT001
        command = self.command(action, by_hand=by_hand, late=late)
        before = dict(self.open)
        self.obey(command)
        assert not late or self.open == before
        self.answers.append(command)

    def command(self, action: Action, *, by_hand: bool = False, late: bool = False) -> Command:
        """Return what the gateway says to the present stop."""
        stop = self.lane.stop
        return Command(
            command_id=next(self.new_ids),
            yard="mine",
            lane="in",
            action=action,
            stop_id=stop.stop_id if stop else UUID(int=7),
            in_reply_to=None if by_hand or stop is None else stop.asked,
            reason=None,
            say={"zh": "好", "en": "fine"},
            issued_at=NOON + timedelta(milliseconds=self.lane.since_ms if late else self.now_ms),
            expires_at=NOON + timedelta(milliseconds=self.now_ms + (-1 if late else 30_000)),
        )

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def an_old_command_comes_again(self, data: st.DataObject) -> None:
        self.obey(data.draw(st.sampled_from(self.answers)))

    def obey(self, command: Command) -> None:
        self.perform(*obey(self.lane, command, self.look()))

    # --- what breaks

    @rule(frames=st.integers(1, 30))
    def the_disk_is_full_for_a_while(self, frames: int) -> None:
        self.disk_full = True
        self.time_passes(frames)
        self.disk_full = False

    @rule(frames=st.integers(0, 10), deck_kg=st.sampled_from([None, None, None, 0, 15_000]))
    def the_power_fails(self, frames: int, deck_kg: int | None) -> None:
        self.deck_kg = self.deck_kg if deck_kg is None else deck_kg
        self.switch_on()
        self.time_passes(frames)

    # --- the laws

    @invariant()
    def every_stop_tells_one_story(self) -> None:
        stories: dict[UUID, str] = {}
        for record in self.records:
            stories[record.stop_id] = stories.get(record.stop_id, "") + LETTERS[type(record)]
        assert all(STORY.fullmatch(story) for story in stories.values()), stories

    @invariant()
    def a_released_truck_has_its_release_on_record(self) -> None:
        if self.lane.state is State.RELEASED:
            assert isinstance(self.records[-1], TruckReleased)

    @invariant()
    def an_idle_lane_has_no_stop_and_a_busy_one_shows_something(self) -> None:
        assert self.lane.state is not State.IDLE or self.lane.stop is None
        assert set(self.lane.texts) == set(SAY)


LaneLaws.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLaneLaws = LaneLaws.TestCase


def test_a_lane_left_to_itself_comes_back_to_idle() -> None:
    laws = LaneLaws()
    laws.time_passes(10)
    laws.a_card_is_shown(TAG)
    laws.time_passes(60)
    assert laws.lane.state is State.ADMITTED
    laws.a_truck_drives_on(48_000)
    laws.minutes_pass()
    laws.the_truck_drives_off("exit")
    laws.time_passes(20)
    assert [LETTERS[type(one)] for one in laws.records] == ["A", "W", "R", "L"]
    assert laws.lane == replace(laws.lane, state=State.IDLE, stop=None)


def test_of_two_tags_in_the_field_the_one_that_stays_alone_arrives() -> None:
    laws = LaneLaws()
    laws.tags_are_seen_from_afar({"E200", "E201"}, 10)
    assert laws.records == []
    laws.tags_are_seen_from_afar({"E200"}, 12)
    assert [one.tag for one in laws.records if isinstance(one, TruckArrived)] == ["E200"]
