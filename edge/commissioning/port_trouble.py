"""Why a port cannot be opened, and what to do about it, in an installer's words."""

import grp
import os
import pwd
from itertools import chain
from pathlib import Path
from typing import Final

from edge.commissioning.locks import holder_of, program_of
from edge.io.byte_source import BadSource, PortAddress, parse_source
from taigan.exit_codes import WRONG_USAGE
from taigan.terminal import fail

BY_ID: Final = Path("/dev/serial/by-id")


def port_address(source: str) -> PortAddress:
    """Read a port from the command line, or end with what is wrong with it."""
    if source.startswith("mqtt://"):
        fail(f"{source}: comes over the broker, there is no port to read", WRONG_USAGE)
    try:
        return parse_source(source)
    except BadSource as error:
        fail(str(error), WRONG_USAGE)


def why_lost(url: str, error: Exception) -> str:
    """Return why a port cannot be opened: it is missing, forbidden, or in use."""
    path = Path(url)
    if "://" in url:
        return f"{url}: {error}"
    if not path.exists():
        return f"{url}: no such port; {plug_in(url)}"
    if not may_open(path):
        return f"{url}: not allowed for {user_name()}; {join_group(path)}"
    pid = holder_of(path)
    return f"{url}: {error}" if pid is None else f"{url}: in use by {pid}, {program_of(pid)}"


def may_open(path: Path) -> bool:
    """Tell whether this user may read and write a port."""
    return os.access(path, os.R_OK | os.W_OK)


def plug_in(url: str) -> str:
    """Return what to do about a port that is not there."""
    if "://" in url:
        return "check power, network and the source"
    known = [*port_links(), *sorted(chain(*map(Path("/dev").glob, ("ttyUSB*", "ttyACM*"))))]
    there = ", ".join(map(str, known)) or "none"
    return f"check plug, power and the source; USB ports here: {there}"


def port_links() -> list[Path]:
    """Return the names of USB ports that do not change with the order of plugging."""
    return sorted(BY_ID.iterdir()) if BY_ID.exists() else []


def join_group(path: Path) -> str:
    """Return what lets this user have a port."""
    group = grp.getgrgid(path.stat().st_gid).gr_name
    return f"add the user {user_name()} to the group {group}: usermod -aG {group} {user_name()}"


def user_name() -> str:
    """Return who would run the box if it was started now."""
    return pwd.getpwuid(os.geteuid()).pw_name
