"""A private Mosquitto with the shipped configuration: own folder, own port, gone afterwards."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from simulators.ports import hold_any_port

SHIPPED = Path(__file__).parents[2] / "deploy" / "mosquitto"
LOOPBACK = SHIPPED / "listeners.d" / "loopback.conf"
INSTALLED = "/etc/mosquitto/taigan"
START_S = 10


class MosquittoMissing(Exception):
    """No Mosquitto is installed."""


class Mosquitto:
    """A running broker on 127.0.0.1; it can be killed, frozen and started again."""

    def __init__(self, folder: Path, users: Mapping[str, str], listener: str = "") -> None:
        self._held = hold_any_port()
        self.port = self._held.number
        self._folder = folder
        self._program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if self._program is None:
            raise MosquittoMissing("install the package mosquitto to run these tests")
        _install(folder, self.port, users, listener or LOOPBACK.read_text())
        self.start()

    def start(self) -> None:
        """Start, and return once it accepts connections."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._program), "-c", str(self._folder / "mosquitto.conf")],
                stdout=log,
                stderr=log,
            )
        ends_at = time.monotonic() + START_S
        while not _accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > ends_at:
                raise RuntimeError(f"mosquitto did not start: {self.log()}")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)

    def kill(self) -> None:
        """End it without a warning, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def put(self, name: str, file: Path) -> None:
        """Replace a file of its configuration; it reads it when it is told to."""
        shutil.copy(file, self._folder / name)

    def reload(self) -> None:
        """Have it read its configuration again, as `systemctl reload` does."""
        self._process.send_signal(signal.SIGHUP)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.thaw()
        self._process.terminate()
        self._process.wait()

    def log(self) -> str:
        return (self._folder / "log").read_text()


@contextmanager
def private_mosquitto(
    users: Mapping[str, str], *, listener: str = "", files: Mapping[str, Path] | None = None
) -> Iterator[Mosquitto]:
    """Yield a running broker that knows `users`, name -> password; `gateway` may do everything.

    `listener` is another shipped one, `files` are folders that it names.
    """
    with tempfile.TemporaryDirectory(prefix="taigan-mosquitto-") as name:
        for folder, source in (files or {}).items():
            shutil.copytree(source, Path(name) / folder)
        broker = Mosquitto(Path(name), users, listener)
        try:
            yield broker
        finally:
            broker.stop()


def _install(folder: Path, port: int, users: Mapping[str, str], listener: str) -> None:
    """Copy the shipped files; only the folder, the port and the system user are other ones."""
    (folder / "listeners.d").mkdir()
    for shipped in (SHIPPED / "mosquitto.conf", SHIPPED / "acl"):
        text = shipped.read_text().replace(INSTALLED, str(folder))
        (folder / shipped.name).write_text(text)
    listener = listener.replace(INSTALLED, str(folder))
    listener = re.sub(r"^listener \d+", f"listener {port}", listener, flags=re.MULTILINE)
    if os.geteuid() == 0:
        listener += "user root\n"
    (folder / "listeners.d" / "loopback.conf").write_text(listener)
    passwords = folder / "passwords"
    passwords.touch(0o600)
    passwords.write_text("".join(f"{name}:{password}\n" for name, password in users.items()))
    if users:  # of an empty file it makes an error
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
