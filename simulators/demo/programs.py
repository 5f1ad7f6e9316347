"""Starts, watches, kills and ends the programs of a system, each a process of its own.

Only processes started here are ever signalled, by their own ids.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import httpx2

from simulators.ports import listens

_READY_S: Final = 60.0
_LOOK_S: Final = 0.1
_END_S: Final = 10.0
_LOG_TAIL: Final = 2000


class ProgramFailed(RuntimeError):
    """A program ended, or did not become ready; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class Program:
    """`python -m module arguments`, and the address that tells when it is ready."""

    name: str
    module: str
    arguments: tuple[str, ...]
    ready_url: str | None = None

    def command(self) -> list[str]:
        return [sys.executable, "-m", "simulators.demo.leash", self.module, *self.arguments]


class Supervisor:
    """The running programs by name; their output goes to `<logs>/<name>.log`."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._programs: dict[str, Program] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._pause = threading.Event()
        # The leash of a program is tied to the thread that started it, so one thread starts all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="starter")

    @property
    def names(self) -> tuple[str, ...]:
        """Every program that was ever started, in that order."""
        return tuple(self._programs)

    def pid(self, name: str) -> int:
        """Return the process id; raise KeyError for a program that does not run."""
        return self._running[name].pid

    def log_file(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def run(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Run a program to its end and return its standard output; `variables` are for it alone."""
        command = Program(name, module, tuple(arguments)).command()
        with self.log_file(name).open("ab") as log:
            done = subprocess.run(  # noqa: S603  our own programs, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**_environment(), **variables},
                start_new_session=True,
                check=False,
            )
        if done.returncode != 0:
            raise ProgramFailed(f"{name} ended with {done.returncode}{self._last_words(name)}")
        return done.stdout.decode()

    def start(self, program: Program) -> None:
        """Start a program; it becomes ready some time later."""
        if program.name in self._running:
            raise ValueError(f"{program.name} is running already")
        self._programs[program.name] = program
        self._running[program.name] = self._starter.submit(self._spawn, program).result()

    def restart(self, name: str) -> None:
        """Start a program again that was killed or stopped, and wait until it is ready."""
        self.start(self._programs[name])
        self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        """Return when a program answers on its ready address; raise ProgramFailed if never.

        Another program's answer at the same address is not believed.
        """
        url = self._programs[name].ready_url
        deadline_s = time.monotonic() + _READY_S
        while url is not None and not (self._serves(name, url) and _is_ready(url)):
            self.check(name)
            if time.monotonic() > deadline_s:
                raise ProgramFailed(f"{name} is not ready at {url}{self._last_words(name)}")
            self._pause.wait(_LOOK_S)

    def check(self, *names: str) -> None:
        """Raise ProgramFailed if one of the programs (all by default) has ended by itself."""
        for name in names or tuple(self._running):
            status = self._running[name].poll()
            if status is not None:
                raise ProgramFailed(f"{name} ended with {status}{self._last_words(name)}")

    def kill(self, name: str) -> None:
        """Kill a program as a power cut would (SIGKILL)."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """Ask a program to end (SIGTERM); kill it if it does not."""
        process = self._running.pop(name)
        process.terminate()
        _wait_or_kill(process)

    def stop_all(self) -> None:
        """Ask all programs to end at once, then wait for each."""
        stopping = list(self._running.values())
        self._running.clear()
        for process in stopping:
            process.terminate()
        for process in stopping:
            _wait_or_kill(process)

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        with self.log_file(program.name).open("ab") as log:
            return subprocess.Popen(  # noqa: S603  as above
                program.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                # Apart from the terminal: Ctrl-C must reach the demo alone, which then asks them.
                start_new_session=True,
            )

    def _serves(self, name: str, url: str) -> bool:
        port = urlsplit(url).port
        return port is not None and listens(self.pid(name), port)

    def _last_words(self, name: str) -> str:
        text = self.log_file(name).read_text(encoding="utf-8", errors="replace")
        return f"; its log ends:\n{text[-_LOG_TAIL:]}"


def kill_process(pid: int) -> None:
    """Kill one process by its id (SIGKILL)."""
    os.kill(pid, signal.SIGKILL)


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_ready(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def _environment() -> Mapping[str, str]:
    """Return our environment without settings that were meant for a single program."""
    inherited = os.environ  # noqa: TID251  not read for settings: kept from reaching the programs
    return {name: value for name, value in inherited.items() if not name.startswith("TAIGAN_")}
