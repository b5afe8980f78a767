"""What a round's scoring has counted of pseudo labels, and what people had said before it. The worker makes both."""

import json
from dataclasses import dataclass
from typing import Any

from backend.db import images, jobs
from backend.db.session import Session
from backend.db.tables import Image, Round
from backend.domain.errors import NotFound
from backend.domain.job_state import JobKind
from backend.domain.vocabulary import Domain, Split
from backend.services import access
from backend.services.access import Actor
from backend.storage import BlobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Of a round: what `worker.pseudo_labels.summary` has written, and the images that it names."""

    round_: Round
    summary: dict[str, Any]
    images: dict[str, Image]


def of_round(session: Session, blobs: BlobStore, actor: Actor, round_id: str) -> Counted:
    """The counts of a round's pool.

    Raises:
        NotFound: the round has not come so far, asks nothing, or was scored before these counts were made.
    """
    round_ = access.round_by_id(session, actor, round_id)
    result = jobs.result_of_round(session, round_id, JobKind.SCORE_POOL) or {}
    if "pseudo_labels" not in result:
        raise NotFound("This round has no counts of pseudo labels: its pool was not scored, or by an earlier version.")
    pool = images.of_split(session, round_.project_id, Domain.TARGET, Split.TRAIN)
    return Counted(
        round_=round_,
        summary=json.loads(blobs.get(result["pseudo_labels"])),
        images={image.id: image for image in pool},
    )


def answers_key(session: Session, actor: Actor, *, round_id: str, image_id: str) -> str:
    """The blob of the map of what people had said of an image when the round's training began.

    Raises:
        NotFound: they had said nothing.
    """
    access.round_by_id(session, actor, round_id)
    key = images.map_key(session, round_id=round_id, image_id=image_id, kind="answers")
    if key is None:
        raise NotFound("Nobody had answered in this image when the round began.", image_id=image_id, round_id=round_id)
    return key
