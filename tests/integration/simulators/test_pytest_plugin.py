"""The fixtures as an integrator meets them: another project's tests in another process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.docs.pages import DOCS, file_blocks

PLUGIN = "simulators.pytest_plugin"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "workers", [("-p", "no:xdist"), ("-n", "2")], ids=["one process", "two workers"]
)
def test_the_page_s_test_file_passes(tmp_path: Path, workers: tuple[str, ...]) -> None:
    (name,) = files = file_blocks(DOCS / "simulators.md")
    (tmp_path / name).write_text(files[name])
    done = run(tmp_path, "-q", *workers, name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_a_suite_that_uses_no_fixture_imports_nothing_of_taigan(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n"
        "def test_nothing_is_there() -> None:\n"
        "    roots = {'simulators', 'edge', 'pydantic', 'serial', 'pymodbus'}\n"
        "    loaded = {name for name in sys.modules if name.split('.')[0] in roots}\n"
        f"    assert loaded == {{'simulators', '{PLUGIN}'}}\n"
    )
    done = run(tmp_path, "-q")
    assert done.returncode == 0, done.stdout


def test_the_fixtures_say_what_they_are(tmp_path: Path) -> None:
    done = run(tmp_path, "--fixtures")
    for name in ("taigan_scale", "taigan_reader", "taigan_lane"):
        assert f"{name} -- " in done.stdout


def test_a_device_that_broke_down_fails_its_test(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text(
        "import threading\n"
        "def test_broken(taigan_scale) -> None:\n"
        "    scale = taigan_scale()\n"
        "    scale.faults.torn = 'often'\n"
        "    threading.Event().wait(0.5)\n"
    )
    done = run(tmp_path, "-q")
    assert done.returncode == 1
    assert "TypeError" in done.stdout
