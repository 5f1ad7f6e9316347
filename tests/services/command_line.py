"""A program's command line in this process: what a command says and how it ends.

How a command starts as a process of its own is proven once for each program, by the tests of its
command line; it takes ten times as long.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest.mock import patch

import structlog
from typer import Typer
from typer.testing import CliRunner


def run_here(program: Typer, *words: str | Path) -> CompletedProcess[str]:
    """Run a command to its end; what it did not expect is raised."""
    with _logs_as_before():
        done = CliRunner().invoke(program, [str(word) for word in words], catch_exceptions=False)
    return CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@contextmanager
def _logs_as_before() -> Iterator[None]:
    """Take back where a command sends its log: to a standard error that is closed after it."""
    before, configure = structlog.get_config(), structlog.configure

    def unkept(**settings: Any) -> None:
        configure(**settings | {"cache_logger_on_first_use": False})

    with patch("structlog.configure", unkept):
        yield
    configure(**before)
