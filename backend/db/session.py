"""Engines and sessions. The edges (requests, jobs, CLI) open one here and commit; nobody below them does."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from backend.domain.errors import Conflict, DatabaseUnavailable, InvalidInput

__all__ = ["Database", "Session", "open_database", "was_saved"]

_HAS_TURN = "has_turn"
_SAVED = "saved"
_BUSY_SECONDS = 30  # s; then a writer that waits is told that the database does not answer


@dataclass(frozen=True, slots=True)
class Database:
    """One database: SQLite or PostgreSQL."""

    engine: Engine

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that commits at the end, or leaves nothing behind."""
        with Session(self.engine, expire_on_commit=False) as session, _translated(session), session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction for looking only: on SQLite it does not wait for the writer."""
        engine = self.engine.execution_options(read_only=True)
        with _translated(), Session(engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `read`, and every statement sees the database as it was at the first, whoever writes meanwhile."""
        options: dict[str, Any] = {"read_only": True}
        if self.engine.dialect.name == "postgresql":  # SQLite's transactions are like that anyway
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _translated(), Session(self.engine.execution_options(**options), expire_on_commit=False) as session:
            yield session

    def check(self) -> None:
        """Raise `DatabaseUnavailable` where nobody answers."""
        with self.read() as session:
            session.execute(text("SELECT 1"))


def open_database(url: str) -> Database:
    """Connect lazily to `url`; see `Settings.database`."""
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, pool_size=20, max_overflow=20
        )
        event.listen(engine, "connect", _set_up_sqlite)
        _take_turns(engine)
        return Database(engine)
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return Database(
        create_engine(url, pool_pre_ping=True, pool_size=20, max_overflow=20, connect_args={"connect_timeout": 5})
    )


def was_saved(session: Session) -> bool:
    """Whether `session` has committed: what it has changed is there, whatever went wrong afterwards."""
    return bool(session.info.get(_SAVED, False))


@event.listens_for(Session, "before_commit")
def _note_begin_of_commit(session: Session) -> None:
    session.info[_SAVED] = None  # not known, until the database has said so


@event.listens_for(Session, "after_commit")
def _note_commit(session: Session) -> None:
    session.info[_SAVED] = True


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Of two programs that open a new file at once the second waits here: SQLite does not wait for this lock itself."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _take_turns(engine: Engine) -> None:
    """One writer at a time: the threads of this process wait for each other here, other processes' in SQLite.

    A transaction that reads and then writes would fail with "locked" if another had written in between; taking the
    write lock at once makes it wait instead. But SQLite waits by asking again and again, which can leave one thread out
    for seconds while many come and go.
    """
    turn = threading.Lock()

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get(_HAS_TURN, False):  # a connection may begin again before it is given back
            # Whoever waits in vain is told so by SQLite; nobody waits for ever.
            connection.info[_HAS_TURN] = turn.acquire(timeout=_BUSY_SECONDS)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop(_HAS_TURN, False):
            turn.release()

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", checkin)


@contextmanager
def _translated(session: Session | None = None) -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        if "password authentication failed" in str(error):
            raise DatabaseUnavailable(
                "The database refuses the password in STAL_DATABASE_URL. The one that counts was set when the database "
                "was made: put it back, or change it there, too.",
                refused="password",
            ) from error
        if session is not None and session.info.get(_SAVED, False) is None:
            raise DatabaseUnavailable(
                "The database went away while it saved, so it is not known whether the change was made. Read again "
                "before you repeat it."
            ) from error
        raise DatabaseUnavailable("The database does not answer. Nothing was changed; try again.") from error
    except DataError as error:
        raise InvalidInput("A value is out of range, or has a character that cannot be stored (NUL).") from error
    except IntegrityError as error:
        if not _lost_a_race(error):
            raise
        raise Conflict("Somebody else did the same, or removed it, at this moment. Read again and repeat.") from error


def _lost_a_race(error: IntegrityError) -> bool:
    """A repeated key, or a row whose owner is gone: what a check could not see because another had not committed."""
    text = str(error.orig)
    return getattr(error.orig, "sqlstate", "") in ("23505", "23503") or text.startswith(
        ("UNIQUE constraint failed", "FOREIGN KEY constraint failed")
    )
