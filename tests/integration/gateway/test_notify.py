"""Staff are told of an alarm once, whatever dies meanwhile, and left alone by rule."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.config import Notify
from gateway.notify.delivery import GIVE_UP_AFTER_MS, LEASE_MS
from gateway.notify.notifier import Notifier
from gateway.notify.tables import staff_notices
from gateway.records.alarm_kinds import AlarmKind
from gateway.records.alarms import Alarm, close_alarm, raise_alarm, resolve_alarm
from gateway.records.tables import alarms
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.receiver import SECRET, Receiver, receiver

MINUTE_S = 60
FAULT = Alarm(AlarmKind.LANE_FAULT, "scale_silent", "mine", "mine-in", "scale")
MINOR = Alarm(AlarmKind.PLATE_MISSING, "", "mine", "mine-in")
MANUAL = Alarm(AlarmKind.PAYOUT_MANUAL, "N1", subject="t-1")


class Staff:
    """Some gateways' notifiers over one database, under one clock."""

    def __init__(self, gateway: Gateway, at: Receiver, **settings: Any) -> None:
        self.gateway = gateway
        self.settings = Notify(url=at.url, secret=SECRET, **settings)
        self.notifiers = [self.new(), self.new()]

    def new(self) -> Notifier:
        return Notifier(
            self.gateway.engine, self.settings, clock=lambda _connection: self.gateway.now_ms
        )

    def after(self, seconds: float) -> "Staff":
        """Let time pass, and every gateway look."""
        self.gateway.now_ms += round(seconds * 1000)
        for one in self.notifiers:
            one.look()
        return self

    def opens(self, alarm: Alarm) -> None:
        with self.gateway.engine.begin() as connection:
            raise_alarm(connection, alarm, self.gateway.now_ms)

    def ends(self, alarm: Alarm) -> None:
        with self.gateway.engine.begin() as connection:
            resolve_alarm(connection, alarm, self.gateway.now_ms)


