"""The demo from start to summary."""

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console

from simulators.demo.evidence import Report, gather, paid_orders
from simulators.demo.fleet import Fleet, Sent
from simulators.demo.options import Options
from simulators.demo.plan import CannotStart
from simulators.demo.programs import ProgramFailed
from simulators.demo.progress import Progress
from simulators.demo.result import summary
from simulators.demo.system import ADMIN, TaiganSystem
from simulators.lane import Equipment
from simulators.ports import HeldPort, PortTaken
from taigan.exit_codes import FAILED, WRONG_USAGE

_CONSOLE_PORT: Final = 8480
_LOOK_S: Final = 0.25
_ASK_S: Final = 1.0
_PAY_S: Final = 120.0
_PAY_AFTER_INTERRUPT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the command line chose."""

    trucks: int | None
    """None drives until it is interrupted."""
    strangers: int
    speed: float
    seed: int
    console_port: int | None
    directory: Path | None
    """None uses a temporary one and removes it at the end."""
    bank_faults: str
    equipment: Mapping[str, Equipment]
    as_json: bool


def run_demo(settings: DemoSettings) -> int:
    """Run the demo; return 0 if every truck was paid and all books agree, 2 if it cannot start."""
    console = Console(stderr=True)
    try:
        report = _run(settings, console)
    except CannotStart as error:
        _print(console, f"error: {error}")
        return WRONG_USAGE
    except PortTaken as error:
        _print(console, f"error: {error}; choose another one")
        return FAILED
    except ProgramFailed as error:
        _print(console, f"error: {error}")
        return FAILED
    _conclude(settings, report, console)
    return 0 if report.is_good else FAILED


def _run(settings: DemoSettings, console: Console) -> Report:
    with _run_directory(settings.directory) as directory, _sigterm_interrupts():
        options = Options(
            directory=directory,
            speed=settings.speed,
            seed=settings.seed,
            console_port=_console_port(settings.console_port),
            bank_faults=settings.bank_faults,
            equipment=settings.equipment,
        )
        with TaiganSystem(options, say=lambda text: _print(console, text)) as system:
            _welcome(console, system)
            return _Run(settings, system, console).report()


def _console_port(chosen: int | None) -> HeldPort | None:
    """Hold the chosen port, or raise PortTaken; else one to remember, or None if that is taken."""
    try:
        return HeldPort(chosen or _CONSOLE_PORT)
    except PortTaken:
        if chosen is not None:
            raise
        return None


class _Run:
    """Trucks on the road, and what is known of their money."""

    def __init__(self, settings: DemoSettings, system: TaiganSystem, console: Console) -> None:
        self._settings = settings
        self._system = system
        self._console = console
        self._fleet = Fleet(
            system,
            count=settings.trucks,
            strangers_count=settings.strangers,
            seed=settings.seed,
        )
        self._paid: set[str] = set()
        self._asked_s = 0.0
        self._pause = threading.Event()

    def report(self) -> Report:
        """Drive until all are home and paid, or until interrupted; then look at the books."""
        with Progress(self._console, self._system.world) as progress:
            try:
                while not self._fleet.is_home:
                    self._fleet.send()
                    self._step(progress)
                finished = self._fleet.honest
                self._wait_for_money(progress, finished, _PAY_S)
            except KeyboardInterrupt:
                finished = [sent for sent in self._fleet.honest if sent.passed]
                _print(self._console, "interrupted: waiting for money that is under way")
                self._wait_for_money(progress, finished, _PAY_AFTER_INTERRUPT_S)
        return gather(self._system, finished)

    def _wait_for_money(self, progress: Progress, finished: list[Sent], patience_s: float) -> None:
        give_up_s = time.monotonic() + patience_s
        owed = {sent.order_no for sent in finished if sent.passed}
        while not owed <= self._paid and time.monotonic() < give_up_s:
            self._step(progress)

    def _step(self, progress: Progress) -> None:
        self._system.check()
        now_s = time.monotonic()
        if now_s - self._asked_s > _ASK_S:
            self._asked_s = now_s
            self._paid |= paid_orders(self._system.gateway.latest_tickets())
        progress.show(self._fleet.sent, len(self._paid))
        self._pause.wait(_LOOK_S)


def _welcome(console: Console, system: TaiganSystem) -> None:
    _print(console, f"console   {system.plan.gateway_url}/")
    _print(console, f"login     {ADMIN}")
    _print(console, f"password  {system.plan.secrets.admin_password}")
    _print(console, f"logs      {system.plan.folder('logs')}")


def _conclude(settings: DemoSettings, report: Report, console: Console) -> None:
    text = summary(report.result, notices=report.notices, speed=settings.speed)
    for problem in report.problems:
        _print(console, f"PROBLEM: {problem}")
    if settings.as_json:
        _print(console, text)
        sys.stdout.write(report.result.to_json() + "\n")
    else:
        sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _run_directory(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="taigan-demo-") as directory:
        yield Path(directory)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that the programs are ended in every case."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
