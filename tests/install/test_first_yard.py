"""docs/first-yard.md, typed from an empty folder to the first paid truck, with the packages."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.install.conftest import STEPS
from tests.install.first_yard_world import LANES
from tests.services.debian import Debian
from tests.unit.docs.pages import DOCS, Block, blocks

pytestmark = pytest.mark.timeout(1800)  # packages are built first
PAGE = DOCS / "first-yard.md"
HERE = Path(__file__).parent
STEPS_MAX = 25
ADDRESSES = dict(zip(LANES, [f"192.0.2.{last}" for last in (21, 22, 31, 32)], strict=True))
TRUCK = "/opt/taigan-edge/bin/taigan-sim truck --tag 0A1B2C3D4E"
READY = "for _ in $(seq 240); do curl -sf http://127.0.0.1:{}/readyz && break; sleep 0.25; done"
APT = """\
#!/bin/sh
# Packages of the folder are installed, Debian's own are here already.
set -e
shift
for package in "$@"; do
  case $package in
  ./*) dpkg --install --force-depends "$package" >/dev/null ;;
  postgresql) pg_ctlcluster 15 main start >/var/log/start.log 2>&1 ;;
  *) dpkg --status "$package" >/dev/null ;;
  esac
done
"""
SYSTEMD_RUN = """\
#!/bin/sh
# systemd-run --unit NAME --uid USER COMMAND…
unit=$2 user=$4
shift 4
setsid runuser -u "$user" -- "$@" </dev/null >"/var/log/$unit.log" 2>&1 &
"""


def typed(kind: str = "") -> list[Block]:
    marked = [block for block in blocks(PAGE) if block.note.startswith("first yard: ")]
    return [block for block in marked if block.note.endswith(kind)]


def steps(text: str) -> int:
    """Count what a person types: a line is a step, a file that is written is one."""
    without_files = re.sub(r"(<<'?END'?.*\n)(?:.*\n)*?END\n", r"\1", text)
    return len(without_files.splitlines())


def test_a_person_types_few_lines(record_property: Callable[[str, object], None]) -> None:
    server = sum(steps(block.text) for block in typed("server"))
    lane = sum(steps(block.text) for block in typed("lane"))
    checks = sum(steps(block.text) for kind in ("check", "truck", "paid") for block in typed(kind))
    count = server + 2 * lane + checks
    record_property(STEPS, f"{count} ({server} on the server, {lane} on each box, {checks} checks)")
    assert count <= STEPS_MAX
    assert steps("a\ncat > x <<END\n1\n2\nEND\nb\n") == 3


class Shell:
    """A shell in a machine of its own: files, processes and network are thrown away with it."""

    def __init__(self, debian: Debian, closing: ExitStack) -> None:
        self.debian = debian
        words = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "chroot"]
        self.process = subprocess.Popen(
            [*words, str(debian.root), "/bin/bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/srv"},
        )
        closing.enter_context(self.process)
        closing.callback(self.process.kill)
        addresses = ("192.0.2.1", *ADDRESSES.values())
        prepared = [
            "trap 'echo; echo @failed' EXIT",
            "set -eu -o pipefail",
            "mount -t proc proc /proc",
            "mount -t tmpfs -o mode=1777 shm /dev/shm",
            "ip link set lo up",
            *(f"ip addr add {one}/32 dev lo" for one in addresses),
            "cd /srv/yard",
        ]
        self.run("\n".join(prepared))

    def run(self, text: str) -> str:
        """Type some lines; return what they say, or fail with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.debian.path("/srv/typed.sh").write_text(f"{text}\n")
        self.process.stdin.write(". /srv/typed.sh; printf '\\n@done\\n'\n")
        self.process.stdin.flush()
        said: list[str] = []
        for line in self.process.stdout:
            if line == "@done\n":
                return "".join(said)
            if line == "@failed\n":
                break
            said.append(line)
        logs = [log.read_text()[-1500:] for log in self.debian.path("/var/log").glob("t*.log")]
        raise AssertionError("\n".join([text, *said, *logs]))

    def beside(self, *words: str) -> "subprocess.Popen[str]":
        """Start a program of this machine in the network of the other one."""
        network = f"--net=/proc/{self.process.pid}/ns/net"
        return subprocess.Popen(
            ["nsenter", network, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parents[1],
        )


@pytest.fixture
def shell(debian: Debian, packages: dict[str, Path]) -> Iterator[Shell]:
    for name, text in (("apt", APT), ("systemd-run", SYSTEMD_RUN)):
        debian.path(f"/usr/local/sbin/{name}").write_text(text)
    systemctl = f"#!/usr/bin/python3\n{(HERE / 'systemctl.py').read_text()}"
    debian.path("/usr/local/sbin/systemctl").write_text(systemctl)
    for name in ("apt", "systemd-run", "systemctl"):
        debian.path(f"/usr/local/sbin/{name}").chmod(0o755)
    debian.path("/srv/yard").mkdir()
    for package in packages.values():
        shutil.copy(package, debian.path("/srv/yard"))
    with ExitStack() as closing:
        yield Shell(debian, closing)


@pytest.fixture
def world(shell: Shell) -> Iterator[None]:
    """Plug the devices in, at the addresses of the page."""
    folder = shell.debian.path("/srv/yard/taigan-devices")
    folder.mkdir()
    with ExitStack() as closing:
        words = (sys.executable, "-m", "tests.install.first_yard_world", str(folder))
        running = shell.beside(*words)
        closing.enter_context(running)
        closing.callback(running.kill)
        for lane, first in LANES.items():
            for port, device in ((4001, 1), (4002, 2), (502, 3)):
                listen = f"TCP-LISTEN:{port},bind={ADDRESSES[lane]},fork,reuseaddr"
                forward = shell.beside("socat", listen, f"TCP:127.0.0.1:{first + device}")
                closing.enter_context(forward)
                closing.callback(forward.kill)
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        yield


def wait_for(shell: Shell, condition: str) -> None:
    shell.run(
        f"for _ in $(seq 240); do if {condition}; then break; fi; sleep 0.25; done; {condition}"
    )


@pytest.mark.usefixtures("world")
def test_the_first_truck_is_paid(shell: Shell) -> None:
    said = ""
    listening = "curl -sf http://127.0.0.1:{}/healthz >/dev/null"
    for block in typed():
        kind = block.note.removeprefix("first yard: ")
        if kind == "check":
            wait_for(shell, "curl -sf http://127.0.0.1:8080/readyz >/dev/null")
        if kind == "paid":
            wait_for(shell, "taigan-settlement payout list --state paid | grep -q paid")
        said = shell.run(block.text)
        if kind == "lane":
            shell.run(at_the_plant(block.text))
        if "enable --now taigan-settlement" in block.text:
            wait_for(shell, listening.format(8080))
            wait_for(shell, listening.format(8081))
    # 31.94 t at 86.50 yuan; what the road lost is within the allowance.
    assert re.search(r"\tpaid\t-\t276281\t", said), said
    the_programs_own_no_table(shell)
    a_backup_is_restored(shell)
    a_box_is_replaced(shell)


def at_the_plant(typed_at_the_mine: str) -> str:
    return typed_at_the_mine.replace("mine", "plant").replace("192.0.2.2", "192.0.2.3")


def afterwards(page: str) -> list[str]:
    """Return what a page has to be typed at a yard that runs."""
    return [one.text for one in blocks(DOCS / page) if one.note == "after the first yard"]


def a_backup_is_restored(shell: Shell) -> None:
    back_up, *restores = afterwards("restore.md")
    shell.run(back_up)
    shell.run("taigan-gateway user add --role viewer later <<<long-enough")
    for text in restores:
        shell.run(text.replace("taigan-gateway doctor", READY.format(8080)))
    assert "later" not in shell.run("taigan-gateway user list")
    assert "\tpaid\t" in shell.run("taigan-settlement payout list")
    shell.run("taigan-settlement rail resume")


def a_box_is_replaced(shell: Shell) -> None:
    """Follow the page on the first lane; it gets new keys, and nothing else changes."""
    before = shell.run("taigan-gateway lane list")
    leave, ask, answer, start = afterwards("replace-a-box.md")
    shell.run(leave)
    shell.run("rm /var/lib/taigan/mine-in*")
    shell.run(ask)
    refused = answer.replace("--replace ", "").strip()
    assert "--replace" in shell.run(f"{refused} || true")
    shell.run(answer)
    shell.run(answer)
    shell.run(start)
    after = shell.run("taigan-gateway lane list")
    changed = [old.split("\t")[0] for old in before.splitlines() if old not in after.splitlines()]
    assert changed == ["mine/mine-in"]
    (believed,) = [
        line for line in shell.run("taigan-settlement lanes").splitlines() if "mine-in" in line
    ]
    keys = [text.split("\n")[0].split("\t")[1] for text in (before, after)]
    assert believed.split("\t")[1:] == keys
    # It has no order left and is turned away, which is a record of the new journal.
    # The box has just started: the driver shows his card until it reads cards.
    assert "turned away at mine-in" in shell.run(
        f"{TRUCK} --lanes mine-in --patience-s 10 2>&1 || true"
    )
    wait_for(shell, "taigan-gateway alarm list | grep journal_epoch_new >/dev/null")
    close = "taigan-gateway alarm list | sed -n 's/\\t.*journal_epoch_new.*//p'"
    assert "closed" in shell.run(f'taigan-gateway alarm close "$({close})" --reason "new box"')


def the_programs_own_no_table(shell: Shell) -> None:
    for program in ("gateway", "settlement"):
        psql = f"runuser -u taigan-{program} -- psql -q taigan_{program} -c"
        said = shell.run(f"(cd / && {psql} 'CREATE TABLE t (a int)') || true")
        assert "permission denied" in said
