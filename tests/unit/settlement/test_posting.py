"""Journals: what cannot be built, and what each kind moves."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.ledger import posting
from settlement.ledger.posting import (
    Entry,
    Journal,
    JournalKind,
    Owed,
    Unbalanced,
    UnknownAccount,
    account_order,
)
from settlement.messages import Load, Price, PriceLine
from settlement.price_lines import UnknownLine
from settlement.pricing.price import price_load
from tests.unit.settlement.tickets import terms

OWED = Owed(
    payout_id=UUID(int=1),
    generation=1,
    contract_id="C1",
    driver_id="D1",
    rail="sandbox",
    amount_minor=36_000,
)
STORIES = {
    "paid": (posting.reserved, posting.paid),
    "voided": (posting.reserved, posting.voided),
    "returned": (posting.reserved, posting.paid, posting.returned),
}


def journal(*amounts: tuple[str, int]) -> Journal:
    entries = tuple(Entry(account=name, amount_minor=amount) for name, amount in amounts)
    return Journal(id=UUID(int=9), kind=JournalKind.SETTLED, entries=entries)


@pytest.mark.parametrize(
    "amounts",
    [
        (),
        (("suspense", 0),),
        (("suspense", 5),),
        (("suspense", 5), ("bank:x", -4)),
        (("suspense", 5), ("suspense", -5)),
        (("suspense", 5), ("bank:x", -5), ("prefund:y", 0)),
    ],
)
def test_a_journal_that_does_not_balance_cannot_be_made(
    amounts: tuple[tuple[str, int], ...],
) -> None:
    with pytest.raises(Unbalanced):
        journal(*amounts)


@given(st.dictionaries(st.text(min_size=1), st.integers(), min_size=2))
def test_whatever_can_be_made_balances(amounts: dict[str, int]) -> None:
    try:
        made = journal(*amounts.items())
    except Unbalanced:
        assert 0 in amounts.values() or sum(amounts.values()) != 0
    else:
        assert sum(entry.amount_minor for entry in made.entries) == 0


def moved(*journals: Journal) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in journals:
        for entry in one.entries:
            total[entry.account] = total.get(entry.account, 0) + entry.amount_minor
    return {account: amount for account, amount in total.items() if amount}


def loss_price(delivered_kg: int) -> Price:
    return price_load(Load(load_net_kg=40_000, unload_net_kg=delivered_kg), terms())


def test_a_settlement_is_freight_less_deduction_owed_to_the_driver() -> None:
    price = loss_price(39_000)
    made = posting.settled(UUID(int=2), "C1", "D1", price)
    assert made is not None
    assert moved(made) == {
        "freight_cost:C1": -468_000,
        "loss_deduction:C1": 44_000,
        "driver_payable:D1": 424_000,
    }


def test_a_settlement_without_loss_has_no_deduction() -> None:
    made = posting.settled(UUID(int=2), "C1", "D1", loss_price(40_000))
    assert made is not None
    assert {entry.account for entry in made.entries} == {"freight_cost:C1", "driver_payable:D1"}


def test_a_line_is_booked_by_its_code_and_never_by_its_sign() -> None:
    freight = loss_price(40_000).lines[0]
    stranger = PriceLine.model_construct(code="gift", amount_minor=-5)  # type: ignore[arg-type]
    price = loss_price(40_000).model_copy(update={"lines": (freight, stranger)})
    with pytest.raises(UnknownLine, match="price line 'gift' has no row"):
        posting.settled(UUID(int=2), "C1", "D1", price)


def test_an_account_without_a_place_in_the_lock_order_is_named() -> None:
    with pytest.raises(UnknownAccount, match="account gift:C1"):
        account_order("gift:C1")


def test_a_settlement_of_nothing_has_no_journal() -> None:
    price = price_load(Load(load_net_kg=1, unload_net_kg=1), terms(rate_per_tonne_minor=1))
    assert posting.settled(UUID(int=2), "C1", "D1", price) is None


@pytest.mark.parametrize(
    ("story", "left"),
    [
        (
            "paid",
            {
                "prefund:C1": -36_000,
                "freight_cost:C1": 36_000,
                "driver_payable:D1": -36_000,
                "bank:sandbox": 36_000,
            },
        ),
        ("voided", {}),
        ("returned", {}),
    ],
)
def test_a_payout_leaves_what_its_end_says(story: str, left: dict[str, int]) -> None:
    assert moved(*(made(OWED) for made in STORIES[story])) == left


@pytest.mark.parametrize(
    ("made", "corrected"),
    [
        (posting.paid, posting.reserved),
        (posting.voided, posting.reserved),
        (posting.returned, posting.paid),
        (posting.paid_after_failure, posting.voided),
        (posting.paid_after_return, posting.returned),
    ],
)
def test_a_correction_names_the_journal_it_corrects(made: object, corrected: object) -> None:
    assert callable(made)
    assert callable(corrected)
    assert made(OWED).corrects == corrected(OWED).id


def test_money_that_left_too_late_is_kept_in_suspense() -> None:
    left = {"suspense": -36_000, "bank:sandbox": 36_000}
    assert moved(posting.paid_after_failure(OWED)) == left
    assert moved(posting.paid_after_return(OWED)) == left


def test_a_deposit_is_positive_and_belongs_to_its_contract() -> None:
    made = posting.deposited(UUID(int=3), "C1", "sandbox", 500)
    assert moved(made) == {"bank:sandbox": -500, "prefund:C1": 500}
    with pytest.raises(ValueError, match="amount_minor"):
        posting.deposited(UUID(int=3), "C1", "sandbox", 0)


def test_ids_derive_from_the_subject_so_nothing_is_posted_twice() -> None:
    assert posting.paid(OWED).id == posting.paid(OWED).id
    assert len({made(OWED).id for made in (posting.paid, posting.voided, posting.returned)}) == 3


def test_entries_stand_in_the_order_in_which_accounts_are_locked() -> None:
    names = [entry.account for entry in posting.reserved(OWED).entries]
    assert names == sorted(names, key=account_order)
    assert (names[0], names[-1]) == ("prefund:C1", "bank_in_transit:sandbox")
