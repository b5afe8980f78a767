"""Alembic's entry: both dialects, short lock waits, never application code in versions.

All migrations that are missing run in one transaction. With one each, a second program could begin between two of
them, see the same next one, and fail on what the first has made meanwhile.
"""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, text

import backend.db.tables  # noqa: F401  (fills the metadata)
from backend.config import Settings
from backend.db.base import Base, UtcDateTime
from backend.db.session import open_database


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | bool:
    """Write our own types as the plain ones below them, so that a migration never needs application code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


url = context.config.attributes.get("url") or Settings().database
engine = open_database(url).engine
try:
    with engine.connect() as connection:
        postgres = engine.dialect.name == "postgresql"
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=not postgres,
            transactional_ddl=True,  # of SQLite, too: Alembic takes it for one that commits around each migration
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            if postgres:
                connection.execute(text("SET LOCAL statement_timeout = '60s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(823641)"))
                # A migration that cannot get its lock must give up, not hold up everybody behind it.
                connection.execute(text("SET LOCAL lock_timeout = '4s'"))
            context.run_migrations()
        connection.commit()
finally:
    engine.dispose()
