"""The audit must see what is wrong, or a green demo means nothing."""

from copy import deepcopy
from itertools import islice
from typing import Any

import pytest

from simulators.chance import seeded
from simulators.demo.audit import bank_problems, is_balanced, trip_problems
from simulators.demo.pricing import AGREEMENTS, freight_minor
from simulators.trucks import fleet

TRUCK = list(islice(fleet(seeded(1)), 1))[0]  # noqa: RUF015  a fleet has no end
AGREEMENT = AGREEMENTS[0]


def shown(kg: int) -> int:
    return round(kg / 20) * 20


def good_tickets() -> list[dict[str, Any]]:
    mine = {"gross_kg": shown(TRUCK.loaded_kg), "tare_kg": shown(TRUCK.tare_kg)}
    plant = {"gross_kg": shown(TRUCK.delivered_kg), "tare_kg": shown(TRUCK.emptied_kg)}
    load_kg = mine["gross_kg"] - mine["tare_kg"]
    unload_kg = plant["gross_kg"] - plant["tare_kg"]
    amount = freight_minor(AGREEMENT.terms, load_kg, unload_kg)
    payout = {"state": "paid", "amount_minor": amount, "provider_no": "TG1"}
    return [
        {"yard_id": "mine", "net_kg": load_kg, "settlement": None, **mine},
        {"yard_id": "plant", "net_kg": unload_kg, "settlement": {"payout": payout}, **plant},
    ]


def good_books() -> tuple[dict[str, Any], dict[str, Any]]:
    paid = good_tickets()[1]["settlement"]["payout"]["amount_minor"]
    accounts = [
        {"id": "bank:sandbox", "balance_minor": paid - 1_000_000},
        {"id": "prefund:C", "balance_minor": 1_000_000 - paid},
    ]
    movements = [
        {"kind": "deposit", "reference_id": "D", "amount_minor": 1_000_000},
        {"kind": "transfer", "reference_id": "TG1", "amount_minor": -paid},
    ]
    bank = {"balance_minor": 1_000_000 - paid, "movements": movements}
    return {"balanced": True, "accounts": accounts}, bank


def test_a_right_trip_has_no_problem() -> None:
    assert trip_problems(TRUCK, AGREEMENT, good_tickets()) == []


def test_a_wrong_weight_is_seen() -> None:
    tickets = good_tickets()
    tickets[0]["gross_kg"] += 40
    assert "in truth" in trip_problems(TRUCK, AGREEMENT, tickets)[0]


def test_a_missing_weight_is_seen() -> None:
    tickets = good_tickets()
    tickets[1] |= {"tare_kg": None, "settlement": None}
    problems = trip_problems(TRUCK, AGREEMENT, tickets)
    assert len(problems) == 2
    assert "not paid" in problems[1]


def test_a_wrong_amount_is_seen() -> None:
    tickets = good_tickets()
    tickets[1]["settlement"]["payout"]["amount_minor"] += 1
    assert "owed" in trip_problems(TRUCK, AGREEMENT, tickets)[0]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_missing_or_second_ticket_is_seen(count: int) -> None:
    tickets = (good_tickets() * 2)[:count]
    assert f"{count} tickets" in trip_problems(TRUCK, AGREEMENT, tickets)[0]


def test_right_books_agree() -> None:
    books, bank = good_books()
    assert is_balanced(books)
    assert bank_problems(books, bank, good_tickets()) == []


def test_books_that_do_not_sum_to_zero_are_seen() -> None:
    books, _ = good_books()
    books["accounts"][0]["balance_minor"] += 1
    assert not is_balanced(books)


def test_books_that_call_themselves_wrong_are_believed() -> None:
    books, _ = good_books()
    assert not is_balanced(books | {"balanced": False})


def test_money_that_moved_twice_is_seen() -> None:
    books, bank = good_books()
    bank = deepcopy(bank)
    bank["movements"].append(bank["movements"][1])
    bank["balance_minor"] += bank["movements"][1]["amount_minor"]
    assert len(bank_problems(books, bank, good_tickets())) == 2


def test_a_payout_that_never_moved_is_seen() -> None:
    books, bank = good_books()
    bank["movements"].pop()
    assert "never moved" in bank_problems(books, bank, good_tickets())[0]
