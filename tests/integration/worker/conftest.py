"""Workers in tests compute on one thread, since the machine has something else to do, too."""

import os
import shutil

import psycopg
import pytest

from tests.integration.worker.real_worker import open_site


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
