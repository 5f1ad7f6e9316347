"""Builds and runs the loops of one program from its settings."""

import signal
import time
from threading import Event
from typing import Final

from settlement.notices.senders import NoticeSender, SmsSender, WebhookSender
from settlement.notices.service import SMS, WEBHOOK
from settlement.services import Services
from settlement.workers.listening import DueListener
from settlement.workers.notices import NoticeWorker
from settlement.workers.payouts import PayoutLoop, PayoutWorker
from settlement.workers.work import Work, round_of
from taigan.heads.keeper import EVERY_S
from taigan.loop import Loop
from taigan.readiness import Check
from taigan.supervisor import Supervisor

_STOP_WITHIN_S: Final = 10.0


class Workers:
    """One payout loop, one loop for each notice channel, one for the list that heads sign."""

    def __init__(self, services: Services) -> None:
        settings, poll_s = services.settings, services.settings.worker.poll_s
        self._rails = {name: setup.connect() for name, setup in services.rails.items()}
        worker = PayoutWorker(services.database, services.policy, self._rails, services.metrics)
        self._payouts = PayoutLoop(worker, settings.worker.threads, services.wake_ups)
        self._notices = [
            NoticeWorker(services.database, channel, sender, services.metrics)
            for channel, sender in _senders(services).items()
        ]
        work: dict[str, Work] = {"payouts": self._payouts}
        work |= {f"notices-{notices.channel}": notices for notices in self._notices}
        self._loops = [
            Loop(name, round_of(one, poll_s), poll_s, at_once=True) for name, one in work.items()
        ]
        for loop in self._loops:
            services.wake_ups.add(loop.wake)
        self._loops.append(Loop("heads", services.keeper.round, EVERY_S, at_once=True))
        self._listener = DueListener(services.database, services.wake_ups)

    def start(self) -> None:
        self._listener.start()
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Finish what is under way; what is not finished is taken up after its lease."""
        deadline_s = time.monotonic() + _STOP_WITHIN_S
        self._listener.stop()
        for loop in self._loops:
            loop.stop(max(0.0, deadline_s - time.monotonic()))
        self._payouts.close()
        for rail in self._rails.values():
            rail.close()
        for notices in self._notices:
            notices.close()

    def dead(self) -> list[str]:
        """Name the loops that have stopped."""
        return [loop.name for loop in self._loops if not loop.is_alive]

    def standstill(self) -> str | None:
        """Return which thread does not move, None if all do: what a restart may mend."""
        found = (loop.standstill() for loop in self._loops)
        return next((why for why in found if why is not None), None)

    def checks(self) -> dict[str, Check]:
        """Return what tells of each loop why what is due is not done."""
        return {loop.name: loop.check for loop in self._loops}


def _senders(services: Services) -> dict[str, NoticeSender]:
    senders: dict[str, NoticeSender] = {}
    gateway, sms = services.settings.gateway, services.settings.sms
    if gateway is not None:
        secret = gateway.webhook_secret.get_secret_value()
        senders[WEBHOOK] = WebhookSender(gateway.callback_url, secret)
    if sms is not None:
        senders[SMS] = SmsSender(sms.url, sms.token.get_secret_value())
    return senders


def run_until_signal(services: Services) -> None:
    """Run the loops in this process until SIGINT or SIGTERM, or until one of them dies.

    Raises RuntimeError when a loop has died, so that a supervisor starts the process again.
    """
    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    workers = Workers(services)
    workers.start()
    supervisor = Supervisor(workers.standstill)
    while not stopping.is_set() and not workers.dead():
        supervisor.alive()
        stopping.wait(1)
    dead = workers.dead()
    workers.stop()
    services.database.close()
    if dead and not stopping.is_set():
        raise RuntimeError(f"loops have died: {', '.join(dead)}")
