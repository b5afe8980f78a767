"""A round can be had again from its record: config, seed, checkpoint and the answers of the rounds before it."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from backend.db.tables import Checkpoint, ImageMap, Query, Round, ScoredImage
from backend.domain.job_state import JobKind
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig, Score, Unit
from backend.domain.round_state import RoundState
from backend.domain.training_config import TrainingConfig
from backend.domain.vocabulary import CheckpointRole
from backend.services import jobs, oracle
from backend.services import rounds as round_services
from backend.services.rounds import Request
from tests.factories import project_with_images
from tests.integration.worker.in_process import work_all

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

AS_IT_COMES = RoundConfig(
    acquisition=AcquisitionConfig(budget=Budget(amount=12), radius=8, max_per_image=6),
    training=TrainingConfig(network="tiny_fpn", iterations=2, batch_size=1, crop=64),
)
CONFIGS = [
    {"shadow_share": 0.5, "class_balance": True},
    {"unit": Unit.SUPERPIXEL, "score": Score.RANDOM, "shadow_share": 0.25},
    {"unit": Unit.PIXEL, "score": Score.MARGIN, "class_balance": True},
    {"unit": Unit.IMAGE, "score": Score.ENTROPY, "budget": Budget(amount=1), "shadow_share": 1.0},
]
NAMES = ["window", "superpixel", "pixel", "image"]


def configured(changes) -> RoundConfig:
    return replace(AS_IT_COMES, acquisition=replace(AS_IT_COMES.acquisition, **changes))


class Site:
    def __init__(self, settings, database, blobs, admin):
        self.settings, self.database, self.blobs, self.admin = settings, database, blobs, admin

    def project(self, slug: str) -> None:
        project_with_images(
            self.database, self.blobs, self.admin, slug=slug, source=1, target=3, val=0, config=AS_IT_COMES
        )

    def round(self, slug: str, config: RoundConfig, *, seed: int) -> str:
        with self.database.write() as session:
            request = Request(config=config, seed=seed)
            round_ = round_services.start(session, self.admin.actor, slug, request, idempotency_key=None)
        work_all(self.settings, self.database, self.blobs)
        return round_.id

    def answer(self, slug: str, *, size: int = 100) -> int:
        with self.database.write() as session:
            return oracle.answer_packet(session, self.admin.actor, self.blobs, slug, size=size)

    def score_again(self, round_id: str, *, keep: int = 0) -> None:
        """Throw away what scoring has found, but for the first images, and have it found again."""
        with self.database.write() as session:
            scored = session.scalars(
                select(ScoredImage).where(ScoredImage.round_id == round_id).order_by(ScoredImage.position)
            ).all()
            gone = [one.image_id for one in scored[keep:]]
            for table in (ScoredImage, ImageMap):
                session.execute(delete(table).where(table.round_id == round_id, table.image_id.in_(gone)))
            round_ = session.get_one(Round, round_id)
            round_.state = RoundState.SCORING
            session.flush()
            jobs.start_for_round(session, round_)
        work_all(self.settings, self.database, self.blobs, stop=lambda job: job.kind is JobKind.SELECT_REGIONS)

    def found(self, round_id: str) -> list[tuple]:
        """Everything that scoring has found, and its pictures by their contents, in the order of the pool."""
        with self.database.read() as session:
            scored = session.scalars(
                select(ScoredImage).where(ScoredImage.round_id == round_id).order_by(ScoredImage.position)
            ).all()
            pictures = {
                image.image_id: sorted(
                    (row.kind, row.blob_key)
                    for row in session.scalars(
                        select(ImageMap).where(ImageMap.round_id == round_id, ImageMap.image_id == image.image_id)
                    )
                )
                for image in scored
            }
        return [
            (one.position, one.candidates, one.shadow, one.class_counts, one.image_hash, pictures[one.image_id])
            for one in scored
        ]

    def asked(self, round_id: str) -> list[tuple]:
        with self.database.read() as session:
            queries = session.scalars(select(Query).where(Query.round_id == round_id).order_by(Query.rank))
            return [
                (q.rank, q.unit, q.x, q.y, q.width, q.height, q.region, q.score, q.selection_probability, q.suggestion)
                for q in queries
            ]


@pytest.fixture
def site(settings, database, blobs, admin) -> Site:
    return Site(settings, database, blobs, admin)


@pytest.mark.parametrize("changes", CONFIGS, ids=NAMES)
def test_scoring_finds_the_same_again_also_when_the_round_is_half_answered(site, changes):
    config = configured(changes)
    site.project("demo")
    site.round("demo", configured({"unit": config.acquisition.unit, "budget": Budget(amount=1)}), seed=5)
    assert site.answer("demo") == 1
    second = site.round("demo", config, seed=6)
    before, asked = site.found(second), site.asked(second)
    assert len(before) == 3
    assert sum(len(one[1]) + len(one[2]) for one in before) >= len(asked) == config.acquisition.budget.amount
    assert site.answer("demo", size=5) == min(5, len(asked))
    site.score_again(second)
    assert site.found(second) == before


@pytest.mark.parametrize("changes", CONFIGS[:2], ids=NAMES[:2])
def test_a_worker_that_takes_scoring_over_finds_what_the_first_would_have(site, changes):
    config = configured(changes | {"class_balance": True})
    site.project("demo")
    site.round("demo", configured({}), seed=5)
    site.answer("demo")
    second = site.round("demo", config, seed=6)
    before = site.found(second)
    site.score_again(second, keep=1)
    assert site.found(second) == before


@pytest.mark.parametrize("changes", CONFIGS[:3], ids=NAMES[:3])
def test_a_project_like_it_has_the_same_rounds_bit_by_bit(site, changes):
    outcomes = []
    for slug, seeds in (("one", (7, 8)), ("two", (7, 8)), ("three", (7, 9))):
        site.project(slug)
        first = site.round(slug, configured({"shadow_share": 0.5}), seed=seeds[0])
        assert site.answer(slug) == 12
        second = site.round(slug, configured(changes), seed=seeds[1])
        outcomes.append([(site.found(round_id), site.asked(round_id)) for round_id in (first, second)])
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == outcomes[2][0]
    assert outcomes[0][1] != outcomes[2][1]  # another seed of the second round is another training


def test_a_round_scores_with_its_own_checkpoint_and_not_with_a_newer_one(site):
    site.project("demo")
    first = site.round("demo", AS_IT_COMES, seed=5)
    before = site.found(first)
    with site.database.write() as session:
        newest = session.scalars(select(Checkpoint).where(Checkpoint.role == CheckpointRole.TEACHER)).one()
        site_round = session.get_one(Round, first)
        assert site_round.checkpoint_out == newest.id
        round_services.close(session, site.admin.actor, first, discard_open=True)
    site.round("demo", AS_IT_COMES, seed=6)
    with site.database.write() as session:
        second = session.scalars(select(Round).where(Round.round_index == 1)).one()
        round_services.cancel(session, site.admin.actor, second.id)
    assert site.found(second.id) != before
    site.score_again(first)
    assert site.found(first) == before
