"""The guard's lanes, and the limits, are read again as a whole, or not at all."""

from dataclasses import replace

from settlement.config import Settings
from settlement.guard.lane_list import LaneList
from settlement.payouts.money_transaction import LimitsInForce
from settlement.rereading import read_again
from settlement.services import limits_of
from taigan.settings import WrongSettings
from tests.unit.settlement.tickets import PRIVATE_KEYS, b64


def settings(*lanes: str) -> Settings:
    keys = dict(zip(lanes, map(b64, PRIVATE_KEYS.values()), strict=False))
    secret = "whsec_" + "YmFuay1iYW5rLWJhbmstYmFuaw=="
    return Settings.model_validate(
        {
            "database": {"url": "sqlite:///x"},
            "api": {"token": "t" * 32},
            "bank": {"base_url": "http://bank", "callback_secret": secret},
            "guard": {"lane_keys": keys},
        }
    )


def in_force(payout_minor_max: int = 1) -> LimitsInForce:
    limits = limits_of(settings())
    return LimitsInForce(replace(limits, payout_minor_max=payout_minor_max))


def test_a_new_lane_is_believed_after_the_settings_are_read_again() -> None:
    lanes = LaneList(settings("a/b").guard.public_keys())
    seen = lanes.items()
    read_again(lanes, in_force(), lambda: settings("a/b", "a/c"))
    assert set(lanes) == {"a/b", "a/c"}
    assert len(lanes) == 2
    assert [lane for lane, _ in seen] == ["a/b"], "who checks meanwhile keeps his list"


def test_wrong_settings_change_nothing_and_are_told_until_they_are_right() -> None:
    def wrong() -> Settings:
        raise WrongSettings("guard.lane_keys.a/b: bad")

    lanes = LaneList(settings("a/b").guard.public_keys())
    limits = in_force(7)
    read_again(lanes, limits, wrong)
    assert list(lanes) == ["a/b"]
    assert limits.now.payout_minor_max == 7
    assert "guard.lane_keys.a/b: bad" in (lanes.trouble or "")
    read_again(lanes, limits, settings)
    assert (dict(lanes), lanes.trouble) == ({}, None)
    assert limits.now == limits_of(settings())
