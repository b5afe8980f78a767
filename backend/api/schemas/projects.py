from datetime import datetime
from typing import Annotated

from pydantic import Field

from backend.api.schemas.base import Body, Email, View
from backend.domain.label_schema import MAX_GUIDELINE
from backend.domain.round_config import BudgetScope, BudgetUnit, EvaluationMode, Score, Unit
from backend.domain.round_state import RoundState
from backend.domain.training_config import Mixing, Optimiser, Precision, Pretrained, Supervised, TrainingConfig


class LabelClassBody(Body):
    class_id: int = Field(ge=0, le=254)
    name: str = Field(min_length=1, max_length=100)
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    hotkey: str | None = Field(default=None, description="Left out, a free key is given: digits, then letter rows.")
    guideline: str | None = Field(
        default=None, max_length=MAX_GUIDELINE, description="What people are told of it; null keeps the text it has."
    )


class LabelClassView(View):
    class_id: int
    name: str
    color: str
    hotkey: str | None
    guideline: str


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


Side = Annotated[int, Field(ge=1, le=8192)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0, le=100)]


class TrainingBody(Body):
    network: str = Field(
        default="lite0_fpn",
        pattern=r"^(fpn:)?[a-z0-9_.]+$",
        max_length=100,
        description="lite0_fpn, lite2_fpn, deeplabv3plus_resnet50 or 101, deeplabv2_resnet50 or 101, fpn:TIMM_ENCODER",
    )
    pretrained: Pretrained = Field(default=Pretrained.IF_PRESENT, description="ImageNet weights of the encoder")
    from_scratch: bool = Field(default=False, description="begin from them, not from the last round's checkpoint")
    frozen_norm: bool = Field(default=False, description="keep the statistics of batch normalisation")
    iterations: int = Field(default=2000, ge=1, le=1_000_000)
    batch_size: int = Field(default=4, ge=1, le=256, description="images of each domain a step, over all GPUs")
    crop: int = Field(default=256, ge=32, le=2048, description="columns of a crop, pixels")
    crop_rows: int | None = Field(default=None, ge=32, le=2048, description="rows of a crop; null: as many")
    source_size: tuple[Side, Side] | None = Field(
        default=None, description="rows and columns that source images are brought to; null: as they are"
    )
    target_size: tuple[Side, Side] | None = Field(default=None, description="the same of target images")
    scales: tuple[Annotated[float, Field(ge=0.1, le=10)], Annotated[float, Field(ge=0.1, le=10)]] = Field(
        default=(0.75, 1.5), description="least and largest number of crop pixels an image pixel"
    )
    flip: Share = Field(default=0.5, description="probability that a crop is mirrored")
    colour: Share = Field(default=1.0, description="strength of colour changes")
    optimiser: Optimiser = Optimiser.ADAMW
    learning_rate: float = Field(default=0.002, gt=0, le=1, description="of the heads")
    encoder_factor: Weight = Field(default=0.1, description="the encoder learns at so many times that rate")
    weight_decay: Share = 0.01
    warm_up: Share = Field(default=0.05, description="share of the iterations in which the rate rises")
    horizon: float = Field(default=1.0, ge=1, le=100, description="the rate would reach 0 after so many times them")
    clip: float | None = Field(default=None, gt=0, description="largest norm of the gradient")
    supervised: Supervised = Field(default=Supervised.BALANCED, description="the loss on labels")
    balance: Share = Field(default=0.5, description="how much rare classes are lifted by it")
    answered_weight: Weight = Field(default=1.0, description="of the loss on answered pixels")
    unsupervised_weight: Weight = Field(default=1.0, description="of the loss on pseudo labels")
    unsupervised_ramp: Share = Field(default=0.2, description="share of the iterations in which it rises from 0")
    unsupervised_until: Share = Field(
        default=0.015, description="answered share of a crop above which its other pixels get no pseudo labels"
    )
    ema_decay: float = Field(default=0.99, ge=0, lt=1, description="of the teacher")
    alpha0: float = Field(default=0.2, ge=0, lt=1, description="share of uncertain pixels dropped at the start")
    confidence_power: float = Field(default=0.0, ge=0, le=10, description="pseudo labels weigh confidence ^ this")
    class_sampling: bool = Field(default=False, description="more pseudo labels of classes that go badly")
    mixing: Mixing = Mixing.CLASSMIX
    copy_paste: bool = Field(default=False, description="paste classes that go badly between source crops")
    background: list[str] = Field(
        default=list(TrainingConfig().background), description="names of classes that are never pasted so"
    )
    contrast_weight: Weight = Field(default=0.0, description="of the contrastive loss; 0 is without")
    contrast_start: Share = Field(default=0.1, description="share of the iterations before it sets in")
    consistency_weight: Weight = Field(default=0.0, description="of RIPU's loss at source borders; 0 is without")
    negative_weight: Weight = Field(default=0.0, description="of RIPU's loss on improbable classes; 0 is without")
    sieve: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="leave out pixels of regions answered with one class of which the teacher is as sure to be another",
    )
    precision: Precision = Precision.AUTO
    validations: int = Field(
        default=0, ge=0, le=100, description="how often the teacher is tried on val images, to keep the best; 0: never"
    )


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


class LabellingBody(Body):
    hidden_share: Share = Field(
        default=0.05,
        description="share of queries whose suggestion is hidden from annotators, so that automation bias can be "
        "measured",
    )


class RoundConfigBody(Body):
    acquisition: AcquisitionBody = Field(default_factory=AcquisitionBody)
    training: TrainingBody = Field(default_factory=TrainingBody)
    evaluation: EvaluationBody = Field(default_factory=EvaluationBody)
    labelling: LabellingBody = Field(default_factory=LabellingBody)


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
        default=None, description="New names, colours, keys and guidelines; ids and their number stay."
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
