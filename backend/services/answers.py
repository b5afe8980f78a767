"""Answers: taken once, never thrown away.

The first answer to an open query decides it; what comes after that is kept as an opinion. Saying the same thing again
(a retry after a lost receipt) changes nothing. Two people's `unsure` decide a query too.
"""

import base64
from dataclasses import dataclass

from backend.db import answers, queries, rounds
from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Answer, Image, Packet, Project, Query, Round
from backend.domain import rle
from backend.domain.dominant import dominant_class
from backend.domain.errors import (
    Forbidden,
    IllegalTransition,
    InvalidInput,
    MalformedLabelMap,
    NotFound,
    StaleRevision,
    UnknownClass,
)
from backend.domain.image_file import ImageSize, check_class_ids, read_label_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.regions import region_mask
from backend.domain.round_state import RoundState
from backend.domain.vocabulary import AnswerKind, KeptAs, QueryState
from backend.services import access, events
from backend.services.access import Actor
from backend.services.auth import digest

OPINIONS_OF_UNSURE = 2  # people who must be unsure to decide a query as that


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person says of a region, as it came."""

    kind: AnswerKind
    class_id: int | None = None
    label_map: tuple[str, str] | None = None  # (encoding, data)
    seconds: float = 0.0
    accepted_suggestion: bool = False
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    query_id: str
    kept_as: KeptAs
    query_state: QueryState
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    query_id: str
    query_state: QueryState
    revision: int
    packet_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person has said, and of what."""

    answer: Answer
    query: Query
    image: Image
    round_index: int
    can_change: bool


def newest(session: Session, actor: Actor, slug: str, *, limit: int) -> list[Told]:
    """The actor's own answers in a project, the one that was said last first."""
    project = access.project_by_slug(session, actor, slug)
    found = answers.newest_of_person(session, project_id=project.id, user_id=actor.user_id, limit=limit)
    return [
        Told(
            answer=answer,
            query=query,
            image=image,
            round_index=round_index,
            can_change=state is RoundState.LABELLING,
        )
        for answer, query, image, round_index, state in found
    ]


def put(session: Session, actor: Actor, query_id: str, said: Said, *, lease_token: str | None) -> Receipt:
    """Take an answer. Who has answered the query already needs no `lease_token` to correct it.

    Raises:
        Forbidden: the token's packet never held this query, or there is no token and no answer of one's own.
        InvalidInput: the label does not fit the region or the schema.
        StaleRevision: the person's own answer has changed since `revision`, in another tab.
        IllegalTransition: the round is closed.
    """
    query, round_, project = _visible_query(session, actor, query_id)
    packet = None if lease_token is None else _holder(session, actor, query, lease_token)
    class_id, label_map, dominant = _label_of(said, query, num_classes=len(project.classes))
    own = answers.of_person(session, query_id=query.id, user_id=actor.user_id)
    if packet is None and own is None:
        raise Forbidden(
            "You have not answered this query yet: lease a packet that holds it, and send its Lease-Token.",
            query_id=query_id,
        )
    unsure = said.kind is AnswerKind.UNSURE
    undecided = query.state is QueryState.OPEN or query.resolution is AnswerKind.UNSURE
    again = own is not None and (own.kind, own.class_id, own.label_map) == (said.kind, class_id, label_map)
    # An opinion that is said again decides after all, where the answer before it was taken back.
    if own is not None and again and (unsure or own.kept_as is KeptAs.ANSWER or not undecided):
        return _receipt(query, own)
    if own is not None and said.revision is not None and said.revision != query.revision:
        raise StaleRevision(
            "You have changed this answer elsewhere since.",
            revision=query.revision,
            kind=own.kind.value,
            class_id=own.class_id,
            label_map=own.label_map,
        )
    if round_.state is not RoundState.LABELLING:
        raise IllegalTransition(
            f"Round {round_.round_index} is {round_.state.value}; it takes no answers any more.",
            state=round_.state.value,
        )
    answer = own or Answer(query_id=query.id, user_id=actor.user_id)
    decides = undecided or (own is not None and own.kept_as is KeptAs.ANSWER)
    answer.kind, answer.class_id, answer.label_map = said.kind, class_id, label_map
    answer.dominant_class = dominant
    # Nobody can accept what they have not seen.
    answer.seconds, answer.accepted_suggestion = said.seconds, said.accepted_suggestion and not query.suggestion_hidden
    answer.kept_as = KeptAs.ANSWER if decides and not unsure else KeptAs.OPINION
    answer.updated_at = now()
    session.add(answer)
    session.flush()
    if decides:
        _decide(session, query, round_, packet, said.kind)
    return _receipt(query, answer)


def undo(session: Session, actor: Actor, query_id: str, *, lease_token: str | None) -> Undone:
    """Take back one's own answer while the round is open; the query comes back to the packet of `lease_token`.

    Raises:
        NotFound: the actor has not answered this query.
        IllegalTransition: the round is closed; it may have taught the network already.
    """
    query, round_, _ = _visible_query(session, actor, query_id)
    own = answers.of_person(session, query_id=query.id, user_id=actor.user_id)
    if own is None:
        raise NotFound("You have no answer to this query.", query_id=query_id)
    if round_.state is not RoundState.LABELLING:
        raise IllegalTransition(
            f"Round {round_.round_index} is {round_.state.value}; its answers stand.", state=round_.state.value
        )
    decided = own.kept_as is KeptAs.ANSWER
    was_unsure = own.kind is AnswerKind.UNSURE
    session.delete(own)
    session.flush()
    unsure_fell = (
        was_unsure and query.resolution is AnswerKind.UNSURE and answers.unsure(session, query.id) < OPINIONS_OF_UNSURE
    )
    if decided or unsure_fell:
        _reopen(session, query, round_)
    back = lease_token is not None and _return_to(session, query, actor, lease_token)
    return Undone(
        query_id=query.id,
        query_state=query.state,
        revision=query.revision,
        packet_id=query.packet_id if back else None,
    )


