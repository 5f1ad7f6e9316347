"""Who may sign here: two founders entered at installation, and whom the people agreed on since."""

import re
from typing import Final

from sqlalchemy import Connection, func, insert, select

from settlement.register_forms import Kind, PersonEntry
from settlement.tables import approvals, founders
from taigan.approvals.cases import Case, Untrue, read_case
from taigan.approvals.forms import NAME_PATTERN, PublicKey
from taigan.approvals.people import People, Person
from taigan.approvals.signatures import key_id
from taigan.approvals.states import State
from taigan.approvals.store import Approvals, Hearing

APPROVALS: Final = Approvals(approvals)

FOUNDERS_MAX: Final = 2

_FOUNDERS: Final = select(founders).order_by(founders.c.entered_ms, founders.c.name)
_COUNT: Final = select(func.count()).select_from(founders)


class NotAFounder(Exception):
    """Two people are there: a further one is proposed and approved."""


def add_founder(connection: Connection, name: str, key: PublicKey, now_ms: int) -> None:
    """Enter one of the first two people, at installation. Raises NotAFounder."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise NotAFounder(f"name: must match {NAME_PATTERN}")
    people = read_people(connection, now_ms)
    if name in people.names or key_id(key) in people.ever:
        raise NotAFounder(f"{name}, or this key, is entered already")
    if connection.execute(_COUNT).scalar_one() >= FOUNDERS_MAX:
        raise NotAFounder(
            f"{', '.join(people.names)} are entered: one of them proposes {name}, the other"
            " approves (`taigan-settlement propose person`)"
        )
    row = {"name": name, "key_id": key_id(key), "public": key.public, "entered_ms": now_ms}
    connection.execute(insert(founders), row)


def hearing_of(connection: Connection, now_ms: int) -> Hearing:
    """Return what a transaction needs for reading or taking proposals."""
    return Hearing(connection, read_people(connection, now_ms), now_ms)


def read_people(connection: Connection, now_ms: int) -> People:
    """Return who may sign at an instant, and every key that ever could.

    A person is believed when those who signed for him are. Whom nobody believable signed for has no
    rights; the list of proposals shows him as what he is.
    """
    ever: dict[str, Person] = {}
    active: dict[str, str] = {}
    for row in connection.execute(_FOUNDERS):
        ever[row.key_id] = Person(row.name, PublicKey(public=row.public))
        active[row.name] = row.key_id
    for case in _believable(connection, ever, now_ms):
        name, after = case.proposal.subject, case.proposal.after
        active.pop(name, None)
        if after is not None:
            active[name] = key_id(PersonEntry.model_validate(after).key)
    return People(ever=ever, active=frozenset(active.values()))


def _believable(connection: Connection, ever: dict[str, Person], now_ms: int) -> list[Case]:
    """Return the cases about people that are in effect, in their order; add their keys to `ever`.

    Someone may have signed who was entered by a proposal that was made later: look until no new key
    is found.
    """
    waiting = APPROVALS.unread(connection, Kind.PERSON)
    found: list[tuple[int, Case]] = []
    before = -1
    while len(found) != before:
        before, still = len(found), []
        for row, said in waiting:
            known = People(ever=ever, active=frozenset())
            try:
                case = read_case(row, said, known)
                standing = case.standing(now_ms)
            except Untrue:
                still.append((row, said))
                continue
            if standing.state is State.IN_EFFECT and standing.effective_ms is not None:
                found.append((standing.effective_ms, case))
                _learn(case, ever)
        waiting = still
    return [case for _, case in sorted(found, key=lambda one: one[0])]


def _learn(case: Case, ever: dict[str, Person]) -> None:
    if case.proposal.after is not None:
        key = PersonEntry.model_validate(case.proposal.after).key
        ever.setdefault(key_id(key), Person(case.proposal.subject, key))
