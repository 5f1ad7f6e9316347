"""A runner on a test bench: a real journal, a clock that the test turns, ports that remember."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from edge.box.runner import Runner
from edge.config import Settings
from edge.devices.displays.codec import Shown
from edge.devices.readings import Reading
from edge.devices.slip import Slip
from edge.devices.voice import Spoken
from edge.journal.file import open_journal
from edge.journal.journal import Journal
from edge.lane.effects import Close, Open
from edge.lane.signals import (
    BarrierTold,
    CardRead,
    CommandReceived,
    InputsRead,
    Instant,
    LinkChanged,
    PortChanged,
    ReceiptReceived,
    ScaleRead,
    Signal,
)
from edge.messages import RECORD, Action, ClockQuality, Command, Receipt, Verdict
from edge.ports import Ports
from tests.integration.edge.identities import IDENTITY
from tests.unit.edge.lanes import NOON, SAY, TAG, ids

FRAME_MS = 100


@dataclass
class World:
    """All ports of one lane: what was asked of them, in order."""

    now_ms: int = 0
    published: list[tuple[str, Any]] = field(default_factory=list)
    orders: list[Open | Close] = field(default_factory=list)
    lights: Mapping[str, bool] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    screens: list[Shown] = field(default_factory=list)
    said: list[Spoken] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    checks: int = 0
    unopened: int = 0
    log: list[str] = field(default_factory=list)

    def now(self) -> Instant:
        utc = NOON + timedelta(milliseconds=self.now_ms)
        return Instant(self.now_ms, utc, ClockQuality.SYNCED)

    def publish(self, name: str, payload: str) -> None:
        self.published.append((name, json.loads(payload)))

    def check(self) -> None:
        self.checks += 1

    def obey(self, order: Open | Close) -> None:
        self.orders.append(order)

    def light(self, greens: Mapping[Any, bool]) -> None:
        self.lights = greens

    def show(self, shown: Shown) -> None:
        self.screens.append(shown)
        if not self.shown or self.shown[-1] != shown.text:
            self.shown.append(shown.text)

    def say(self, spoken: Spoken) -> None:
        self.said.append(spoken)

    def print(self, slip: Slip) -> None:
        self.slips.append(slip)


class Bench:
    """One lane box without threads: every signal is taken at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.world = World()
        self.entry_clear = self.exit_clear = True
        self.kg = 0
        self.new_ids = ids(1)
        self.switch_on()

    def switch_on(self) -> None:
        path = self.settings.journal.path
        self.journal: Journal = open_journal(path, IDENTITY, "a" * 16)
        world = self.world
        ports = Ports(
            link=world, gates=world, screen=world, clock=world, voice=world, printer=world
        )
        self.runner = Runner(self.settings, self.journal, ports, lambda: next(self.new_ids))

    def power_cut(self) -> None:
        self.journal.close()
        self.switch_on()

    def take(self, signal: Signal | None) -> None:
        self.runner.take(signal)

    def connect(self) -> None:
        self.take(PortChanged("card", is_open=True, detail="", mono_ms=self.world.now_ms))
        self.take(LinkChanged(connected=True, mono_ms=self.world.now_ms))

    def inputs(self, *, is_open: bool | None = None) -> None:
        clear = self.entry_clear, self.exit_clear
        self.take(InputsRead(*clear, is_open, is_open, self.world.now_ms))

    def frames(self, count: int, kg: int | None = None) -> None:
        self.kg = self.kg if kg is None else kg
        for _ in range(count):
            self.world.now_ms += FRAME_MS
            now_ms = self.world.now_ms
            self.inputs()
            self.take(ScaleRead(Reading(weight=Decimal(self.kg)), now_ms))
            for order in self.world.orders:
                self.take(BarrierTold(order, now_ms))

    def card(self, tag: str = TAG) -> None:
        for _ in range(2):
            self.take(CardRead("card", tag, self.world.now_ms))

    def drive_on(self, kg: int = 48_000) -> None:
        self.entry_clear = False
        self.frames(2, kg // 40 * 20)
        self.entry_clear = True
        self.frames(12, kg)

    def drive_off(self) -> None:
        self.exit_clear = False
        self.frames(3, 20_000)
        self.exit_clear = True
        self.frames(8, 0)

    def decide(self, action: Action, **others: Any) -> UUID:
        stop = self.runner.lane.stop
        command = Command(
            **{
                "command_id": next(self.new_ids),
                "yard": "mine",
                "lane": "in",
                "action": action,
                "stop_id": stop.stop_id if stop else UUID(int=9),
                "in_reply_to": stop.asked if stop else None,
                "reason": None,
                "say": SAY,
                "issued_at": self.world.now().utc,
                "expires_at": self.world.now().utc + timedelta(seconds=30),
                **others,
            }
        )
        self.take(CommandReceived(command, self.world.now_ms))
        return command.command_id

    def receipt(self, *numbers: int, verdict: Verdict = Verdict.ACCEPTED) -> None:
        entries = tuple((self.journal.epoch, seq, verdict) for seq in numbers)
        self.take(ReceiptReceived(Receipt(entries=entries), self.world.now_ms))

    def records(self) -> list[Any]:
        journal = self.journal
        sealed = [journal.sealed(seq) for seq in range(1, journal.seq + 1)]
        return [RECORD.validate_json(one.body) for one in sealed]

    def story(self) -> list[str]:
        return [record.kind.split(".")[0] for record in self.records()]

    def sent(self, name: str) -> list[Any]:
        return [payload for one, payload in self.world.published if one == name]

    def sent_numbers(self) -> list[int]:
        return [json.loads(one["body"])["seq"] for one in self.sent("event")]


MakeBench = Callable[..., Bench]


def state_of(bench: Bench) -> str:
    return bench.runner.lane.state.value


def weighed(bench: Bench, kg: int = 48_000) -> Bench:
    bench.card()
    bench.frames(2)
    bench.decide(Action.ADMIT)
    bench.drive_on(kg)
    assert bench.runner.lane.state.value == "weighed"
    return bench
