"""FM-54: a lane whose clock is wrong calls somebody; one that tells late does not."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.messages import ClockQuality, LaneFault, LaneState
from gateway.ingest.screens import Screens
from gateway.records.envelope import Envelope
from gateway.records.tables import alarms
from tests.integration.gateway.driving import Gateway
from tests.integration.gateway.test_alarms_end import EVERY_LANE
from tests.integration.gateway.watching import Watch
from tests.integration.gateway.yard import START_MS


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(START_MS / 1000, UTC) + timedelta(seconds=seconds)


FAULT = {"device": "scale", "state": "raised", "reason": "scale_silent"}
WRONG = [at(8 * 3600), at(5 * 86_400), at(301), datetime(2000, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_record_of_a_time_that_cannot_be_is_an_alarm(gateway: Gateway, wrong: datetime) -> None:
    gateway.receive(gateway.lane("mine-in").say(LaneFault, **FAULT, at=wrong))
    assert gateway.alarms() == ["clock_off", "lane_fault"]
    assert wrong.date().isoformat() in gateway.row(alarms, kind="clock_off")["detail"]


@pytest.mark.parametrize("right", [at(0), at(299), at(-10 * 86_400)])
def test_a_record_that_waited_at_its_lane_is_none(gateway: Gateway, right: datetime) -> None:
    gateway.receive(gateway.lane("mine-in").say(LaneFault, **FAULT, at=right))
    assert gateway.alarms() == ["lane_fault"]


def test_a_clock_that_is_known_to_be_unset_is_none(gateway: Gateway) -> None:
    record = gateway.lane("mine-in").say(LaneFault, **FAULT, at=WRONG[0], clock="unset")
    gateway.receive(record)
    assert gateway.alarms() == ["lane_fault"]


# --- what a lane says of itself ---


class Saying:
    """A lane that says every 5 s how it is, through the gateway's front door."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.watch = Watch(gateway).after(0, *EVERY_LANE)
        self.screens = Screens(lambda *_: None, hear=self.watch.ears.hear)

    def say(
        self, ahead_s: float, *, lane: str = "mine-in", is_retained: bool = False, **said: object
    ) -> None:
        now = datetime.fromtimestamp(self.gateway.now_ms / 1000, UTC)
        state = LaneState.model_validate(
            {"online": True, "clock": "synced", "at": now + timedelta(seconds=ahead_s), **said}
        )
        payload = state.model_dump_json().encode()
        self.screens.show("state", Envelope("mine", lane, payload), is_retained=is_retained)

    def look(self, *ahead_s: float, **said: object) -> list[str]:
        """Let it say so, 5 s apart, with a look after each; return the open alarms."""
        for seconds in ahead_s:
            self.say(seconds, **said)  # type: ignore[arg-type]
            self.watch.after(5, *EVERY_LANE)
        return self.gateway.alarms()


@pytest.mark.parametrize("ahead_s", [8 * 3600, 310, -320, -26 * 365 * 86_400])
def test_a_lane_that_says_a_wrong_time_is_an_alarm_until_it_says_a_right_one(
    gateway: Gateway, ahead_s: float
) -> None:
    saying = Saying(gateway)
    assert saying.look(0, 2) == []
    assert saying.look(ahead_s, ahead_s, ahead_s) == ["clock_off"]
    assert gateway.row(alarms)["count"] == 1
    assert saying.look(0, 0) == []


def test_a_record_from_before_its_clock_was_set_right_is_over_with_what_it_says_now(
    gateway: Gateway,
) -> None:
    saying = Saying(gateway)
    gateway.receive(gateway.lane("mine-in").say(LaneFault, **FAULT, at=at(86_400)))
    assert saying.look(0) == ["lane_fault"]


def test_states_that_waited_at_the_broker_are_no_alarm(gateway: Gateway) -> None:
    """The gateway was away for an hour, and hears in a few looks what the lane said meanwhile."""
    assert Saying(gateway).look(-3600, -2700, -1800, -900, 0) == []
    assert Saying(gateway).look(0) == []


def test_a_retained_state_and_an_unset_clock_are_no_alarm(gateway: Gateway) -> None:
    saying = Saying(gateway)
    assert saying.look(-86_400, -86_400, is_retained=True) == []
    assert saying.look(-86_400, -86_400, clock=ClockQuality.UNSET) == []
    assert saying.look(-86_400, -86_400, at=None) == []


def test_a_lane_that_nobody_registered_is_none(gateway: Gateway) -> None:
    assert Saying(gateway).look(86_400, 86_400, lane="shed") == []
