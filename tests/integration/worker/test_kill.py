"""SIGKILL to a whole worker in the middle of each state: the next one goes on, and does one segment again at most."""

from collections import Counter
from dataclasses import replace

from sqlalchemy import func, select

from backend.db.tables import Image, ImageMap, Job, Query, ScoredImage
from backend.domain.job_state import JobKind, JobState
from backend.domain.round_config import Score
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import Domain
from backend.services import imports
from tests.factories import PACK, empty_project
from tests.integration.installations import wait_for
from tests.integration.worker.real_worker import ITERATIONS, Site, is_alive, tiny, weights_of

IMAGE_PIXELS = 320 * 240


def kill(site: Site) -> None:
    """The whole worker, with the process at work in it."""
    worker = site.worker()
    processes = worker.processes()
    assert worker.at_work() in processes
    worker.kill()
    assert not any(map(is_alive, processes))
    assert not any(other.alive for other in site.workers)


def test_killed_while_importing(sqlite_site: Site):
    site, num_images = sqlite_site, len(list((PACK / "target" / "images").glob("*/*")))
    project = empty_project(site.database, site.admin, slug="import")
    site.worker()
    with site.database.write() as session:
        job_id = imports.start(session, site.admin.actor, "import", path=str(PACK), domain=Domain.TARGET).id
    site.ring(job_id)

    def stored() -> dict[str, tuple[str, int]]:
        with site.database.read() as session:
            rows = session.scalars(select(Image).where(Image.project_id == project.id))
            return {row.id: (row.name, row.position) for row in rows}

    def in_the_middle() -> Job | None:
        job = site.job(job_id)
        return job if job.state is JobState.RUNNING and 0 < len(stored()) < num_images else None

    job = site.freeze_when(in_the_middle)
    kill(site)
    left = site.job(job_id)
    assert (left.state, left.attempt) == (JobState.RUNNING, job.attempt)
    at_death = stored()
    assert 0 < len(at_death) < num_images
    assert left.cursor["checked"] == num_images
    assert left.cursor["stored"] == len(at_death)

    site.start_worker()
    ended = wait_for(lambda: (found := site.job(job_id)).state not in (JobState.QUEUED, JobState.RUNNING) and found)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"images": num_images, "added": num_images})
    after = stored()
    assert len({name for name, _ in after.values()}) == len(after) == num_images
    assert {image_id: after[image_id] for image_id in at_death} == at_death


def test_killed_while_training(any_site: Site, uninterrupted: bytes):
    site = any_site
    site.project("train", config=tiny(ITERATIONS))
    site.worker()
    round_ = site.start_round("train")

    job = site.freeze_when(lambda: site.in_training(round_))
    kill(site)
    left, at_death = site.job(round_), site.round(round_)
    assert (left.kind, left.state, left.attempt) == (JobKind.TRAIN_ROUND, JobState.RUNNING, job.attempt)
    assert (at_death.state, at_death.checkpoint_out) == (RoundState.TRAINING, None)
    saved = left.cursor["iteration"]
    logged = [row["iteration"] for row in at_death.training_log]
    assert logged[-1] <= saved < round(left.progress * ITERATIONS) < ITERATIONS
    # Every segment logs its first step. So each attempt before the killed one has saved a segment, and all that is lost
    # is what the killed one did.
    assert len(logged) >= left.attempt - 1

    site.start_worker()
    done = site.wait_for_state(round_, "labelling", "failed")
    assert done.state is RoundState.LABELLING
    iterations = [row["iteration"] for row in done.training_log]
    assert iterations == sorted(set(iterations))
    assert iterations[: len(logged)] == logged
    assert iterations[len(logged)] == saved + 1
    assert iterations[-1] == ITERATIONS
    assert weights_of(site.database, site.blobs, done) == uninterrupted


def test_killed_while_evaluating(sqlite_site: Site):
    site, num_images = sqlite_site, 40
    site.project("evaluate", config=tiny(2), val=num_images)
    site.only_worker(segment_seconds=0.02)  # a quick machine evaluates them all within one of the usual segments
    round_ = site.start_round("evaluate")

    def in_the_middle() -> Job | None:
        job = site.job(round_)
        if job.kind is not JobKind.EVALUATE_ROUND or job.state is not JobState.RUNNING:
            return None
        return job if 0 < job.cursor.get("done", 0) < num_images else None

    job = site.freeze_when(in_the_middle)
    kill(site)
    left = site.job(round_)
    assert (left.id, left.state, left.attempt, left.cursor) == (job.id, JobState.RUNNING, job.attempt, job.cursor)
    at_death = site.round(round_)
    assert (at_death.state, at_death.num_evaluated, at_death.miou) == (RoundState.EVALUATING, 0, None)
    assert 0 < left.cursor["done"] < num_images
    assert sum(map(sum, left.cursor["confusion"])) == left.cursor["done"] * IMAGE_PIXELS

    site.start_worker()
    wait_for(lambda: site.job(job.id).attempt > job.attempt)
    resumed = site.job(job.id)
    assert resumed.cursor["done"] >= left.cursor["done"]  # it begins at the cursor, and never behind it
    done = site.wait_for_state(round_, "labelling", "failed")
    assert (done.state, done.num_evaluated) == (RoundState.LABELLING, num_images)
    assert sum(map(sum, done.confusion)) == num_images * IMAGE_PIXELS  # the pack has no void


