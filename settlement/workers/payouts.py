"""Pays: claims due payouts, calls the bank, records its answer.

One thread claims and hands the calls to a few others, so that a slow bank delays nobody else and no
lease runs while a payout waits for a thread.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from math import inf
from threading import Semaphore

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from settlement.messages import PayoutState
from settlement.metrics import Metrics
from settlement.payouts.money_transaction import MoneyTransaction, Policy
from settlement.payouts.rails.rail import RailAdapter, RailAnswer
from settlement.payouts.service import RailCall, claim_due, earliest_due_ms, record
from settlement.payouts.unbookable import note_unbookable
from settlement.wake_ups import WakeUps
from taigan.transactions import Database

log = structlog.get_logger()


class PayoutWorker:
    """Claims due payouts; calls each one's rail and records the answer."""

    def __init__(
        self, database: Database, policy: Policy, rails: Mapping[str, RailAdapter], metrics: Metrics
    ) -> None:
        self._database = database
        self._policy = policy
        self._rails = rails
        self._metrics = metrics

    def due_in_s(self) -> float:
        """Return how long no payout waits; takes no write lock."""
        with self._database.snapshot() as connection:
            due_ms = earliest_due_ms(connection)
            return inf if due_ms is None else (due_ms - self._database.now_ms(connection)) / 1000

    def claim(self, most: int) -> list[RailCall]:
        """Claim up to `most` payouts that are due."""
        claims = self._database.run(
            lambda connection: claim_due(self._transaction(connection), most)
        )
        for payout_id, why, detail in claims.stopped:
            self._metrics.alarms.labels(why).inc()
            log.error("ALARM: a payout stopped", payout=str(payout_id), why=why, detail=detail)
        return claims.calls

    def perform(self, call: RailCall, claimed_s: float) -> PayoutState | None:
        """Call the bank and record its answer; a worker that slept through its lease does neither.

        `claimed_s` is this process's monotonic time at the claim.
        """
        if time.monotonic() - claimed_s > self._policy.rails[call.rail].lease_ms / 2000:
            log.warning("Half of the lease is over, the bank is not called", payout=call.payout_id)
            return None
        answer = self._exchange(call)
        try:
            state = self._database.run(lambda c: record(self._transaction(c), call, answer))
        except OperationalError:  # nothing can be written down now; the lease runs out
            raise
        except Exception as error:
            log.exception("An answer could not be booked", payout=str(call.payout_id))
            self._note_unbookable(call, answer, type(error).__name__)
            return None
        self._log(call, answer, state)
        return state

    def _note_unbookable(self, call: RailCall, answer: RailAnswer, why: str) -> None:
        if self._database.run(lambda c: note_unbookable(self._transaction(c), call, answer, why)):
            self._metrics.alarms.labels("payout_unbookable").inc()
            log.error(
                "ALARM: an answer cannot be booked, the rail is paused",
                payout=str(call.payout_id),
                number=call.provider_no,
                rail=call.rail,
                why=why,
            )

    def _exchange(self, call: RailCall) -> RailAnswer:
        with self._metrics.exchange_seconds.labels(call.kind).time():
            rail = self._rails[call.rail]
            if call.kind == "send":
                answer = rail.send(call.provider_no, call.request_body, call.amount_minor)
            else:
                answer = rail.ask(call.provider_no, call.amount_minor)
        self._metrics.exchanges.labels(call.kind, answer.outcome).inc()
        return answer

    def _transaction(self, connection: Connection) -> MoneyTransaction:
        return MoneyTransaction(connection, self._database.now_ms(connection), self._policy)

    def _log(self, call: RailCall, answer: RailAnswer, state: PayoutState | None) -> None:
        bound = log.bind(
            payout=str(call.payout_id),
            number=call.provider_no,
            kind=call.kind,
            outcome=answer.outcome,
        )
        if state is None:
            self._metrics.overtaken.inc()
            bound.warning("An answer came after the lease and was left to its successor")
        elif state is PayoutState.MANUAL:
            self._metrics.alarms.labels("payout_manual").inc()
            bound.error("ALARM: a payout needs a person", evidence=answer.evidence)
        else:
            bound.info("The bank answered", state=state)


class PayoutLoop:
    """Hands claimed payouts to a fixed number of threads, never more than can start at once."""

    def __init__(self, worker: PayoutWorker, threads: int, wake_ups: WakeUps) -> None:
        self._worker = worker
        self._free = Semaphore(threads)
        self._threads = threads
        self._wake_ups = wake_ups
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bank")

    def due_in_s(self) -> float:
        """Return how long there is nothing to claim; a thread that becomes free wakes the loop."""
        if not self._free.acquire(blocking=False):
            return inf
        self._release(1)
        return self._worker.due_in_s()

    def run_once(self) -> bool:
        """Claim for every free thread; return whether there was anything."""
        slots = self._take_slots()
        calls: list[RailCall] = []
        try:
            claimed_s = time.monotonic()
            calls = self._worker.claim(slots) if slots else []
        finally:
            self._release(slots - len(calls))
        for call in calls:
            self._pool.submit(self._perform, call, claimed_s)
        if calls:
            self._wake_ups.wake_all()
        return bool(calls)

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def _perform(self, call: RailCall, claimed_s: float) -> None:
        try:
            self._worker.perform(call, claimed_s)
        except Exception:
            # The lease runs out and the payout becomes UNKNOWN, which is what it is.
            log.exception("A payout's exchange failed", payout=str(call.payout_id))
        finally:
            self._release(1)
            self._wake_ups.wake_all()

    def _take_slots(self) -> int:
        return sum(self._free.acquire(blocking=False) for _ in range(self._threads))

    def _release(self, slots: int) -> None:
        if slots:
            self._free.release(slots)
