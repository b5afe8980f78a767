"""Around a real worker: its process dies or hangs, its broker or database is away, it is stopped."""

import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from sqlalchemy import func, select

from backend.config import Settings
from backend.db import jobs as job_rows
from backend.db.tables import Checkpoint, Image, Job, Round
from backend.domain.job_state import MAX_CRASHES, JobKind, JobState
from backend.domain.round_state import RoundState
from backend.domain.training_config import TrainingConfig
from backend.domain.vocabulary import Domain, Split
from backend.services import imports
from backend.services import rounds as round_services
from backend.services.rounds import Request
from tests.factories import empty_project, pack_files, project_with_images
from tests.integration.installations import wait_for
from tests.integration.worker.in_process import work_segment
from tests.integration.worker.real_worker import ITERATIONS, SEED, Site, is_alive, tiny, weights_of

PATIENCE = 180  # s; importing torch takes 10, and a minute while others have the machine


def training(site: Site, slug: str, *, iterations: int = ITERATIONS) -> tuple[Round, Job]:
    """A round in the middle of a segment, and its job."""
    site.project(slug, config=tiny(iterations))
    site.worker()
    round_ = site.start_round(slug)
    return round_, wait_for(lambda: site.in_training(round_))


def finish(site: Site, round_: Round) -> Round:
    """See the round through; no step of its training is logged twice, and the weights are one."""
    done = site.wait_for_state(round_, "labelling", "failed", seconds=90)
    assert done.state is RoundState.LABELLING, done.error
    iterations = [row["iteration"] for row in done.training_log]
    assert iterations == sorted(set(iterations))
    with site.database.read() as session:
        roles = session.scalars(select(Checkpoint.role).where(Checkpoint.round_id == round_.id)).all()
    assert sorted(roles) == ["student", "teacher"]
    return done


def test_a_stop_saves_the_segment_and_a_restart_goes_on_without_a_bell(sqlite_site: Site):
    site = sqlite_site
    site.project("stop", config=tiny(300))
    worker = site.only_worker(segment_seconds=600.0)
    round_ = site.start_round("stop")
    job = wait_for(lambda: (found := site.job(round_)).progress > 0 and found)
    assert (job.kind, job.state, job.attempt, job.cursor) == (JobKind.TRAIN_ROUND, JobState.RUNNING, 1, {})
    began, everybody = time.monotonic(), worker.processes()
    os.killpg(worker.pid, signal.SIGTERM)  # as service managers do: to every process of the worker
    assert worker.child.process.wait(timeout=10) == 0
    assert time.monotonic() - began < 10  # the supervisor's patience
    wait_for(lambda: not any(map(is_alive, everybody)), seconds=5)
    saved = site.job(job.id)
    assert (saved.state, saved.attempt, saved.crashes) == (JobState.QUEUED, 1, 0)
    assert saved.cursor["iteration"] >= round(job.progress * 300) > 0
    assert site.round(round_).state is RoundState.TRAINING

    redis.Redis.from_url(site.settings.broker_url).flushall()  # as a broker without a disk forgets them
    site.start_worker()
    done = finish(site, round_)
    assert saved.cursor["iteration"] + 1 in [row["iteration"] for row in done.training_log]


def test_a_process_that_dies_is_replaced_by_its_foreman(sqlite_site: Site, uninterrupted: bytes):
    site = sqlite_site
    round_, job = training(site, "dies-once")
    worker, victim = site.worker(), site.worker().at_work()
    victim.kill()
    crashed = wait_for(lambda: (found := site.job(job.id)).crashes == 1 and found)
    assert crashed.message == "Going on after a crash"
    assert not is_alive(victim)
    done = finish(site, round_)
    assert worker.alive
    assert worker.at_work().pid != victim.pid
    assert worker.events("process_died", job.id)[0]["exit_code"] == -signal.SIGKILL
    assert weights_of(site.database, site.blobs, done) == uninterrupted


def test_a_trainer_that_hangs_is_replaced_and_its_job_goes_on(sqlite_site: Site, uninterrupted: bytes):
    site = sqlite_site
    site.project("hangs", config=tiny(ITERATIONS))
    worker = site.only_worker(hung_seconds=4.0)
    wait_for(worker.is_well, seconds=PATIENCE)
    round_ = site.start_round("hangs")
    job = wait_for(lambda: site.in_training(round_))
    victim = worker.at_work()
    suspend(site, victim)
    wait_for(lambda: "has not answered" in worker.trouble())  # before it is killed, its health check is red
    wait_for(lambda: site.job(job.id).crashes == 1)
    assert not is_alive(victim)
    assert [line["reason"] for line in worker.events("process_died", job.id)] == ["no answer for 4 s"]
    done = finish(site, round_)
    assert weights_of(site.database, site.blobs, done) == uninterrupted
    assert worker.alive
    assert worker.is_well()


