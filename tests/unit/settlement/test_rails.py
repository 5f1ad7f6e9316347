"""Laws that every row of the rails obeys, and its reader in the guard."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.config import Settings
from settlement.messages import Payee
from settlement.payouts import identity
from settlement.payouts.rails import DEFAULT_RAIL, RAILS
from settlement.verify.rails import READERS, Unreadable
from tests.unit.settlement.rail_examples import (
    EXAMPLES,
    RECORDED_MINOR,
    recorded_number,
    recorded_request,
    recorded_ticket,
    settings_with,
    settings_without,
)
from tests.unit.settlement.tickets import ticket

PAYOUT = identity.payout_id(ticket().ticket_id)
NUMBER = identity.provider_no(PAYOUT, 1, identity.NUMBER_LENGTH_MAX)
ID = '"id":"PZX2S43TDIDW6LE7PWMOFRMIG4401",'
PAYEE = '{"name":"王师傅","account":"622200000001","bank_code":"ICBC"}'
NAMES = st.text(min_size=1, max_size=70).filter(lambda name: name.isprintable())
PAYEES = st.builds(
    Payee,
    driver_id=st.just("driver-1"),
    name=NAMES,
    account=st.from_regex(r"[0-9A-Za-z]{4,34}", fullmatch=True),
    bank_code=st.from_regex(r"[0-9A-Za-z]{4,14}", fullmatch=True),
    phone=st.just("+8613800000000"),
)


def test_every_rail_has_its_reader_and_no_reader_is_left_over() -> None:
    assert set(READERS) == set(RAILS)


def test_every_rail_has_its_example_and_no_example_is_left_over() -> None:
    assert set(EXAMPLES) == set(RAILS), "add a row to tests/unit/settlement/rail_examples.py"


def test_the_default_rail_is_one_of_them() -> None:
    assert DEFAULT_RAIL in RAILS


@pytest.mark.parametrize("name", sorted(RAILS))
@given(payee=PAYEES, amount_minor=st.integers(1, 10**15))
def test_the_guard_reads_back_what_a_rail_tells_its_bank(
    name: str, payee: Payee, amount_minor: int
) -> None:
    one = ticket().model_copy(update={"payee": payee})
    number = recorded_number(name)
    told = READERS[name](RAILS[name].instruction(one, number, amount_minor).encode())
    meant = {"name": payee.name, "account": payee.account, "bank_code": payee.bank_code}
    assert told == (number, amount_minor, "CNY", meant)


@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_rail_writes_the_request_that_somebody_typed_from_the_banks_description(
    name: str,
) -> None:
    number = recorded_number(name)
    written = RAILS[name].instruction(recorded_ticket(), number, RECORDED_MINOR)
    assert written == recorded_request(name)


@pytest.mark.parametrize("name", sorted(RAILS))
def test_the_guard_reads_the_request_that_somebody_typed_from_the_banks_description(
    name: str,
) -> None:
    payee = {"name": "王师傅", "account": "622200000001", "bank_code": "ICBC"}
    found = READERS[name](recorded_request(name).encode())
    assert found == (recorded_number(name), RECORDED_MINOR, "CNY", payee)


@pytest.mark.parametrize("name", sorted(RAILS))
def test_the_same_ticket_makes_the_same_bytes(name: str) -> None:
    first, again = (RAILS[name].instruction(ticket(), NUMBER, 500) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", sorted(RAILS))
@given(payout=st.uuids(), generation=st.integers(1, 99))
def test_our_payment_numbers_are_ones_that_the_bank_takes(
    name: str, payout: UUID, generation: int
) -> None:
    rail = RAILS[name]
    number = identity.provider_no(payout, generation, rail.number_length)
    assert re.fullmatch(rail.numbers, number), (
        f"{name}: the bank takes {rail.numbers}, ours is {number}: "
        f"set Rail.number_length to a length that it takes; 19 is the shortest"
    )


@pytest.mark.parametrize("length", [18, 30])
def test_a_payment_number_of_fewer_than_80_bits_or_too_long_for_its_column_is_refused(
    length: int,
) -> None:
    with pytest.raises(ValueError, match=f"19…29 characters, got {length}"):
        replace(RAILS["sandbox"], number_length=length)
    with pytest.raises(ValueError, match=f"19…29 characters, got {length}"):
        identity.provider_no(PAYOUT, 1, length)


@pytest.mark.parametrize("length", [19, 20, 29])
def test_a_payment_number_has_the_length_of_its_rail_and_ends_with_its_generation(
    length: int,
) -> None:
    number = identity.provider_no(PAYOUT, 7, length)
    assert (len(number), number[-2:]) == (length, "07")
    assert number[:-2] == NUMBER[: length - 2]


@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_rails_name_fits_its_column_and_an_accounts_name(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", name)
    assert len(name) <= 32


@pytest.mark.parametrize("name", sorted(RAILS))
@given(st.binary())
def test_rubbish_is_unreadable_and_nothing_worse(name: str, request_body: bytes) -> None:
    with pytest.raises(Unreadable):
        READERS[name](request_body)


@pytest.mark.parametrize("change", ["doubled", "added", "retyped"])
@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_request_that_could_mean_two_things_is_unreadable(name: str, change: str) -> None:
    old, new = getattr(EXAMPLES[name], change)
    request = recorded_request(name)
    assert request.count(old) == 1
    with pytest.raises(Unreadable):
        READERS[name](request.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"amount_minor":574800', '"amount_minor":true', "amount_minor"),
        ('"amount_minor":574800', '"amount_minor":574800.0', "amount_minor"),
        ('"id":', '"no":', "no"),
        (ID, "", "id is not a JSON str"),
        ('"currency":"CNY"', '"currency":"CNY","currency":"USD"', "named twice"),
        ('"payee":{', '"payee":[],"other":{', "other"),
        (PAYEE, "[]", "payee"),
        ('"reference":', '"urgent":true,"reference":', "urgent"),
    ],
)
def test_what_the_reader_of_the_sandbox_complains_about(old: str, new: str, why: str) -> None:
    request = recorded_request("sandbox")
    assert old in request
    with pytest.raises(Unreadable, match=why):
        READERS["sandbox"](request.replace(old, new).encode())


@pytest.mark.parametrize("name", sorted(RAILS))
def test_a_rail_is_set_up_by_its_section_and_only_by_it(name: str) -> None:
    times = {"lease_s": 41.0, "quarantine_s": 1_000.0, "idempotency_window_s": 9_000.0}
    setup = RAILS[name].set_up(settings_with(name, "http://127.0.0.1:9", **times))
    assert setup is not None
    policy = setup.policy
    assert (policy.lease_ms, policy.quarantine_ms) == (41_000, 1_000_000)
    assert policy.window_ms == 9_000_000
    setup.connect().close()
    if not Settings.model_fields[EXAMPLES[name].section].is_required():
        assert RAILS[name].set_up(settings_without(name)) is None
