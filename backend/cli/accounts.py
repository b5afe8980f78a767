"""`stal token` and `stal user`: who may come in. They work on the installation's database, so they need no token."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from backend.cli.local import DataDir, open_local, settings_for, sign_in_link, user_of
from backend.config import Settings
from backend.db import users
from backend.domain.vocabulary import UserRole
from backend.services import auth, projects
from backend.supervisor.lock import running

TOKEN_DAYS = 90
user = typer.Typer(no_args_is_help=True, help="People.")


def token(
    user: Annotated[str | None, typer.Option(help="E-mail of whose token. [default: the local admin]")] = None,
    link: Annotated[bool, typer.Option("--link", help="A one-time sign-in link for the browser instead.")] = False,
    data: DataDir = None,
) -> None:
    """Print a bearer token for scripts, or a sign-in link, and nothing else."""
    settings = settings_for(data)
    local = open_local(settings)
    if link:
        print(sign_in_link(local, user, url=_url(settings)))
        return
    with local.database.write() as session:
        owner = user_of(session, settings, user)
        secret = auth.issue(session, owner.id, kind="token", life=timedelta(days=TOKEN_DAYS), name="stal token")
    print(secret.text)


@user.command("add")
def add(
    email: Annotated[str, typer.Argument(help="Address, or any name@place.")],
    name: Annotated[str | None, typer.Option(help="[default: what stands before the @]")] = None,
    role: Annotated[UserRole, typer.Option()] = UserRole.ANNOTATOR,
    project: Annotated[list[str] | None, typer.Option(help="Slug of a project to label in; may be repeated.")] = None,
    data: DataDir = None,
) -> None:
    """Add a person, and print a one-time sign-in link for them."""
    settings = settings_for(data)
    local = open_local(settings)
    with local.database.write() as session:
        added = auth.create_user(session, email=email, name=name or email.split("@")[0], role=role)
        admin = auth.actor_of(user_of(session, settings, None))
        for slug in project or []:
            projects.add_member(session, admin, slug, email=added.email)
    print(sign_in_link(local, email, url=_url(settings)))


@user.command("list")
def list_users(data: DataDir = None) -> None:
    """Everybody."""
    local = open_local(settings_for(data))
    table = Table("e-mail", "name", "role", "active")
    with local.database.read() as session:
        for one in users.all_users(session):
            table.add_row(one.email, one.name, one.role.value, "yes" if one.is_active else "no")
    Console().print(table)


def _url(settings: Settings) -> str:
    there = running(settings.data_dir)
    if settings.public_url:
        return settings.public_url
    return "http://127.0.0.1:8000" if there is None else there.url
