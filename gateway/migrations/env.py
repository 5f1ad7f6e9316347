"""Called by Alembic with the connection that `upgrade` opened: its transaction is ours."""

from alembic import context

from gateway.db import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