def _visible_query(session: Session, actor: Actor, query_id: str) -> tuple[Query, Round, Project]:
    found = queries.for_answer(session, query_id, member=None if actor.is_admin else actor.user_id)
    if found is None:
        raise NotFound("There is no such query that you can see.", query_id=query_id)
    return found


def _holder(session: Session, actor: Actor, query: Query, lease_token: str) -> Packet:
    packet = queries.packet_by_token(session, lease_token_sha256=digest(lease_token), user_id=actor.user_id)
    if packet is None or query.id not in packet.query_ids:
        raise Forbidden("The Lease-Token is not that of a packet which held this query.", query_id=query.id)
    return packet


def _label_of(said: Said, query: Query, *, num_classes: int) -> tuple[int | None, str | None, int | None]:
    """The class id or the canonical run-length text of what was said, and its dominant class.

    None of them for void, unsure and bad query.
    """
    given = (said.class_id is not None) + (said.label_map is not None)
    if said.kind is not AnswerKind.LABEL_MAP:
        if given:
            raise InvalidInput(f"An answer of kind {said.kind.value} has no class and no label map.")
        return None, None, None
    if given != 1:
        raise InvalidInput("An answer of kind label_map has either class_id or label_map.")
    if said.class_id is not None:
        if said.class_id >= num_classes:
            raise UnknownClass(
                f"Class {said.class_id} is not in the schema (0 to {num_classes - 1}).", class_ids=[said.class_id]
            )
        return said.class_id, None, said.class_id
    encoding, data = said.label_map or ("", "")
    if encoding == "png":
        try:
            raw = base64.b64decode(data, validate=True)
        except ValueError as error:  # binascii.Error is one; letters beyond ASCII raise the plain one
            raise MalformedLabelMap("The label map is not base64.") from error
        size = ImageSize(width=query.width, height=query.height)
        ids = read_label_map(raw, name="label map", size=size, num_classes=num_classes)
    else:
        ids = rle.decode(data, width=query.width, height=query.height)
        check_class_ids(ids, name="label map", num_classes=num_classes)
    outside = ids[~region_mask(query.region, width=query.width, height=query.height)]
    beyond = int((outside != IGNORE_INDEX).sum())
    if beyond:
        raise MalformedLabelMap(
            f"The label map has classes on {beyond} pixels outside the region; they must be {IGNORE_INDEX}.",
            pixels=beyond,
        )
    return None, rle.encode(ids), dominant_class(ids)


def _decide(session: Session, query: Query, round_: Round, packet: Packet | None, kind: AnswerKind) -> None:
    if kind is AnswerKind.UNSURE and answers.unsure(session, query.id) < OPINIONS_OF_UNSURE:
        if query.state is QueryState.RESOLVED:  # the author of the answer is not sure of it any more
            _reopen(session, query, round_)
        if packet is not None and query.packet_id == packet.id:
            query.packet_id = query.lease_expires_at = None  # somebody else's turn
        query.revision += 1
        return
    _count(session, round_, 1 if query.state is QueryState.OPEN else 0)
    query.state, query.resolution = QueryState.RESOLVED, kind
    query.packet_id = query.lease_expires_at = None
    query.revision += 1


def _reopen(session: Session, query: Query, round_: Round) -> None:
    query.state, query.resolution = QueryState.OPEN, None
    query.revision += 1
    _count(session, round_, -1)


def _return_to(session: Session, query: Query, actor: Actor, lease_token: str) -> bool:
    """Put an open query back into the packet of `lease_token`, unless somebody else has it on the screen now."""
    packet = queries.packet_by_token(session, lease_token_sha256=digest(lease_token), user_id=actor.user_id, lock=True)
    free = query.lease_expires_at is None or query.lease_expires_at <= now()
    if packet is None or packet.round_id != query.round_id or query.state is not QueryState.OPEN or not free:
        return False
    query.packet_id, query.lease_expires_at = packet.id, packet.expires_at
    if query.id not in packet.query_ids:
        packet.query_ids = [*packet.query_ids, query.id]
    return True


def _count(session: Session, round_: Round, by: int) -> None:
    session.flush()
    num_resolved = rounds.count_resolved(session, round_.id, by)
    if num_resolved is None:
        raise IllegalTransition(f"Round {round_.round_index} was closed meanwhile.", round_id=round_.id)
    events.emit(
        session,
        project_id=round_.project_id,
        kind="query",
        payload={"round_id": round_.id, "num_resolved": num_resolved, "num_queries": round_.num_queries},
    )


def _receipt(query: Query, answer: Answer) -> Receipt:
    return Receipt(query_id=query.id, kept_as=answer.kept_as, query_state=query.state, revision=query.revision)
