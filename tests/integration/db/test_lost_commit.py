"""A database that goes away during a commit: whether the change was made is not known, and must not be denied."""

import pytest
from sqlalchemy import event, text

from backend.db.session import Database, open_database
from backend.db.tables import User
from backend.domain.errors import DatabaseUnavailable
from backend.domain.vocabulary import UserRole


@pytest.fixture
def postgresql(database_url: str) -> Database:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has no connection to lose")
    return open_database(database_url)


def end_connection(database: Database, session) -> None:
    number = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with database.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})


def test_a_connection_lost_in_a_commit_is_not_called_no_change(postgresql):
    def write() -> None:
        with postgresql.write() as session:
            session.add(User(email="a@b", name="a", role=UserRole.ADMIN))
            session.flush()
            event.listen(session, "before_commit", lambda found: end_connection(postgresql, found))

    with pytest.raises(DatabaseUnavailable, match="not known whether"):
        write()
    postgresql.engine.dispose()


def test_a_connection_lost_before_it_changed_nothing(postgresql):
    def write() -> None:
        with postgresql.write() as session:
            end_connection(postgresql, session)
            session.add(User(email="a@b", name="a", role=UserRole.ADMIN))
            session.flush()

    with pytest.raises(DatabaseUnavailable, match="Nothing was changed"):
        write()
    postgresql.engine.dispose()
