"""Run by Alembic; the connection comes from `advisor.store.database`."""

from alembic import context

from advisor.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
