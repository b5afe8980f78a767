"""Evaluations as the worker's job leaves them, for tests of those who read them."""

from collections.abc import Mapping, Sequence

from backend.db.session import Database
from backend.db.tables import Checkpoint, Evaluation
from backend.domain.vocabulary import CheckpointRole, Split
from tests.factories import Scene

Bin = tuple[int, float | None, float | None]  # pixels, mean confidence, accuracy


def evaluate_checkpoints(
    database: Database,
    scene: Scene,
    split: Split,
    mious: Mapping[CheckpointRole, float],
    *,
    num_images: int = 3,
    reliability: Sequence[Bin] = (*[(0, None, None)] * 14, (121, 0.97, 0.9)),
) -> None:
    """Checkpoints of the scene's round in these roles, judged on `split`; the last class occurs nowhere."""
    with database.write() as session:
        for role, miou in mious.items():
            checkpoint = Checkpoint(
                project_id=scene.project_id, round_id=scene.round_id, role=role, blob_key="k", size=1, provenance={}
            )
            session.add(checkpoint)
            session.flush()
            session.add(
                Evaluation(
                    checkpoint_id=checkpoint.id,
                    round_id=scene.round_id,
                    split=split,
                    num_images=num_images,
                    confusion=[[1] * 11] * 11,
                    iou=[0.5] * 10 + [None],
                    miou=miou,
                    pixel_accuracy=0.75,
                    boundary_iou=[0.25] * 10 + [None],
                    boundary_miou=0.25,
                    calibration_error=0.0625,
                    reliability=[{"pixels": n, "confidence": c, "accuracy": a} for n, c, a in reliability],
                )
            )
