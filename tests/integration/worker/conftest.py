"""Workers in tests compute on one thread, since the machine has something else to do, too."""

import os
import shutil

import psycopg
import pytest

from backend.db.session import open_database
from backend.domain.job_state import JobKind
from backend.domain.vocabulary import UserRole
from backend.services import rounds as round_services
from backend.services.rounds import Request
from backend.storage import open_store
from tests.factories import person, project_with_images, settings_for
from tests.integration.worker.in_process import work_all
from tests.integration.worker.real_worker import ITERATIONS, SEED, open_site, tiny, weights_of
from tests.integration.worker.works import Works


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"worker_threads": 1})


@pytest.fixture(scope="session")
def sqlite_site(tmp_path_factory, sqlite_template):
    """One for all tests, because a worker takes seconds to start. Each test has projects of its own."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copyfile(sqlite_template, folder / "stal.db")
    with open_site(folder, f"sqlite:///{folder / 'stal.db'}") as site:
        yield site


@pytest.fixture(scope="session")
def postgres_site(tmp_path_factory, postgres, postgres_template):
    name = f"site_{os.urandom(6).hex()}"
    with psycopg.connect(postgres.replace("DATABASE", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    with open_site(tmp_path_factory.mktemp("site"), postgres.replace("DATABASE", name)) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgresql"])
def any_site(request):
    return request.getfixturevalue("sqlite_site" if request.param == "sqlite" else "postgres_site")


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory, sqlite_template) -> bytes:
    """The weights after `ITERATIONS` with `SEED` of a training that is one segment, in this process."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    (folder / "stal.db").write_bytes(sqlite_template.read_bytes())
    settings = settings_for(folder, worker_threads=1, device="cpu", segment_seconds=3600)
    database, blobs = open_database(settings.database), open_store(settings.storage, {})
    admin = person(database, "admin@localhost", role=UserRole.ADMIN)
    project_with_images(database, blobs, admin, source=3, target=3, val=1, config=tiny(ITERATIONS))
    with database.write() as session:
        round_ = round_services.start(session, admin.actor, "demo", Request(seed=SEED), idempotency_key=None)
    assert work_all(settings, database, blobs, stop=lambda job: job.kind is not JobKind.TRAIN_ROUND) == 1
    weights = weights_of(database, blobs, round_)
    database.engine.dispose()
    return weights


@pytest.fixture
def works(settings, database, blobs, admin) -> Works:
    return Works(settings, database, blobs, admin)
