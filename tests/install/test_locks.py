"""Every lock installs with the oldest pip, on any day: also when newer releases are out."""

import re
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.install.documented import installation
from tests.install.environments import COMMANDS, LOCKS, PACKAGES, Environment
from tests.install.newer_releases import EXTRA_OF, VERSION, write_newer_releases
from tests.unit.docs.pages import DOCS, ROOT, blocks

OLDEST_PIP = Path(__file__).parent / "oldest_pip.lock"
RUNS_OLDEST_PIP = sys.version_info < (3, 12)
"""Later interpreters lack what it is built on; there, the pip that they bring is the oldest."""

PROGRAMS = {
    "edge": (("edge",), ("taigan-edge", "taigan-verify")),
    "gateway": (("gateway",), ("taigan-gateway", "taigan-verify")),
    "settlement": (("settlement",), ("taigan-settlement", "taigan-verify")),
    "simulators": (PACKAGES, COMMANDS),
    "dev": (PACKAGES, COMMANDS),
}
"""By lock: the packages and the commands that must run in it."""

SERVER_ONLY = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "psycopg"}

MakeEnvironment = Callable[[str], Environment]


@pytest.fixture(scope="module")
def oldest_pip(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Return a folder with the oldest pip that our oldest Python brings, if it runs here."""
    if not RUNS_OLDEST_PIP:
        return None
    folder = tmp_path_factory.mktemp("pip")
    ours = Environment(Path(sys.prefix))
    ours.succeed("download", "--no-deps", "--require-hashes", "-r", OLDEST_PIP, "-d", folder)
    (wheel,) = folder.glob("pip-*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def make_environment(
    tmp_path_factory: pytest.TempPathFactory, oldest_pip: Path | None
) -> MakeEnvironment:
    """Return a maker of environments whose pip finds newer releases than any lock has."""
    newer = tmp_path_factory.mktemp("newer")
    write_newer_releases(newer)

    def make(name: str) -> Environment:
        made = Environment(tmp_path_factory.mktemp(name) / name, oldest_pip, newer)
        made.make(sys.executable)
        return made

    return make


def needed_by(name: str) -> set[str]:
    """Return a package and all that it needs here, by their names in the locks."""
    found: set[str] = set()
    waiting = [Requirement(name)]
    while waiting:
        one = waiting.pop()
        if canonicalize_name(one.name) in found:
            continue
        found.add(canonicalize_name(one.name))
        needs = [Requirement(need) for need in requires(one.name) or ()]
        waiting += [
            need
            for need in needs
            if need.marker is None
            or any(need.marker.evaluate({"extra": extra}) for extra in {"", *one.extras})
        ]
    return found


def part_of_lock(names: set[str]) -> str:
    """Return what the developers' lock says of some packages."""
    blocks = re.split(r"^(?=\w)", (LOCKS / "dev.lock").read_text(), flags=re.MULTILINE)
    return "".join(block for block in blocks if re.split(r"[\[=]", block)[0] in names)


def without_extras(lock: str) -> str:
    """Return a lock as tools write it unless they are told otherwise."""
    return re.sub(r"^([\w.-]+)\[[\w,-]+\]==", r"\1==", lock, flags=re.MULTILINE)


def test_the_pip_is_as_old_as_it_says(make_environment: MakeEnvironment) -> None:
    said = make_environment("old").succeed("--version")
    pinned = re.findall("^pip==(.*) ", OLDEST_PIP.read_text(), flags=re.MULTILINE)
    assert not RUNS_OLDEST_PIP or said.split()[1] in pinned


def test_that_pip_sees_the_newer_releases(make_environment: MakeEnvironment) -> None:
    said = make_environment("seeing").succeed("install", "--dry-run", "--no-deps", *EXTRA_OF)
    assert all(f"{name}-{VERSION}" in said for name in EXTRA_OF)


@pytest.mark.parametrize(("root", "package"), [("amqtt", "pwdlib"), ("pytest-cov", "coverage")])
def test_a_lock_without_its_extras_would_be_refused(
    root: str, package: str, make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    lock = part_of_lock(needed_by(root))
    stripped = tmp_path / "stripped.lock"
    stripped.write_text(without_extras(lock))
    assert stripped.read_text() != lock
    environment = make_environment(root)
    done = environment.run_pip("install", "--dry-run", "--require-hashes", "-r", stripped)
    assert done.returncode == 1
    assert re.search(rf"pinned.*{package}\[{EXTRA_OF[package]}\]", done.stderr, flags=re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_lock_installs_and_its_program_runs(
    program: str, make_environment: MakeEnvironment
) -> None:
    packages, commands = PROGRAMS[program]
    environment = make_environment(program)
    environment.install(program)
    environment.import_all(packages)
    environment.show_help(commands)
    installed = environment.installed()
    assert VERSION not in installed.values()
    assert program != "edge" or not SERVER_ONLY & set(installed)


def test_every_lock_is_tried() -> None:
    assert {path.stem for path in LOCKS.glob("*.lock")} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("page", "programs"),
    [
        (ROOT / "README.md", ["edge"]),
        (DOCS / "operations.md", ["edge", "gateway", "settlement"]),
    ],
    ids=["README", "operations"],
)
def test_the_documentation_installs_as_it_is_tried_here(page: Path, programs: list[str]) -> None:
    written = [block.text.splitlines() for block in blocks(page) if "requirements/" in block.text]
    assert written == [installation(program) for program in programs]
