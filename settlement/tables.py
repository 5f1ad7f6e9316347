"""Every table of the settlement on one page. Money in fen (`*_minor`), times in epoch ms UTC.

The promises that must hold whatever the code does are constraints here and triggers in the
migration: entries and journals are only ever inserted, every journal sums to zero, every account
has a gapless history that its balance agrees with, no deposit is overdrawn.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    literal,
    text,
)

from settlement.messages import PayoutState
from taigan.approvals.tables import approval_tables
from taigan.heads.tables import HeadTables, add_head_tables

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_STATES: Final = ", ".join(f"'{state}'" for state in PayoutState)

_STOPPED: Final = text("state IN ('held', 'manual')")

contracts: Final = Table(
    "contracts",
    metadata,
    Column("contract_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("terms", Text, nullable=False, comment="JSON as first used; a version never changes"),
    Column("pinned_ms", BigInteger, nullable=False),
)

settlements: Final = Table(
    "settlements",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("ticket_id", Uuid, nullable=False, unique=True),
    Column("order_no", String(64), nullable=False),
    Column("contract_id", String(64), nullable=False),
    Column("contract_version", Integer, nullable=False),
    Column("driver_id", String(64), nullable=False),
    Column("plate", String(16), nullable=False),
    Column("phone", String(16), nullable=False),
    Column("receipt_url", String(500), nullable=False),
    Column("ticket", Text, nullable=False, comment="TicketToSettle as JSON, records included"),
    Column("price", Text, nullable=False, comment="Price as JSON"),
    Column("total_minor", BigInteger, nullable=False),
    Column("settled_ms", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    ForeignKeyConstraint(
        ["contract_id", "contract_version"], ["contracts.contract_id", "contracts.version"]
    ),
    CheckConstraint("total_minor >= 0", name="total_not_negative"),
)

accounts: Final = Table(
    "accounts",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("kind <> 'prefund' OR balance_minor >= 0", name="deposit_not_overdrawn"),
    CheckConstraint("version >= 0", name="version_not_negative"),
    Index(None, "kind"),
)

journals: Final = Table(
    "journals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=True),
    Column("corrects", Uuid, ForeignKey("journals.id"), nullable=True),
    Column("posted_ms", BigInteger, nullable=False),
    Index(None, "settlement_id"),
)

entries: Final = Table(
    "entries",
    metadata,
    Column("account_id", String(160), ForeignKey("accounts.id"), primary_key=True),
    Column("account_version", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "journal_id",
        Uuid,
        ForeignKey("journals.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("amount_minor", BigInteger, nullable=False),
    Column("balance_after_minor", BigInteger, nullable=False),
    UniqueConstraint("journal_id", "account_id"),
    CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
    CheckConstraint("account_version >= 1", name="version_counts_from_one"),
)

rails: Final = Table(
    "rails",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
)

spent: Final = Table(
    "spent",
    metadata,
    Column("rail", String(32), ForeignKey("rails.name"), primary_key=True),
    Column("subject", String(64), primary_key=True, comment="Of a payee, or empty: of the rail"),
    Column("period", String(40), primary_key=True, comment="A business day, an hour, ten minutes"),
    Column("payouts", Integer, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
)
"""What has left within a period, for the limits."""

_IS_DUE: Final = text("due_ms IS NOT NULL")
_IS_UNPAID: Final = text("state <> 'paid'")

payouts: Final = Table(
    "payouts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=False, unique=True),
    Column("contract_id", String(64), nullable=False),
    Column("driver_id", String(64), nullable=False),
    Column("rail", String(32), ForeignKey("rails.name"), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=True),
    Column("detail", Text, nullable=True, comment="The reason in words, for people"),
    Column("generation", Integer, nullable=False),
    Column("provider_no", String(30), nullable=False, unique=True),
    Column("request_body", Text, nullable=False, comment="The exact bytes of every send"),
    Column("fence", Integer, nullable=False, comment="Grows with each claim; the attempt's number"),
    Column("asks", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=True, comment="When a worker may claim it"),
    Column("first_sent_ms", BigInteger, nullable=True),
    Column("last_sent_ms", BigInteger, nullable=True),
    Column("paid_ms", BigInteger, nullable=True),
    Column("created_ms", BigInteger, nullable=False),
    CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
    CheckConstraint(f"state IN ({_STATES})", name="state_known"),
    Index("ix_payouts_due", "due_ms", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
    Index(
        "ix_payouts_unpaid",
        "state",
        "created_ms",
        "id",
        sqlite_where=_IS_UNPAID,
        postgresql_where=_IS_UNPAID,
    ),
    Index(
        "ix_payouts_stopped", "state", "reason", sqlite_where=_STOPPED, postgresql_where=_STOPPED
    ),
    Index("ix_payouts_contract_held", "contract_id", "reason", "created_ms"),
    Index(None, "created_ms", "id"),
)

UNPAID: Final = payouts.c.state != literal(PayoutState.PAID.value, literal_execute=True)
"""Payouts without their end; a query that says so reads these alone, however many were ever paid.

