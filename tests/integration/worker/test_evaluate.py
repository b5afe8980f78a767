"""The evaluation of a round's checkpoints: which images, which figures, and that an interruption changes none."""

from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from sqlalchemy import select

from backend.db import checkpoints
from backend.db import jobs as job_rows
from backend.db.tables import Checkpoint, Evaluation, Image, Job, Project, Round
from backend.domain.errors import Conflict, JobSuperseded
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.job_state import JobState
from backend.domain.round_config import AcquisitionConfig, Budget, EvaluationConfig, EvaluationMode, RoundConfig
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import CheckpointRole, Split
from backend.services import configs
from backend.services import jobs as job_services
from models.evaluation import InferenceConfig, Tally, segment
from models.inference import predict_logits
from models.networks import build_network
from tests.factories import project_with_images
from tests.integration.worker.in_process import work_all, work_segment
from worker.artifacts import new_network
from worker.network import read_tensor

ROLES = list(CheckpointRole)
FINAL = RoundConfig(acquisition=AcquisitionConfig(budget=Budget(amount=0)))  # nothing follows its evaluation
FIGURES = [column.key for column in Evaluation.__table__.columns if column.key not in {"created_at", "round_id"}]


def opinionated(network):
    """With a bias for no class, so that it finds several in an image, as networks that were trained do."""
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 255
    with torch.no_grad():
        network.head[-1].bias -= network.eval()(noise).mean(dim=(0, 2, 3))
    return network


def trained_round(database, blobs, project: Project, *, config: RoundConfig = FINAL, roles=tuple(ROLES)) -> Round:
    """A round as training leaves it, but for its networks: one for each role, drawn at random."""
    with database.write() as session:
        round_ = Round(
            project_id=project.id,
            round_index=0,
            state=RoundState.EVALUATING,
            config=configs.to_json(config),
            seed=0,
            started_by="admin@localhost",
        )
        session.add(round_)
        session.flush()
        names = [label_class["name"] for label_class in project.classes]
        for role in roles:
            network = opinionated(new_network("tiny_fpn", num_classes=len(names), seed=ROLES.index(role)))
            data = safetensors.torch.save(network.state_dict())
            checkpoint = Checkpoint(
                project_id=project.id,
                round_id=round_.id,
                role=role,
                blob_key=blobs.put(data),
                size=len(data),
                provenance={"network": "tiny_fpn", "classes": names},
            )
            session.add(checkpoint)
            session.flush()
            if role is CheckpointRole.TEACHER:
                round_.checkpoint_out = checkpoint.id
        job_services.start_for_round(session, round_)
        return round_


def job_of(database, round_: Round):
    with database.read() as session:
        return job_rows.newest_of_round(session, round_.id)


def figures_of(database, round_: Round) -> dict[CheckpointRole, dict[str, object]]:
    with database.read() as session:
        return {
            role: {key: getattr(row, key) for key in FIGURES if key != "checkpoint_id"}
            for role, row in checkpoints.evaluations(session, round_.id)
        }


def read(database, round_: Round) -> Round:
    with database.read() as session:
        return session.get_one(Round, round_.id)


def labelled(database, blobs, project: Project, split: Split):
    """Pixels and label map of each target image of a split."""
    with database.read() as session:
        wanted = (Image.project_id == project.id, Image.domain == "target", Image.split == split)
        seen = list(session.scalars(select(Image).where(*wanted)))
    for image in seen:
        size = ImageSize(width=image.width, height=image.height)
        label_map = read_label_map(blobs.get(image.label_key), name=image.name, size=size, num_classes=11)
        yield read_tensor(blobs, image), label_map


def direct_confusion(database, blobs, project: Project, round_: Round, role: CheckpointRole, split: Split):
    """Argmax of whole images, pixel pair by pixel pair."""
    with database.read() as session:
        where = (Checkpoint.round_id == round_.id, Checkpoint.role == role)
        checkpoint = session.scalars(select(Checkpoint).where(*where)).one()
    network = build_network("tiny_fpn", num_classes=11).eval()
    network.load_state_dict(safetensors.torch.load(blobs.get(checkpoint.blob_key)))
    confusion = np.zeros((11, 11), dtype=np.int64)
    for image, truth in labelled(database, blobs, project, split):
        said = predict_logits(network, image).argmax(dim=0).numpy()
        np.add.at(confusion, (truth.ravel(), said.ravel()), 1)
    return confusion


