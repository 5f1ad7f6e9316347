"""The driver's messages."""

from datetime import UTC, datetime

import pytest

from settlement.messages import PayoutState, PriceLine, SettlementState
from settlement.notices.service import retry_delay_ms
from settlement.notices.texts import (
    Language,
    Occasion,
    account_changes,
    driver_text,
    occasion,
    yuan,
)
from tests.unit.settlement.states_of import settlement_state

S = PayoutState


def told(state: SettlementState, language: Language) -> str:
    about = occasion(state)
    assert about is not None
    return driver_text(state, about, language, plate="蒙K12345", url="http://g/r/1?s=x")


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        (S.PAID, "已付款", "is paid"),
        (S.FAILED, "拒付", "refused"),
        (S.RETURNED, "退回", "sent CNY 360.00 back"),
        (S.HELD, "等待货主充值", "waiting for the consignor's deposit"),
    ],
)
def test_each_end_is_told_in_both_languages_with_the_link(state: S, zh: str, en: str) -> None:
    now = settlement_state(state, reason="funds")
    for language, part in (("zh", zh), ("en", en)):
        text = told(now, language)  # type: ignore[arg-type]
        assert part in text
        assert "http://g/r/1?s=x" in text
        assert "360.00" in text


@pytest.mark.parametrize(
    ("reason", "part"),
    [("limit", "limit"), ("guard", "checked"), ("rail_paused", "paused"), (None, "in progress")],
)
def test_a_driver_who_waits_is_told_why(reason: str | None, part: str) -> None:
    assert part in told(settlement_state(S.HELD, reason=reason), "en")


def test_a_driver_is_not_written_to_while_nothing_is_decided() -> None:
    for state in (S.READY, S.SENDING, S.ACCEPTED, S.UNKNOWN, S.MANUAL):
        assert occasion(settlement_state(state)) is None


def test_nothing_due_is_not_called_a_payment() -> None:
    nothing = settlement_state(S.PAID, amount_minor=0)
    assert occasion(nothing) is Occasion.NOTHING_DUE
    assert "no freight is due. " in told(nothing, "en")
    assert " 应付运费为0元" in told(nothing, "zh")


def test_nothing_due_names_what_was_deducted() -> None:
    nothing = settlement_state(S.PAID, amount_minor=0)
    freight = nothing.price.lines[0].model_copy(update={"amount_minor": 700})
    loss = PriceLine(code="loss_deduction", amount_minor=-700)
    price = nothing.price.model_copy(update={"lines": (freight, loss)})
    state = nothing.model_copy(update={"price": price})
    assert "no freight is due after the loss deduction. " in told(state, "en")
    assert "扣除货损后应付运费为0元" in told(state, "zh")


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (36_000, "360.00"), (-101, "-1.01")]
)
def test_fen_are_shown_as_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


def test_retries_grow_to_an_hour_and_stay_there() -> None:
    delays = [retry_delay_ms(tries) for tries in range(1, 20)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (1_000, 3_600_000)


@pytest.mark.parametrize(
    ("language", "account", "said"),
    [
        ("zh", "6222000000001", "将于2026-11-30 08:05 UTC变更为尾号0001。"),
        ("zh", None, "变更为无"),
        ("en", "6222000000001", "goes to the account ending in 0001. If you"),
        ("en", None, "goes to no account at all. If you"),
    ],
)
def test_a_change_of_account_is_said_to_the_phone_of_before(
    language: Language, account: str | None, said: str
) -> None:
    assert said in account_changes(language, account, datetime(2026, 11, 30, 8, 5, tzinfo=UTC))
