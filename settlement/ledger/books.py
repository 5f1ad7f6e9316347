"""The books at a glance, and the checks that must hold in every read of them."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection, Select, case, func, literal, select, true

from settlement.messages import PayoutState
from settlement.tables import accounts, deposits, entries, journals, payouts, settlements

_UNRESOLVED: Final = (
    PayoutState.READY,
    PayoutState.SENDING,
    PayoutState.ACCEPTED,
    PayoutState.UNKNOWN,
    PayoutState.HELD,
    PayoutState.MANUAL,
)
_EXAMPLES_MAX: Final = 100


class AccountBalance(BaseModel):
    id: str
    kind: str
    balance_minor: int
    """Debits negative, credits positive."""


class PayoutSum(BaseModel):
    state: PayoutState
    reason: str | None
    count: int
    amount_minor: int


class Unresolved(BaseModel):
    payout_id: UUID
    ticket_id: UUID
    state: PayoutState
    reason: str | None
    amount_minor: int
    created_ms: int


class Books(BaseModel):
    """One consistent state of the ledger. `balanced` is true when every check holds."""

    balanced: bool
    checks: dict[str, bool]
    journals: int
    entries: int
    entries_sum_minor: int
    deposited_minor: int
    settled_minor: int
    bank_minor: int
    """Money at the bank according to the books; positive when there is some."""
    in_transit_minor: int
    paid_minor: int
    accounts: list[AccountBalance]
    payouts: list[PayoutSum]
    unresolved: list[Unresolved]
    """At most 100, oldest first."""


_JOURNAL_SUMS: Final = (
    select(entries.c.journal_id)
    .group_by(entries.c.journal_id)
    .having((func.sum(entries.c.amount_minor) != 0) | (func.count() < 2))
)
_JOURNALS_WITHOUT_ENTRIES: Final = select(journals.c.id).where(
    ~select(literal(1)).where(entries.c.journal_id == journals.c.id).exists()
)
_ENTRIES_WITHOUT_JOURNAL: Final = select(entries.c.journal_id).where(
    ~select(literal(1)).where(journals.c.id == entries.c.journal_id).exists()
)
_ACCOUNTS_THAT_DISAGREE: Final = (
    select(accounts.c.id)
    .join(entries, entries.c.account_id == accounts.c.id, isouter=True)
    .group_by(accounts.c.id, accounts.c.balance_minor, accounts.c.version)
    .having(
        (func.coalesce(func.sum(entries.c.amount_minor), 0) != accounts.c.balance_minor)
        | (func.count(entries.c.journal_id) != accounts.c.version)
    )
)
_PAYOUTS_THAT_DIFFER: Final = (
    select(settlements.c.id)
    .join(payouts, payouts.c.settlement_id == settlements.c.id, isouter=True)
    .where(func.coalesce(payouts.c.amount_minor, -1) != settlements.c.total_minor)
)
_RESERVED: Final = case(
    (payouts.c.state.in_([PayoutState.READY, PayoutState.SENDING]), true()),
    (payouts.c.state.in_([PayoutState.ACCEPTED, PayoutState.UNKNOWN]), true()),
    ((payouts.c.state == PayoutState.HELD) & (payouts.c.reason != "funds"), true()),
    (
        (payouts.c.state == PayoutState.MANUAL)
        & func.coalesce(payouts.c.reason, "").not_like("paid_after_%"),
        true(),
    ),
    else_=~true(),
)
_UNRESOLVED_LIST: Final = (
    select(
        payouts.c.id.label("payout_id"),
        settlements.c.ticket_id,
        payouts.c.state,
        payouts.c.reason,
        payouts.c.amount_minor,
        payouts.c.created_ms,
    )
    .join(settlements, settlements.c.id == payouts.c.settlement_id)
    .where(payouts.c.state.in_(_UNRESOLVED))
    .order_by(payouts.c.created_ms, payouts.c.id)
    .limit(_EXAMPLES_MAX)
)
_PAYOUT_SUMS: Final = (
    select(
        payouts.c.state,
        payouts.c.reason,
        func.count().label("count"),
        func.sum(payouts.c.amount_minor).label("amount_minor"),
    )
    .group_by(payouts.c.state, payouts.c.reason)
    .order_by(payouts.c.state, payouts.c.reason)
)


def read_books(connection: Connection) -> Books:
    """Read the books and check them; call it in one snapshot."""
    kinds = _sums_by_kind(connection)
    entries_sum = _sum(connection, select(func.sum(entries.c.amount_minor)))
    reserved = _sum(connection, select(func.sum(payouts.c.amount_minor)).where(_RESERVED))
    in_transit = kinds.get("bank_in_transit", 0)
    checks = {
        "entries_sum_to_zero": entries_sum == 0,
        "every_journal_sums_to_zero": _none(connection, _JOURNAL_SUMS),
        "every_journal_has_entries": _none(connection, _JOURNALS_WITHOUT_ENTRIES),
        "every_entry_has_a_journal": _none(connection, _ENTRIES_WITHOUT_JOURNAL),
        "every_balance_is_its_entries": _none(connection, _ACCOUNTS_THAT_DISAGREE),
        "every_payout_is_its_settlement": _none(connection, _PAYOUTS_THAT_DIFFER),
        "in_transit_is_what_is_reserved": in_transit == reserved,
    }
    by_state = [PayoutSum.model_validate(row._mapping) for row in connection.execute(_PAYOUT_SUMS)]  # noqa: SLF001 - the documented way to a row's columns
    unresolved = connection.execute(_UNRESOLVED_LIST)
    return Books(
        balanced=all(checks.values()),
        checks=checks,
        journals=_sum(connection, select(func.count()).select_from(journals)),
        entries=_sum(connection, select(func.count()).select_from(entries)),
        entries_sum_minor=entries_sum,
        deposited_minor=_sum(connection, select(func.sum(deposits.c.amount_minor))),
        settled_minor=_sum(connection, select(func.sum(settlements.c.total_minor))),
        bank_minor=-kinds.get("bank", 0),
        in_transit_minor=in_transit,
        paid_minor=sum(s.amount_minor for s in by_state if s.state is PayoutState.PAID),
        accounts=_accounts(connection),
        payouts=by_state,
        unresolved=[Unresolved.model_validate(row._mapping) for row in unresolved],  # noqa: SLF001 - as above
    )


def _accounts(connection: Connection) -> list[AccountBalance]:
    rows = connection.execute(select(accounts).order_by(accounts.c.id))
    return [
        AccountBalance(id=row.id, kind=row.kind, balance_minor=row.balance_minor) for row in rows
    ]


def _sums_by_kind(connection: Connection) -> dict[str, int]:
    query = select(accounts.c.kind, func.sum(accounts.c.balance_minor)).group_by(accounts.c.kind)
    return {kind: int(total) for kind, total in connection.execute(query)}


def _sum(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar() or 0)


def _none(connection: Connection, query: Select[Any]) -> bool:
    return connection.execute(query.limit(1)).first() is None