def test_a_job_that_gets_no_further_is_begun_anew_by_another_process(sqlite_site: Site, tmp_path: Path):
    """Its process answers all the while: a file of the import is a pipe into which nobody writes."""
    site, folder = sqlite_site, tmp_path / "target" / "images" / "val"
    empty_project(site.database, site.admin, slug="stalls")
    folder.mkdir(parents=True)
    image = folder / "one.jpg"
    os.mkfifo(image)
    worker = site.only_worker(stalled_seconds=3.0)
    with site.database.write() as session:
        job_id = imports.start(session, site.admin.actor, "stalls", path=str(tmp_path), domain=Domain.TARGET).id
    site.ring(job_id)
    wait_for(lambda: site.job(job_id).crashes >= 1, seconds=PATIENCE)
    assert worker.events("process_died", job_id)[0]["reason"] == "no progress for 3 s"
    image.unlink()
    shutil.copyfile(pack_files(Domain.TARGET, Split.VAL)[0][0], image)
    ended = wait_for(lambda: (found := site.job(job_id)).state not in (JobState.QUEUED, JobState.RUNNING) and found)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"images": 1, "added": 1})
    site.only_worker()


@pytest.mark.parametrize("deaf", [False, True], ids=["at-work", "hangs"])
def test_a_cancelled_training_stops_within_seconds(sqlite_site: Site, deaf: bool):
    site = sqlite_site
    round_, job = training(site, f"cancel-{deaf}".lower(), iterations=5000)
    worker, process = site.worker(), site.worker().at_work()
    if deaf:
        suspend(site, process)
    began = time.monotonic()
    with site.database.write() as session:
        round_services.cancel(session, site.admin.actor, round_.id)
    cancelled = site.round(round_)
    assert (cancelled.state, site.job(job.id).state) == (RoundState.CANCELLED, JobState.CANCELLED)
    at_cancel = _record(cancelled), _record(site.job(job.id))
    # The foreman takes the job away, unless the process has just tried to save its segment, and was refused.
    wait_for(lambda: worker.events("job_dropped", job.id) or worker.events("segment_dropped", job.id))
    assert time.monotonic() - began < 10
    defaults = Settings(_env_file=None)
    assert defaults.heartbeat_seconds + defaults.cancel_grace_seconds < 10  # which is what bounds it
    assert is_alive(process) is not deaf  # it stays warm if it listens, and is killed if it does not
    following = site.start_round(f"cancel-{deaf}".lower())
    wait_for(lambda: site.job(following).state is JobState.RUNNING)
    assert (_record(site.round(round_)), _record(site.job(job.id))) == at_cancel
    with site.database.read() as session:
        assert session.scalar(select(func.count()).where(Checkpoint.round_id == round_.id)) == 0
    with site.database.write() as session:
        round_services.cancel(session, site.admin.actor, following.id)


def suspend(site: Site, process: psutil.Process) -> None:
    """Stop it at a moment at which it does not keep others from writing."""
    while process.status() != psutil.STATUS_STOPPED or site.is_being_written():
        process.resume()
        time.sleep(0.002)
        process.suspend()
        wait_for(lambda: process.status() == psutil.STATUS_STOPPED)


def _record(row: Round | Job) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def test_a_process_that_dies_again_and_again_fails_the_round_in_words(sqlite_site: Site):
    site = sqlite_site
    site.project("dies-often", config=tiny(2))
    worker = site.worker()
    round_ = site.start_round("dies-often")
    job = site.job(round_)
    for deaths in range(1, MAX_CRASHES + 1):
        wait_for(lambda: site.job(job.id).state is JobState.RUNNING)
        wait_for(worker.at_work).kill()
        wait_for(lambda: (left := site.job(job.id)).crashes == deaths or left.state is JobState.FAILED)  # noqa: B023
    assert len(worker.events("process_died", job.id)) == MAX_CRASHES
    failed = site.wait_for_state(round_, "failed")
    assert (failed.failed_in, failed.error_code) == (RoundState.TRAINING, "job_crashed")
    assert "died 5 times" in failed.error
    assert "exit code -9" in failed.error
    assert (site.job(job.id).state, site.job(job.id).error) == (JobState.FAILED, failed.error)
    with site.database.write() as session:
        retried = round_services.retry(session, site.admin.actor, round_.id)
    assert (retried.state, retried.error) == (RoundState.TRAINING, None)
    assert finish(site, round_).error is None


