from datetime import datetime
from typing import Annotated

from fastapi import Header
from pydantic import Field

from backend.api.schemas.base import Body, BoxView, View
from backend.api.schemas.rounds import RegionMask, WhyView
from backend.db.tables import Image, Query
from backend.domain.regions import Box, close_up_box, context_box
from backend.domain.round_config import Unit
from backend.domain.vocabulary import AnswerKind, KeptAs, QueryState

OptionalLeaseToken = Annotated[str | None, Header(alias="Lease-Token", max_length=200)]


class ConfidentOnly(Body):
    """Verification: open queries of one class that the teacher is sure of, so that the wrong ones can be picked out."""

    min_probability: float = Field(ge=0.5, le=1, description="least mean probability of the best class")
    class_id: int | None = Field(default=None, ge=0, le=254, description="null: the class with the most such queries")


class NewPacket(Body):
    size: int = Field(default=10, ge=1, le=100)
    confident: ConfidentOnly | None = Field(default=None, description="null: the next queries, whatever they are")


class EncodedMap(Body):
    """A label map of the region's box: `rle` is text as in docs/formats.md, `png` base64 of an 8-bit PNG."""

    encoding: str = Field(pattern="^(rle|png)$")
    data: str = Field(max_length=4_000_000)


class ClassProbability(View):
    class_id: int
    probability: float


class SuggestionView(View):
    """What the teacher thinks: classes by mean probability over the region, best first, and its label map."""

    classes: list[ClassProbability]
    label_map: EncodedMap | None
    hidden: bool = Field(description="true: kept from you, to measure what suggestions do; say what you see")


class LeasedQuery(View):
    id: str
    image_id: str
    image_name: str
    rank: int
    box: BoxView
    unit: Unit
    region: RegionMask | None = Field(description="null: the whole box; else 1 inside the region, 0 outside")
    close_up_url: str
    close_up_box: BoxView
    context_url: str
    context_box: BoxView
    image_width: int
    image_height: int
    revision: int
    suggestion: SuggestionView
    why: WhyView


class PacketView(View):
    packet_id: str
    lease_token: str
    expires_at: datetime
    round_id: str
    queries: list[LeasedQuery] = Field(description="the next in rank order, then grouped by image and place")


class LeaseView(View):
    packet_id: str
    expires_at: datetime
    open_query_ids: list[str] = Field(description="what this packet still holds; others were answered elsewhere")


class NewAnswer(Body):
    """kind `label_map` comes with `class_id` (the whole region) or with `label_map` (drawn; 255 is void), not both."""

    kind: AnswerKind
    class_id: int | None = Field(default=None, ge=0, le=254)
    label_map: EncodedMap | None = None
    seconds: float = Field(ge=0, le=86_400, description="active seconds, idle time cut off")
    accepted_suggestion: bool = False
    revision: int | None = Field(default=None, description="The query's revision you saw; 409 if it has moved on.")


class MyAnswer(View):
    """What I said of a query, and the query as it was shown to me."""

    query: LeasedQuery
    round_index: int
    can_change: bool = Field(description="its round still takes answers; send a change without a Lease-Token")
    kind: AnswerKind
    class_id: int | None
    label_map: EncodedMap | None
    seconds: float
    accepted_suggestion: bool
    kept_as: KeptAs
    said_at: datetime = Field(description="the last time, where it was changed")


class ToVerify(View):
    class_id: int
    num_free: int


class AnswerReceipt(View):
    query_id: str
    kept_as: KeptAs
    query_state: QueryState
    revision: int


class UndoReceipt(View):
    query_id: str
    query_state: QueryState
    revision: int
    packet_id: str | None = Field(description="the packet that the query came back to")


class Progress(View):
    """How far the open round is, for the annotator's screen."""

    round_index: int | None
    state: str | None
    num_queries: int
    num_resolved: int
    num_leased: int
    my_answers: int


def box_view(query: Query) -> BoxView:
    return BoxView(x=query.x, y=query.y, width=query.width, height=query.height)


def region_mask(query: Query) -> RegionMask | None:
    return None if query.region is None else RegionMask(data=query.region)


def leased_query(query: Query, image: Image) -> LeasedQuery:
    """A query as annotators see it; where the suggestion is hidden, without what would give it away."""
    region = box_view(query).value()
    close_up = close_up_box(region, image_width=image.width, image_height=image.height)
    context = context_box(region, image_width=image.width, image_height=image.height)
    shown = {"classes": [], "label_map": None} if query.suggestion_hidden else query.suggestion
    why = why_view(query)
    return LeasedQuery(
        id=query.id,
        image_id=image.id,
        image_name=image.name,
        rank=query.rank,
        box=box_view(query),
        unit=query.unit,
        region=region_mask(query),
        close_up_url=pixels_url(image.id, close_up),
        close_up_box=BoxView.model_validate(close_up),
        context_url=pixels_url(image.id, context),
        context_box=BoxView.model_validate(context),
        image_width=image.width,
        image_height=image.height,
        revision=query.revision,
        suggestion=SuggestionView.model_validate(shown | {"hidden": query.suggestion_hidden}),
        why=why.model_copy(update={"classes": []}) if query.suggestion_hidden else why,
    )


def why_view(query: Query) -> WhyView:
    return WhyView(
        score=query.score,
        impurity=query.impurity,
        entropy=query.entropy,
        classes=query.conflict,
        rank=query.rank,
        selection_probability=query.selection_probability,
        acquisition_version=query.acquisition_version,
    )


def pixels_url(image_id: str, box: Box) -> str:
    return f"/api/v1/images/{image_id}/pixels?x={box.x}&y={box.y}&w={box.width}&h={box.height}"
