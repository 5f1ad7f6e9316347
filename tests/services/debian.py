"""A Debian to install packages in: this machine's own root under an overlay that is thrown away.

What is written there goes into memory. `dpkg` and the maintainer scripts run as they would on a
server; there is no systemd. It needs root, and leave to mount (CAP_SYS_ADMIN).
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/srv"}


class Debian:
    """Runs commands in it, as root or as another user."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            ["chroot", str(self.root), *words],
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            env=_ENVIRONMENT,
        )

    def succeed(self, *words: str, typed: str = "") -> str:
        """Run a command; fail with its own words."""
        done = self.run(*words, typed=typed)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def path(self, name: str) -> Path:
        """Return where a file of it is for us."""
        return self.root / name.lstrip("/")


def can_mount() -> bool:
    """Return whether this process may make one."""
    try:
        with throwaway_debian():
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def throwaway_debian() -> Iterator[Debian]:
    """Yield this machine's Debian without anything of Taigan; nothing of it is changed."""
    with TemporaryDirectory(prefix="taigan-debian-") as folder:
        memory, root = Path(folder) / "memory", Path(folder) / "root"
        memory.mkdir()
        root.mkdir()
        _mount("-t", "tmpfs", "taigan-debian", str(memory))
        try:
            upper, work = memory / "upper", memory / "work"
            upper.mkdir()
            work.mkdir()
            layers = f"lowerdir=/,upperdir={upper},workdir={work}"
            _mount("-t", "overlay", "taigan-debian", "-o", layers, str(root))
            try:
                _mount("--bind", "/dev", str(root / "dev"))
                _mount("-t", "proc", "proc", str(root / "proc"))
                yield Debian(root)
            finally:
                for name in ("proc", "dev", ""):
                    if os.path.ismount(root / name):
                        subprocess.run(["umount", "--lazy", str(root / name)], check=True)
        finally:
            subprocess.run(["umount", "--lazy", str(memory)], check=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
