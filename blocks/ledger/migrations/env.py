"""Alembic's entry: run the migrations on the engine that `blocks.ledger.migrate` hands over."""

from alembic import context

engine = context.config.attributes["engine"]
with engine.connect().execution_options(govmanager_write=True) as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
