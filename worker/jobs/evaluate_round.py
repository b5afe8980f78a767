"""Evaluation: every checkpoint of a round on the labelled target images of the test split, or of val without those.

A checkpoint that is done is a row that is committed; of the one that is not, the cursor has the sums so far. Whoever
takes the job next goes on from there, on the same images.
"""

import time
from dataclasses import asdict, dataclass
from typing import Any

import torch

from backend.db import checkpoints, images
from backend.db.session import Session
from backend.db.tables import Checkpoint, Evaluation, Image, Project, Round
from backend.domain.errors import CheckpointMismatch, DeviceOutOfMemory
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.round_config import EvaluationConfig, EvaluationMode
from backend.domain.vocabulary import CheckpointRole, Domain, Split
from backend.services import configs
from models.evaluation import InferenceConfig, Tally, segment
from models.metrics import scores_of
from models.networks import SegmentationNetwork
from worker.artifacts import load_checkpoint
from worker.context import Context
from worker.device import open_device
from worker.network import read_tensor, round_network


@dataclass(slots=True, kw_only=True)
class Course:
    """What the job has to do, and where it stands.

    Attributes:
        split: whose images count.
        seen: those images: the same for every checkpoint, whatever is imported meanwhile.
        shown: how networks see them.
        total: of checkpoints.
        left: checkpoints that are not evaluated yet.
        done: images that `tally` has of the first one that is left.
        tally: sums over them.
    """

    round_: Round
    project: Project
    split: Split
    seen: list[Image]
    shown: InferenceConfig
    total: int
    left: list[Checkpoint]
    done: int
    tally: Tally

    @property
    def passes(self) -> int:
        """Images that networks have seen."""
        return (self.total - len(self.left)) * len(self.seen) + self.done

    def cursor(self) -> dict[str, Any]:
        """What somebody else needs to go on."""
        return {"split": self.split, "images": len(self.seen), "done": self.done, **self.tally.to_lists()}


def work(context: Context) -> None:
    """Go on from the images that earlier segments have counted."""
    course = _course(context)
    began, first = time.monotonic(), course.passes
    network: SegmentationNetwork | None = None
    while course.seen and course.left:
        if network is None:
            network = _network(context, course)
        _see_next(context, course, network)
        _report(context, course, began=began, first=first)
        if course.done == len(course.seen):
            _store(context, course)
            network = None
        if course.left and context.should_yield():
            with context.writing() as session:
                context.yield_segment(session, course.cursor())
            return
    _finish(context, course)


def _course(context: Context) -> Course:
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
        found = checkpoints.of_round(session, round_.id)
        evaluated = [evaluation for _, evaluation in checkpoints.evaluations(session, round_.id)]
        split, seen = _images(session, project, evaluated, context.job.cursor)
    if seen and not any(checkpoint.role is CheckpointRole.TEACHER for checkpoint in found):
        raise CheckpointMismatch("The checkpoint of this round is gone; cancel the round and start another.")
    ended = {evaluation.checkpoint_id for evaluation in evaluated}
    cursor = context.job.cursor
    begun = "split" in cursor  # an older version's has fewer sums, and is begun anew
    return Course(
        round_=round_,
        project=project,
        split=split,
        seen=seen,
        shown=_shown(configs.from_json(round_.config).evaluation),
        total=len(found),
        left=[checkpoint for checkpoint in found if checkpoint.id not in ended],
        done=cursor["done"] if begun else 0,
        tally=Tally.from_lists(cursor) if begun else Tally.empty(len(project.classes)),
    )


def _shown(config: EvaluationConfig) -> InferenceConfig:
    windows = config.mode is EvaluationMode.WINDOWS
    return InferenceConfig(
        window=config.window if windows else None,
        stride=config.stride if windows else None,
        flip=config.flip,
        scales=config.scales,
    )


def _images(
    session: Session, project: Project, evaluated: list[Evaluation], cursor: dict[str, Any]
) -> tuple[Split, list[Image]]:
    """The images of what was begun before; else all that are labelled now, of the best split that has any."""
    count: int | None = None
    if evaluated:
        split, count = evaluated[0].split, evaluated[0].num_images
    elif "split" in cursor:
        split, count = Split(cursor["split"]), cursor["images"]
    else:
        tested = images.has_labelled(session, project.id, Domain.TARGET, Split.TEST)
        split = Split.TEST if tested else Split.VAL
    return split, images.of_split(session, project.id, Domain.TARGET, split, labelled=True)[:count]


def _network(context: Context, course: Course) -> SegmentationNetwork:
    """The first one that is left, in eval mode, on the worker's device. The last teacher stays warm for scoring."""
    checkpoint = course.left[0]
    if checkpoint.id == course.round_.checkpoint_out:
        return round_network(context, course.round_, course.project)
    classes = [label_class["name"] for label_class in course.project.classes]
    network = load_checkpoint(context.blobs, checkpoint, classes=classes).eval().requires_grad_(requires_grad=False)
    return network.to(open_device(context.settings)).to(memory_format=torch.channels_last)


def _see_next(context: Context, course: Course, network: SegmentationNetwork) -> None:
    image = course.seen[course.done]
    truth = read_label_map(
        context.blobs.get(image.label_key or ""),
        name=image.name,
        size=ImageSize(width=image.width, height=image.height),
        num_classes=len(course.project.classes),
    )
    try:
        said = segment(network, read_tensor(context.blobs, image), course.shown)
        course.tally = course.tally.plus(said, torch.tensor(truth, device=said.prediction.device))
    except torch.OutOfMemoryError as error:
        raise DeviceOutOfMemory(
            f"The GPU has not enough memory to evaluate an image of {image.width} x {image.height} pixels. Start a "
            "round whose evaluation has the mode windows, and smaller ones or lower scales if it has."
        ) from error
    course.done += 1


def _report(context: Context, course: Course, *, began: float, first: int) -> None:
    passes = course.total * len(course.seen)
    pace = (time.monotonic() - began) / (course.passes - first)
    role = course.left[0].role.replace("_", " ")
    context.report(
        course.passes / passes,
        f"Evaluating the {role}: image {course.done} of {len(course.seen)}",
        remaining=pace * (passes - course.passes),
        miou=scores_of(course.tally.confusion).miou,
    )


def _store(context: Context, course: Course) -> None:
    """The figures of the first checkpoint that is left, which is done."""
    checkpoint, figures = course.left.pop(0), course.tally.figures()
    row = Evaluation(
        checkpoint_id=checkpoint.id,
        round_id=course.round_.id,
        split=course.split,
        num_images=len(course.seen),
        confusion=course.tally.confusion.tolist(),
        iou=list(figures.scores.iou),
        miou=figures.scores.miou,
        pixel_accuracy=figures.scores.pixel_accuracy,
        boundary_iou=list(figures.boundary_iou),
        boundary_miou=figures.boundary_miou,
        calibration_error=figures.calibration_error,
        reliability=[asdict(found) for found in figures.reliability],
    )
    course.done, course.tally = 0, Tally.empty(len(course.project.classes))
    with context.writing() as session:
        session.add(row)
        context.save_cursor(session, course.cursor())


def _finish(context: Context, course: Course) -> None:
    """The round's own figures are those of its last teacher."""
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        of_role = dict(checkpoints.evaluations(session, round_.id))
        teacher = of_role.get(CheckpointRole.TEACHER)
        round_.num_evaluated = len(course.seen)
        round_.confusion = teacher.confusion if teacher else None
        round_.miou = teacher.miou if teacher else None
        context.succeed(session, {"miou": round_.miou, "images": len(course.seen)})
