"""The threads that move money and tell about it: claim, call, record; each loop survives an outage.

One thread claims payouts and hands them to a few others, so that a slow bank blocks nobody and no
lease runs while a payout waits for a thread. Each notice channel has its own thread.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore, Thread
from typing import Final

import structlog
from sqlalchemy import Connection

from settlement.messages import PayoutState
from settlement.metrics import Metrics
from settlement.notices.senders import Sender
from settlement.notices.service import Notice, has_due, record_delivery, take_due
from settlement.payouts.rails import Answer, Rail
from settlement.payouts.service import Task, claim_due, earliest_due_ms, record
from settlement.payouts.turn import Policy, Turn
from settlement.workers.wake_ups import Bells
from taigan.transactions import Database

log = structlog.get_logger()

_NOTICE_LEASE_MS: Final = 30_000
_NOTICES_AT_ONCE: Final = 3
"""Times the sender's timeout must stay below the lease."""
_AFTER_FAILURE_S: Final = 1.0


class Loop:
    """A named thread that repeats `turn` until stopped and waits when there is nothing to do."""

    def __init__(self, name: str, bells: Bells, poll_s: float, turn: Callable[[], bool]) -> None:
        self._bell = bells.new()
        self._poll_s = poll_s
        self._turn = turn
        self._stopping = Event()
        self.failing = False
        """Whether its last turn raised."""
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        self._bell.set()
        self._thread.join(timeout_s)

    @property
    def name(self) -> str:
        return self._thread.name

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                busy = self._turn()
            except Exception:
                # A loop that ended would pay or tell nobody until a restart; this one shows in
                # /readyz and goes on by itself when what broke it has passed.
                log.exception("A loop's turn failed and is tried again", loop=self.name)
                self.failing = True
                self._stopping.wait(_AFTER_FAILURE_S)
                continue
            self.failing = False
            if not busy:
                self._bell.wait(self._poll_s)


class PayoutWorker:
    """Claims due payouts and performs each in a thread of its own."""

    def __init__(self, database: Database, policy: Policy, rail: Rail, metrics: Metrics) -> None:
        self._database = database
        self._policy = policy
        self._rail = rail
        self._metrics = metrics

    def claim(self, most: int) -> list[Task]:
        """Claim up to `most` payouts; takes no write lock when none is due."""
        with self._database.snapshot() as connection:
            due_ms = earliest_due_ms(connection)
            if due_ms is None or due_ms > self._database.now_ms(connection):
                return []
        claims = self._database.run(lambda connection: claim_due(self._turn(connection), most))
        for payout_id, why, detail in claims.stopped:
            self._metrics.alarms.labels(why).inc()
            log.error("ALARM: a payout stopped", payout=str(payout_id), why=why, detail=detail)
        return claims.tasks

    def perform(self, task: Task, claimed_s: float) -> PayoutState | None:
        """Call the bank and record its answer; a worker that slept through its lease does neither.

        `claimed_s` is this process's monotonic time at the claim.
        """
        if time.monotonic() - claimed_s > self._policy.lease_ms / 2000:
            log.warning("Half of the lease is over, the bank is not called", payout=task.payout_id)
            return None
        answer = self._exchange(task)
        state = self._database.run(lambda c: record(self._turn(c), task, answer))
        self._log(task, answer, state)
        return state

    def _exchange(self, task: Task) -> Answer:
        with self._metrics.exchange_seconds.labels(task.kind).time():
            if task.kind == "send":
                answer = self._rail.send(task.provider_no, task.request_body, task.amount_minor)
            else:
                answer = self._rail.ask(task.provider_no, task.amount_minor)
        self._metrics.exchanges.labels(task.kind, answer.outcome).inc()
        return answer

    def _turn(self, connection: Connection) -> Turn:
        return Turn(connection, self._database.now_ms(connection), self._policy)

    def _log(self, task: Task, answer: Answer, state: PayoutState | None) -> None:
        bound = log.bind(
            payout=str(task.payout_id),
            number=task.provider_no,
            kind=task.kind,
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

    def __init__(self, worker: PayoutWorker, threads: int, bells: Bells) -> None:
        self._worker = worker
        self._free = Semaphore(threads)
        self._threads = threads
        self._bells = bells
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bank")

    def turn(self) -> bool:
        """Claim for every free thread; return whether there was anything."""
        slots = self._take_slots()
        tasks: list[Task] = []
        try:
            claimed_s = time.monotonic()
            tasks = self._worker.claim(slots) if slots else []
        finally:
            self._release(slots - len(tasks))
        for task in tasks:
            self._pool.submit(self._perform, task, claimed_s)
        if tasks:
            self._bells.ring()
        return bool(tasks)

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def _perform(self, task: Task, claimed_s: float) -> None:
        try:
            self._worker.perform(task, claimed_s)
        except Exception:
            # The lease runs out and the payout becomes UNKNOWN, which is what it is.
            log.exception("A payout's turn failed", payout=str(task.payout_id))
        finally:
            self._release(1)
            self._bells.ring()

    def _take_slots(self) -> int:
        return sum(self._free.acquire(blocking=False) for _ in range(self._threads))

    def _release(self, slots: int) -> None:
        if slots:
            self._free.release(slots)


class NoticeWorker:
    """Delivers what is due on one channel."""

    def __init__(self, database: Database, channel: str, sender: Sender, metrics: Metrics) -> None:
        self._database = database
        self.channel = channel
        self._sender = sender
        self._metrics = metrics

    def turn(self) -> bool:
        """Deliver a few messages; return whether there were any."""
        notices = self._take()
        results = [(notice, self._deliver(notice, now_ms)) for notice, now_ms in notices]
        if results:
            self._database.run(lambda connection: self._record(connection, results))
        return bool(results)

    def close(self) -> None:
        self._sender.close()

    def _take(self) -> list[tuple[Notice, int]]:
        with self._database.snapshot() as connection:
            now_ms = self._database.now_ms(connection)
            if not has_due(connection, self.channel, now_ms):
                return []

        def lease(connection: Connection) -> list[tuple[Notice, int]]:
            now_ms = self._database.now_ms(connection)
            found = take_due(connection, self.channel, now_ms, _NOTICE_LEASE_MS, _NOTICES_AT_ONCE)
            return [(notice, now_ms) for notice in found]

        return self._database.run(lease)

    def _deliver(self, notice: Notice, now_ms: int) -> str | None:
        """Send one; whatever goes wrong with it must not keep the others from being sent."""
        try:
            return self._sender.send(notice, now_ms)
        except Exception as error:
            log.exception("A notice could not be sent", notice=str(notice.id))
            return repr(error)

    def _record(self, connection: Connection, results: list[tuple[Notice, str | None]]) -> None:
        now_ms = self._database.now_ms(connection)
        for notice, error in results:
            result = "delivered" if error is None else "failed"
            self._metrics.deliveries.labels(self.channel, result).inc()
            if not record_delivery(connection, notice, error, now_ms):
                self._metrics.alarms.labels("notice_given_up").inc()
                log.error("ALARM: a notice was given up", notice=str(notice.id), error=error)
