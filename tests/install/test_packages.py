"""The Debian packages: built, installed, upgraded, removed and purged, with their scripts run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.install.conftest import EDGE, ROOT, SERVER
from tests.services.debian import Debian

pytestmark = pytest.mark.timeout(1800)  # packages are built first
SECRETS = ("/etc/taigan/gateway.env", "/etc/taigan/settlement.env")


def install(debian: Debian, package: Path) -> str:
    shutil.copy(package, debian.path("/srv/package.deb"))
    options = ("--force-depends", "--force-confold")  # a person's settings are kept unasked
    return debian.succeed("dpkg", "--install", *options, "/srv/package.deb")


def newer(package: Path, folder: Path) -> Path:
    """Return the next version of a package, with another example of settings in it."""
    unpacked = folder / "unpacked"
    subprocess.run(["dpkg-deb", "-R", package, unpacked], check=True)
    control = unpacked / "DEBIAN" / "control"
    control.write_text(
        re.sub(r"^Version: .*$", "Version: 99", control.read_text(), flags=re.MULTILINE)
    )
    for settings in unpacked.glob("etc/taigan/*.toml"):
        settings.write_text(f"{settings.read_text()}# new in version 99\n")
    built = folder / "newer.deb"
    words: list[str | Path] = [
        "dpkg-deb",
        "--root-owner-group",
        "-Znone",
        "--build",
        unpacked,
        built,
    ]
    subprocess.run(words, check=True, capture_output=True)
    return built


def mode(debian: Debian, name: str) -> str:
    return debian.succeed("stat", "-c", "%a %U:%G", name).strip()


def test_the_server_is_installed_upgraded_removed_and_purged(
    debian: Debian, packages: dict[str, Path], tmp_path: Path
) -> None:
    install(debian, packages[SERVER])
    for program in ("gateway", "settlement"):
        assert mode(debian, f"/etc/taigan/{program}.env") == f"640 root:taigan-{program}"
        assert mode(debian, f"/etc/taigan/{program}.toml") == f"640 root:taigan-{program}"
        assert mode(debian, f"/var/lib/taigan-{program}").startswith("700 taigan-")
    secrets = [debian.path(name).read_text() for name in SECRETS]
    assert len(re.findall("whsec_", "".join(secrets))) == 3

    use_it(debian)

    # Settings that a person changed are kept; so are the secrets and the database.
    settings = debian.path("/etc/taigan/gateway.toml")
    settings.write_text(settings.read_text().replace("port = 8080", "port = 8090"))
    install(debian, newer(packages[SERVER], tmp_path))
    assert "port = 8090" in settings.read_text()
    assert "new in version 99" in debian.path("/etc/taigan/settlement.toml").read_text()
    assert [debian.path(name).read_text() for name in SECRETS] == secrets
    assert "admin\tadmin\tactive" in debian.succeed("taigan-gateway", "user", "list")

    debian.succeed("dpkg", "--remove", SERVER)
    assert not debian.path("/opt/taigan-server").exists()
    assert [debian.path(name).read_text() for name in SECRETS] == secrets

    said = debian.run("dpkg", "--purge", SERVER)
    assert said.returncode == 0
    assert not debian.path("/etc/taigan").exists()
    assert not debian.path("/etc/mosquitto/taigan").exists()
    # A ledger is no setting: it stays until a person throws it away.
    assert "kept in /var/lib/taigan-settlement" in said.stderr
    assert debian.path("/var/lib/taigan-settlement/settlement.db").exists()


def use_it(debian: Debian) -> None:
    """Try the programs as their own users, with the secrets that were made."""
    assert "admin password: " in debian.succeed("taigan-gateway", "init")
    debian.succeed("taigan-settlement", "init")
    assert mode(debian, "/var/lib/taigan-gateway/gateway.key") == (
        "600 taigan-gateway:taigan-gateway"
    )
    assert debian.succeed("taigan-settlement", "rail", "pause", "--reason", "drill") == (
        "sandbox paused\n"
    )
    assert "usage" in debian.succeed("taigan-verify", "--help")
    assert debian.run("taigan-gateway", "doctor").returncode == 1  # nothing is started
    spying = ("runuser", "-u", "taigan-gateway", "--", "cat", "/etc/taigan/settlement.env")
    assert "Permission denied" in debian.run(*spying).stderr


def test_a_server_that_was_never_used_leaves_nothing_behind(
    debian: Debian, packages: dict[str, Path]
) -> None:
    before = debian.succeed("getent", "passwd")
    install(debian, packages[SERVER])
    assert debian.succeed("getent", "passwd") != before
    debian.succeed("dpkg", "--purge", SERVER)
    assert debian.succeed("getent", "passwd") == before
    left = debian.succeed("find", "/etc", "/var/lib", "/opt", "/usr", "-xdev", "-name", "taigan*")
    assert [name for name in left.split() if "/dpkg/" not in name] == []


def test_a_lane_box_is_installed_upgraded_removed_and_purged(
    debian: Debian, packages: dict[str, Path], tmp_path: Path
) -> None:
    install(debian, packages[EDGE])
    groups = debian.succeed("id", "-nG", EDGE).split()
    assert {"dialout", "audio"} <= set(groups)
    debian.succeed("taigan-edge", "init", "/etc/taigan/mine-in.toml")
    key = debian.succeed("taigan-edge", "keygen", "--config", "/etc/taigan/mine-in.toml")
    assert len(key.strip()) == 44
    assert debian.succeed("taigan-edge", "schema").startswith("{")
    assert debian.run("python3", "-c", "import edge").returncode == 1  # its own environment only

    install(debian, newer(packages[EDGE], tmp_path))
    assert debian.succeed("taigan-edge", "keygen", "--config", "/etc/taigan/mine-in.toml") == key

    debian.succeed("dpkg", "--remove", EDGE)
    said = debian.run("dpkg", "--purge", EDGE)
    assert said.returncode == 0
    assert not debian.path("/opt/taigan-edge").exists()
    assert "kept in /var/lib/taigan" in said.stderr
    assert debian.path("/var/lib/taigan/mine-in.key").exists()


def test_nothing_in_a_package_names_where_it_was_built(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    for name, package in packages.items():
        folder = tmp_path / name
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        found = subprocess.run(
            ["grep", "-rlI", "-e", str(ROOT), "-e", str(package.parent), folder],
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.stdout == ""
