"""Which scripts a page's script is made of: they are asked for at once, not one after another."""

import re
from functools import cache
from typing import Final

from gateway.console.static_files import STATIC

_IMPORT: Final = re.compile(r"""^import\b.*?from\s+["']\./([a-z_]+\.js)["']""", re.MULTILINE)


@cache
def modules_of(*scripts: str) -> tuple[str, ...]:
    """Return `scripts` and everything that they import, directly or not, each once."""
    found: list[str] = []
    todo = [*scripts]
    while todo:
        script = todo.pop(0)
        if script not in found:
            found.append(script)
            todo += _IMPORT.findall((STATIC / script).read_text("utf-8"))
    return tuple(found)
