"""From which severity on staff are told, at which hour."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from gateway.config import Notify
from gateway.notify.rules import QuietRules
from gateway.records.alarm_kinds import ALARMS, AlarmKind, Severity

NIGHT = {"begin": "22:00", "end": "06:30", "severity_min": "critical"}
LUNCH = {"begin": "12:00", "end": "13:00", "severity_min": "major"}


def settings(**changed: Any) -> Notify:
    return Notify(url="http://127.0.0.1:9/x", secret="whsec_" + "c" * 32, **changed)


def at(time: str) -> int:
    hour, minute = map(int, time.split(":"))
    there = datetime(2026, 11, 29, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))
    return round(there.timestamp() * 1000)


@pytest.mark.parametrize(
    ("time", "least"),
    [
        ("21:59", "minor"),
        ("22:00", "critical"),
        ("00:00", "critical"),
        ("06:29", "critical"),
        ("06:30", "minor"),
        ("12:00", "major"),
        ("12:59", "major"),
        ("13:00", "minor"),
    ],
)
def test_the_hours_are_the_yards(time: str, least: str) -> None:
    rules = QuietRules(settings(severity_min="minor", quiet=(NIGHT, LUNCH)))
    assert rules.severity_min(at(time)) is Severity(least)


def test_the_strictest_rule_holds() -> None:
    rules = QuietRules(settings(severity_min="critical", quiet=(LUNCH,)))
    assert rules.severity_min(at("12:30")) is Severity.CRITICAL


def test_only_kinds_of_that_severity_are_told() -> None:
    told = QuietRules(settings(severity_min="critical")).kinds_told(at("12:30"))
    assert set(told) == {k for k, row in ALARMS.items() if row.severity is Severity.CRITICAL}
    assert set(QuietRules(settings(severity_min="minor")).kinds_told(0)) == set(AlarmKind)


@pytest.mark.parametrize("begin", ["24:00", "7:00", "07:60", "", "night"])
def test_a_time_that_is_none_is_refused(begin: str) -> None:
    with pytest.raises(ValidationError, match="begin"):
        settings(quiet=({**NIGHT, "begin": begin},))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "c" * 32, "whsec_c"])
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="whsec_"):
        Notify(url="http://127.0.0.1:9/x", secret=secret)
