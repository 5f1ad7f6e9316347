"""The broker for a demo or a single box: amqtt, on loopback, in a process of its own.

It keeps nothing over a restart and drops what was in flight: the lanes' journals and the gateway's
receipts cover that. Production uses Mosquitto (`deploy/mosquitto`).
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

from amqtt.broker import Broker  # type: ignore[import-untyped]
from amqtt.contexts import BrokerConfig, ListenerConfig  # type: ignore[import-untyped]
from amqtt.plugins.base import BaseAuthPlugin  # type: ignore[import-untyped]
from amqtt.session import Session  # type: ignore[import-untyped]

PID_FILE: Final = "broker.pid"


class LoopbackAuth(BaseAuthPlugin):  # type: ignore[misc]
    """Lets every local process in by its own name.

    With amqtt's own plugin everybody counts as anonymous, and an anonymous client's session is
    thrown away when it disconnects, whatever it asked for.
    """

    async def authenticate(self, *, session: Session) -> bool:
        session.is_anonymous = False
        return True


def run(port: int, data_dir: Path) -> None:
    """Serve on 127.0.0.1 until standard input ends: the child of a gateway that died ends too."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the parent ends us
    logging.getLogger("amqtt").setLevel(logging.ERROR)  # it warns of every second acknowledgement
    data_dir.mkdir(parents=True, exist_ok=True)
    pid_file = data_dir / PID_FILE
    try:
        asyncio.run(_serve(port, pid_file))
    finally:
        pid_file.unlink(missing_ok=True)


async def _serve(port: int, pid_file: Path) -> None:
    config = BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"127.0.0.1:{port}", max_connections=1000)},
        plugins={f"{__name__}.{LoopbackAuth.__name__}": {}},
    )
    broker = Broker(config)
    await broker.start()
    await asyncio.to_thread(pid_file.write_text, f"{os.getpid()}\n")
    await asyncio.to_thread(sys.stdin.buffer.read)
    await broker.shutdown()
