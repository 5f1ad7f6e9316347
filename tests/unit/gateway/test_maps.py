"""The map at the head of each folder names every module that is in it, and no other."""

import ast
import re
from pathlib import Path

import pytest

from gateway.console.pages import PAGES

GATEWAY = Path(__file__).parents[3] / "gateway"
PAGE_MODULES = {f"{page.name}.py" for page in PAGES}
NAMED = re.compile(r"`([a-z_]+)`")


def modules(folder: Path) -> set[str]:
    files = {path for path in folder.glob("*.py") if path.name not in PAGE_MODULES}
    return {path.stem for path in files} - {"__init__", "__main__", "tables"}


FOLDERS = [
    folder
    for folder in sorted(path.parent for path in GATEWAY.glob("**/__init__.py"))
    if len(modules(folder)) > 2 and folder.name not in {"gateway", "migrations"}
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_module_is_on_the_map_of_its_folder(folder: Path) -> None:
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    named = set(NAMED.findall(text))
    assert modules(folder) - named == set()
    unknown = {name for name in named if not list(folder.glob(f"{name}*"))}
    assert unknown == set()
