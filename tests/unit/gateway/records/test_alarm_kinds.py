"""The table of alarms is whole: words, resolvers, and what lanes report."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.messages import PlatePolicy, PlateRead, plate_doubt
from gateway.console.language import LANGUAGES, Language, catalogue
from gateway.records.alarm_kinds import ALARMS, LANE_FAULTS, AlarmKind

ROOT = Path(__file__).parents[4]
TABLE = ROOT / "gateway" / "records" / "alarm_kinds.py"
SOURCES = [path for path in (ROOT / "gateway").rglob("*.py") if path != TABLE]
AT = datetime(2026, 11, 18, tzinfo=UTC)
UNREAD = PlateRead(text=None, camera="entry", camera_at=AT, age_ms=0)
SELF_CLOSING = {kind: row.closed_by for kind, row in ALARMS.items() if row.closed_by}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Return every function of the gateway with its place, `module:name`."""
    for path in SOURCES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield f"{module}:{node.name}", node


def kinds_named(tree: ast.AST) -> set[AlarmKind]:
    """Return the kinds that stand in this code as `AlarmKind.NAME`."""
    return {
        AlarmKind[node.attr]
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "AlarmKind"
    }


def calls(tree: ast.AST, name: str) -> bool:
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return name in {getattr(func, "id", None) or getattr(func, "attr", None) for func in called}


RESOLVERS = {
    place: node
    for place, node in functions()
    if calls(node, "resolve_alarm") and node.name != "resolve_alarm"
}


def test_every_kind_has_a_row() -> None:
    assert set(ALARMS) == set(AlarmKind)
    assert all(row.todo for row in ALARMS.values())


def test_every_kind_is_raised_somewhere() -> None:
    named = set().union(*(kinds_named(ast.parse(path.read_text())) for path in SOURCES))
    assert named == set(AlarmKind)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_and_no_other(language: Language) -> None:
    words = {key.removeprefix("alarm.") for key in catalogue(language) if key.startswith("alarm.")}
    assert words == set(AlarmKind)


@pytest.mark.parametrize("kind", SELF_CLOSING)
def test_a_kind_that_closes_by_itself_has_a_resolver(kind: AlarmKind) -> None:
    closed_by = SELF_CLOSING[kind]
    assert closed_by.place in RESOLVERS
    assert kind in kinds_named(RESOLVERS[closed_by.place])
    assert closed_by.when


def test_every_resolver_is_in_the_table() -> None:
    assert set(RESOLVERS) == {closed_by.place for closed_by in SELF_CLOSING.values()}
    resolved = set().union(*map(kinds_named, RESOLVERS.values()))
    assert resolved == set(SELF_CLOSING)


@pytest.mark.parametrize("seen", [None, UNREAD])
def test_a_plate_in_doubt_that_stops_no_truck_is_an_alarm(seen: PlateRead | None) -> None:
    doubt = plate_doubt("蒙K12345", seen)
    assert doubt is not None
    assert not PlatePolicy.PREFERRED.stops(doubt)
    assert AlarmKind(doubt) in ALARMS


def test_the_void_of_a_truck_that_is_gone_has_the_name_of_its_alarm() -> None:
    recovery = (ROOT / "edge" / "lane").rglob("*.py")
    assert any(f'"{AlarmKind.LEFT_WITHOUT_RELEASE}"' in path.read_text() for path in recovery)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_of_a_lane_says_what_is_wrong_and_what_to_do(language: Language) -> None:
    assert [reason for reason in LANE_FAULTS if f"reason.{reason}" not in catalogue(language)] == []
    assert all(LANE_FAULTS.values())
