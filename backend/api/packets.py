"""What annotators' screens call: packets of queries, answers, undo, progress."""

from fastapi import APIRouter, Response

from backend.api.deps import ActorDep, LeaseToken, PartsDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.base import BoxView
from backend.api.schemas.packets import (
    AnswerReceipt,
    LeasedQuery,
    LeaseView,
    NewAnswer,
    NewPacket,
    OptionalLeaseToken,
    PacketView,
    Progress,
    SuggestionView,
    UndoReceipt,
    box_view,
    pixels_url,
    region_mask,
    why_view,
)
from backend.db.tables import Image, Query
from backend.domain.errors import (
    Forbidden,
    IllegalTransition,
    InvalidInput,
    MalformedLabelMap,
    NotFound,
    StaleRevision,
    UnknownClass,
)
from backend.domain.regions import close_up_box, context_box
from backend.services import answers, packets

router = APIRouter(tags=["packets"], route_class=Route)


@router.post(
    "/projects/{slug}/packets",
    responses={
        204: {"description": "no query is free: all answered, all leased, or the round is not labelling"},
        **raises(NotFound),
    },
    response_model=PacketView,
)
def lease_packet(
    slug: str, body: NewPacket, actor: ActorDep, session: SessionDep, parts: PartsDep
) -> PacketView | Response:
    """Lease the next queries in rank order."""
    leased = packets.lease(session, actor, slug, size=body.size, lease_seconds=parts.settings.lease_seconds)
    if leased is None:
        return Response(status_code=204)
    return PacketView(
        packet_id=leased.packet_id,
        lease_token=leased.lease_token,
        expires_at=leased.expires_at,
        round_id=leased.round_id,
        queries=[_leased(query, leased.images[query.image_id]) for query in leased.queries],
    )


@router.post("/packets/{packet_id}/heartbeat", responses=raises(NotFound, Forbidden))
def keep_packet(
    packet_id: str, lease_token: LeaseToken, actor: ActorDep, session: SessionDep, parts: PartsDep
) -> LeaseView:
    """Keep the lease."""
    packet = packets.heartbeat(
        session, actor, packet_id, lease_token=lease_token, lease_seconds=parts.settings.lease_seconds
    )
    return LeaseView(packet_id=packet.id, expires_at=packet.expires_at, open_query_ids=packets.held(session, packet))


@router.delete("/packets/{packet_id}", status_code=204, responses=raises(NotFound, Forbidden))
def give_back_packet(packet_id: str, lease_token: LeaseToken, actor: ActorDep, session: SessionDep) -> None:
    """End the lease; what was not answered goes to others."""
    packets.give_back(session, actor, packet_id, lease_token=lease_token)


@router.put(
    "/queries/{query_id}/answer",
    responses=raises(
        NotFound, Forbidden, StaleRevision, IllegalTransition, InvalidInput, MalformedLabelMap, UnknownClass
    ),
)
def put_answer(
    query_id: str, body: NewAnswer, lease_token: LeaseToken, actor: ActorDep, session: SessionDep
) -> AnswerReceipt:
    """Answer a query. Saying it again changes nothing; an answer after the lease has run out is kept."""
    said = answers.Said(
        kind=body.kind,
        class_id=body.class_id,
        label_map=None if body.label_map is None else (body.label_map.encoding, body.label_map.data),
        seconds=body.seconds,
        accepted_suggestion=body.accepted_suggestion,
        revision=body.revision,
    )
    return AnswerReceipt.model_validate(answers.put(session, actor, query_id, said, lease_token=lease_token))


@router.delete("/queries/{query_id}/answer", responses=raises(NotFound, IllegalTransition))
def undo_answer(
    query_id: str, actor: ActorDep, session: SessionDep, lease_token: OptionalLeaseToken = None
) -> UndoReceipt:
    """Take my answer back, until the round closes."""
    return UndoReceipt.model_validate(answers.undo(session, actor, query_id, lease_token=lease_token))


@router.get("/projects/{slug}/progress", responses=raises(NotFound))
def get_progress(slug: str, actor: ActorDep, session: ReadDep) -> Progress:
    """How far the newest round is."""
    return Progress.model_validate(packets.progress(session, actor, slug))


def _leased(query: Query, image: Image) -> LeasedQuery:
    region = box_view(query).value()
    close_up = close_up_box(region, image_width=image.width, image_height=image.height)
    context = context_box(region, image_width=image.width, image_height=image.height)
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
        suggestion=SuggestionView.model_validate(query.suggestion),
        why=why_view(query),
    )
