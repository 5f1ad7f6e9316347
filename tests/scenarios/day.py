"""A day at the gates: honest trucks sent through a whole system, and what must be true of it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from simulators.demo.fleet import Fleet, Sent
from simulators.demo.system import TaiganSystem
from simulators.lane import VisitOutcome
from tests.scenarios.truth import may_be_shown, owed_minor

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Trip:
    """A truck that delivered: its physical truth beside its two tickets."""

    sent: Sent
    loading: Json
    unloading: Json


@dataclass(frozen=True)
class Day:
    """Everything that can be asked of the programs once the last truck is home."""

    sent: Sequence[Sent]
    tickets: Sequence[Json]
    stops: Sequence[Json]
    book: Json
    books: Json
    alarms: Sequence[Json]
    messages: Sequence[Json]
    terms: Mapping[str, Json]

    @property
    def delivered(self) -> list[Trip]:
        """Return the trips whose truck was released by the last scale."""
        closed = {
            (ticket["order_no"], ticket["purpose"]): ticket
            for ticket in self.tickets
            if ticket["status"] == "closed"
        }
        return [
            Trip(sent, closed[sent.order_no, "loading"], closed[sent.order_no, "unloading"])
            for sent in self.sent
            if (sent.order_no, "unloading") in closed
        ]


def wait_until(
    is_so: Callable[[], bool], timeout_s: float, what: str, instead: Callable[[], object] = str
) -> None:
    """Return when `is_so()`; AssertionError with `what` and `instead()` if it is not in time."""
    pause = Event()
    give_up_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < give_up_s, f"not within {timeout_s} s: {what}; {instead()}"
        pause.wait(0.2)


def live_through(
    system: TaiganSystem,
    fleet: Fleet,
    timeout_s: float,
    check: Callable[[], None] = lambda: None,
) -> Day:
    """Drive the whole fleet home, wait for the last record and payment, and ask everybody.

    `check` raises what makes waiting useless.
    """

    def all_home() -> bool:
        check()
        fleet.send()
        return fleet.is_home

    wait_until(all_home, timeout_s, "all trucks home", lambda: on_the_way(system))
    wait_until(lambda: not unheard_of(system, fleet), 120, "all releases heard of")
    wait_until(lambda: all_paid(system), 120, "all released loads paid")
    wait_until(lambda: told(system), 60, "all drivers told")
    return ask_everybody(system, fleet)


def on_the_way(system: TaiganSystem) -> Json:
    """Tell which stage the trucks are at, and what each lane weighs, shows and keeps open."""
    lanes = {
        name: (lane.waiting, lane.indicator.shown_kg, lane.display.text, lane.plc.board)
        for name, lane in system.world.lanes.items()
    }
    return {"trips": Counter(trip.stage.value for trip in system.world.trips), "lanes": lanes}


def ask_everybody(system: TaiganSystem, fleet: Fleet) -> Day:
    """Collect what every program says now."""
    return Day(
        sent=fleet.honest,
        tickets=list(system.gateway.tickets()),
        stops=list(system.gateway.stops()),
        book=system.bank.book(),
        books=system.settlement.books(),
        alarms=list(system.gateway.alarms()),
        messages=system.phone.messages(),
        terms={no: deal.terms for no, deal in system.seeder.order_agreements.items()},
    )


def unheard_of(system: TaiganSystem, fleet: Fleet) -> set[str | None]:
    """Return the orders whose trucks drove off the last scale, but not in the gateway's books.

    A lane that was alone when it released the last truck sends its records once it is connected.
    """
    delivered = {t["order_no"] for t in system.gateway.tickets() if is_delivered(t)}
    return {sent.order_no for sent in fleet.honest if sent.passed} - delivered


def all_paid(system: TaiganSystem) -> bool:
    delivered = [t for t in system.gateway.tickets() if is_delivered(t)]
    return all(t["settlement"] and t["settlement"]["payout"]["paid_at"] for t in delivered)


def told(system: TaiganSystem) -> bool:
    delivered = [t for t in system.gateway.tickets() if is_delivered(t)]
    return len({m["to"] for m in system.phone.messages()}) >= len(delivered)


def is_delivered(ticket: Json) -> bool:
    return (ticket["purpose"], ticket["status"]) == ("unloading", "closed")


def assert_money_follows_the_trucks(day: Day) -> None:
    """Every delivered load was paid once, the right amount, and nothing else left the bank."""
    owed = {}
    for trip in day.delivered:
        number = trip.unloading["settlement"]["payout"]["provider_no"]
        terms = day.terms[trip.unloading["order_no"]]
        owed[number] = owed_minor(terms, trip.loading["net_kg"], trip.unloading["net_kg"])
    transfers = [m for m in day.book["movements"] if m["kind"] == "transfer"]
    paid = {m["reference_id"]: -m["amount_minor"] for m in transfers}
    assert max(Counter(m["reference_id"] for m in transfers).values(), default=0) <= 1
    assert paid == owed


def assert_weights_are_the_trucks(day: Day) -> None:
    """Every ticket shows the truck's true mass, as far as the scale can show it."""
    for trip in day.delivered:
        truck = trip.sent.truck
        assert may_be_shown(trip.loading["gross_kg"], truck.loaded_kg)
        assert may_be_shown(trip.loading["tare_kg"], truck.tare_kg)
        assert may_be_shown(trip.unloading["gross_kg"], truck.delivered_kg)
        assert may_be_shown(trip.unloading["tare_kg"], truck.emptied_kg)


def assert_books_balance(day: Day) -> None:
    """The ledger sums to zero and agrees with the bank to the fen."""
    assert day.books["balanced"] is True
    assert day.books["bank_minor"] == day.book["balance_minor"]


def assert_passed_trucks_were_delivered(day: Day) -> None:
    """A driver who saw the last exit barrier open has a closed ticket, and only he."""
    passed = {s.order_no for s in day.sent if s.outcome.result() is VisitOutcome.PASSED}
    assert {trip.sent.order_no for trip in day.delivered} == passed


def assert_every_refusal_has_a_reason(day: Day) -> None:
    turned_away = [s for s in day.stops if s["state"] in {"refused", "held", "voided"}]
    assert [s for s in turned_away if not s["reason"]] == []


def assert_no_truck_is_stuck(day: Day) -> None:
    """Every truck is home and paid; one that is held is a task that somebody was given."""
    assert {trip.sent.order_no for trip in day.delivered} == {sent.order_no for sent in day.sent}
    tasks = {alarm["subject"] for alarm in day.alarms if alarm["resolved_at"] is None}
    held = {stop["stop_id"] for stop in day.stops if stop["state"] == "held"}
    assert held <= tasks
