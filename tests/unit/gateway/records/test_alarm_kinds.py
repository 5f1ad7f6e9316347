"""The table of alarms is whole: words, resolvers, and what lanes report."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import String

from edge.messages import PlatePolicy, PlateRead, plate_doubt
from gateway.console.language import catalogue
from gateway.records.alarm_kinds import ALARMS, LANE_FAULTS, AlarmKind
from gateway.records.alarm_words import alarm_words
from gateway.records.alarms import Alarm
from gateway.records.envelope import Envelope
from gateway.records.tables import alarms
from gateway.texts import LANGUAGES, Language

ROOT = Path(__file__).parents[4]
TABLE = ROOT / "gateway" / "records" / "alarm_kinds.py"
SOURCES = [path for path in (ROOT / "gateway").rglob("*.py") if path != TABLE]
AT = datetime(2026, 11, 18, tzinfo=UTC)
UNREAD = PlateRead(text=None, camera="entry", camera_at=AT, age_ms=0)
RAISING = {"raise_alarm", "open_alarm", "Rejected", "_alarm", "_fork"}
"""The last three hand a kind on to what raises it."""
RESOLVING = {"resolve_alarm", "resolve_alarms"}
CHINESE = re.compile("[\u4e00-\u9fff]")
SELF_CLOSING = {kind: row.closed_by for kind, row in ALARMS.items() if row.closed_by}


TREES = {path: ast.parse(path.read_text()) for path in SOURCES}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Return every function of the gateway with its place, `module:name`."""
    for path, tree in TREES.items():
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                yield f"{module}:{node.name}", node


def constants() -> dict[str, dict[str, ast.expr]]:
    """Return what each module assigns to a name at its top."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): {
            node.target.id: node.value
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        }
        for path, tree in TREES.items()
    }


CONSTANTS = constants()


def names_used() -> set[str]:
    """Return what the gateway's code calls, or hands on to be called; an import does not count."""
    nodes = [node for tree in TREES.values() for node in ast.walk(tree)]
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def kinds_of(place: str, tree: ast.AST) -> set[AlarmKind]:
    """Return the kinds that stand in this code, or in a constant of its module that it names."""
    known = CONSTANTS[place.partition(":")[0]]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    meant = [kinds_of(place, known[name]) for name in names & set(known)]
    return kinds_named(tree).union(*meant)


def kinds_named(tree: ast.AST) -> set[AlarmKind]:
    """Return the kinds that stand in this code as `AlarmKind.NAME`."""
    return {
        AlarmKind[node.attr]
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "AlarmKind"
    }


def called(call: ast.Call) -> str | None:
    return getattr(call.func, "id", None) or getattr(call.func, "attr", None)


def calls(tree: ast.AST, names: set[str]) -> bool:
    return any(called(node) in names for node in ast.walk(tree) if isinstance(node, ast.Call))


def gives_hints(returns: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "Hint" for node in ast.walk(returns))


RESOLVERS = {
    place: kinds_of(place, node)
    for place, node in functions()
    if calls(node, RESOLVING) and node.name not in RESOLVING
}
RAISERS = {
    place: kinds_of(place, node)
    for place, node in functions()
    if calls(node, RAISING) and node.name not in RAISING
}


def test_every_kind_has_a_row() -> None:
    assert set(ALARMS) == set(AlarmKind)


def test_a_kind_fits_its_column() -> None:
    column = alarms.c.kind.type
    assert isinstance(column, String)
    assert [kind for kind in AlarmKind if len(kind) > (column.length or 0)] == []


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_is_raised_somewhere(kind: AlarmKind) -> None:
    is_raised = any(kind in kinds for kinds in RAISERS.values())
    assert is_raised, f"a function must call raise_alarm and name AlarmKind.{kind.name} itself"


def test_what_raises_or_closes_is_called() -> None:
    used = names_used()
    unused = {place for place in RAISERS | RESOLVERS if place.partition(":")[2] not in used}
    assert not unused, f"never called: {', '.join(sorted(unused))}"


def test_no_hint_of_an_alarm_is_dropped() -> None:
    """What a `RecordContext` raises or closes, it tells of itself; other hints are returned."""
    giving = (
        {"raise_alarm", "open_alarm"}
        | RESOLVING
        | {
            node.name
            for place, node in functions()
            if place in RAISERS | RESOLVERS and node.returns and gives_hints(node.returns)
        }
    )
    dropped = [
        f"{place} drops what {called(node.value)} returns"
        for place, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in giving
    ]
    assert not dropped, ", ".join(dropped)


@pytest.mark.parametrize("kind", AlarmKind)
def test_an_alarm_has_a_lane_if_its_row_says_so(kind: AlarmKind) -> None:
    is_of_lane = ALARMS[kind].is_of_lane
    at = Envelope("mine", "mine-in", b"")
    alarm = Alarm.of(at, kind)
    assert (alarm.yard, alarm.lane) == (("mine", "mine-in") if is_of_lane else (None, None))
    with pytest.raises(ValueError, match="is_of_lane"):
        Alarm(kind, "", *((None, None) if is_of_lane else at[:2]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_words_and_no_other(language: Language) -> None:
    assert set(alarm_words(language)) == set(AlarmKind)
    titles = {key for key in catalogue(language) if key.startswith("alarm.")}
    assert titles == {f"alarm.{kind}" for kind in AlarmKind}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AlarmKind)
def test_words_are_whole_and_in_their_language(language: Language, kind: AlarmKind) -> None:
    words = alarm_words(language)[kind]
    texts = [words.title, words.meaning, words.todo, *filter(None, [words.closes])]
    assert [text for text in texts if bool(CHINESE.search(text)) != (language == "zh")] == []
    assert words.meaning.endswith((".", "。"))
    assert words.todo.endswith((".", "。"))
    assert not words.title.endswith((".", "。"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AlarmKind)
def test_words_say_when_an_alarm_closes_if_it_closes_by_itself(
    language: Language, kind: AlarmKind
) -> None:
    assert bool(alarm_words(language)[kind].closes) == (ALARMS[kind].closed_by is not None)


@pytest.mark.parametrize("kind", SELF_CLOSING)
def test_a_kind_that_closes_by_itself_has_a_resolver(kind: AlarmKind) -> None:
    place = SELF_CLOSING[kind]
    is_closed = kind in RESOLVERS.get(place, set())
    assert is_closed, f"{place} must call resolve_alarm and name AlarmKind.{kind.name} itself"


def test_every_resolver_is_in_the_table() -> None:
    assert set(RESOLVERS) == set(SELF_CLOSING.values())
    resolved = set().union(*RESOLVERS.values())
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
