"""What a person may set of a round. Stored as JSON with the project (defaults) and frozen with each round."""

from dataclasses import dataclass, field
from enum import StrEnum

from backend.domain.errors import InvalidBudget


class Unit(StrEnum):
    """What is asked. A window is a (2k+1) square."""

    WINDOW = "window"


class Score(StrEnum):
    """How worth asking a region is; higher is more. See docs/acquisition.md."""

    RIPU = "ripu"
    IMPURITY = "impurity"
    ENTROPY = "entropy"
    MARGIN = "margin"
    RANDOM = "random"


class BudgetUnit(StrEnum):
    REGIONS = "regions"
    CLICKS = "clicks"  # one region answered with one class is one click
    PIXELS = "pixels"  # of the original images


class Mixing(StrEnum):
    CLASSMIX = "classmix"
    CUTMIX = "cutmix"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A number and its unit. 0 makes a final round, which trains and evaluates only."""

    amount: int = 100
    unit: BudgetUnit = BudgetUnit.REGIONS

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise InvalidBudget(f"A budget cannot be negative; got {self.amount}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionConfig:
    """How regions are chosen.

    Attributes:
        radius: k of the window in pixels; None takes `regions.default_radius` of each image.
        max_per_image: at most so many queries an image and round; None for no limit.
    """

    unit: Unit = Unit.WINDOW
    score: Score = Score.RIPU
    radius: int | None = None
    max_per_image: int | None = 20
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How the network learns in a round. Everything in iterations (METHOD.md, trap T10).

    Attributes:
        network: name known to `models.networks.build_network`.
        iterations: optimiser steps a round.
        batch_size: images of each domain a step.
        crop: side of the square crop in pixels.
        from_scratch: begin from ImageNet weights instead of the last round's checkpoint.
    """

    network: str = "lite0_fpn"
    iterations: int = 2000
    batch_size: int = 4
    crop: int = 256
    learning_rate: float = 0.002
    mixing: Mixing = Mixing.CLASSMIX
    from_scratch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundConfig:
    """Everything that makes a round what it is, but for its seed and its data."""

    acquisition: AcquisitionConfig = field(default_factory=AcquisitionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
