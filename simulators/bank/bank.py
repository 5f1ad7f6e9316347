"""The sandbox bank: a payment rail whose faults can be set while it runs.

POST /transfers takes an order once per id; GET /transfers/{id} tells what became of it;
GET /statements/{day} is the account's camt.053. POST /deposits, POST /transfers/{id}/return,
PUT /faults and GET /book are the sandbox's own: they stand for what happens outside the rail.
The transfer is on disk before it is answered, so that every fault of the answer is a fault of the
answer alone.
"""

import threading
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

import structlog

from simulators.bank.book import BankBook, OtherContent
from simulators.bank.faults import Faults, fate, mishap
from simulators.bank.forms import Deposit, Return, TransferOrder
from simulators.bank.statement import Statement, to_camt053
from simulators.web import BadRequest, HangUp, Request, Response, Routes, metrics

ACCOUNT: Final = "62209999000000001"
BANK_ZONE: Final = timezone(timedelta(hours=8))
"""The bank's day is Beijing's."""

log = structlog.get_logger()


class Bank:
    """Answers the rail's requests from one book."""

    def __init__(self, book: BankBook, faults: Faults, seed: int) -> None:
        self.book = book
        self._faults = faults
        self._seed = seed
        self._never = threading.Event()

    def routes(self) -> Routes:
        routes = Routes()
        routes.add("POST", "/transfers", self.post_transfer)
        routes.add("GET", "/transfers/{transfer_id}", self.get_transfer)
        routes.add("POST", "/transfers/{transfer_id}/return", self.post_return)
        routes.add("GET", "/statements/{day}", self.get_statement)
        routes.add("POST", "/deposits", self.post_deposit)
        routes.add("GET", "/faults", lambda _: Response(200, self._faults.model_dump()))
        routes.add("PUT", "/faults", self.put_faults)
        routes.add("GET", "/book", self.get_book)
        routes.add("GET", "/metrics", self.get_metrics)
        return routes

    def post_transfer(self, request: Request) -> Response | HangUp:
        order = TransferOrder.model_validate(request.json())
        if request.headers.get("Idempotency-Key") != order.id:
            raise BadRequest("Idempotency-Key: must be equal to id")
        faults = self._faults
        try:
            taken = self.book.take(order, fate(faults, self._seed, order.id), faults, now_ms())
        except OtherContent as error:
            return Response(409, {"error": str(error)})
        happens = mishap(faults, self._seed, order.id, taken.attempt)
        if happens.slow:
            self._never.wait(faults.slow_s)
        if happens.lost:
            return HangUp()
        if happens.error:
            return Response(502, {"error": "the bank's front end lost its core"})
        return Response(201 if taken.attempt == 1 else 200, taken.transfer.answer())

    def get_transfer(self, request: Request, transfer_id: str) -> Response:
        del request
        transfer = self.book.transfer(transfer_id)
        if transfer is None or transfer.visible_from_ms > now_ms():
            return Response(404, {"error": f"no transfer {transfer_id}"})
        return Response(200, transfer.answer())

    def post_return(self, request: Request, transfer_id: str) -> Response:
        """Let the payee's bank send a paid transfer back: it turns from paid to failed."""
        reason = Return.model_validate(request.json()).reason
        if not self.book.give_back(transfer_id, reason, now_ms()):
            return Response(409, {"error": f"transfer {transfer_id} has no payment to return"})
        return Response(201, {"id": transfer_id, "reason": reason})

    def get_statement(self, request: Request, day: str) -> Response:
        del request
        try:
            wanted = date.fromisoformat(day)
        except ValueError as error:
            raise BadRequest(f"day: {error}") from error
        start = datetime(wanted.year, wanted.month, wanted.day, tzinfo=BANK_ZONE)
        from_ms, to_ms = _to_ms(start), _to_ms(start + timedelta(days=1))
        statement = Statement(
            account=ACCOUNT,
            day=wanted,
            opening_minor=self.book.balance_minor(from_ms),
            movements=self.book.movements(from_ms, to_ms),
            created_at=datetime.fromtimestamp(now_ms() / 1000, tz=UTC),
        )
        return Response(200, to_camt053(statement), "application/xml; charset=utf-8")

    def post_deposit(self, request: Request) -> Response:
        deposit = Deposit.model_validate(request.json())
        new = self.book.deposit(deposit, now_ms())
        return Response(201 if new else 200, {"id": deposit.id})

    def put_faults(self, request: Request) -> Response:
        """Set all faults; what the body leaves out is off."""
        self._faults = Faults.model_validate(request.json())
        log.info("faults set", **self._faults.model_dump(exclude_defaults=True))
        return Response(200, self._faults.model_dump())

    def get_book(self, request: Request) -> Response:
        """Return every movement of money and the balance they add up to."""
        del request
        movements = self.book.movements()
        return Response(
            200,
            {
                "balance_minor": sum(movement.amount_minor for movement in movements),
                "movements": [movement.model_dump() for movement in movements],
            },
        )

    def get_metrics(self, request: Request) -> Response:
        del request
        return metrics({"bank_movements": len(self.book.movements())})


def now_ms() -> int:
    """Return the bank's clock."""
    return time.time_ns() // 1_000_000


def _to_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
