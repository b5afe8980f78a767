"""Packets: the next queries in rank order, leased to one person for a time."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.db import answers, projects, queries, rounds
from backend.db.base import now
from backend.db.queries import Confident
from backend.db.session import Session
from backend.db.tables import Image, Packet, Query
from backend.domain.errors import Forbidden, NotFound
from backend.domain.round_state import RoundState
from backend.services import access
from backend.services.access import Actor
from backend.services.auth import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A packet with its queries, grouped by image and place, and the images that they lie on."""

    packet_id: str
    lease_token: str
    expires_at: datetime
    round_id: str
    queries: Sequence[Query]
    images: dict[str, Image]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the newest round of a project is."""

    round_index: int | None
    state: str | None
    num_queries: int
    num_resolved: int
    num_leased: int
    my_answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """Ask for queries of one class that the teacher is sure of; of None, of the class that has the most of them."""

    min_probability: float
    class_id: int | None = None


def lease(
    session: Session, actor: Actor, slug: str, *, size: int, lease_seconds: int, verifying: Verifying | None = None
) -> Leased | None:
    """Claim the next open queries for the actor; None where none are free.

    Who comes first gets the highest ranks: the order of acquisition holds for any number of annotators.
    """
    project = access.project_by_slug(session, actor, slug)
    round_ = rounds.open_round(session, project.id)
    if round_ is None or round_.state is not RoundState.LABELLING:
        return None
    confident = None
    if verifying is not None:
        confident = _confident(session, actor, round_.id, verifying)
        if confident is None:
            return None
    free = queries.next_free(session, round_id=round_.id, user_id=actor.user_id, size=size, confident=confident)
    if not free:
        return None
    token = secrets.token_urlsafe(24)
    packet = Packet(
        round_id=round_.id,
        user_id=actor.user_id,
        lease_token_sha256=digest(token),
        query_ids=[query.id for query in free],
        expires_at=now() + timedelta(seconds=lease_seconds),
    )
    session.add(packet)
    session.flush()
    for query in free:
        query.packet_id, query.lease_expires_at = packet.id, packet.expires_at
    on_images = queries.images_of(session, free)
    return Leased(
        packet_id=packet.id,
        lease_token=token,
        expires_at=packet.expires_at,
        round_id=round_.id,
        queries=sorted(free, key=lambda query: (on_images[query.image_id].position, query.y, query.x)),
        images=on_images,
    )


def verification(session: Session, actor: Actor, slug: str, *, min_probability: float) -> list[tuple[int, int]]:
    """(class id, how many queries the actor could verify of it) in the open round, the largest first."""
    project = access.project_by_slug(session, actor, slug)
    round_ = rounds.open_round(session, project.id)
    if round_ is None or round_.state is not RoundState.LABELLING:
        return []
    counts = queries.free_by_class(session, round_id=round_.id, user_id=actor.user_id, min_probability=min_probability)
    return sorted(counts.items(), key=lambda found: (-found[1], found[0]))


def heartbeat(session: Session, actor: Actor, packet_id: str, *, lease_token: str, lease_seconds: int) -> Packet:
    """Keep a packet for another `lease_seconds`; also one whose lease ran out, as far as nobody else took it over."""
    packet = _own(session, actor, packet_id, lease_token)
    queries.extend(session, packet, until=now() + timedelta(seconds=lease_seconds))
    return packet


def held(session: Session, packet: Packet) -> list[str]:
    """Ids of the queries that a packet still holds, in rank order."""
    return queries.of_packet(session, packet)


def give_back(session: Session, actor: Actor, packet_id: str, *, lease_token: str) -> None:
    """End a lease early; the answers given stay."""
    packet = _own(session, actor, packet_id, lease_token)
    queries.release(session, packet)
    packet.expires_at = now()


def progress(session: Session, actor: Actor, slug: str) -> Progress:
    """For the annotator's screen."""
    project = access.project_by_slug(session, actor, slug)
    newest = projects.newest_round(session, project.id)
    if newest is None:
        return Progress(round_index=None, state=None, num_queries=0, num_resolved=0, num_leased=0, my_answers=0)
    return Progress(
        round_index=newest.round_index,
        state=newest.state.value,
        num_queries=newest.num_queries,
        num_resolved=newest.num_resolved,
        num_leased=queries.count_leased(session, newest.id),
        my_answers=answers.count_of_person(session, round_id=newest.id, user_id=actor.user_id),
    )


def _confident(session: Session, actor: Actor, round_id: str, verifying: Verifying) -> Confident | None:
    class_id = verifying.class_id
    if class_id is None:
        counts = queries.free_by_class(
            session, round_id=round_id, user_id=actor.user_id, min_probability=verifying.min_probability
        )
        class_id = min(counts, key=lambda found: (-counts[found], found), default=None)
    return None if class_id is None else Confident(class_id=class_id, min_probability=verifying.min_probability)


def _own(session: Session, actor: Actor, packet_id: str, lease_token: str) -> Packet:
    packet = session.get(Packet, packet_id)
    if packet is None or packet.user_id != actor.user_id:
        raise NotFound("You have no such packet.", packet_id=packet_id)
    if packet.lease_token_sha256 != digest(lease_token):
        raise Forbidden("The Lease-Token is not this packet's.", packet_id=packet_id)
    return packet