@pytest.fixture
def at() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def test_an_alarm_is_told_once_by_however_many_gateways(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    staff.opens(FAULT)
    staff.after(9)
    assert at.told() == []
    staff.after(1).after(60).after(60)
    assert at.told() == [[("opened", "lane_fault")]]
    staff.opens(FAULT)  # counts
    staff.after(60)
    assert len(at.told()) == 1


def test_many_alarms_are_one_notice(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    for number in range(70):
        staff.opens(Alarm(AlarmKind.PAYOUT_FAILED, "N", subject=f"t-{number}"))
    staff.opens(MANUAL)
    staff.after(10)
    ((_, notice),) = at.arrived
    assert notice.data.alarms[0].kind is AlarmKind.PAYOUT_MANUAL
    assert len(notice.data.alarms) + notice.data.more == 71


def test_the_end_is_told_when_it_has_lasted(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    staff.opens(FAULT)
    staff.after(10).ends(FAULT)
    staff.after(4 * MINUTE_S)
    assert len(at.told()) == 1
    staff.after(MINUTE_S).after(MINUTE_S)
    assert at.told() == [[("opened", "lane_fault")], [("closed", "lane_fault")]]


def test_a_gateway_whose_clock_is_ahead_keeps_no_alarm_back(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    gateway.now_ms += 3_600_000
    staff.opens(FAULT)
    gateway.now_ms -= 3_600_000
    staff.after(0)
    gateway.now_ms += 3_600_000
    staff.ends(FAULT)
    gateway.now_ms -= 3_600_000
    staff.after(0)
    assert at.told() == [[("opened", "lane_fault")], [("closed", "lane_fault")]]


def test_who_closed_it_and_why_is_told(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    staff.opens(FAULT)
    staff.after(10)
    alarm_id = gateway.row(alarms)["id"]
    with gateway.engine.begin() as connection:
        close_alarm(connection, alarm_id, "dispatcher", "new cable", gateway.now_ms)
    staff.after(5 * MINUTE_S)
    (told,) = at.arrived[1][1].data.alarms
    assert (told.resolved_by, told.resolved_reason) == ("dispatcher", "new cable")


def test_what_flaps_is_told_once(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    for _ in range(10):
        staff.opens(FAULT)
        staff.after(15).after(45)
        staff.ends(FAULT)
        staff.after(30)
    assert at.told() == [[("opened", "lane_fault")]]
    staff.after(5 * MINUTE_S)
    assert at.told()[1:] == [[("closed", "lane_fault")]]


def test_what_is_over_before_it_was_told_is_not_told(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    staff.opens(FAULT)
    staff.after(5).ends(FAULT)
    staff.after(MINUTE_S).after(10 * MINUTE_S)
    assert at.told() == []


def test_what_stays_open_is_told_again(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at, repeat_minutes=60)
    staff.opens(FAULT)
    staff.after(10)
    for _ in range(2 * 60):
        staff.after(MINUTE_S)
    again = [("still_open", "lane_fault")]
    assert at.told() == [[("opened", "lane_fault")], again, again]


def test_what_stays_open_is_told_once_if_so_set(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at, repeat_minutes=0, tells_end=False)
    staff.opens(FAULT)
    staff.after(10).after(10 * 24 * 60 * MINUTE_S).ends(FAULT)
    staff.after(10 * MINUTE_S)
    assert at.told() == [[("opened", "lane_fault")]]


def test_quiet_hours_keep_what_can_wait_until_they_end(gateway: Gateway, at: Receiver) -> None:
    night = {"begin": "22:00", "end": "06:00", "severity_min": "critical"}
    staff = Staff(gateway, at, quiet=(night,), severity_min="major")
    gateway.now_ms += _until(gateway.now_ms, "23:00")
    for alarm in (FAULT, MINOR, MANUAL):
        staff.opens(alarm)
    staff.after(10)
    assert at.told() == [[("opened", "payout_manual")]]
    gateway.now_ms += _until(gateway.now_ms, "06:00")
    staff.after(1)
    changes = {tuple(one) for one in at.told()[1]}
    assert changes == {("opened", "lane_fault"), ("still_open", "payout_manual")}


def _until(now_ms: int, time: str) -> int:
    day_ms, hour_ms = 86_400_000, 3_600_000
    local_ms = (now_ms + 8 * hour_ms) % day_ms
    return (int(time[:2]) * hour_ms - local_ms) % day_ms


def test_a_receiver_that_is_away_is_asked_again_with_the_same_notice(
    gateway: Gateway, at: Receiver
) -> None:
    staff = Staff(gateway, at)
    at.status = 503
    staff.opens(FAULT)
    for _ in range(30):
        staff.after(10)
    assert 5 < at.tries < 15
    row = gateway.row(staff_notices)
    assert (row["done_ms"], row["last_error"]) == (None, "HTTP 503")
    at.status = 200
    staff.notifiers = [staff.new()]  # a restart
    staff.after(5 * MINUTE_S).after(1)
    assert at.told() == [[("opened", "lane_fault")]]
    assert at.arrived[0][0] == row["id"]
    assert gateway.row(staff_notices)["done_ms"] == gateway.now_ms - 1000


def test_a_receiver_that_never_comes_back_is_given_up(gateway: Gateway, at: Receiver) -> None:
    staff = Staff(gateway, at)
    at.status = 500
    staff.opens(FAULT)
    staff.after(10)
    staff.after(GIVE_UP_AFTER_MS / 1000 + 1)
    first = min(gateway.rows(staff_notices), key=lambda row: row["created_ms"])
    assert (first["last_error"], first["done_ms"]) == ("HTTP 500", gateway.now_ms)


def test_a_gateway_that_dies_while_sending_is_followed_by_another(
    gateway: Gateway, at: Receiver
) -> None:
    staff = Staff(gateway, at)
    staff.opens(FAULT)
    gateway.now_ms += 10_000

    def killed(*_: object) -> None:
        raise MemoryError

    dying, _ = staff.notifiers
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.notify.notifier.record_try", killed)
        with pytest.raises(MemoryError):
            dying.look()
    staff.notifiers = [staff.new()]
    staff.after(LEASE_MS / 1000 - 1)
    assert len(at.arrived) == 1
    staff.after(1).after(60)
    ids = [notice_id for notice_id, _ in at.arrived]
    assert len(ids) == 2
    assert len(set(ids)) == 1, "a repeat carries the id of the first"


def test_two_gateways_that_look_at_the_same_moment_send_once(
    gateway: Gateway, at: Receiver
) -> None:
    staff = Staff(gateway, at, group_s=0)
    for number in range(5):
        staff.opens(Alarm(AlarmKind.PAYOUT_FAILED, "N", subject=f"t-{number}"))
        start = threading.Barrier(2)

        def look(one: Notifier, start: threading.Barrier = start) -> None:
            start.wait(10)
            one.look()

        threads = [threading.Thread(target=look, args=(one,)) for one in staff.notifiers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gateway.now_ms += 1000
    ids = [notice_id for notice_id, _ in at.arrived]
    subjects = [one.subject for _, notice in at.arrived for one in notice.data.alarms]
    assert len(ids) == len(set(ids))
    assert sorted(subjects) == [f"t-{number}" for number in range(5)]


def test_the_thread_tells_by_the_databases_clock(gateway: Gateway, at: Receiver) -> None:
    settings = Notify(url=at.url, secret=SECRET, group_s=0)
    with gateway.engine.begin() as connection:
        raise_alarm(connection, FAULT, time.time_ns() // 1_000_000)
    notifier = Notifier(gateway.engine, settings)
    notifier.loop.start()
    give_up_s = time.monotonic() + 20
    while not at.arrived and time.monotonic() < give_up_s:
        threading.Event().wait(0.05)
    assert notifier.loop.check() is None
    notifier.loop.stop()
    assert at.told() == [[("opened", "lane_fault")]]
    assert notifier.loop.check() == "the notify thread has ended"
