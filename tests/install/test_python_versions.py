"""Everything installs from its lock and pays a driver on each supported Python of this machine."""

import json
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.install.conftest import PYTHON
from tests.install.environments import COMMANDS, PACKAGES, Environment
from tests.install.pythons import found

PYTHONS = found()
AT_ONCE = 2
"""Processors that the smallest machine has; the demos there meet each other, and must not mind."""


def pay_one_driver(environment: Environment) -> None:
    done = environment.run("taigan-sim", "demo", "--trucks=1", "--speed=100", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["paid"] == 1


def install_and_pay(python: str, folder: Path) -> None:
    """Do with an interpreter what a newcomer does, from the installation to the first payment."""
    environment = Environment(folder / "venv")
    environment.make(python)
    environment.install("simulators")
    environment.import_all(PACKAGES)
    environment.show_help(COMMANDS)
    pay_one_driver(environment)


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Try all interpreters, some at once; yield how it ends, by version."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            version: pool.submit(install_and_pay, python, tmp_path_factory.mktemp("python"))
            for version, python in PYTHONS.items()
        }


@pytest.mark.slow
@pytest.mark.parametrize("version", PYTHONS)
def test_it_installs_and_pays_on(
    version: str, attempts: dict[str, Future[None]], record_property: Callable[[str, object], None]
) -> None:
    record_property(PYTHON, version)
    attempts[version].result()


def test_the_python_that_runs_the_tests_is_among_them() -> None:
    assert platform.python_version() in PYTHONS
