from datetime import datetime
from typing import Annotated

from fastapi import Header
from pydantic import Field

from backend.api.schemas.base import Body, BoxView, View
from backend.api.schemas.rounds import RegionMask, WhyView
from backend.db.tables import Query
from backend.domain.regions import Box
from backend.domain.round_config import Unit
from backend.domain.vocabulary import AnswerKind, KeptAs, QueryState

OptionalLeaseToken = Annotated[str | None, Header(alias="Lease-Token", max_length=200)]


class NewPacket(Body):
    size: int = Field(default=10, ge=1, le=100)


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