def test_a_stale_worker_that_comes_back_to_life_cannot_write(sqlite_site: Site, uninterrupted: bytes):
    site = sqlite_site
    site.project("stale", config=tiny(ITERATIONS))
    stale = site.worker()
    round_ = site.start_round("stale")
    job = site.freeze_when(lambda: not site.is_being_written() and site.in_training(round_))
    assert job.worker == stale.name
    other = site.start_worker()
    taken = wait_for(lambda: (found := site.job(job.id)).worker == other.name and found)
    assert taken.attempt > job.attempt
    assert taken.cursor == job.cursor
    wait_for(lambda: (found := site.job(job.id)).cursor["iteration"] > job.cursor["iteration"] and found)
    stale.thaw()
    dropped = wait_for(lambda: stale.events("segment_dropped", job.id))
    assert [line["attempt"] for line in dropped] == [job.attempt]
    done = finish(site, round_)
    assert weights_of(site.database, site.blobs, done) == uninterrupted
    stale.kill()


def test_a_broker_that_dies_loses_bells_but_no_work(sqlite_site: Site):
    site = sqlite_site
    round_, _ = training(site, "bells")
    lost = site.worker().log().count("bell_lost")
    site.broker.kill()  # in the middle of a segment, whose end will ring for the next
    wait_for(lambda: site.worker().log().count("bell_lost") > lost)
    site.broker.start()
    site.broker.wait_ready()
    finish(site, round_)


def test_a_round_begins_although_the_broker_was_dead_when_it_was_started(sqlite_site: Site):
    site = sqlite_site
    site.project("no-bell", config=tiny(2))
    site.worker()
    site.broker.kill()
    round_ = site.start_round("no-bell", ring=False)
    assert (round_.state, site.job(round_).state) == (RoundState.TRAINING, JobState.QUEUED)
    site.broker.start()
    site.broker.wait_ready()
    finish(site, round_)


def test_a_locked_database_fails_nothing(sqlite_site: Site):
    site = sqlite_site
    round_, job = training(site, "locked")
    path = site.database.engine.url.database
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(1.5 * site.settings.orphan_seconds)
        connection.execute("ROLLBACK")
    finish(site, round_)
    assert site.job(job.id).state is JobState.SUCCEEDED


def test_a_database_that_is_away_fails_nothing(postgres_site: Site, postgres: str):
    site = postgres_site
    round_, job = training(site, "away")
    name = site.database.engine.url.database
    with psycopg.connect(postgres.replace("DATABASE", "postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        log, since = site.worker().log, site.worker().log().count("database_unavailable")
        time.sleep(1.5 * site.settings.orphan_seconds)
        assert log().count("database_unavailable") > since
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    site.database.engine.dispose()
    finish(site, round_)
    assert site.job(job.id).state is JobState.SUCCEEDED


def test_a_failure_says_why_and_a_retry_goes_on_once_it_is_mended(sqlite_site: Site):
    site = sqlite_site
    project = site.project("mend", config=tiny(2))
    site.worker()
    with site.database.read() as session:
        image = session.scalars(select(Image).where(Image.project_id == project.id, Image.split == "val")).one()
    data = site.blobs.get(image.label_key)
    site.blobs.delete(image.label_key)
    round_ = site.start_round("mend")
    failed = site.wait_for_state(round_, "failed")
    assert (failed.failed_in, failed.error_code) == (RoundState.EVALUATING, "not_found")
    assert failed.error == "That blob is not in the store."
    trained = site.job(round_, JobKind.TRAIN_ROUND)
    site.blobs.put(data)
    with site.database.write() as session:
        round_services.retry(session, site.admin.actor, round_.id)
    finish(site, round_)
    assert site.job(round_, JobKind.TRAIN_ROUND).id == trained.id  # what had ended well is not done again


def test_a_network_that_is_not_there_is_named(sqlite_site: Site):
    site = sqlite_site
    site.project("unknown", config=replace(tiny(2), training=TrainingConfig(network="no_such_net")))
    site.worker()
    failed = site.wait_for_state(site.start_round("unknown"), "failed")
    assert failed.error_code == "missing_data"
    assert "'no_such_net'" in failed.error


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rounds_that_are_alike_do_not_share_a_snapshot(database, blobs, admin, settings):
    """Else the one that saves its next segment deletes what the other goes on from."""
    snapshots = []
    for slug in ("one", "other"):
        project_with_images(database, blobs, admin, slug=slug, source=2, target=2, config=tiny(3))
        with database.write() as session:
            request = Request(seed=SEED)
            round_ = round_services.start(session, admin.actor, slug, request, idempotency_key=None)
            job = job_rows.newest_of_round(session, round_.id)
        work_segment(settings.model_copy(update={"segment_seconds": 0.0}), database, blobs, job.id)
        with database.read() as session:
            snapshots.append(job_rows.get(session, job.id).cursor)
    assert [cursor["iteration"] for cursor in snapshots] == [1, 1]
    assert snapshots[0]["snapshot"] != snapshots[1]["snapshot"]
