"""What annotators' screens call: packets of queries, answers, undo, progress."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from backend.api.deps import ActorDep, LeaseToken, PartsDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.base import Page
from backend.api.schemas.packets import (
    AnswerReceipt,
    EncodedMap,
    LeaseView,
    MyAnswer,
    NewAnswer,
    NewPacket,
    OptionalLeaseToken,
    PacketView,
    Progress,
    ToVerify,
    UndoReceipt,
    leased_query,
)
from backend.domain.errors import (
    Forbidden,
    IllegalTransition,
    InvalidInput,
    MalformedLabelMap,
    NotFound,
    StaleRevision,
    UnknownClass,
)
from backend.services import answers, packets
from backend.services.answers import Told

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
    """Lease the next queries in rank order; with `confident`, those of one class that only need a look."""
    confident = body.confident
    leased = packets.lease(
        session,
        actor,
        slug,
        size=body.size,
        lease_seconds=parts.settings.lease_seconds,
        verifying=None if confident is None else packets.Verifying(**confident.model_dump()),
    )
    if leased is None:
        return Response(status_code=204)
    return PacketView(
        packet_id=leased.packet_id,
        lease_token=leased.lease_token,
        expires_at=leased.expires_at,
        round_id=leased.round_id,
        queries=[leased_query(query, leased.images[query.image_id]) for query in leased.queries],
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
    query_id: str, body: NewAnswer, actor: ActorDep, session: SessionDep, lease_token: OptionalLeaseToken = None
) -> AnswerReceipt:
    """Answer a query. Saying it again changes nothing; an answer after the lease has run out is kept.

    To correct what one has said before, no Lease-Token is needed.
    """
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


@router.get("/projects/{slug}/verification", responses=raises(NotFound))
def get_verification(
    slug: str, actor: ActorDep, session: ReadDep, min_probability: Annotated[float, Query(ge=0.5, le=1)] = 0.9
) -> Page[ToVerify]:
    """How many queries of each class a packet of confident ones could hold, the largest first."""
    found = packets.verification(session, actor, slug, min_probability=min_probability)
    return Page(items=[ToVerify(class_id=class_id, num_free=count) for class_id, count in found])


@router.get("/projects/{slug}/my-answers", responses=raises(NotFound))
def list_my_answers(
    slug: str, actor: ActorDep, session: ReadDep, limit: Annotated[int, Query(ge=1, le=50)] = 50
) -> Page[MyAnswer]:
    """What I have said here, the newest first."""
    return Page(items=[_my_answer(told) for told in answers.newest(session, actor, slug, limit=limit)])


def _my_answer(told: Told) -> MyAnswer:
    answer = told.answer
    return MyAnswer(
        query=leased_query(told.query, told.image),
        round_index=told.round_index,
        can_change=told.can_change,
        kind=answer.kind,
        class_id=answer.class_id,
        label_map=None if answer.label_map is None else EncodedMap(encoding="rle", data=answer.label_map),
        seconds=answer.seconds,
        accepted_suggestion=answer.accepted_suggestion,
        kept_as=answer.kept_as,
        said_at=answer.updated_at,
    )
