"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's settings for the database at `url`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run every migration that `url` has not had yet. Two processes may call this at once."""
    command.upgrade(alembic_config(url), "head")


def newest() -> str:
    """The revision of the newest schema that this program knows."""
    head = _scripts().get_current_head()
    assert head is not None  # noqa: S101  (there are migrations)
    return head


def knows(revision: str) -> bool:
    """Whether this program has a migration of this name."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def remake(url: str, revision: str) -> None:
    """Give a database without rows the schema that `revision` had."""
    command.downgrade(alembic_config(url), "base")
    command.upgrade(alembic_config(url), revision)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))
