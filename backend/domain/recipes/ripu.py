"""RIPU's experiments (Xie et al. 2022, arXiv:2111.12940): small regions or pixels of every image, in five rounds.

What each number is from: METHOD.md, sections 1.3, 6.3, 6.4, 7 and 9.4.
"""

from dataclasses import replace
from typing import Final

from backend.domain.dataset_formats import DatasetFormat
from backend.domain.recipes.recipe import Recipe
from backend.domain.round_config import (
    AcquisitionConfig,
    Budget,
    BudgetScope,
    EvaluationConfig,
    RoundConfig,
    Score,
    Unit,
)
from backend.domain.training_config import Mixing, Optimiser, Pretrained, Supervised, TrainingConfig

#: Iterations before each of the five rounds asks, and of all.
ASKS_AT: Final = (10_000, 12_000, 14_000, 16_000, 18_000)
LENGTH: Final = 40_000
HORIZON: Final = 62_500  # where the rate would be 0
POWER: Final = 0.9  # of the schedule
HEAD_RATE: Final = 0.0025

ALL_ROUNDS: Final = AcquisitionConfig(score=Score.RIPU, max_per_image=None)
TRAINING: Final = TrainingConfig(
    pretrained=Pretrained.REQUIRED,
    frozen_norm=True,
    batch_size=2,
    crop=1280,
    crop_rows=640,
    source_size=(720, 1280),
    target_size=(640, 1280),
    scales=(1.0, 1.0),
    flip=0.0,
    colour=0.0,
    optimiser=Optimiser.SGD,
    encoder_factor=0.1,  # the paper's base rate of 2.5e-4
    weight_decay=5e-4,
    warm_up=0.0,
    supervised=Supervised.BALANCED,
    balance=0.0,  # a plain mean
    answered_weight=1.0,
    unsupervised_weight=0.0,
    ema_decay=0.0,  # there is no teacher: it is the student
    mixing=Mixing.NONE,
    copy_paste=False,
    contrast_weight=0.0,
    consistency_weight=0.1,
    negative_weight=1.0,
)
EVALUATION: Final = EvaluationConfig(flip=True, scales=(0.625,))  # 2048 x 1024 is seen at 1280 x 640

NOTES: Final = (
    "Rounds of 10 000, four times 2 000 and 22 000 iterations: each goes on at the rate that the paper has there.",
    "A round begins with a fresh optimiser: SGD's momentum is lost five times.",
    "A source image of 720 rows is cut to 640 of them, so that a batch has one size.",
    "Every other source crop lies around a class of its image; the paper draws images by class over the dataset.",
    "learning_rate is of the heads, the encoder's a tenth: the paper's base rate is 2.5e-4, with heads times 10.",
    "Images are scored at their own size, not at 1280 x 640. Evaluation is at 1280 x 640, as in the paper.",
    "Scores have the exact logarithm, and ln C (docs/acquisition.md).",
    "Networks differ as docs/networks.md says. GPUs compute convolutions in bfloat16.",
    "There are as many queries as in the paper, in RA millions a round, each stored and answered: see docs/recipes.md.",
)
#: Windows are budgeted by number, which is the paper's: ceil(H W share / rounds / (2k+1)^2), of 2048 x 1024 pixels.
_RA: Final = {"2.2": 1026, "5": 2331}
_PA: Final = 21  # pixels a round; the paper's "40 pixels", which it counts at 1280 x 640


def ripu_regions(source: DatasetFormat, *, percent: str, network: str, classes: str) -> Recipe:
    """RA: windows of 3 x 3, of "2.2" or "5" percent of every image's pixels."""
    acquisition = replace(ALL_ROUNDS, unit=Unit.WINDOW, radius=1)
    paper = f"RIPU (RA), arXiv:2111.12940, {percent} % of the pixels"
    return _recipe(source, f"ra-{percent}", paper, acquisition, _RA[percent], network=network, classes=classes)


def ripu_pixels(source: DatasetFormat, *, network: str, classes: str) -> Recipe:
    """PA: what the paper calls 40 pixels of every image."""
    acquisition = replace(ALL_ROUNDS, unit=Unit.PIXEL)
    paper = "RIPU (PA), arXiv:2111.12940, 40 pixels an image"
    return _recipe(source, "pa-40", paper, acquisition, _PA, network=network, classes=classes)


def _recipe(
    source: DatasetFormat,
    variant: str,
    paper: str,
    acquisition: AcquisitionConfig,
    each: int,
    *,
    network: str,
    classes: str,
) -> Recipe:
    starts, ends = (0, *ASKS_AT), (*ASKS_AT, LENGTH)
    return Recipe(
        name=f"ripu-{source.value}2cityscapes-{variant}",
        paper=paper,
        source=source,
        target=DatasetFormat.CITYSCAPES,
        classes=classes,
        rounds=tuple(
            RoundConfig(
                acquisition=replace(
                    acquisition, budget=Budget(amount=0 if end == LENGTH else each, scope=BudgetScope.IMAGE)
                ),
                training=_part(start, end, network=network),
                evaluation=EVALUATION,
            )
            for start, end in zip(starts, ends, strict=True)
        ),
        source_limit=None,
        notes=NOTES,
    )


def _part(start: int, end: int, *, network: str) -> TrainingConfig:
    """Iterations `start` to `end` of one schedule, as a schedule of its own.

    A rate of r (1 - t / T)^p has the same form from `start` on, with r (1 - start / T)^p for r and T - start for T.
    """
    return replace(
        TRAINING,
        network=network,
        iterations=end - start,
        learning_rate=HEAD_RATE * (1 - start / HORIZON) ** POWER,
        horizon=(HORIZON - start) / (end - start),
    )
