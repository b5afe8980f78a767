from datetime import datetime
from typing import Annotated

from pydantic import Field

from backend.api.schemas.base import Body, Email, View
from backend.domain.round_config import BudgetScope, BudgetUnit, EvaluationMode, Mixing, Score, Unit
from backend.domain.round_state import RoundState


class LabelClassBody(Body):
    class_id: int = Field(ge=0, le=254)
    name: str = Field(min_length=1, max_length=100)
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    hotkey: str | None = Field(default=None, description="Left out, a free key is given: digits, then letter rows.")


class LabelClassView(View):
    class_id: int
    name: str
    color: str
    hotkey: str | None


class BudgetBody(Body):
    amount: int = Field(default=100, ge=0, lt=2**31, description="0 makes a final round: it trains and evaluates only.")
    unit: BudgetUnit = BudgetUnit.REGIONS
    scope: BudgetScope = Field(default=BudgetScope.POOL, description="`image`: the amount is for each image")


class AcquisitionBody(Body):
    unit: Unit = Unit.WINDOW
    score: Score = Score.RIPU
    budget: BudgetBody = Field(default_factory=BudgetBody)
    radius: int | None = Field(
        default=None, ge=0, le=512, description="k of the (2k+1)² window; null: max(8, long side / 96)"
    )
    superpixels: int = Field(default=400, ge=1, le=20_000, description="how many an image is cut into")
    max_per_image: int | None = Field(default=20, ge=1)
    class_balance: bool = Field(
        default=False, description="prefer classes that few answers and little of the pool are of"
    )
    duplicate_distance: int | None = Field(
        default=None, ge=0, le=64, description="bits; of images no farther apart a round asks about one; null: of all"
    )
    stratify: bool = Field(default=False, description="share the budget among the groups of images by their sizes")
    shadow_share: float = Field(default=0.0, ge=0, le=1, description="share of queries drawn at random")


class TrainingBody(Body):
    network: str = Field(default="lite0_fpn", pattern=r"^[a-z0-9_]+$")
    iterations: int = Field(default=2000, ge=1, le=1_000_000)
    batch_size: int = Field(default=4, ge=1, le=64, description="images of each domain a step")
    crop: int = Field(default=256, ge=32, le=2048, description="side of the square crop, pixels")
    learning_rate: float = Field(default=0.002, gt=0, le=1)
    mixing: Mixing = Mixing.CLASSMIX
    sieve: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="leave out pixels of regions answered with one class of which the teacher is as sure to be another",
    )
    from_scratch: bool = False


Side = Annotated[int, Field(ge=1, le=8192)]


class EvaluationBody(Body):
    mode: EvaluationMode = EvaluationMode.WHOLE
    window: tuple[Side, Side] = Field(default=(769, 769), description="rows and columns of sliding windows, pixels")
    stride: tuple[Side, Side] | None = Field(
        default=None, description="rows and columns from window to window; null: two thirds of the window"
    )
    flip: bool = Field(default=False, description="show each image mirrored, too")
    scales: list[Annotated[float, Field(ge=0.1, le=4)]] = Field(
        default=[1.0], min_length=1, max_length=10, description="show each image at these multiples of its size"
    )


class RoundConfigBody(Body):
    acquisition: AcquisitionBody = Field(default_factory=AcquisitionBody)
    training: TrainingBody = Field(default_factory=TrainingBody)
    evaluation: EvaluationBody = Field(default_factory=EvaluationBody)


class NewProject(Body):
    slug: str = Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")
    name: str = Field(min_length=1, max_length=200)
    classes: list[LabelClassBody]
    config: RoundConfigBody = Field(default_factory=RoundConfigBody)


class ProjectChange(Body):
    revision: int = Field(ge=0, lt=2**31, description="The revision you read; 409 stale_revision if it has moved on.")
    name: str | None = Field(default=None, min_length=1, max_length=200)
    config: RoundConfigBody | None = None
    classes: list[LabelClassBody] | None = Field(
        default=None, description="New names, colours and keys; ids and their number stay as they are."
    )


class ImageCounts(View):
    source_train: int
    target_train: int
    target_val: int
    total: int


class ProjectRound(View):
    """The newest round, as project lists show it."""

    id: str
    round_index: int
    state: RoundState
    num_queries: int
    num_resolved: int
    miou: float | None


class ProjectView(View):
    id: str
    slug: str
    name: str
    revision: int
    schema_version: int
    classes: list[LabelClassView]
    config: RoundConfigBody
    images: ImageCounts
    current_round: ProjectRound | None
    created_at: datetime


class NewMember(Body):
    email: Email


class MemberView(View):
    user_id: str
    email: str
    name: str
    added_at: datetime