@pytest.fixture
def quick(settings):
    """Every segment is over as soon as something was done."""
    return settings.model_copy(update={"segment_seconds": 0.0})


@pytest.fixture
def project(database, blobs, admin):
    return project_with_images(database, blobs, admin, source=1, target=1, val=2)


def test_every_checkpoint_is_evaluated_and_the_round_has_the_teachers_figures(database, blobs, settings, project):
    round_ = trained_round(database, blobs, project)
    work_all(settings, database, blobs)
    found, done = figures_of(database, round_), read(database, round_)
    assert list(found) == ROLES
    for role, figures in found.items():
        expected = direct_confusion(database, blobs, project, round_, role, Split.VAL)
        # Pixels whose two best classes are as good as equal may go either way.
        assert np.abs(np.array(figures["confusion"]) - expected).sum() <= 2e-4 * expected.sum()
        assert (figures["split"], figures["num_images"]) == (Split.VAL, 2)
        hits, both = expected.diagonal(), expected.sum(axis=0) + expected.sum(axis=1)
        iou = [h / (b - h) if b > h else None for h, b in zip(hits, both, strict=True)]
        assert figures["iou"] == pytest.approx(iou, abs=1e-3)
        assert figures["miou"] == pytest.approx(np.mean([value for value in iou if value is not None]), abs=1e-3)
        assert sum(row["pixels"] for row in figures["reliability"]) == expected.sum()
        assert 0 < figures["calibration_error"] < 1
        assert 0 <= figures["boundary_miou"] < 1
        assert (expected.sum(axis=0) > 0).sum() > 3  # it has said several classes
    assert len({figures["miou"] for figures in found.values()}) == 3
    teacher = found[CheckpointRole.TEACHER]
    assert (done.state, done.num_evaluated) == (RoundState.CLOSED, 2)
    assert (done.confusion, done.miou) == (teacher["confusion"], teacher["miou"])


def test_test_images_are_preferred_to_those_the_best_was_chosen_on(database, blobs, settings, project):
    with database.write() as session:
        wanted = (Image.project_id == project.id, Image.split == Split.VAL)
        session.scalars(select(Image).where(*wanted)).first().split = Split.TEST
    round_ = trained_round(database, blobs, project, roles=ROLES[:1])
    work_all(settings, database, blobs)
    figures = figures_of(database, round_)[CheckpointRole.TEACHER]
    assert (figures["split"], figures["num_images"]) == (Split.TEST, 1)
    expected = direct_confusion(database, blobs, project, round_, CheckpointRole.TEACHER, Split.TEST)
    assert np.abs(np.array(figures["confusion"]) - expected).sum() <= 2e-4 * expected.sum()


def test_segments_make_no_difference_and_images_that_come_meanwhile_none(database, blobs, admin, settings, quick):
    found = []
    for slug, chosen in (("one", settings), ("two", quick)):
        project = project_with_images(database, blobs, admin, slug=slug, source=1, target=1, val=2)
        round_ = trained_round(database, blobs, project)
        job = job_of(database, round_)
        work_segment(chosen, database, blobs, job.id)
        with database.write() as session:  # a test split appears in the middle of the second
            wanted = (Image.project_id == project.id, Image.split == Split.TRAIN, Image.domain == "target")
            session.scalars(select(Image).where(*wanted)).one().split = Split.TEST
        segments = 1 + work_all(chosen, database, blobs)
        assert segments == (1 if chosen is settings else 6)
        found.append(figures_of(database, round_))
    assert found[0] == found[1]
    assert found[0][CheckpointRole.STUDENT]["split"] is Split.VAL


def test_a_segment_is_one_image_and_the_next_goes_on_from_it(database, blobs, quick, project):
    round_ = trained_round(database, blobs, project, roles=ROLES[:2])
    job, seen = job_of(database, round_), []
    while job.state is JobState.QUEUED:
        work_segment(quick, database, blobs, job.id)
        job = job_of(database, round_)
        seen.append((job.cursor["done"], len(figures_of(database, round_)), round(job.progress, 2)))
    assert [row[:2] for row in seen] == [(1, 0), (0, 1), (1, 1), (0, 2)]


