"""Triggers that keep the ledger's promises against every writer, also one with a SQL prompt.

Entries are written first, the journal last: when its row arrives, all its entries are there and
must balance, and after it nothing can be added. An entry must continue its account's history and
agree with the account's balance.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE = (
    # The two EXISTS on the row's own key stop INSERT OR REPLACE, which deletes unseen by triggers.
    """
    CREATE TRIGGER journals_balance BEFORE INSERT ON journals BEGIN
      SELECT RAISE(ABORT, 'journal exists')
        WHERE EXISTS (SELECT 1 FROM journals WHERE id = NEW.id);
      SELECT RAISE(ABORT, 'journal does not balance')
        WHERE (SELECT COUNT(*) < 2 OR SUM(amount_minor) <> 0
               FROM entries WHERE journal_id = NEW.id);
    END
    """,
    """
    CREATE TRIGGER entries_continue BEFORE INSERT ON entries BEGIN
      SELECT RAISE(ABORT, 'journal is closed')
        WHERE EXISTS (SELECT 1 FROM journals WHERE id = NEW.journal_id);
      SELECT RAISE(ABORT, 'entry exists')
        WHERE EXISTS (SELECT 1 FROM entries
                      WHERE (account_id = NEW.account_id AND account_version = NEW.account_version)
                         OR (journal_id = NEW.journal_id AND account_id = NEW.account_id));
      SELECT RAISE(ABORT, 'entry does not continue its account')
        WHERE NEW.balance_after_minor - NEW.amount_minor <> CASE NEW.account_version
          WHEN 1 THEN 0
          ELSE COALESCE((SELECT balance_after_minor FROM entries
                         WHERE account_id = NEW.account_id
                           AND account_version = NEW.account_version - 1),
                        NEW.balance_after_minor - NEW.amount_minor + 1) END;
      SELECT RAISE(ABORT, 'entry disagrees with the balance of its account')
        WHERE NOT EXISTS (SELECT 1 FROM accounts
                          WHERE id = NEW.account_id AND version = NEW.account_version
                            AND balance_minor = NEW.balance_after_minor);
    END
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN
          SELECT RAISE(ABORT, '{table} are only ever inserted');
        END
        """
        for table in ("journals", "entries")
        for verb in ("UPDATE", "DELETE")
    ),
)

_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% are only ever inserted', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE FUNCTION journal_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT COUNT(*) < 2 OR SUM(amount_minor) <> 0
          FROM entries WHERE journal_id = NEW.id) THEN
        RAISE EXCEPTION 'journal does not balance';
      END IF;
      RETURN NEW;
    END $$
    """,
    # The advisory lock makes a second writer of the same journal wait for the first one's commit;
    # without it, its entries would slip into a journal that it cannot see yet.
    """
    CREATE FUNCTION entry_continues() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended(NEW.journal_id::text, 0));
      IF EXISTS (SELECT 1 FROM journals WHERE id = NEW.journal_id) THEN
        RAISE EXCEPTION 'journal is closed';
      END IF;
      IF NEW.account_version = 1 THEN
        IF NEW.balance_after_minor <> NEW.amount_minor THEN
          RAISE EXCEPTION 'entry does not continue its account';
        END IF;
      ELSIF NOT EXISTS (SELECT 1 FROM entries
                        WHERE account_id = NEW.account_id
                          AND account_version = NEW.account_version - 1
                          AND balance_after_minor = NEW.balance_after_minor - NEW.amount_minor) THEN
        RAISE EXCEPTION 'entry does not continue its account';
      END IF;
      IF NOT EXISTS (SELECT 1 FROM accounts
                     WHERE id = NEW.account_id AND version = NEW.account_version
                       AND balance_minor = NEW.balance_after_minor) THEN
        RAISE EXCEPTION 'entry disagrees with the balance of its account';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER journals_balance BEFORE INSERT ON journals
      FOR EACH ROW EXECUTE FUNCTION journal_balances()
    """,
    """
    CREATE TRIGGER entries_continue BEFORE INSERT ON entries
      FOR EACH ROW EXECUTE FUNCTION entry_continues()
    """,
    *(
        f"""
        CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table}
          FOR EACH {"STATEMENT" if verb == "TRUNCATE" else "ROW"} EXECUTE FUNCTION refuse_change()
        """
        for table in ("journals", "entries")
        for verb in ("UPDATE", "DELETE", "TRUNCATE")
    ),
)


def upgrade() -> None:
    statements = _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL
    for statement in statements:
        op.execute(statement)
