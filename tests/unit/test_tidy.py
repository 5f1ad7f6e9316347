"""The house rules that no linter knows: sizes, names, dead files, loose ends, things that leak."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("edge", "gateway", "settlement", "simulators", "taigan")
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
ENTRY_POINTS = re.compile(r"(__main__|__init__|env|migrations/versions/\w+)\.py$")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


SOURCES = tracked("*.py")
SHIPPED = [path for path in SOURCES if path.relative_to(ROOT).parts[0] in PACKAGES]


TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
PROSE = tracked("*.md", "deploy/*.toml")
APPENDED = {"DECISIONS.md", "CHANGELOG.md"}
"""Only ever added to, so that old sentences stay."""
SLOW_TO_READ = r"\bfor so long\b|\bso often\b|\bcannot be had\b|\bcounts? no more\b|\bsays? again\b"
METAPHORS = r"\b(Turn|Office|Bells|Surroundings|told_by)\b(?=[:(\]])"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_is_something_to_check() -> None:
    assert len(SHIPPED) > 20


def test_no_module_is_longer_than_the_limit() -> None:
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := lines(p)) > MODULE_LINES_MAX}
    assert long == {}


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_function_is_longer_than_the_limit() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in functions(TREES[path])
        if (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_no_file_hides_behind_a_vague_name() -> None:
    assert [str(p) for p in SOURCES if p.stem in VAGUE_NAMES or p.parent.name in VAGUE_NAMES] == []


def test_every_shipped_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SHIPPED
        if path.read_text().strip() and not ast.get_docstring(TREES[path])
    ]
    assert silent == []


def test_every_shipped_module_is_used_by_another_file() -> None:
    imported = "\n".join(path.read_text() for path in SOURCES)
    dead = []
    for path in SHIPPED:
        relative = path.relative_to(ROOT)
        if ENTRY_POINTS.search(relative.as_posix()):
            continue
        dotted = ".".join(relative.with_suffix("").parts)
        parent, _, name = dotted.rpartition(".")
        from_parent = rf"from {re.escape(parent)} import [^#\n]*\b{name}\b"
        from_parent_block = rf"from {re.escape(parent)} import \([^)]*\b{name}\b"
        patterns = (re.escape(dotted) + r"\b", from_parent, from_parent_block)
        if not any(re.search(pattern, imported) for pattern in patterns):
            dead.append(dotted)
    assert dead == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a loose end", r"\b(TODO|FIXME|XXX|NotImplementedError)\b"),
        ("a swallowed exception", r"except( Exception)?:\s*(#.*)?\n\s*pass\b"),
        ("a skipped test", r"pytest\.(mark\.)?(skip|xfail)|importorskip"),
    ],
)
def test_no_source_contains(what: str, pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in SOURCES
        if path != Path(__file__) and re.search(pattern, path.read_text())
    ]
    assert found == []


def test_every_test_is_run_by_make_test() -> None:
    lines = [line for line in (ROOT / "Makefile").read_text().splitlines() if "pytest -n" in line]
    run = {word for line in lines for word in line.split()}
    tests = [path.relative_to(ROOT) for path in SOURCES if path.name.startswith("test_")]
    assert [str(path) for path in tests if "/".join(path.parts[:2]) not in run] == []


def test_sentences_are_plain_and_names_are_the_fields_own() -> None:
    hard = re.compile(f"{SLOW_TO_READ}|{METAPHORS}")
    texts = [path for path in (*SOURCES, *PROSE) if path.name not in APPENDED]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in texts
        if path != Path(__file__)
        for line in path.read_text().splitlines()
        if hard.search(line)
    ]
    assert found == []


def test_no_file_names_a_package_registry_or_this_machine() -> None:
    hosts = r"py" + r"pi\.org|pythonhosted|registry\.npm|deb\.debian\.org"
    leaks = re.compile(f"{hosts}|{re.escape(str(ROOT))}|{re.escape(str(Path.home()))}/")
    texts = tracked(
        "*.py", "*.md", "*.toml", "*.lock", "*.sh", "*.json", "*.js", "*.css", "*.html", "Makefile"
    )
    assert [
        str(p.relative_to(ROOT))
        for p in texts
        if leaks.search(p.read_text()) and p != Path(__file__)
    ] == []