def test_a_round_shows_images_as_its_config_says(database, blobs, admin, settings):
    window, scales = (100, 130), (0.75, 1.0)
    evaluation = EvaluationConfig(mode=EvaluationMode.WINDOWS, window=window, flip=True, scales=scales)
    found = []
    for slug, config in (("whole", FINAL), ("windows", replace(FINAL, evaluation=evaluation))):
        project = project_with_images(database, blobs, admin, slug=slug, source=1, target=1, val=1)
        round_ = trained_round(database, blobs, project, config=config, roles=ROLES[:1])
        work_all(settings, database, blobs)
        found.append(figures_of(database, round_)[CheckpointRole.TEACHER]["confusion"])
    assert found[0] != found[1]
    network = opinionated(new_network("tiny_fpn", num_classes=11, seed=0))
    [(image, truth)] = labelled(database, blobs, project, Split.VAL)
    said = segment(network, image, InferenceConfig(window=window, flip=True, scales=scales))
    assert found[1] == Tally.empty(11).plus(said, torch.tensor(truth)).confusion.tolist()


def test_without_labelled_images_there_is_nothing_to_say(database, blobs, admin, settings):
    project = project_with_images(database, blobs, admin, source=1, target=1, val=0)
    round_ = trained_round(database, blobs, project)
    work_all(settings, database, blobs)
    done = read(database, round_)
    assert (done.state, done.num_evaluated, done.confusion, done.miou) == (RoundState.CLOSED, 0, None, None)
    assert figures_of(database, round_) == {}


def test_a_round_whose_teacher_is_gone_fails_in_words(database, blobs, settings, project):
    round_ = trained_round(database, blobs, project, roles=[CheckpointRole.STUDENT])
    work_all(settings, database, blobs)
    failed = read(database, round_)
    assert (failed.state, failed.error_code) == (RoundState.FAILED, "checkpoint_mismatch")


def test_a_round_has_one_checkpoint_of_a_role(database, blobs, project):
    with pytest.raises(Conflict):
        trained_round(database, blobs, project, roles=[CheckpointRole.STUDENT, CheckpointRole.STUDENT])


class Dying:
    """A blob store whose reader dies after so many reads: nothing of what it has not saved is written any more."""

    def __init__(self, blobs, *, gets: int):
        self.blobs, self.left = blobs, gets

    def get(self, key):
        self.left -= 1
        if self.left < 0:
            raise JobSuperseded("dead")
        return self.blobs.get(key)


#: After how many reads of blobs the worker dies, and whether a whole segment of one image follows. A network is one
#: read (the teacher's only at first: it stays in memory), an image two.
DEATHS = [(1, False), (3, False), (5, False), (3, True), (2, False), (4, False), (2, True)]


def test_deaths_at_any_moment_change_no_figure(database, blobs, admin, settings, quick):
    """What was saved stays, and what was not is done again: rows of checkpoints, and images of the one that is next."""
    found = []
    for slug, deaths, expected in (
        ("one", [], []),
        ("two", DEATHS, [(0, None), (0, None), (1, 0), (1, 1), (1, 1), (2, 0), (2, 1)]),
    ):
        project = project_with_images(database, blobs, admin, slug=slug, source=1, target=1, val=2)
        round_ = trained_round(database, blobs, project)
        job, stood = job_of(database, round_), []
        for gets, goes_on in deaths:
            work_segment(settings, database, Dying(blobs, gets=gets), job.id)
            assert job_of(database, round_).state is JobState.RUNNING
            with database.write() as session:  # as the sweep does
                session.get_one(Job, job.id).state = JobState.QUEUED
            if goes_on:
                work_segment(quick, database, blobs, job.id)
            stood.append((len(figures_of(database, round_)), job_of(database, round_).cursor.get("done")))
        assert stood == expected
        work_all(settings, database, blobs)
        found.append(figures_of(database, round_))
    assert list(found[0]) == ROLES
    assert found[0] == found[1]
