"""A program's command line in this process: what a command says and how it ends.

How a command starts as a process of its own is proven once for each program, by the tests of its
command line; it takes ten times as long.
"""

from pathlib import Path
from subprocess import CompletedProcess

from typer import Typer
from typer.testing import CliRunner


def run_here(program: Typer, *words: str | Path) -> CompletedProcess[str]:
    """Run a command to its end; what it did not expect is raised."""
    done = CliRunner().invoke(program, [str(word) for word in words], catch_exceptions=False)
    return CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
