"""Workers in tests compute on one thread: two would wait for each other wherever the machine has something else to do."""

import pytest


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"worker_threads": 1})
