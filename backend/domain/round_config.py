"""What a person may set of a round. Stored as JSON with the project (defaults) and frozen with each round."""

from dataclasses import dataclass, field
from enum import StrEnum

from backend.domain.errors import InvalidBudget, InvalidInput
from backend.domain.training_config import TrainingConfig


class Unit(StrEnum):
    """What is asked. See docs/acquisition.md."""

    WINDOW = "window"  # a (2k+1) square
    SUPERPIXEL = "superpixel"  # a piece that follows the image's edges
    PIXEL = "pixel"
    IMAGE = "image"  # the whole of it


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
    IMAGES = "images"  # that are asked about


class BudgetScope(StrEnum):
    POOL = "pool"  # the amount is for all images together
    IMAGE = "image"  # the amount is for each image


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A number, its unit and what it is for. 0 makes a final round, which trains and evaluates only."""

    amount: int = 100
    unit: BudgetUnit = BudgetUnit.REGIONS
    scope: BudgetScope = BudgetScope.POOL

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise InvalidBudget(f"A budget cannot be negative; got {self.amount}.")
        if self.unit is BudgetUnit.IMAGES and self.scope is BudgetScope.IMAGE:
            raise InvalidBudget("A budget of images is one for the pool; give it the scope pool.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionConfig:
    """How regions are chosen.

    Attributes:
        unit: what is asked.
        score: how worth asking it is.
        budget: how much is asked.
        radius: k of the window in pixels; None takes `regions.default_radius` of each image.
        superpixels: how many an image is cut into.
        max_per_image: at most so many queries an image and round; None for no limit.
        class_balance: prefer regions of classes that few answers and little of the pool are of.
        duplicate_distance: bits in which the hashes of two images may differ to be near-duplicates, of which a round
            asks about one only; None asks about all.
        stratify: share the budget among the groups of images by their sizes.
        shadow_share: share of the queries that are drawn at random, with known probability, in [0, 1].
    """

    unit: Unit = Unit.WINDOW
    score: Score = Score.RIPU
    budget: Budget = field(default_factory=Budget)
    radius: int | None = None
    superpixels: int = 400
    max_per_image: int | None = 20
    class_balance: bool = False
    duplicate_distance: int | None = None
    stratify: bool = False
    shadow_share: float = 0.0

    def __post_init__(self) -> None:
        counted = self.budget.unit is BudgetUnit.REGIONS or (
            self.unit is Unit.IMAGE and self.budget.unit is BudgetUnit.IMAGES
        )
        if (self.stratify or self.shadow_share > 0) and not (counted and self.budget.scope is BudgetScope.POOL):
            raise InvalidBudget(
                "Quotas of groups and a random share need to know how many queries there are: "
                "give the budget in regions, for the pool."
            )


class EvaluationMode(StrEnum):
    WHOLE = "whole"
    WINDOWS = "windows"  # that slide over the image, as in STAL's protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """How images are shown to the networks that are evaluated. See docs/evaluation.md.

    Attributes:
        mode: whole, or in sliding windows.
        window: rows and columns of a window, pixels.
        stride: rows and columns from window to window; None takes two thirds of the window, rounded up.
        flip: show each mirrored, too.
        scales: show each at these multiples of its size.
    """

    mode: EvaluationMode = EvaluationMode.WHOLE
    window: tuple[int, int] = (769, 769)
    stride: tuple[int, int] | None = None
    flip: bool = False
    scales: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.scales or min(self.scales) <= 0:
            raise InvalidInput(f"Evaluation needs one scale at least, and all above 0; got {list(self.scales)}.")
        steps = self.stride or (1, 1)
        if any(not 1 <= step <= side for step, side in zip(steps, self.window, strict=True)):
            raise InvalidInput(
                f"Windows of {self.window[0]} x {self.window[1]} pixels every {steps[0]} x {steps[1]} leave pixels "
                "out; take a stride of 1 to the window's side."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingConfig:
    """How queries are shown to people.

    Attributes:
        hidden_share: share of the queries whose suggestion people do not see, in [0, 1]. How much more often they agree
            with what they see is the bias that suggestions bring.
    """

    hidden_share: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.hidden_share <= 1:
            raise InvalidInput(f"The share of hidden suggestions is in 0 to 1; got {self.hidden_share}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundConfig:
    """Everything that makes a round what it is, but for its seed and its data."""

    acquisition: AcquisitionConfig = field(default_factory=AcquisitionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    labelling: LabellingConfig = field(default_factory=LabellingConfig)
