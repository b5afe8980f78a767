from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from backend.api.schemas.base import Body, BoxView, View
from backend.api.schemas.jobs import JobView
from backend.api.schemas.projects import BudgetBody, RoundConfigBody
from backend.domain.round_config import Unit
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import AnswerKind, CheckpointRole, QueryState, Split


class NewRound(Body):
    """Everything left out comes from the project."""

    budget: BudgetBody | None = None
    config: RoundConfigBody | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**31)


class RoundForecast(View):
    """What a round would cost; nothing was started."""

    num_queries: int
    pixels: int
    clicks: int
    seconds_per_answer: float
    seconds_are_measured: bool = Field(description="false: an assumption, until this project has 20 answers")
    human_hours: float
    training_iterations: int
    final: bool


class RoundView(View):
    id: str
    project_id: str
    round_index: int
    state: RoundState
    failed_in: RoundState | None = Field(description="the state that a retry goes back to")
    config: RoundConfigBody
    seed: int
    num_queries: int
    num_resolved: int
    miou: float | None
    error_code: str | None
    error: str | None = Field(description="Why it failed, in plain words")
    started_by: str
    created_at: datetime
    finished_at: datetime | None
    manifest_sha256: str | None = Field(description="hash of every label this round learned from")
    checkpoint_in: str | None
    checkpoint_out: str | None
    commit: str | None
    job: JobView | None = Field(default=None, description="the job at work on it, or the last")


class CloseRound(Body):
    discard_open: bool = Field(default=False, description="Say true to close while queries are still open.")


class WhyView(View):
    score: float
    impurity: float
    entropy: float
    classes: list[int] = Field(description="the two classes in conflict")
    rank: int
    selection_probability: float | None = Field(
        description="Not null: drawn at random, and this was the chance of each region of its kind to be drawn."
    )
    acquisition_version: int = Field(description="of the rules that chose it; others choose otherwise")


class RegionMask(View):
    encoding: Literal["rle"] = "rle"
    data: str = Field(description="text as in docs/formats.md, of the box")


class QueryView(View):
    """A region asked, for admins."""

    id: str
    image_id: str
    rank: int
    unit: Unit
    box: BoxView
    region: RegionMask | None = Field(description="null: the whole box; else 1 inside the region, 0 outside")
    state: QueryState
    why: WhyView
    resolution: AnswerKind | None
    close_up_url: str
    revision: int


ByClass = Annotated[
    list[float | None], Field(description="by class id; null where the class occurs neither in truth nor prediction")
]
Confusion = Annotated[list[list[int]], Field(description="pixels; rows are the truth, columns the prediction")]


class ProtocolView(View):
    """MIoU over the classes that papers report, where the project has all of them by name."""

    name: str = Field(description="cityscapes_19, synthia_16 or synthia_13")
    num_classes: int = Field(description="how many of them occur; the mean is over those")
    miou: float | None


class ReliabilityBin(View):
    """A bar of a reliability diagram."""

    pixels: int
    confidence: float | None = Field(description="mean probability of the predicted class; null without pixels")
    accuracy: float | None = Field(description="share that is right; null without pixels")


class CheckpointMetrics(View):
    """Evaluation of one checkpoint of a round; docs/evaluation.md defines the figures."""

    checkpoint_id: str
    role: CheckpointRole
    split: Split
    selected_on_this_split: bool = Field(
        description="true: it was chosen for doing well on these very images, so its figures flatter it"
    )
    num_images: int
    miou: float | None
    pixel_accuracy: float | None
    iou: ByClass
    protocols: list[ProtocolView]
    boundary_miou: float | None
    boundary_iou: ByClass
    calibration_error: float | None = Field(description="expected calibration error, 0 to 1")
    reliability: list[ReliabilityBin] = Field(description="15 bins of equal width, least confident first")
    confusion: Confusion


class MetricsView(View):
    """Evaluation of a round on the labelled target images of the test split, or of val where test has none.

    The figures beside `checkpoints` are those of the last teacher.
    """

    round_id: str
    round_index: int
    split: Split
    num_images: int
    miou: float | None
    pixel_accuracy: float | None
    iou: ByClass
    confusion: Confusion
    checkpoints: list[CheckpointMetrics] = Field(
        description="last teacher, last student, best teacher, as far as stored; none for rounds of older versions"
    )


class CurvePoint(View):
    """mIoU after a round's training, against the work of people that went into it (all rounds before it)."""

    round_id: str
    round_index: int
    miou: float | None
    regions: int
    clicks: int
    pixels: int
    images: int
    human_hours: float


class LearningCurve(View):
    points: list[CurvePoint]


class TrainingLog(View):
    """Losses along the way: one row about every second of training."""

    rows: list[dict[str, Any]]
