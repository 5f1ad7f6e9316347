"""The file of secrets beside a settings file: what a unit of systemd reads as its EnvironmentFile.

Only what systemd and a shell read alike is taken: `NAME=value` on a line, in quotes if it has
blanks. `/etc/taigan/gateway.toml` has `/etc/taigan/gateway.env` beside it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LINE: Final = re.compile(
    r"""(?P<name>[A-Za-z_]\w*)=(?:"(?P<double>[^"\\$`]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<plain>[^\s"'\\$`]*))""",
    re.ASCII,
)


class BadEnvFile(Exception):
    """A line is no variable, or one that systemd and a shell would not read alike."""


def beside(config: Path) -> Path:
    """Return where a settings file's secrets stand."""
    return config.with_suffix(".env")


def read_env_file(path: Path) -> dict[str, str]:
    """Return the variables by name. Raises OSError, BadEnvFile."""
    found: dict[str, str] = {}
    for number, written in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = written.strip()
        if not line or line.startswith(("#", ";")):
            continue
        match = _LINE.fullmatch(line)
        if match is None:  # the line may be a secret: it is not repeated
            raise BadEnvFile(f"{path}: line {number}: write NAME=value, with blanks in '…'")
        found[match["name"]] = match["double"] or match["single"] or match["plain"] or ""
    return found


@contextmanager
def overlaid(variables: Mapping[str, str]) -> Iterator[None]:
    """Add variables to the environment for the time of the block; those that are set stay."""
    environment = os.environ  # noqa: TID251  # settings are read from it
    added = {name: value for name, value in variables.items() if name not in environment}
    environment.update(added)
    try:
        yield
    finally:
        for name in added:
            del environment[name]
