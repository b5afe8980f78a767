"""The installation on this machine, for verbs that work on its database themselves."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from backend.config import Settings
from backend.db import users
from backend.db.session import Database, Session, open_database
from backend.db.tables import User
from backend.domain.errors import NotFound
from backend.services import auth
from backend.storage import BlobStore, open_store
from backend.supervisor.trouble import CannotStart

DataDir = Annotated[Path | None, typer.Option("--data", help="Data folder. [default: STAL_DATA_DIR, or .stal]")]


@dataclass(frozen=True, slots=True)
class Local:
    """The parts of an installation that verbs need."""

    settings: Settings
    database: Database
    blobs: BlobStore


def settings_for(data: Path | None) -> Settings:
    return Settings() if data is None else Settings(data_dir=data)


def open_local(settings: Settings) -> Local:
    """Open what `stal up` or `stal migrate` has made.

    Raises:
        CannotStart: there is no installation.
    """
    if not settings.database_url and not (settings.data_dir / "stal.db").is_file():
        raise CannotStart(
            f"There is no installation in {settings.data_dir}. Start one with `stal up`, or name its folder with "
            "--data or STAL_DATA_DIR."
        )
    return Local(settings, open_database(settings.database), open_store(settings.storage, settings.storage_options))


def user_of(session: Session, settings: Settings, email: str | None) -> User:
    """The user with this address; the local admin where none is given."""
    found = users.by_email(session, (email or settings.admin_email).lower())
    if found is None:
        raise NotFound(f"There is no user {email or settings.admin_email}. `stal user list` shows who there is.")
    return found


def sign_in_link(local: Local, email: str | None, *, url: str) -> str:
    """A fresh one-time link to the installation at `url`."""
    with local.database.write() as session:
        user = user_of(session, local.settings, email)
        life = timedelta(minutes=local.settings.sign_in_link_minutes)
        secret = auth.issue(session, user.id, kind="link", life=life)
    return f"{url}/sign-in?token={secret.text}"