Spelt out in the statement, not bound: a partial index serves only what it can be proved to hold.
"""

STOPPED: Final = text("payouts.state IN ('held', 'manual')")
"""Payouts that wait for a person or for money, in the words of their index."""

attempts: Final = Table(
    "attempts",
    metadata,
    Column("payout_id", Uuid, ForeignKey("payouts.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False, comment="send or ask"),
    Column("provider_no", String(30), nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("finished_ms", BigInteger, nullable=True),
    Column("outcome", String(16), nullable=True),
    Column("evidence", Text, nullable=True, comment="What the bank said, cut to a limit"),
)

callbacks: Final = Table(
    "callbacks",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("provider_no", String(64), nullable=True),
    Column("body", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

used_weighings: Final = Table(
    "used_weighings",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("ticket_id", Uuid, nullable=False),
    Column("used_ms", BigInteger, nullable=False),
)

deposits: Final = Table(
    "deposits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("idempotency_key", String(200), nullable=False, unique=True),
    Column("contract_id", String(64), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reference", String(140), nullable=False),
    Column("journal_id", Uuid, ForeignKey("journals.id"), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount_positive"),
)

notices: Final = Table(
    "notices",
    metadata,
    Column("id", Uuid, primary_key=True, comment="Same on every delivery, so receivers can dedupe"),
    Column("channel", String(16), nullable=False),
    Column("settlement_id", Uuid, ForeignKey("settlements.id"), nullable=True),
    Column("revision", Integer, nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_ms", BigInteger, nullable=True, comment="None when delivered or given up"),
    Column("created_ms", BigInteger, nullable=False),
    Column("delivered_ms", BigInteger, nullable=True),
    Column("last_error", String(200), nullable=True),
    Index("ix_notices_due", "channel", "due_ms", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
)
"""One without a settlement is about a payee's account."""

ledger_checks: Final = Table(
    "ledger_checks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="One row: 1"),
    Column("turn", Integer, nullable=False, comment="Grows with each stored checkpoint"),
    CheckConstraint("id = 1", name="one_row"),
)

checked_accounts: Final = Table(
    "checked_accounts",
    metadata,
    Column("account_id", String(160), ForeignKey("accounts.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
)
"""Up to which version each account's history was checked, and the balance it had there."""

checked_tallies: Final = Table(
    "checked_tallies",
    metadata,
    Column("journal_kind", String(32), primary_key=True),
    Column("account_kind", String(32), primary_key=True),
    Column("journals", BigInteger, nullable=False, comment="Whose first account is of this kind"),
    Column("entries", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
)
"""What the checked history comes to."""

approvals: Final = approval_tables(metadata)
"""What people proposed and decided; the registers of payees, contracts and people follow."""

founders: Final = Table(
    "founders",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("key_id", String(16), nullable=False, unique=True),
    Column("public", String(44), nullable=False, comment="Base64 of the Ed25519 public key"),
    Column("entered_ms", BigInteger, nullable=False),
)
"""The first two people who may sign, entered at installation; all others were proposed."""

head_tables: Final[HeadTables] = add_head_tables(metadata)
"""The list of facts that heads sign; triggers note what is to be added."""
