"""What docs/first-yard.md needs of systemctl, where no systemd runs: starts, reloads, ends units.

A unit's own user, variables and commands are obeyed; what only systemd can do is left out.
"""

import os
import re
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path

UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
RUN = Path("/run/units")


def lines(unit: str) -> list[tuple[str, str]]:
    template, _, instance = unit.partition("@")
    name = f"{template}@.service" if instance else f"{template}.service"
    file = next(folder / name for folder in UNITS if (folder / name).exists())
    text = re.sub("%i", instance, file.read_text())
    return re.findall(r"^(\w+)=(.*)$", text, flags=re.MULTILINE)


def variables(unit: str) -> dict[str, str]:
    files = [Path(value.lstrip("-")) for key, value in lines(unit) if key == "EnvironmentFile"]
    text = "\n".join(file.read_text() for file in files if file.exists())
    return dict(re.findall(r"^(\w+)=(.*)$", text, flags=re.MULTILINE))


def command(unit: str, line: str) -> list[str]:
    user = dict(lines(unit))["User"]
    pid = RUN / unit
    line = line.replace("$MAINPID", pid.read_text() if pid.exists() else "")
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *shlex.split(line)]


def start(unit: str) -> None:
    RUN.mkdir(exist_ok=True)
    (executed,) = [value for key, value in lines(unit) if key == "ExecStart"]
    with Path(f"/var/log/{unit}.log").open("ab") as log:
        started = subprocess.Popen(
            command(unit, executed),
            env={"PATH": os.defpath, **variables(unit)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
        )
    (RUN / unit).write_text(str(started.pid))


def stop(unit: str) -> None:
    pid = RUN / unit
    if not pid.exists():
        return
    ending = int(pid.read_text())
    os.kill(ending, signal.SIGTERM)
    while is_alive(ending):
        select.select([], [], [], 0.05)
    pid.unlink()


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def reload(unit: str) -> None:
    for key, value in lines(unit):
        if key == "ExecReload":
            subprocess.run(command(unit, value), check=True, env=variables(unit))


def is_active(unit: str) -> None:
    if not (RUN / unit).exists():
        sys.exit(3)


def main() -> None:
    actions = {
        "enable": start,
        "start": start,
        "disable": stop,
        "stop": stop,
        "reload": reload,
        "is-active": is_active,
    }
    action, *units = [word for word in sys.argv[1:] if not word.startswith("--")]
    for unit in units:
        actions[action](unit)


main()
