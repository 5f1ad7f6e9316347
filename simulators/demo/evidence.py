"""Asks the running programs for the outcome and makes the result of it."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulators.demo.audit import bank_problems, is_balanced, trip_problems
from simulators.demo.fleet import Sent
from simulators.demo.result import (
    Result,
    Spread,
    cycles_s,
    is_paid,
    software_ms,
    weighed_to_paid_ms,
)
from simulators.demo.system import TaiganSystem

_AGREE_S: Final = 15.0
_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a run, and everything that was not as it should be."""

    result: Result
    problems: tuple[str, ...]
    notices: int

    @property
    def is_good(self) -> bool:
        return self.result.is_good and not self.problems


def paid_orders(tickets: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the numbers of the orders whose driver has his money."""
    return {ticket["order_no"] for ticket in tickets if is_paid(ticket)}


def gather(system: TaiganSystem, finished: Sequence[Sent]) -> Report:
    """Compare tickets, truth, books and bank for the trucks that finished their trip."""
    tickets = list(system.gateway.tickets())
    stops = list(system.gateway.stops())
    balanced, bank_disagrees = _books(system, tickets)
    problems = [problem for sent in finished for problem in _trip(system, sent, tickets)]
    paid = paid_orders(tickets)
    result = Result(
        trucks=len(finished),
        paid=sum(sent.order_no in paid for sent in finished),
        refused=sum(stop["reason"] is not None for stop in stops),
        cycle_s=Spread.of(cycles_s(stops)),
        software_ms=Spread.of(software_ms(stops)),
        weighed_to_paid_ms=Spread.of(weighed_to_paid_ms(tickets)),
        ledger_balanced=balanced,
        bank_equals_ledger=not bank_disagrees,
    )
    return Report(result, (*problems, *bank_disagrees), len(system.phone.messages()))


def _trip(system: TaiganSystem, sent: Sent, tickets: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    if sent.order_no is None:
        return [f"{sent.truck.plate}: drove through without an order"]
    agreement = system.seeder.order_agreements[sent.order_no]
    own = [ticket for ticket in tickets if ticket["order_no"] == sent.order_no]
    return trip_problems(sent.truck, agreement, own)


def _books(
    system: TaiganSystem, tickets: Sequence[Mapping[str, Any]]
) -> tuple[bool, Sequence[str]]:
    """Ask both books until they agree: a payment may be under way between them."""
    pause = threading.Event()
    give_up_s = time.monotonic() + _AGREE_S
    while True:
        books = system.settlement.books()
        problems = bank_problems(books, system.bank.book(), tickets)
        if not problems or time.monotonic() > give_up_s:
            return is_balanced(books), problems
        pause.wait(_LOOK_S)
