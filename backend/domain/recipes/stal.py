"""STAL's experiments (arXiv:2301.13361): whole images by mean entropy, and self-training between.

What each number is from: METHOD.md, sections 1.3, 2.1, 4, 5.3, 5.4 and 7.
"""

from dataclasses import replace
from typing import Final

from backend.domain.dataset_formats import DatasetFormat
from backend.domain.recipes.recipe import Recipe
from backend.domain.round_config import (
    AcquisitionConfig,
    Budget,
    BudgetUnit,
    EvaluationConfig,
    EvaluationMode,
    RoundConfig,
    Score,
    Unit,
)
from backend.domain.training_config import Mixing, Optimiser, Pretrained, Supervised, TrainingConfig

POOL: Final = 2975  # images of Cityscapes train
SEEDS: Final = 30  # images that are labelled before anything was scored: the 1 %
#: Images that the network of the 1 % asks for; each published figure is one such round.
ASKED: Final = {"1": 0, "2.2": 35, "5": 120}
EPOCHS: Final = 200
BATCH: Final = 4

TRAINING: Final = TrainingConfig(
    network="deeplabv3plus_resnet101",
    pretrained=Pretrained.REQUIRED,
    from_scratch=True,
    batch_size=BATCH,
    crop=769,
    source_size=(1024, 2048),
    scales=(0.5, 2.0),
    flip=0.5,
    colour=0.0,
    optimiser=Optimiser.SGD,
    learning_rate=0.025,
    encoder_factor=0.1,  # the paper's base rate of 0.0025
    weight_decay=1e-4,
    warm_up=0.0,
    horizon=1.0,
    supervised=Supervised.OHEM,
    answered_weight=1.0,
    unsupervised_weight=1.0,
    unsupervised_ramp=0.0,
    unsupervised_until=1.0,
    ema_decay=0.99,
    alpha0=0.2,
    confidence_power=0.0,
    class_sampling=False,
    mixing=Mixing.ADAPTIVE_CUTMIX,
    copy_paste=True,
    contrast_weight=0.1,
    contrast_start=0.1,  # epoch 20 of 200
    validations=20,
)
EVALUATION: Final = EvaluationConfig(mode=EvaluationMode.WINDOWS, window=(769, 769))

NOTES: Final = (
    "The first 30 images are drawn at random; the paper's are the first of a published list of 186.",
    "The round that draws them trains one iteration only, since nothing is scored with it.",
    "Of the source, 2000 images are taken evenly over its names; the paper's list of names cannot be had.",
    "Iterations are 200 epochs of the unlabelled images, 4 a step on one GPU; the paper speaks of about 100 000.",
    "A step sees 4 source and 4 target crops; the released code 4 labelled ones, 60 % of the target, and one mixed.",
    "Every other source crop lies around a class of its image, every fourth target crop on an answered image.",
    "learning_rate is of the heads, the encoder's a tenth: the paper's base rate is 0.0025, with heads times 10.",
    "The encoder is torchvision's ResNet-101 without an auxiliary head, the decoder that of docs/networks.md.",
    "Pseudo labels weigh the same, as in the paper's eq. 3; the released code weighs and draws them by confidence.",
    "Their filter is the paper's; the released code's drops the most certain ones (trap T1).",
    "Scales of crops are log-uniform in 0.5 to 2; the released code draws evenly below 1 or, as often, above it.",
    "Copy-Paste takes source crops only. The contrastive loss is as defined in docs/contrast.md (trap T2).",
    "The teacher averages the statistics of batch normalisation, too (trap T11).",
    "Images are scored by the last teacher at their own size; the paper's is best on val, and sees 769 x 769 pixels.",
    "mIoU is the last teacher's. The best of 20 looks at 50 val images is evaluated beside it (trap T13).",
    "Quotas of cities are by largest remainder (trap T14). GPUs compute convolutions in bfloat16.",
)


def stal(source: DatasetFormat, *, percent: str, classes: str) -> Recipe:
    """The recipe of a budget in percent of the target's images: "1", "2.2" or "5"."""
    asked = ASKED[percent]
    rounds = [
        RoundConfig(
            acquisition=_asking(SEEDS, Score.RANDOM, stratify=False),
            training=replace(TRAINING, iterations=1, validations=0),
            evaluation=EVALUATION,
        )
    ]
    if asked:
        rounds.append(_learning(labelled=SEEDS, asks=asked))
    rounds.append(_learning(labelled=SEEDS + asked, asks=0))
    return Recipe(
        name=f"stal-{source.value}2cityscapes-{percent}",
        paper=f"STAL, arXiv:2301.13361, {SEEDS + asked} of {POOL} images",
        source=source,
        target=DatasetFormat.CITYSCAPES,
        classes=classes,
        rounds=tuple(rounds),
        source_limit=2000,
        notes=NOTES,
    )


def _learning(*, labelled: int, asks: int) -> RoundConfig:
    iterations = EPOCHS * ((POOL - labelled) // BATCH)
    return RoundConfig(
        acquisition=_asking(asks, Score.ENTROPY, stratify=True),
        training=replace(TRAINING, iterations=iterations),
        evaluation=EVALUATION,
    )


def _asking(images: int, score: Score, *, stratify: bool) -> AcquisitionConfig:
    budget = Budget(amount=images, unit=BudgetUnit.IMAGES)
    return AcquisitionConfig(unit=Unit.IMAGE, score=score, budget=budget, stratify=stratify)
