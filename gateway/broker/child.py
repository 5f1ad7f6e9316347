"""Runs the embedded broker as a child process while the gateway runs."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

RESTART_AFTER_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
STOP_WAIT_S: Final = 5.0


class BrokerChild:
    """Starts the broker and starts it again whenever it dies; `stop` ends both."""

    def __init__(self, port: int, data_dir: Path) -> None:
        self._command = [sys.executable, "-m", "gateway", "broker"]
        self._command += ["--port", str(port), "--data", str(data_dir)]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process = self._start()
        self._watcher = threading.Thread(target=self._watch, name="broker-watch", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> str | None:
        """Return why the broker is not there, None if it runs."""
        code = self._process.poll()
        return None if code is None else f"embedded broker ended with {code}"

    def stop(self) -> None:
        """Close the child's standard input, upon which it ends."""
        with self._lock:
            self._stopping.set()
            _close_input(self._process)
        try:
            self._process.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._watcher.join()

    def _start(self) -> subprocess.Popen[bytes]:
        # Only our own interpreter with our own arguments is run.
        return subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603

    def _watch(self) -> None:
        deaths = 0
        while True:
            code = self._process.wait()
            _close_input(self._process)
            if self._stopping.is_set():
                return
            wait_s = RESTART_AFTER_S[min(deaths, len(RESTART_AFTER_S) - 1)]
            log.error("embedded broker died", exit_code=code, restart_after_s=wait_s)
            deaths += 1
            self._stopping.wait(wait_s)
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = self._start()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
