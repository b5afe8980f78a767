"""The hyper-parameters of self-training. Everything in iterations (METHOD.md, trap T10)."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

Mixing: TypeAlias = Literal["classmix", "cutmix", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTrainingConfig:
    """How a network learns.

    Attributes:
        num_classes: C.
        iterations: T, optimiser steps of the run.
        learning_rate: peak of the schedule, for AdamW.
        mixing: how the unlabelled images that the student sees are made.
        weight_decay: of AdamW.
        power: of the polynomial decay of the learning rate.
        warm_up: share of T in which the learning rate rises linearly.
        ema_decay: largest decay of the teacher.
        alpha0: share of the unanswered pixels dropped as unreliable at the start; falls linearly to 0 (paper: 20 %).
        unsupervised_weight: lambda_u.
        unsupervised_ramp: share of T in which lambda_u rises from 0; a head that knows nothing yet teaches nothing.
        answered_weight: weight of the loss on answered regions.
        sieve: how sure the teacher must be of another class to keep a pixel of a coarse answer out; None keeps all in.
        balance: how much rare classes are lifted in every loss; see `cross_entropy`.
    """

    num_classes: int
    iterations: int
    learning_rate: float
    mixing: Mixing
    weight_decay: float = 0.01
    power: float = 0.9
    warm_up: float = 0.05
    ema_decay: float = 0.99
    alpha0: float = 0.2
    unsupervised_weight: float = 1.0
    unsupervised_ramp: float = 0.2
    answered_weight: float = 0.3  # 1 loses more by the skew of what is asked than it gains; benchmarks/EXPERIMENTS.md
    sieve: float | None = None
    balance: float = 0.5

    def learning_rate_at(self, iteration: int) -> float:
        """Linear warm-up, then polynomial decay to 0 at T (METHOD.md, section 7: poly 0.9 per iteration)."""
        rise = min(1.0, (iteration + 1) / max(1.0, self.warm_up * self.iterations))
        decay = math.pow(1 - iteration / self.iterations, self.power)
        return self.learning_rate * rise * decay

    def alpha_at(self, iteration: int) -> float:
        """Share of unreliable pixels: alpha_t = alpha_0 (1 - t / T); STAL eq. 7."""
        return self.alpha0 * (1 - iteration / self.iterations)

    def unsupervised_weight_at(self, iteration: int) -> float:
        """lambda_u after a linear ramp."""
        return self.unsupervised_weight * min(1.0, iteration / max(1.0, self.unsupervised_ramp * self.iterations))
