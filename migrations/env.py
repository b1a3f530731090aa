"""Alembic's entry: migrates the connection that `ledger.store.migrate` hands over."""

from alembic import context

from ledger.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