def test_killed_while_scoring(sqlite_site: Site):
    site, num_images = sqlite_site, 90
    config = tiny(2)
    config = replace(config, acquisition=replace(config.acquisition, score=Score.RANDOM))  # no two maps of it are alike
    project = site.project("score", config=config, target=num_images)
    site.worker()
    round_ = site.start_round("score")

    def scored() -> dict[str, tuple[int, list]]:
        with site.database.read() as session:
            rows = session.scalars(select(ScoredImage).where(ScoredImage.round_id == round_.id))
            return {row.image_id: (row.position, row.candidates) for row in rows}

    def num_scored() -> int:
        with site.database.read() as session:
            wanted = select(func.count()).select_from(ScoredImage).where(ScoredImage.round_id == round_.id)
            return session.scalar(wanted)

    def pictures() -> dict[tuple[str, str], tuple[str, int, int]]:
        """Each map with its file: a blob that is put again is a new file."""
        with site.database.read() as session:
            rows = list(session.scalars(select(ImageMap).where(ImageMap.round_id == round_.id)))
        files = {row: site.settings.data_dir / "blobs" / row.blob_key[:2] / row.blob_key for row in rows}
        return {
            (row.image_id, row.kind): (row.blob_key, path.stat().st_ino, path.stat().st_mtime_ns)
            for row, path in files.items()
        }

    def in_the_middle() -> Job | None:
        job = site.job(round_)
        running = job.kind is JobKind.SCORE_POOL and job.state is JobState.RUNNING
        return job if running and 0 < num_scored() < num_images else None

    job = site.freeze_when(in_the_middle)
    kill(site)
    left = site.job(round_)
    assert (left.id, left.state, left.attempt) == (job.id, JobState.RUNNING, job.attempt)
    assert site.round(round_).state is RoundState.SCORING
    rows_at_death, pictures_at_death = scored(), pictures()
    assert 0 < len(rows_at_death) < num_images
    assert len(pictures_at_death) == 6 * len(rows_at_death)

    site.start_worker()
    done = site.wait_for_state(round_, "labelling", "failed")
    assert done.state is RoundState.LABELLING
    rows, after = scored(), pictures()
    with site.database.read() as session:
        pool = select(Image.id).where(Image.project_id == project.id, Image.domain == "target", Image.split == "train")
        assert set(rows) == set(session.scalars(pool))
    assert {image_id: rows[image_id] for image_id in rows_at_death} == rows_at_death
    # Other maps may be alike; then they share a blob, and the other image puts it again.
    puts = Counter(blob_key for blob_key, *_ in after.values())
    own = {key: put for key, put in pictures_at_death.items() if puts[put[0]] == 1}
    assert {image_id for image_id, _ in own} == set(rows_at_death)
    assert {key: after[key] for key in own} == own


def test_killed_while_selecting(sqlite_site: Site):
    site, num_queries = sqlite_site, 1500
    site.project("select", config=tiny(2, budget=num_queries, radius=3), target=4)
    site.worker()
    round_ = site.start_round("select")

    def asked() -> list[Query]:
        with site.database.read() as session:
            return list(session.scalars(select(Query).where(Query.round_id == round_.id).order_by(Query.rank)))

    def before_its_commit() -> Job | None:
        job = site.job(round_)
        running = job.kind is JobKind.SELECT_REGIONS and job.state is JobState.RUNNING
        return job if running and site.is_being_written() and not asked() else None

    job = site.freeze_when(before_its_commit)
    kill(site)
    left, at_death = site.job(round_), site.round(round_)
    assert (left.id, left.state, left.attempt) == (job.id, JobState.RUNNING, job.attempt)
    assert (at_death.state, at_death.num_queries) == (RoundState.SELECTING, 0)
    assert not asked()

    site.start_worker()
    done = site.wait_for_state(round_, "labelling", "failed")
    assert (done.state, done.num_queries) == (RoundState.LABELLING, num_queries)
    queries = asked()
    assert [query.rank for query in queries] == list(range(num_queries))
    assert len({(query.image_id, query.x, query.y) for query in queries}) == num_queries
