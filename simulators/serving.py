"""Runs the simulated bank and phone as programs until they are told to stop."""

import signal
import sys
import threading
from pathlib import Path
from typing import Final

import structlog

from simulators.bank.bank import Bank
from simulators.bank.book import BankBook
from simulators.bank.callbacks import Courier
from simulators.bank.faults import Faults
from simulators.phone import PhoneProvider
from simulators.web import Routes, WebServer

_LOOK_S: Final = 0.1

log = structlog.get_logger()


def serve_bank(
    port: int, book_file: Path, callback: tuple[str, str], faults: Faults, seed: int
) -> None:
    """Serve the bank; `callback` is the URL that is told of outcomes, and its secret.

    OSError if the port is taken.
    """
    book = BankBook(book_file)
    courier = Courier(book, *callback)
    courier.start()
    _serve("bank", port, Bank(book, faults, seed).routes())
    courier.stop()
    book.close()


def serve_phone(port: int, inbox: str, token: str) -> None:
    """Serve the provider; `inbox` is a file or `:memory:`. OSError as for the bank."""
    provider = PhoneProvider(inbox, token)
    _serve("phone", port, provider.routes())
    provider.close()


def log_to_stderr() -> None:
    """Send the log to standard error; standard output is for data."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def _serve(name: str, port: int, routes: Routes) -> None:
    server = WebServer(port, routes)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, args=(_LOOK_S,), name=name, daemon=True).start()
    log.info("serving", name=name, port=server.server_address[1])
    stopping.wait()
    server.shutdown()
    server.server_close()
