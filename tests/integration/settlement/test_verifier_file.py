"""The verifier is one file to carry, and what the programs exported long ago is still read.

`tests/exports/<version>/` holds what the running programs of that version exported after a few
trucks: a lane's key was changed in between, and a weighing was voided. `tampered.ndjson` is the
settlement's export with a weight, a payout and a price line changed by hand. The texts are what
the verifier of that version said, with its exit code. A newer one says all of it, and may say more.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from settlement.verify import pack

EXPORTS = Path(__file__).parents[2] / "exports"
VERSIONS = sorted(path.name for path in EXPORTS.iterdir() if path.is_dir())
NEEDED = ("cryptography", "cffi", "_cffi_backend")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the packages of a machine that has `cryptography` and nothing of Taigan."""
    packages = tmp_path_factory.mktemp("packages")
    for name in NEEDED:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (packages / place.name).symlink_to(place)
    return packages


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """Return an empty folder with nothing but the one file in it."""
    pack.pack(tmp_path / "dist" / "taigan-verify.pyz")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(tmp_path / "dist" / "taigan-verify.pyz", folder)
    return folder


def python(folder: Path, packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python without site-packages, so that this project cannot be imported."""
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("settlement", "report"), [("settlement", "honest"), ("tampered", "tampered")]
)
def test_the_one_file_judges_an_old_export_as_it_was_judged_then(
    carried: Path, foreign: Path, version: str, settlement: str, report: str
) -> None:
    recorded = EXPORTS / version
    for name in ("gateway.ndjson", f"{settlement}.ndjson", "keys.json"):
        shutil.copy(recorded / name, carried)
    exports = ("gateway.ndjson", f"{settlement}.ndjson")
    done = python(carried, foreign, "taigan-verify.pyz", *exports, "--keys", "keys.json")
    *defects, counted, code = (recorded / f"{report}.txt").read_text().splitlines()
    assert [line for line in defects if line not in done.stdout.splitlines()] == []
    assert code == f"exit {done.returncode}"
    assert done.stderr.partition(" lines")[0] == counted.partition(" lines")[0]
    assert ("0 defects" in counted) == ("0 defects" in done.stderr)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_old_export_cannot_prove_is_said(
    carried: Path, foreign: Path, version: str
) -> None:
    for name in ("gateway.ndjson", "settlement.ndjson", "keys.json"):
        shutil.copy(EXPORTS / version / name, carried)
    exports = ("gateway.ndjson", "settlement.ndjson")
    done = python(carried, foreign, "taigan-verify.pyz", *exports, "--keys", "keys.json")
    genuine, complete, payable = done.stdout.splitlines()
    assert genuine == "genuine: yes"
    assert complete.startswith("complete: unproven: no head of the gateway")
    assert payable.startswith("good enough to pay: unproven: an old export")


def test_the_recorded_export_has_a_void_and_a_lane_with_two_keys() -> None:
    recorded = EXPORTS / "v0_1_0"
    assert "weighing_voided.v1" in (recorded / "gateway.ndjson").read_text()
    lines = (recorded / "gateway.ndjson").read_text().splitlines()
    of_lane = [line for line in lines if '"type":"record","yard":"mine","lane":"mine-in"' in line]
    assert len({line.partition('"key_id":"')[2][:16] for line in of_lane}) == 2


def test_nothing_of_the_project_is_needed(carried: Path, foreign: Path) -> None:
    assert [path.name for path in carried.iterdir()] == ["taigan-verify.pyz"]
    done = python(carried, foreign, "-c", "import cryptography, settlement")
    assert "No module named 'settlement'" in done.stderr
    wrong = python(carried, foreign, "taigan-verify.pyz")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("usage: taigan-verify")


def test_the_same_sources_make_the_same_file(tmp_path: Path) -> None:
    """Also in another place, copied at another time."""
    pack.pack(tmp_path / "one.pyz")
    copy = tmp_path / "settlement" / "verify"
    shutil.copytree(Path(pack.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for path in copy.iterdir():
        os.utime(path, (1, 1))
    (copy.parent / "__init__.py").touch()
    done = python(tmp_path, tmp_path, "-m", "settlement.verify.pack", "two.pyz")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.pyz").read_bytes() == (tmp_path / "two.pyz").read_bytes()
    assert os.access(tmp_path / "one.pyz", os.X_OK)
