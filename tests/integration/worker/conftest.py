"""Workers in tests compute on one thread, since the machine has something else to do, too."""

import pytest


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"worker_threads": 1})
