"""Run the migrations: short lock timeouts, one process at a time, the same models the product uses."""

from alembic import context
from sqlalchemy import text

from idp.storage.database import Database

LOCK = 7_230_419
"""Advisory lock of PostgreSQL that two deployments at once would contend for."""


def run() -> None:
    """Migrate the database of the command that called us."""
    database: Database = context.config.attributes["database"]
    sqlite = database.dialect == "sqlite"
    with database.engine.connect() as connection:
        if not sqlite:
            connection.execute(text("SET lock_timeout = '5s'"))
            connection.execute(text("SET statement_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            connection.commit()
        metadata = context.config.attributes["metadata"]
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=sqlite)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if not sqlite:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()


run()
