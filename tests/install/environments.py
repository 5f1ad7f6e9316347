"""Virtual environments into which a lock is installed as the documentation says."""

import json
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.install.documented import PIP, installation

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
COMMANDS = ("taigan-edge", "taigan-gateway", "taigan-settlement", "taigan-sim", "taigan-verify")
PACKAGES = ("edge", "gateway", "settlement", "simulators", "taigan")

PATIENCE_S = 300

IMPORT_ALL = """
import importlib, pkgutil, sys
NOT_OURS_TO_IMPORT = {"gateway.migrations.env", "settlement.migrations.env"}  # Alembic runs them
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert "site-packages" in package.__file__, package.__file__
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if module.name in NOT_OURS_TO_IMPORT:
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name != "pytest":  # who uses the fixtures has it
                raise
"""
LIST = """
import json
from importlib.metadata import distributions
print(json.dumps({one.name.lower(): one.version for one in distributions()}))
"""


@dataclass(frozen=True)
class Environment:
    """One virtual environment.

    `pip` is a folder with a pip to use in place of its own; `wheels` one with more wheels to find.
    """

    folder: Path
    pip: Path | None = None
    wheels: Path | None = None

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def make(self, python: str) -> None:
        """Make it for an interpreter, with the pip that this one brings unless another is given."""
        without = ["--without-pip"] if self.pip else []
        self._run([python, "-m", "venv", *without, str(self.folder)]).check_returncode()

    def install(self, program: str) -> None:
        """Install a program by its documented lines; then nothing may be missing."""
        for line in installation(program):
            command, *arguments = shlex.split(line)
            if command == PIP:
                self.succeed(*arguments)
        self.succeed("check")

    def succeed(self, command: str, *arguments: str | Path) -> str:
        """Run a command of pip and return what it says; fail with its own words."""
        done = self.run_pip(command, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_pip(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        pip = [str(self.pip / "pip")] if self.pip else ["-m", "pip"]
        options = self._options(command)
        return self._run([str(self.python), *pip, command, *options, *map(str, arguments)], ROOT)

    def run_python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run([str(self.python), *arguments])

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an installed command by its name."""
        return self._run([str(self.folder / "bin" / command), *arguments])

    def import_all(self, packages: Sequence[str]) -> None:
        """Import every module of the installed packages."""
        done = self.run_python("-c", IMPORT_ALL, *packages)
        assert done.returncode == 0, done.stderr

    def show_help(self, commands: Sequence[str]) -> None:
        for command in commands:
            done = self.run(command, "--help")
            assert done.returncode == 0, done.stderr
            assert "sage:" in done.stdout, done.stdout

    def installed(self) -> dict[str, str]:
        """Return version by name of everything that is installed."""
        found: dict[str, str] = json.loads(self.run_python("-c", LIST).stdout)
        return found

    def _options(self, command: str) -> list[str]:
        if command != "install":
            return []
        wheels = ["--find-links", str(self.wheels)] if self.wheels else []
        # Modules are compiled when they are imported: most never are.
        return ["--no-compile", "--progress-bar=off", *wheels]

    def _run(
        self, command: list[str], folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run outside of the checkout unless told: in it, its packages would be found first."""
        return subprocess.run(
            command,
            cwd=folder or self.folder.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
