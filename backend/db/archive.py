"""Whole tables, whatever columns they have at their revision: how rows leave a database and come into one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    text,
)

from backend.db.session import Session
from backend.db.tables import Job, User
from backend.domain.archive import Column, ColumnKind, Outline
from backend.domain.job_state import JobState
from backend.domain.vocabulary import UserRole

_VERSION = "alembic_version"
_AT_ONCE = 1000  # rows read at a time


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table as it is in the database."""

    table: Table
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return self.table.name


def revision(session: Session) -> str | None:
    """The schema's; None where no migration has run."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def tables(session: Session) -> list[StoredTable]:
    """All of them, owners before what they own."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    return [
        StoredTable(table, tuple(Column(column.name, _kind(column)) for column in table.columns))
        for table in metadata.sorted_tables
        if table.name != _VERSION
    ]


def outline(session: Session, stored: StoredTable) -> Outline:
    return Outline(stored.name, stored.columns, count(session, stored))


def count(session: Session, stored: StoredTable) -> int:
    return session.scalar(select(func.count()).select_from(stored.table)) or 0


def rows(session: Session, stored: StoredTable) -> Iterator[tuple[Any, ...]]:
    """Every row, a few in memory at a time; JSON as text."""
    statement = select(*(_as_read(stored.table.c[column.name], column.kind) for column in stored.columns))
    for row in session.execute(statement, execution_options={"yield_per": _AT_ONCE}):
        yield tuple(row)


def add(session: Session, stored: StoredTable, columns: Sequence[Column], found: list[list[Any]]) -> None:
    """Insert rows whose values come in the order of `columns`; JSON as text."""
    names = [column.name for column in columns]
    postgres = dialect(session) == "postgresql"
    values = {
        column.name: _as_written(stored.table.c[column.name], column.kind, postgres=postgres) for column in columns
    }
    session.execute(insert(stored.table).values(values), [dict(zip(names, row, strict=True)) for row in found])


def continue_numbering(session: Session, stored: StoredTable) -> None:
    """Let PostgreSQL count on after the rows that came with their numbers; SQLite does by itself."""
    if dialect(session) != "postgresql":
        return
    for column in stored.table.primary_key:
        name = {"table": f'"{stored.name}"', "column": column.name}
        sequence = session.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), name)
        last = session.scalar(select(func.max(column))) if sequence else None
        if last is not None:
            session.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def only_admin(session: Session) -> bool:
    """Whether the first user is an admin; whoever asks has seen that there is but one."""
    return session.scalar(select(User.role)) == UserRole.ADMIN


def remove_only_admin(session: Session) -> None:
    """Remove the user of whom `only_admin` tells."""
    session.execute(delete(User))


def needed_snapshots(session: Session) -> set[str]:
    """The snapshots that trainings will go on from: of each round's newest job, if that has not succeeded."""
    newest = select(func.max(Job.id)).where(Job.round_id.is_not(None)).group_by(Job.round_id)
    cursors = session.scalars(select(Job.cursor).where(Job.id.in_(newest), Job.state != JobState.SUCCEEDED))
    return {cursor["snapshot"] for cursor in cursors if cursor.get("snapshot")}


def _kind(column: ColumnElement[Any]) -> ColumnKind:
    if isinstance(column.type, JSON):
        return ColumnKind.JSON
    return ColumnKind.MOMENT if isinstance(column.type, DateTime) else ColumnKind.PLAIN


def _as_read(column: ColumnElement[Any], kind: ColumnKind) -> ColumnElement[Any]:
    return cast(column, Text) if kind is ColumnKind.JSON else column


def _as_written(column: ColumnElement[Any], kind: ColumnKind, *, postgres: bool) -> ColumnElement[Any]:
    value = bindparam(column.key, type_=Text() if kind is ColumnKind.JSON else column.type)
    if kind is not ColumnKind.JSON:
        return value
    # SQLite keeps JSON as text, and its cast would make a number of it.
    return cast(value, column.type) if postgres else value
