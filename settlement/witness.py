"""What no statement may do to the tables of money, whoever writes it: rules, made into triggers.

What explains money is only ever inserted. A payout's row keeps what it was made from, and its state
moves along the table of states, which is the one that the code runs by.
"""

from typing import Final

from settlement.messages import PayoutState
from settlement.payouts.states import TRANSITIONS
from settlement.tables import (
    accounts,
    approvals,
    attempts,
    callbacks,
    contracts,
    deposits,
    founders,
    head_tables,
    notices,
    payouts,
    rails,
    settlements,
    spent,
    used_weighings,
)
from taigan.witness import DIFFERS, Rule, kept, never_deleted, not_replaced, only_inserted

OF_MIGRATIONS: Final = (
    "journals_balance",
    "entries_continue",
    "journals_refuse_update",
    "journals_refuse_delete",
    "entries_refuse_update",
    "entries_refuse_delete",
    "founders_are_two",
    "journals_head_insert",
    *(
        f"{table}_head_{verb}"
        for table in (
            *("contracts", "settlements", "deposits", "payouts", "attempts", "callbacks"),
            *("founders", "proposals", "proposal_decisions"),
        )
        for verb in ("insert", "update")
    ),
)
"""Triggers of migrations 0002, 0006 and 0007: what the list of facts must hear of."""

MOVES: Final = frozenset((old, row.state) for (old, _), row in TRANSITIONS.items())
"""Which state of a payout may follow which, by the table that runs."""

_STARTS: Final = f"'{PayoutState.HELD}', '{PayoutState.READY}'"


def _differ(*columns: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} {DIFFERS} OLD.{name}" for name in columns) + ")"


def _payouts() -> tuple[Rule, ...]:
    moves = ", ".join(sorted(f"'{old}>{new}'" for old, new in MOVES if old != new))
    stays = "NEW.state = OLD.state"
    is_sent = f"OLD.state = '{PayoutState.READY}' AND NEW.state = '{PayoutState.SENDING}'"
    is_paid = f"NEW.state = '{PayoutState.PAID}' AND NOT {stays}"
    return (
        kept(
            payouts,
            but=(
                *("state", "reason", "detail", "fence", "asks", "due_ms"),
                *("first_sent_ms", "last_sent_ms", "paid_ms"),
            ),
        ),
        Rule(
            table="payouts",
            what="states",
            on="UPDATE",
            refused_if=f"NOT {stays} AND OLD.state || '>' || NEW.state NOT IN ({moves})",
            says="payouts: a state moves only along the table of states",
        ),
        Rule(
            table="payouts",
            what="history",
            on="UPDATE",
            refused_if=f"NEW.fence < OLD.fence OR ({_differ('reason', 'detail')} AND {stays})"
            f" OR ({_differ('first_sent_ms')} AND (OLD.first_sent_ms IS NOT NULL"
            f" OR NOT ({is_sent}))) OR ({_differ('last_sent_ms')} AND NOT ({is_sent}))"
            f" OR ({_differ('paid_ms')} AND NOT ({is_paid}))",
            says="payouts: times, fence and reason follow from a change of the state",
        ),
        Rule(
            table="payouts",
            what="start",
            on="INSERT",
            refused_if=f"NEW.fence <> 0 OR NEW.first_sent_ms IS NOT NULL"
            f" OR NOT (NEW.state IN ({_STARTS})"
            f" OR (NEW.state = '{PayoutState.PAID}' AND NEW.amount_minor = 0))",
            says="payouts begin as held or ready, and unsent",
        ),
        *never_deleted(payouts),
    )


def _notices() -> tuple[Rule, ...]:
    """Keep what a driver was told; the gateway's row holds the newest news."""
    fixed = ("id", "channel", "settlement_id", "recipient")
    news = ("revision", "body", "created_ms")
    older = "OLD.channel = 'webhook' AND NEW.revision > OLD.revision"
    newest = "old.channel = 'webhook' AND NEW.revision > old.revision"
    return (
        Rule(
            table="notices",
            what="facts",
            on="UPDATE",
            refused_if=f"{_differ(*fixed)} OR ({_differ(*news)} AND NOT ({older}))",
            says="notices: what was said to whom stays; news to the gateway only get newer",
        ),
        *(rule for rule in never_deleted(notices) if rule.on != "INSERT"),
        not_replaced(notices, if_absent=True, unless=newest),
    )


NEEDED: Final = {
    **dict.fromkeys(("accounts", "settlements", "payouts", "attempts"), "UPDATE"),
    **dict.fromkeys(("rails", "spent", "notices"), "UPDATE"),
    **dict.fromkeys(("ledger_checks", "checked_accounts", "checked_tallies"), "UPDATE"),
    **dict.fromkeys(("contracts", "journals", "entries", "callbacks"), ""),
    **dict.fromkeys(("used_weighings", "deposits"), ""),
    **dict.fromkeys(("proposal_decisions", "founders"), ""),
    **dict.fromkeys(("head_entries", "heads"), ""),
    "head_changes": "DELETE",
    "heads_kept": "UPDATE",
    "proposals": "UPDATE",  # to lock the row while a decision is heard; a rule refuses the rest
}
"""What the program does to its rows beside reading and inserting them, by table. It deletes
no fact, but what waits to come into the list of facts.
Each of its tables stands here; of another one it may only read and insert rows."""

RULES: Final[tuple[Rule, ...]] = (
    *only_inserted(contracts, if_absent=True),
    kept(settlements, but=["revision"], only="NEW.revision <= OLD.revision"),
    *never_deleted(settlements, if_absent=True),
    kept(
        accounts,
        but=["balance_minor", "version"],
        only="NEW.version <> OLD.version + 1",
        says="accounts: a balance moves only with its version, by one",
    ),
    *never_deleted(accounts, if_absent=True),
    kept(rails, but=["paused", "reason", "changed_ms"]),
    *never_deleted(rails, if_absent=True),
    kept(
        spent,
        but=["payouts", "amount_minor"],
        only="NEW.payouts <= OLD.payouts OR NEW.amount_minor < OLD.amount_minor",
        says="spent: what has left only grows",
    ),
    *never_deleted(spent, if_absent=True),
    *_payouts(),
    kept(
        attempts,
        but=["finished_ms", "outcome", "evidence"],
        only="OLD.finished_ms IS NOT NULL",
        says="attempts: an attempt is finished once, and nothing else of it changes",
    ),
    *never_deleted(attempts),
    *only_inserted(callbacks, if_absent=True),
    *only_inserted(used_weighings, if_absent=True),
    *only_inserted(deposits),
    *_notices(),
    *only_inserted(approvals.proposals),
    *only_inserted(approvals.decisions),
    *only_inserted(founders),
    *only_inserted(head_tables.entries),
    *only_inserted(head_tables.heads),
)
