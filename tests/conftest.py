"""What all tests share: Ctrl-C, and real services that are started once and gone afterwards."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.services.postgres import private_postgres

# Machines are shared: a slow moment is no failure.
settings.register_profile("shared", settings(), deadline=None)
settings.load_profile("shared")


def pytest_configure() -> None:
    """Let Ctrl-C through: a shell ignores it for tests in the background, and so do programs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """Yield `host:port` of a PostgreSQL server of our own."""
    with private_postgres() as address:
        yield address
