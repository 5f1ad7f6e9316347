"""Keeps the ledger's checkpoint between two looks: the newest sound one wins, none is mixed."""

from typing import Final

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from settlement.ledger.checking import Checkpoint, Position, Tally
from settlement.tables import checked_accounts, checked_tallies, ledger_checks

_TURN: Final = select(ledger_checks.c.turn)
_NEXT_TURN: Final = (
    update(ledger_checks)
    .where(ledger_checks.c.turn == bindparam("old"))
    .values(turn=ledger_checks.c.turn + 1)
)


def load(connection: Connection) -> tuple[Checkpoint, int]:
    """Return the stored checkpoint and its turn, which `store` needs; read both in one snapshot."""
    turn = connection.execute(_TURN).scalar_one()
    positions = connection.execute(select(checked_accounts)).all()
    tallies = connection.execute(select(checked_tallies)).all()
    checkpoint = Checkpoint(
        {row.account_id: Position(row.version, row.balance_minor) for row in positions},
        {
            (row.journal_kind, row.account_kind): Tally(row.journals, row.entries, row.amount_minor)
            for row in tallies
        },
    )
    return checkpoint, turn


def store(connection: Connection, checkpoint: Checkpoint, turn: int) -> bool:
    """Keep a checkpoint that came from the one of `turn`; False if another was kept meanwhile.

    Raises ValueError for one with defects: they must show in every look, not in the first alone.
    """
    if checkpoint.defects:
        raise ValueError(f"not sound: {sorted(checkpoint.defects)}")
    if connection.execute(_NEXT_TURN, {"old": turn}).rowcount != 1:
        return False
    positions = [
        {"account_id": account, **checkpoint.positions[account]._asdict()}
        for account in sorted(checkpoint.moved)
    ]
    tallies = [
        {"journal_kind": journal, "account_kind": account, **tally._asdict()}
        for (journal, account), tally in sorted(checkpoint.tallies.items())
    ]
    for statement, rows in ((_KEEP_POSITION, positions), (_KEEP_TALLY, tallies)):
        if rows:
            connection.execute(statement, rows)
    return True


def _keep_position() -> Insert:
    given = insert(checked_accounts)
    return given.on_conflict_do_update(
        index_elements=[checked_accounts.c.account_id],
        set_={
            "version": given.excluded.version,
            "balance_minor": given.excluded.balance_minor,
        },
    )


def _keep_tally() -> Insert:
    given = insert(checked_tallies)
    return given.on_conflict_do_update(
        index_elements=[checked_tallies.c.journal_kind, checked_tallies.c.account_kind],
        set_={name: given.excluded[name] for name in Tally._fields},
    )


_KEEP_POSITION: Final = _keep_position()
_KEEP_TALLY: Final = _keep_tally()
