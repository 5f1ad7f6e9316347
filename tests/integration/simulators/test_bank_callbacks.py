"""Callbacks reach the settlement signed, again when refused, twice or late when so drawn."""

import queue
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from simulators.bank.bank import now_ms
from simulators.bank.book import BankBook
from simulators.bank.callbacks import Courier
from simulators.bank.faults import Faults, fate
from simulators.bank.forms import TransferOrder
from simulators.web import Request, Response, Routes

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


class Settlement:
    """Verifies each callback and answers with the next status it was given."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.seen: queue.Queue[tuple[str, Any]] = queue.Queue()

    def callback(self, request: Request) -> Response:
        data = Webhook(SECRET).verify(request.body, dict(request.headers.items()))
        self.seen.put((str(request.headers["webhook-id"]), data))
        return Response(self.statuses.pop(0) if self.statuses else 204, "")


@pytest.fixture
def settlement() -> Settlement:
    return Settlement()


@pytest.fixture
def courier(
    book: BankBook, serve: Callable[[Routes], httpx2.Client], settlement: Settlement
) -> Iterator[Courier]:
    routes = Routes()
    routes.add("POST", "/callbacks/bank", settlement.callback)
    url = f"{serve(routes).base_url}/callbacks/bank"
    started = Courier(book, url, SECRET)
    started.start()
    yield started
    started.stop()


def take(book: BankBook, faults: Faults) -> None:
    payee = {"name": "王伟", "account": "6222020000001", "bank_code": "102100099996"}
    order = TransferOrder.model_validate(
        {"id": "TG1", "amount_minor": 5, "currency": "CNY", "payee": payee, "reference": "r"}
    )
    book.take(order, fate(faults, 1, "TG1"), faults, now_ms())


@pytest.mark.usefixtures("courier")
def test_a_payment_is_told_in_the_agreed_form(book: BankBook, settlement: Settlement) -> None:
    take(book, Faults())
    webhook_id, body = settlement.seen.get(timeout=5)
    assert webhook_id == "msg_TG1_paid"
    data = {"id": "TG1", "status": "paid", "amount_minor": 5}
    assert body == {"type": "transfer.updated", "data": data}


@pytest.mark.usefixtures("courier")
def test_a_duplicate_carries_the_same_id(book: BankBook, settlement: Settlement) -> None:
    take(book, Faults(duplicate_callback=1))
    ids = {settlement.seen.get(timeout=5)[0] for _ in range(2)}
    assert ids == {"msg_TG1_paid"}


@pytest.mark.usefixtures("courier")
def test_a_refused_callback_comes_again(book: BankBook, settlement: Settlement) -> None:
    settlement.statuses = [500]
    take(book, Faults())
    first, second = (settlement.seen.get(timeout=5) for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("courier")
def test_an_accepted_transfer_is_told_when_it_is_paid(
    book: BankBook, settlement: Settlement
) -> None:
    take(book, Faults(accepted_first=1, accepted_s=0.3))
    assert settlement.seen.get(timeout=5)[1]["data"]["status"] == "paid"


def test_a_late_callback_is_not_due_yet(book: BankBook) -> None:
    take(book, Faults(late_callback=1, late_s=60))
    assert book.due_callbacks(now_ms()) == []
    assert len(book.due_callbacks(now_ms() + 61_000)) == 1


def test_a_failure_is_told_with_its_reason(book: BankBook) -> None:
    take(book, Faults(reject=1))
    (callback,) = book.due_callbacks(now_ms())
    assert '"reason": "account_closed"' in callback.body


def test_a_payment_that_comes_back_is_told_as_a_new_event(book: BankBook) -> None:
    take(book, Faults())
    book.give_back("TG1", "account_closed", now_ms())
    ids = [callback.webhook_id for callback in book.due_callbacks(now_ms())]
    assert ids == ["msg_TG1_paid", "msg_TG1_failed"]
