"""The payout guard: an honest payout passes, every single change to it is doubted."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from settlement.guard.check import (
    Doubt,
    Instruction,
    LaneKeys,
    check_payout,
)
from settlement.messages import ContractTerms, SignedRecord, TicketToSettle
from settlement.payouts import identity
from settlement.payouts.rails.sandbox.wire import instruction
from settlement.pricing.price import price_load
from tests.unit.settlement.tickets import (
    LANE_KEYS,
    signed,
    terms,
    ticket,
    weighing_body,
)

PAYOUT = identity.payout_id(identity.settlement_id(ticket().ticket_id))
NUMBER = identity.provider_no(PAYOUT, 1, identity.NUMBER_LENGTH_MAX)


def order(one: TicketToSettle) -> Instruction:
    amount = price_load(one.load, one.contract).total_minor
    return Instruction(
        rail="sandbox",
        provider_no=NUMBER,
        amount_minor=amount,
        request_body=instruction(one, NUMBER, amount),
    )


def check(one: TicketToSettle, keys: LaneKeys = LANE_KEYS) -> tuple[UUID, ...]:
    return check_payout(one, terms(), order(one), keys).events


def with_gross(one: TicketToSettle, record: SignedRecord, gross_kg: int = 64_000) -> TicketToSettle:
    changed = one.loading.model_copy(update={"gross_record": record, "gross_kg": gross_kg})
    return one.model_copy(update={"loading": changed})


def resigned(change: Callable[[str], str]) -> TicketToSettle:
    """Return a ticket whose loading gross record was changed before its own lane signed it."""
    body = weighing_body(1, "mine/mine-in", 64_000)
    changed = change(body)
    assert changed != body
    return with_gross(ticket(), signed("mine/mine-in", changed))


def test_the_card_is_that_of_the_unloading() -> None:
    assert check_payout(ticket(7), terms(), order(ticket(7)), LANE_KEYS).card == "0000000007"


def test_an_honest_payout_rests_on_four_different_weighings() -> None:
    assert len(set(check(ticket()))) == 4


def test_any_of_a_lanes_pinned_keys_will_do() -> None:
    keys = {lane: (b"\x09" * 32, *own) for lane, own in LANE_KEYS.items()}
    assert len(check(ticket(), keys)) == 4


@pytest.mark.parametrize("lane", sorted(LANE_KEYS))
def test_a_lane_that_is_not_pinned_is_not_believed(lane: str) -> None:
    keys = {name: own for name, own in LANE_KEYS.items() if name != lane}
    with pytest.raises(Doubt, match="not signed by a pinned key"):
        check(ticket(), keys)


@pytest.mark.parametrize("body", ["no record", "[1]", "{}", '{"yard": "\\u0000", "lane": 1}'])
def test_a_stranger_is_not_named_by_what_he_claims(body: str) -> None:
    keys = {name: own for name, own in LANE_KEYS.items() if name != "mine/mine-in"}
    with pytest.raises(Doubt, match="it says no lane, key"):
        check(with_gross(ticket(), signed("mine/mine-in", body)), keys)


def test_a_key_pinned_for_another_lane_does_not_speak_for_this_one() -> None:
    keys = {**LANE_KEYS, "mine/mine-in": LANE_KEYS["plant/plant-in"]}
    keys["mine/mine-other"] = LANE_KEYS["mine/mine-in"]
    with pytest.raises(Doubt, match=r"signed by mine/mine-other"):
        check(ticket(), keys)


@pytest.mark.parametrize("signature", ["", "AAAA", "%%%", "é"])
def test_a_signature_that_does_not_hold_is_doubted(signature: str) -> None:
    record = ticket().loading.gross_record.model_copy(update={"signature": signature})
    with pytest.raises(Doubt, match="not signed"):
        check(with_gross(ticket(), record))


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("not a completed weighing", lambda b: b.replace("weighing_completed", "truck_arrived")),
        ("signed by mine/mine-in", lambda b: b.replace('"yard":"mine"', '"yard":"plant"')),
        ("whole number of divisions", lambda b: b.replace("64000", "64001")),
        ("whole number of divisions", lambda b: b.replace("64000", '"64000"')),
        ("whole number of divisions", lambda b: b.replace('"e_kg":20', '"e_kg":0')),
        ("no card", lambda b: b.replace('"tag":"0000000001"', '"tag":null')),
        ("different cards", lambda b: b.replace('"tag":"0000000001"', '"tag":"FFFF"')),
        ("event_id", lambda b: b.replace('"event_id":"', '"event_id":"x')),
        ("event_id", lambda b: b.replace('"event_id":"', '"event_id":7,"other":"')),
        ("key is named twice", lambda b: b.replace('"e_kg":20', '"e_kg":20,"e_kg":20')),
        ("not a JSON object", lambda b: f"[{b}]"),
        ("Expecting", lambda b: b[:-1]),
    ],
)
def test_a_record_that_is_no_honest_weighing_is_doubted(
    why: str, change: Callable[[str], str]
) -> None:
    with pytest.raises(Doubt, match=why):
        check(resigned(change))


@pytest.mark.parametrize("version", [1, 2])
def test_a_weighing_of_every_version_is_read(version: int) -> None:
    """A lane of yesterday wrote v1; signed text is never rewritten."""
    body = weighing_body(1, "mine/mine-in", 64_000)
    record = signed("mine/mine-in", re.sub(r"(weighing_completed\.v)\d", rf"\g<1>{version}", body))
    assert len(set(check(with_gross(ticket(), record)))) == 4


def test_weights_that_are_not_the_records_are_doubted() -> None:
    with pytest.raises(Doubt, match="weights are not those"):
        check(with_gross(ticket(), ticket().loading.gross_record, gross_kg=64_020))


def test_gross_that_does_not_exceed_tare_is_doubted() -> None:
    light = signed("mine/mine-in", weighing_body(1, "mine/mine-in", 15_000))
    one = with_gross(ticket(), light, gross_kg=15_000)
    with pytest.raises(Doubt, match="does not exceed"):
        check_payout(one, terms(), order(ticket()), LANE_KEYS)


def test_one_weighing_for_two_passes_is_doubted() -> None:
    loading = ticket().loading
    twice = loading.model_copy(update={"ticket_id": ticket().ticket_id, "yard": "mine"})
    with pytest.raises(Doubt, match="two passes"):
        check(ticket().model_copy(update={"unloading": twice}))


def test_terms_that_are_not_the_contracts_are_doubted() -> None:
    with pytest.raises(Doubt, match="terms"):
        check_payout(ticket(), terms(rate_per_tonne_minor=1), order(ticket()), LANE_KEYS)


def test_an_amount_that_is_not_what_was_recomputed_is_doubted() -> None:
    wrong = replace(order(ticket()), amount_minor=1)
    with pytest.raises(Doubt, match="recomputed 574800 fen, the payout is 1 fen"):
        check_payout(ticket(), terms(), wrong, LANE_KEYS)


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("amount_minor", "574800", "574801"),
        ("currency", "CNY", "USD"),
        ("payee", "62220000", "99990000"),
        ("payee", "王师傅", "李师傅"),
        ("number", NUMBER, "P2"),
    ],
)
def test_a_request_that_says_something_else_than_the_ticket_is_doubted(
    field: str, old: str, new: str
) -> None:
    right = order(ticket())
    assert old in right.request_body
    wrong = replace(right, request_body=right.request_body.replace(old, new))
    with pytest.raises(Doubt, match=f"request: {field} "):
        check_payout(ticket(), terms(), wrong, LANE_KEYS)


def test_a_request_for_a_rail_without_a_reader_is_doubted() -> None:
    with pytest.raises(Doubt, match="request: no reader for the rail meridian"):
        check_payout(ticket(), terms(), replace(order(ticket()), rail="meridian"), LANE_KEYS)


@pytest.mark.parametrize(
    ("request_body", "reason"),
    [
        ("{}", "id is not a JSON str"),
        ("[]", "is not a JSON object"),
        ('{"id": "P1", "id": "P2"}', "a key is named twice"),
    ],
)
def test_a_request_that_cannot_be_read_is_doubted(request_body: str, reason: str) -> None:
    garbled = replace(order(ticket()), request_body=request_body)
    with pytest.raises(Doubt, match=f"request: .*{reason}"):
        check_payout(ticket(), terms(), garbled, LANE_KEYS)


@pytest.mark.parametrize("basis", ["load", "unload", "lower", "higher"])
@pytest.mark.parametrize("rounding", ["half_up", "half_even", "down"])
@pytest.mark.parametrize("charged", ["excess", "all"])
@pytest.mark.parametrize(
    "allowance", [{"kind": "kg", "value": "7.5"}, {"kind": "per_mille", "value": 9}]
)
def test_the_guard_agrees_with_the_pricing(
    basis: str, rounding: str, charged: str, allowance: dict[str, object]
) -> None:
    agreed = terms(basis=basis, rounding=rounding, loss_charged=charged, loss_allowance=allowance)
    one = ticket(contract=agreed)
    assert check_payout(one, agreed, order(one), LANE_KEYS)


class NewerTerms(ContractTerms):
    """A term that the guard's arithmetic has not been taught."""

    gift_minor: int = 0


def test_terms_that_the_guard_cannot_compute_are_doubted() -> None:
    newer = NewerTerms.model_validate(terms().model_dump())
    one = ticket().model_copy(update={"contract": newer})
    with pytest.raises(Doubt, match=r"cannot be recomputed: .* unknown gift_minor"):
        check_payout(one, newer, order(ticket()), LANE_KEYS)
