"""How a round's network learns, as a person may set it. See docs/learning.md; defaults have their reasons there."""

from dataclasses import dataclass
from enum import StrEnum

from backend.domain.errors import InvalidInput


class Optimiser(StrEnum):
    ADAMW = "adamw"
    SGD = "sgd"  # with momentum 0.9, as in the papers


class Supervised(StrEnum):
    """The loss on labels of the source and of people."""

    BALANCED = "balanced"  # rare classes are lifted
    OHEM = "ohem"  # hard examples only (STAL)


class Mixing(StrEnum):
    """How the unlabelled images that the student sees are made."""

    CLASSMIX = "classmix"  # half of a source crop's classes pasted on
    CUTMIX = "cutmix"  # a rectangle of another target crop
    ADAPTIVE_CUTMIX = "adaptive_cutmix"  # around a thing of a class that goes badly (AEL, STAL)
    NONE = "none"


class Pretrained(StrEnum):
    """Where the encoder's ImageNet weights come from."""

    IF_PRESENT = "if_present"
    REQUIRED = "required"  # a round whose weights are missing fails
    RANDOM = "random"  # none


class Precision(StrEnum):
    AUTO = "auto"  # bfloat16 on a GPU, float32 elsewhere
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Everything in iterations (METHOD.md, trap T10); sizes in pixels, rows before columns.

    Attributes:
        network: name known to `models.networks.build_network`.
        pretrained: of the encoder, where a round begins from scratch.
        from_scratch: begin from ImageNet weights instead of the last round's checkpoint.
        frozen_norm: batch normalisation keeps the statistics that it comes with (RIPU).
        iterations: optimiser steps a round.
        batch_size: images of each domain a step, over all GPUs.
        crop: columns of a crop.
        crop_rows: rows of a crop; None: as many as columns.
        source_size: source images are brought to it first; None leaves them.
        target_size: the same of target images.
        scales: least and largest number of crop pixels an image pixel.
        flip: probability that a crop is mirrored.
        colour: strength of the colour changes that the student sees, in [0, 1].
        optimiser: AdamW or SGD.
        learning_rate: of the heads, at its peak.
        encoder_factor: the encoder's is so many times that.
        weight_decay: of the optimiser.
        warm_up: share of the iterations in which the rate rises.
        horizon: the rate would reach 0 after so many times the iterations.
        clip: largest norm of the gradient; None clips nothing.
        supervised: the loss on labels.
        balance: how much rare classes are lifted by the balanced loss, in [0, 1].
        answered_weight: of the loss on answered pixels.
        unsupervised_weight: lambda_u, of the loss on pseudo labels.
        unsupervised_ramp: share of the iterations in which it rises from 0.
        unsupervised_until: share of a crop's pixels that people have answered, above which its other pixels get no
            pseudo labels; 1 never.
        ema_decay: of the teacher.
        alpha0: share of the most uncertain pixels that are dropped at the start; falls to 0.
        confidence_power: a pseudo label weighs the teacher's confidence to this power.
        class_sampling: draw pixels of the pseudo loss, more of classes that go badly.
        mixing: of target crops.
        copy_paste: paste classes that go badly from one source crop onto another.
        background: names of classes that are never pasted so; names that a project lacks do not matter.
        contrast_weight: lambda_c, of the contrastive loss; 0 is without.
        contrast_start: share of the iterations before it sets in.
        consistency_weight: of RIPU's loss at source borders; 0 is without.
        negative_weight: of RIPU's loss on improbable classes; 0 is without.
        sieve: how sure the teacher must be of another class, in (0, 1], to keep a pixel of a region that was answered
            with one class out of training; None keeps all in.
        precision: of the convolutions.
        validations: how often in a round the teacher is tried on val images, to keep the best one; 0 is never.
    """

    network: str = "lite0_fpn"
    pretrained: Pretrained = Pretrained.IF_PRESENT
    from_scratch: bool = False
    frozen_norm: bool = False
    iterations: int = 2000
    batch_size: int = 4
    crop: int = 256
    crop_rows: int | None = None
    source_size: tuple[int, int] | None = None
    target_size: tuple[int, int] | None = None
    scales: tuple[float, float] = (0.75, 1.5)
    flip: float = 0.5
    colour: float = 1.0
    optimiser: Optimiser = Optimiser.ADAMW
    learning_rate: float = 0.002
    encoder_factor: float = 0.1
    weight_decay: float = 0.01
    warm_up: float = 0.05
    horizon: float = 1.0
    clip: float | None = None
    supervised: Supervised = Supervised.BALANCED
    balance: float = 0.5
    answered_weight: float = 1.0
    unsupervised_weight: float = 1.0
    unsupervised_ramp: float = 0.2
    unsupervised_until: float = 0.015
    ema_decay: float = 0.99
    alpha0: float = 0.2
    confidence_power: float = 0.0
    class_sampling: bool = False
    mixing: Mixing = Mixing.CLASSMIX
    copy_paste: bool = False
    background: tuple[str, ...] = ("road", "sidewalk", "pavement", "building", "vegetation", "tree", "sky")
    contrast_weight: float = 0.0
    contrast_start: float = 0.1
    consistency_weight: float = 0.0
    negative_weight: float = 0.0
    sieve: float | None = None
    precision: Precision = Precision.AUTO
    validations: int = 0

    def __post_init__(self) -> None:
        low, high = self.scales
        if not 0 < low <= high:
            raise InvalidInput(f"The scales of crops go from a least to a largest above 0; got {low} to {high}.")

    @property
    def crop_size(self) -> tuple[int, int]:
        """Rows and columns of a crop."""
        return self.crop if self.crop_rows is None else self.crop_rows, self.crop
