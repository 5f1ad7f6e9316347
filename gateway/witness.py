"""What no statement may do to the gateway's tables, whoever writes it: rules, made into triggers.

Signed records, sealed tickets and decisions are kept by triggers of earlier migrations. These keep
what leads from them to money: who was weighed, what people decided, what was ordered on which
terms, what was told to settlement, what was called for and closed.
"""

from typing import Final

from gateway.audit.tables import head_tables
from gateway.outbox.tables import outbox
from gateway.records.tables import alarms, chains, records
from gateway.registry.tables import cards, contracts, drivers, lanes, orders, vehicles, yards
from gateway.tickets.tables import decisions, stops, tickets
from gateway.trail.tables import trail
from taigan.witness import DIFFERS, Rule, kept, never_deleted, not_replaced, only_inserted

OF_MIGRATIONS: Final = (
    "records_refuse_update",
    "records_refuse_delete",
    "tickets_refuse_update",
    "tickets_refuse_delete",
    "decisions_refuse_update",
    "decisions_refuse_delete",
    *("lanes_head_0", "lanes_head_1", "records_head_2", "records_head_3"),
    *("tickets_head_4", "tickets_head_5", "outbox_head_6", "outbox_head_7"),
    *("tickets_head_8", "tickets_head_9", "trail_head_10", "trail_head_11"),
    *("orders_head_terms", "orders_head_contract_id", "orders_head_contract_version"),
)
"""Triggers of migrations 0002, 0005, 0009, and 0014: what the list of facts must hear of."""

_ARRIVAL: Final = (
    *("stop_id", "yard_id", "lane_id", "tag", "plate", "arrival_event_id", "arrived_ms"),
)
_WEIGHING: Final = ("weighing_event_id", "weighing_seq", "weight_kg", "weighed_ms", "is_synced")
_DECISION: Final = ("dispatcher", "dispatcher_action", "dispatcher_reason", "dispatcher_ms")
_BY_PERSON: Final = ("is_accepted", "pinned_order_id", "is_set_aside")
_MASTER: Final = (yards, lanes, vehicles, drivers, cards, contracts)


def _differ(*columns: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} {DIFFERS} OLD.{name}" for name in columns) + ")"


def _once(*columns: str, after: str | None = None) -> str:
    """Return when columns change that stand since the first of them, or `after`, was written."""
    return f"(OLD.{after or columns[0]} IS NOT NULL AND {_differ(*columns)})"


def _update(table: str, what: str, refused_if: str, says: str) -> Rule:
    return Rule(table=table, what=what, on="UPDATE", refused_if=refused_if, says=f"{table}: {says}")


def _stops() -> tuple[Rule, ...]:
    decided = (
        "EXISTS (SELECT 1 FROM decisions AS d WHERE d.decided_ms = NEW.dispatcher_ms"
        " AND d.stop_id = NEW.stop_id AND d.username = NEW.dispatcher)"
    )
    facts = (
        _differ(*_ARRIVAL),
        _once("vehicle_id"),
        _once(*_WEIGHING),
        _once("released_ms", "released_by", "heard_ms"),
        _once("left_ms", "zero_after_kg", "cycle_ms", "admit_ms", "release_ms"),
        _once("sealed_ms", "order_id", "ticket_id"),
    )
    return (
        _update("stops", "facts", " OR ".join(facts), "what a lane told stays as it was"),
        _update(
            "stops",
            "decided",
            f"{_differ(*_DECISION, *_BY_PERSON)} AND NOT {decided}",
            "what a person decided needs its row in decisions",
        ),
        *never_deleted(stops),
    )


def _outbox() -> tuple[Rule, ...]:
    """Let a ticket that settlement refused be told anew, with data put right; no other."""
    anew = (
        "OLD.done_ms IS NOT NULL AND NEW.done_ms IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM tickets AS t WHERE t.id = OLD.ticket_id AND t.settlement_revision > 0)"
    )
    return (
        _update(
            "outbox",
            "facts",
            f"{_differ('ticket_id')} OR ({_differ('body', 'created_ms')} AND NOT ({anew}))",
            "what settlement is told stays, unless it refused it",
        ),
        *never_deleted(outbox),
    )


def _alarms() -> tuple[Rule, ...]:
    fixed = _differ("id", "kind", "yard_id", "lane_id", "subject", "first_ms")
    closed = (*("detail", "count", "last_ms"), *("resolved_ms", "resolved_by", "resolved_reason"))
    over = f"(OLD.resolved_ms IS NOT NULL AND {_differ(*closed, 'open_key')})"
    return (
        _update(
            "alarms",
            "facts",
            f"{fixed} OR {over} OR NEW.count < OLD.count",
            "what was called for stays, and so does how it was closed",
        ),
        *never_deleted(alarms, if_absent=True),
    )


NEEDED: Final = {
    **dict.fromkeys(("yards", "lanes", "vehicles", "drivers", "cards", "contracts"), "UPDATE"),
    **dict.fromkeys(("orders", "stops", "records", "chains", "lanes_heard"), "UPDATE"),
    **dict.fromkeys(("outbox", "alarms", "staff_notices"), "UPDATE"),
    **dict.fromkeys(("users", "idempotency_keys"), "UPDATE"),
    **dict.fromkeys(("tickets", "unpaid", "sessions"), "UPDATE DELETE"),
    **dict.fromkeys(("password_resets", "recovery_codes"), "DELETE"),
    **dict.fromkeys(("decisions", "trail", "head_entries", "heads"), ""),
    "head_changes": "DELETE",
    "heads_kept": "UPDATE",
}
"""What the program does to its rows beside reading and inserting them, by table. Each of its tables
stands here; of another one it may only read and insert rows."""

RULES: Final[tuple[Rule, ...]] = (
    *(rule for table in _MASTER for rule in never_deleted(table)),
    kept(orders, but=["status", "revision"]),
    *never_deleted(orders),
    kept(
        chains,
        but=["last_seq", "last_sha256"],
        only=f"NEW.last_seq < OLD.last_seq OR (NEW.last_seq = OLD.last_seq"
        f" AND {_differ('last_sha256')})",
        says="chains: a journal only goes on",
    ),
    *never_deleted(chains, if_absent=True),
    *_stops(),
    _update(
        "tickets",
        "answer",
        f"NEW.settlement_revision = OLD.settlement_revision"
        f" AND {_differ('settlement', 'payout_state', 'payout_minor', 'paid_ms')}",
        "what settlement said changes only with its revision",
    ),
    _update(
        "tickets", "receipt", _once("receipt_revoked_ms"), "a receipt that was revoked stays so"
    ),
    not_replaced(tickets),
    not_replaced(records),
    *(rule for rule in never_deleted(decisions) if rule.on != "DELETE"),
    *_outbox(),
    *_alarms(),
    *only_inserted(trail),
    *only_inserted(head_tables.entries),
    *only_inserted(head_tables.heads),
)
