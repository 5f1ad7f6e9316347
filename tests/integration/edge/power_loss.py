"""What a power cut can leave on a disk, worked out from what a program really asked of it.

`strace` records the program's writes and syncs. The model is harsher than a good disk: a write is
durable only when its file is synced afterwards; until then it is there, not there, or there in some
of its sectors, whatever came after it. A new name is durable with the first sync of its file, an
unlinked one is gone only when another name's sync has followed. The file `-shm` is memory.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import NamedTuple

TRACED = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
SECTOR = 512
_LINE = re.compile(r"^(\d+)\s+(.*)$")
_OPEN = re.compile(r'openat\(AT_FDCWD(?:<[^>]*>)?, "((?:\\x..)+)", ([A-Z_|]+)')
_WRITE = re.compile(r'pwrite64\(\d+<([^>]*)>, "((?:\\x..)*)", \d+, (\d+)\)')
_SYNC = re.compile(r"f(?:data)?sync\(\d+<([^>]*)>\)")
_CUT = re.compile(r"ftruncate\(\d+<([^>]*)>, (\d+)\)")
_UNLINK = re.compile(r'unlink\("((?:\\x..)+)"\)')
_SAID = re.compile(r'write\(1<[^>]*>, "((?:\\x..)+)"')


class Step(NamedTuple):
    """One thing that was asked of the disk, or said aloud (`said`)."""

    what: str
    name: str = ""
    data: bytes = b""
    at: int = 0


class CrashState(NamedTuple):
    files: dict[str, bytes]
    said: list[str]
    """What the program had said before the power went."""


def traced(command: list[str], folder: Path, log: Path) -> list[Step]:
    """Run a program to its end; return what it asked of the files in `folder`."""
    tracer = ["strace", "-f", "-y", "-xx", "-s", "300000", "-o", str(log), "-e", f"trace={TRACED}"]
    subprocess.run([*tracer, *command], check=True, stdout=subprocess.DEVNULL)
    return list(_steps(log, f"{folder}/"))


def _steps(log: Path, root: str) -> Iterator[Step]:
    for call in _calls(log):
        step = _step(call)
        if step is None:
            continue
        if step.what == "said":
            yield step
        elif step.name.startswith(root) and not step.name.endswith(("-shm", ".lock")):
            yield step._replace(name=step.name.removeprefix(root))


def _calls(log: Path) -> Iterator[str]:
    unfinished: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        thread, call = found.groups()
        if call.endswith("<unfinished ...>"):
            unfinished[thread] = call.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)$", call):
            call = unfinished.pop(thread, "") + resumed[1]
        if " = -1 " not in call:
            yield call


def _step(call: str) -> Step | None:
    for pattern, read in _CALLS:
        if found := pattern.match(call):
            return read([_bytes(one) for one in found.groups()])
    return None


def _bytes(text: str) -> bytes:
    """Return what strace wrote as `\\x41…`; it writes paths of descriptors so, too."""
    if "\\x" not in text:
        return text.encode()
    return bytes.fromhex(text.replace("\\x", ""))


def _opened(groups: list[bytes]) -> Step | None:
    name, flags = groups[0].decode(), groups[1].decode()
    if "O_TRUNC" in flags:
        return Step("cut", name)
    return Step("made", name) if "O_CREAT" in flags else None


_CALLS: tuple[tuple[re.Pattern[str], Callable[[list[bytes]], Step | None]], ...] = (
    (_OPEN, _opened),
    (_WRITE, lambda found: Step("wrote", found[0].decode(), found[1], int(found[2]))),
    (_SYNC, lambda found: Step("synced", found[0].decode())),
    (_CUT, lambda found: Step("cut", found[0].decode(), at=int(found[1]))),
    (_UNLINK, lambda found: Step("unlinked", found[0].decode())),
    (_SAID, lambda found: Step("said", data=found[0])),
)


@dataclass
class _File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)


@dataclass
class _Disk:
    """Files by name: as the program sees them, and as a power cut would find them."""

    seen: dict[str, _File] = field(default_factory=dict)
    durable: dict[str, _File] = field(default_factory=dict)
    names: list[tuple[str, _File | None]] = field(default_factory=list)
    """Changes of the folder that are not durable yet: a name and its file, or None if it went."""

    def take(self, step: Step) -> None:
        file = self.seen.get(step.name)
        if step.what == "made" and file is None:
            file = self.seen[step.name] = _File()
            self.names.append((step.name, file))
        elif step.what == "unlinked" and file is not None:
            del self.seen[step.name]
            self.names.append((step.name, None))
        elif step.what in {"wrote", "cut"} and file is not None:
            file.pending.append(step)
        elif step.what == "synced" and file is not None:
            for one in file.pending:
                _apply(file.durable, one)
            file.pending.clear()
            if self.durable.get(step.name) is not file:
                _rename(self.durable, self.names)
                self.names.clear()

    def crash(self, rng: Random) -> dict[str, bytes]:
        names = dict(self.durable)
        _rename(names, self.names[: rng.randrange(len(self.names) + 1)])
        fate = rng.choice(["none", "all", "some", "torn", "torn"])
        return {name: _survived(file, fate, rng) for name, file in names.items()}


def crash_states(
    before: dict[str, bytes], steps: list[Step], per_step: int, seed: int
) -> Iterator[CrashState]:
    """Yield what may be on a disk that had `before` if the power goes after each step."""
    files = {name: _File(bytearray(data)) for name, data in before.items()}
    disk, rng, said = _Disk(dict(files), dict(files)), Random(seed), list[str]()
    for step in steps:
        if step.what == "said":
            said.append(step.data.decode().strip())
        disk.take(step)
        for _ in range(per_step):
            yield CrashState(disk.crash(rng), list(said))


def _rename(names: dict[str, _File], changes: list[tuple[str, _File | None]]) -> None:
    for name, file in changes:
        if file is None:
            names.pop(name, None)
        else:
            names[name] = file


def _survived(file: _File, fate: str, rng: Random) -> bytes:
    data = bytearray(file.durable)
    for step in file.pending:
        if fate == "all" or (fate in {"some", "torn"} and rng.random() < 0.5):
            _apply(data, step, rng if fate == "torn" else None)
    return bytes(data)


def _apply(data: bytearray, step: Step, torn: Random | None = None) -> None:
    if step.what == "cut":
        del data[step.at :]
        data.extend(bytes(step.at - len(data)))
        return
    for start in range(0, len(step.data), SECTOR):
        if torn is not None and torn.random() < 0.5:
            continue
        sector = step.data[start : start + SECTOR]
        at = step.at + start
        data.extend(bytes(max(0, at + len(sector) - len(data))))
        data[at : at + len(sector)] = sector
