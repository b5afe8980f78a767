"""The hyper-parameters of self-training. Everything in iterations (METHOD.md, trap T10)."""

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from models.losses import OHEM_KEPT, OHEM_THRESHOLD
from models.self_training.contrast import ContrastConfig

Mixing: TypeAlias = Literal["classmix", "cutmix", "adaptive_cutmix", "none"]
Supervised: TypeAlias = Literal["balanced", "ohem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """How weights move.

    Attributes:
        kind: AdamW, or SGD with momentum 0.9.
        learning_rate: peak of the schedule, for the heads.
        encoder_factor: the encoder learns at so many times this rate; it has been trained before.
        weight_decay: of both.
        power: of the polynomial decay of the rate.
        warm_up: share of T in which the rate rises linearly.
        horizon: the decay would reach 0 at `horizon` times T (RIPU stops at 40 000 of 62 500: 1.5625).
        clip: largest norm of the gradient; None clips nothing.
    """

    kind: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float
    encoder_factor: float = 0.1
    weight_decay: float = 0.01
    power: float = 0.9
    warm_up: float = 0.05
    horizon: float = 1.0
    clip: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTrainingConfig:
    """How a network learns.

    Attributes:
        num_classes: C.
        iterations: T, optimiser steps of the run.
        optimiser: how weights move.
        supervised: the loss on labels of the source and of people: class-balanced, or of hard examples (STAL).
        balance: how much rare classes are lifted in class-balanced losses; see `cross_entropy`.
        ohem_threshold: of hard examples; see `ohem_cross_entropy`.
        ohem_kept: of hard examples; see there.
        source_weight: weight of the loss on source labels.
        answered_weight: weight of the loss on answered pixels.
        unsupervised_weight: lambda_u.
        unsupervised_ramp: share of T in which lambda_u rises from 0; a head that knows nothing yet teaches nothing.
        unsupervised_until: share of a crop's pixels that people have answered, above which the rest gets no pseudo
            labels.
        ema_decay: largest decay of the teacher.
        alpha0: share of the unanswered pixels dropped as unreliable at the start; falls linearly to 0 (paper: 20 %).
        confidence_power: a pseudo label weighs the teacher's confidence to this power (AEL: 2; the paper: 0).
        class_sampling: keep a pixel in the pseudo loss with a rate that is high for classes that go badly (AEL).
        mixing: how the unlabelled images that the student sees are made.
        copy_paste: paste parts of classes that go badly from one source crop onto another (AEL).
        background: class ids that are never pasted by it.
        contrast: of the contrastive loss; None is without.
        consistency_weight: of RIPU's loss at source borders; 0 is without.
        negative_weight: of RIPU's loss on improbable classes; 0 is without.
        sieve: how sure the teacher must be of another class to keep a pixel of a coarse answer out; None keeps all in.
        recolour: strength of the colour changes that the student sees, in [0, 1].
        frozen_norm: batch normalisation keeps the statistics that it comes with.
        precision: of the convolutions; "auto" is bf16 on a GPU and float32 elsewhere.
        compile: let torch compile the student; "auto" does on a GPU.
    """

    num_classes: int
    iterations: int
    optimiser: OptimiserConfig
    supervised: Supervised = "balanced"
    balance: float = 0.5
    ohem_threshold: float = OHEM_THRESHOLD
    ohem_kept: float = OHEM_KEPT
    source_weight: float = 1.0
    answered_weight: float = 1.0
    unsupervised_weight: float = 1.0
    unsupervised_ramp: float = 0.2
    unsupervised_until: float = 1.0
    ema_decay: float = 0.99
    alpha0: float = 0.2
    confidence_power: float = 0.0
    class_sampling: bool = False
    mixing: Mixing = "classmix"
    copy_paste: bool = False
    background: frozenset[int] = field(default_factory=frozenset)
    contrast: ContrastConfig | None = None
    consistency_weight: float = 0.0
    negative_weight: float = 0.0
    sieve: float | None = None
    recolour: float = 1.0
    frozen_norm: bool = False
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: Literal["auto", "yes", "no"] = "auto"

    @property
    def asks_teacher(self) -> bool:
        """Whether any term of the objective depends on the teacher; else its pass is left out."""
        return self.unsupervised_weight > 0 or self.contrast is not None or self.sieve is not None

    def learning_rate_at(self, iteration: int) -> float:
        """Linear warm-up, then polynomial decay (METHOD.md, section 7: poly 0.9 per iteration)."""
        rise = min(1.0, (iteration + 1) / max(1.0, self.optimiser.warm_up * self.iterations))
        decay = math.pow(1 - iteration / (self.optimiser.horizon * self.iterations), self.optimiser.power)
        return self.optimiser.learning_rate * rise * decay

    def alpha_at(self, iteration: int) -> float:
        """Share of unreliable pixels: alpha_t = alpha_0 (1 - t / T); STAL eq. 7."""
        return self.alpha0 * (1 - iteration / self.iterations)

    def unsupervised_weight_at(self, iteration: int) -> float:
        """lambda_u after a linear ramp."""
        return self.unsupervised_weight * min(1.0, iteration / max(1.0, self.unsupervised_ramp * self.iterations))

    def contrast_weight_at(self, iteration: int) -> float:
        """lambda_c, 0 until the contrastive loss sets in (METHOD.md, trap T24)."""
        if self.contrast is None or iteration < self.contrast.start * self.iterations:
            return 0.0
        return self.contrast.weight
