"""Lanes of one box must not share a key: a signature would not say which of them weighed."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from edge.config import Settings
from taigan.finding import Finding, bad


def check_beside(config: Path, settings: Settings) -> Iterator[Finding]:
    """Name every other lane whose settings, beside these, name the same signing key."""
    own = settings.signing.key_file.resolve()
    for path in sorted(config.parent.glob("*.toml")):
        lane, key_file = _named(path)
        if lane == f"{settings.yard}/{settings.lane}" or key_file is None:
            continue
        if key_file.resolve() == own:
            fix = f"a signing.key_file of its own here, or in {path.name}; then request anew"
            yield bad("signing key", f"{own} is the key of {lane} as well ({path.name})", fix)


def _named(path: Path) -> tuple[str, Path | None]:
    """Return a settings file's lane and its key file; None if it is no lane's."""
    try:
        found = tomllib.loads(path.read_text())
        return f"{found['yard']}/{found['lane']}", Path(found["signing"]["key_file"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", None
