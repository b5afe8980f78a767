"""A backup that is taken while a real worker trains: what is restored goes on with the round, and to the same end."""

import io
import time

from backend.cli.backup import take
from backend.db import migrate
from backend.db.session import open_database
from backend.db.tables import Job
from backend.domain.job_state import JobKind
from backend.services import restore
from backend.services.restore import Reader
from backend.storage import open_store
from tests.factories import settings_for
from tests.integration.installations import wait_for
from tests.integration.worker.in_process import work_all
from tests.integration.worker.real_worker import ITERATIONS, Site, tiny, weights_of


def test_a_round_in_training_goes_on_from_a_backup(sqlite_site: Site, uninterrupted, new_database, tmp_path):
    site, slug = sqlite_site, "backup"
    site.project(slug, config=tiny(ITERATIONS))
    # It saves, and deletes what it has saved before, all the time; a slow machine is given time.
    worker = site.only_worker(segment_seconds=0.1, orphan_seconds=15, cancel_grace_seconds=20)
    round_ = site.start_round(slug)
    wait_for(lambda: site.job(round_).cursor.get("snapshot"), seconds=180, because=lambda: site.worker().log()[-2000:])
    backups, seen = [], set()
    while (job := site.job(round_)).kind is JobKind.TRAIN_ROUND and len(seen) < 4:
        seen.add(job.cursor["iteration"])
        sink = io.BytesIO()
        taken = take(site.database, site.blobs, sink, lambda _what, _fraction: None)
        assert taken.lost == []
        backups.append(sink.getvalue())
        time.sleep(0.1)
    assert len(seen) > 2, "little was trained meanwhile"
    worker.kill()

    url = new_database("postgresql")
    settings = settings_for(tmp_path / "there", database_url=url, worker_threads=1, device="cpu", segment_seconds=3600)
    database, blobs = open_database(settings.database), open_store(settings.storage, {})
    reader = Reader(io.BytesIO(backups[-1]))
    migrate.remake(settings.database, reader.manifest.revision)
    with database.write() as session:
        restore.fill(session, blobs, reader, lambda _what, _fraction: None)
    with database.write() as session:  # as a sweep does with the job of a worker that is gone
        job = session.query(Job).filter_by(round_id=round_.id).one()
        assert 0 < job.cursor["iteration"] < ITERATIONS
        job.state = "queued"
    assert work_all(settings, database, blobs, stop=lambda job: job.kind is not JobKind.TRAIN_ROUND) == 1
    assert weights_of(database, blobs, round_) == uninterrupted
    database.engine.dispose()
    for data in backups:
        restore.check(Reader(io.BytesIO(data)), lambda _what, _fraction: None)
