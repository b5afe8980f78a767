"""`stal demo`: an installation with a project that shows what stal does."""

import time
from collections.abc import Callable

from backend import queue
from backend.cli.installation import DEFAULT_PORT, Host, Port
from backend.cli.local import DataDir, Local, open_local, settings_for, sign_in_link, user_of
from backend.cli.progress import Meter
from backend.cli.terminal import console, say, until_stopped
from backend.domain.errors import JobError
from backend.domain.job_state import JobState
from backend.domain.round_state import WORKING, RoundState
from backend.services import auth
from backend.services import demo as service
from backend.services.access import Actor
from backend.supervisor.installation import Installation
from backend.supervisor.lock import running

POLL_SECONDS = 0.5  # s between looks at the demo's jobs


def demo(port: Port = DEFAULT_PORT, data: DataDir = None, host: Host = "127.0.0.1") -> None:
    """Run an installation with the demo project: import, train, and ask; Ctrl-C stops it, the data stays.

    Where STAL_DATABASE_URL names the database of an installation that runs already, as in a container, the project is
    made there.
    """
    settings = settings_for(data)
    if settings.database_url:
        queue.configure(settings)
        local, url = open_local(settings), settings.public_url or f"http://127.0.0.1:{port}"
        with until_stopped():
            _until_first_region(local, _begin(local), url=url, tend=lambda: None)
            say("sign in", f"[bold green]{sign_in_link(local, None, url=url)}[/]  (works once)")
        return
    there = running(settings.data_dir)
    if there is not None:
        say("stal", f"is running already at {there.url}")
        say("sign in", sign_in_link(open_local(settings), None, url=there.url))
        return
    with until_stopped(), Installation.start(settings, host=host, port=port, say=say) as installation:
        local = open_local(installation.settings)
        actor = _begin(local)
        say("sign in", f"[bold green]{sign_in_link(local, None, url=installation.url)}[/]  (works once)")
        _until_first_region(local, actor, url=installation.url, tend=installation.tend)
        while True:
            installation.tend()
            time.sleep(1)


def _begin(local: Local) -> Actor:
    with local.database.write() as session:
        actor = auth.actor_of(user_of(session, local.settings, None))
        service.begin(session, actor)
    return actor


def _until_first_region(local: Local, actor: Actor, *, url: str, tend: Callable[[], None]) -> None:
    """Show the import and round 0 until somebody can label."""
    with Meter(console) as meter:
        while True:
            tend()
            with local.database.write() as session:
                stage = service.advance(session, actor)
            round_ = stage.round_
            if round_ is not None and round_.state not in WORKING:
                break
            if stage.job is not None and stage.job.state in (JobState.FAILED, JobState.CANCELLED):
                raise JobError(f"The demo's import {stage.job.state.value}: {stage.job.error}")
            if stage.job is not None:
                subject = "import" if round_ is None else f"round {round_.round_index}, {round_.state}"
                what = f"{subject:>9}  {stage.job.message}"
                meter.show(what, fraction=stage.job.progress, eta_seconds=stage.job.eta_seconds)
            time.sleep(POLL_SECONDS)
    page = f"{url}/projects/{service.SLUG}"
    if round_.state is RoundState.LABELLING:
        say("demo", f"round {round_.round_index} asks {round_.num_queries} regions; label the first at {page}/label")
    elif round_.state is RoundState.FAILED:
        say("demo", f"round {round_.round_index} failed: {round_.error} Retry it at {page}")
    else:
        say("demo", f"round {round_.round_index} is {round_.state.value}; go on at {page}")
