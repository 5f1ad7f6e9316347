"""What staff are sent: some alarms, in words of every language. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import RowMapping

from gateway.records.alarm_kinds import ALARMS, Actor, AlarmKind, Blocks, Severity
from gateway.records.alarm_words import alarm_words
from gateway.records.alarms import lane_of
from gateway.registry.places import LaneKey, Place
from gateway.texts import LANGUAGES, Language, reason_text

ITEMS_MAX: Final = 50
"""Alarms in one notice, the worst of them; how many more there are is said."""

Change = Literal["opened", "still_open", "closed"]

_LOCALES: Final = Path(__file__).parent / "locales"


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True)


class WordsTold(_Form):
    title: str
    meaning: str
    todo: str
    detail: str


class AlarmTold(_Form):
    """An alarm as the API gives it, with its words."""

    id: str
    change: Change
    kind: AlarmKind
    severity: Severity
    actor: Actor
    blocks: Blocks | None
    yard_id: str | None
    lane_id: str | None
    place: Place | None = None
    """The lane that it is about, by name; also one that is not registered."""
    subject: str
    detail: str
    count: int
    first_at: AwareDatetime
    resolved_at: AwareDatetime | None
    resolved_by: str | None
    resolved_reason: str | None
    words: dict[Language, WordsTold]

    def line(self, language: Language) -> str:
        """Return it in one line."""
        words = self.words[language]
        where = self.place.words if self.place else ""
        times = f"\u00d7{self.count}" if self.count > 1 else ""
        said = (f"[{_text(language, self.severity)}]", words.title, where, words.detail, times)
        return " ".join(filter(None, said))


class AlarmsTold(_Form):
    """The worst first."""

    alarms: tuple[AlarmTold, ...]
    more: int
    """Alarms that changed too and are not among them."""
    text: dict[Language, str]
    """All of it to be read, a line for each alarm."""


class AlarmNotice(_Form):
    """One webhook."""

    type: Literal["alarms.changed"] = "alarms.changed"
    timestamp: AwareDatetime
    data: AlarmsTold


def notice_of(
    changed: Iterable[tuple[Change, RowMapping]], named: Mapping[LaneKey, Place], now_ms: int
) -> AlarmNotice:
    """Return the notice of some rows of alarms; there is at least one. `named` has their lanes."""
    told = sorted((_told(*one, named) for one in changed), key=_worst_first)
    shown = tuple(told[:ITEMS_MAX])
    more = len(told) - len(shown)
    text = {language: "\n".join(_lines(shown, more, language)) for language in LANGUAGES}
    return AlarmNotice(timestamp=_at(now_ms), data=AlarmsTold(alarms=shown, more=more, text=text))


def _worst_first(one: AlarmTold) -> tuple[int, int, datetime]:
    return (get_args(Change).index(one.change), -one.severity.rank, one.first_at)


def _lines(shown: tuple[AlarmTold, ...], more: int, language: Language) -> Iterator[str]:
    for change in get_args(Change):
        of_change = [one for one in shown if one.change == change]
        if of_change:
            yield f"{_text(language, change)}:"
            yield from (one.line(language) for one in of_change)
    if more:
        yield _text(language, "more").format(n=more)


def _told(change: Change, row: RowMapping, named: Mapping[LaneKey, Place]) -> AlarmTold:
    kind, lane = AlarmKind(row["kind"]), lane_of(row)
    known = ALARMS[kind]
    copied: tuple[str, ...] = (
        "id", "yard_id", "lane_id", "subject", "detail", "count", "resolved_by", "resolved_reason",
    )  # fmt: skip
    values: dict[str, Any] = {name: row[name] for name in copied}
    return AlarmTold(
        **values,
        change=change,
        kind=kind,
        place=None if lane is None else named[lane],
        severity=known.severity,
        actor=known.actor,
        blocks=known.blocks,
        first_at=_at(row["first_ms"]),
        resolved_at=None if row["resolved_ms"] is None else _at(row["resolved_ms"]),
        words={language: _words(kind, row["detail"], language) for language in LANGUAGES},
    )


def _words(kind: AlarmKind, detail: str, language: Language) -> WordsTold:
    words = alarm_words(language)[kind]
    said = reason_text(detail)[language] if detail.isidentifier() else detail
    return WordsTold(title=words.title, meaning=words.meaning, todo=words.todo, detail=said)


@cache
def _texts(language: Language) -> dict[str, str]:
    texts: dict[str, str] = json.loads((_LOCALES / f"{language}.json").read_text("utf-8"))
    return texts


def _text(language: Language, key: str) -> str:
    return _texts(language)[key]


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
