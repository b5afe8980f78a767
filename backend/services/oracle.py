"""The oracle: ground truth playing an annotator, through the same services that people use."""

import numpy as np

from backend.db import images
from backend.db.session import Session
from backend.db.tables import Image, Query
from backend.domain import rle
from backend.domain.effort import clicks_of_image
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.regions import region_mask
from backend.domain.round_config import Unit
from backend.domain.vocabulary import AnswerKind
from backend.services import access, answers, packets
from backend.services.access import Actor
from backend.services.answers import Said
from backend.storage import BlobStore

# What PEERS.md, section 5.4, assumes of a person; a split costs about as much as two more regions.
SECONDS_A_CLASS = 2.0
SECONDS_A_SPLIT = 6.0


def answer_packet(session: Session, actor: Actor, blobs: BlobStore, slug: str, *, size: int) -> int:
    """Lease one packet, answer all of it from reference labels, and say how many that were."""
    project = access.project_by_slug(session, actor, slug)
    leased = packets.lease(session, actor, slug, size=size, lease_seconds=600)
    if leased is None:
        return 0
    for query in leased.queries:
        image = images.get(session, query.image_id)
        said = truth(blobs, image, query, num_classes=len(project.classes)) if image is not None else None
        answers.put(session, actor, query.id, said or Said(kind=AnswerKind.BAD_QUERY), lease_token=leased.lease_token)
    return len(leased.queries)


def truth(blobs: BlobStore, image: Image, query: Query, *, num_classes: int) -> Said | None:
    """What the reference label says of a region; None where the image has none.

    A superpixel gets the class that most of it has, by one click; of other regions that have several, a map is drawn.
    """
    if image.label_key is None:
        return None
    size = ImageSize(width=image.width, height=image.height)
    label_map = read_label_map(blobs.get(image.label_key), name=image.name, size=size, num_classes=num_classes)
    box = label_map[query.y : query.y + query.height, query.x : query.x + query.width]
    mask = region_mask(query.region, width=query.width, height=query.height)
    inside = box[mask]
    if np.unique(inside).size > 1 and query.unit is not Unit.SUPERPIXEL:
        seconds = SECONDS_A_SPLIT if query.unit is Unit.WINDOW else float(clicks_of_image(box))
        return Said(kind=AnswerKind.LABEL_MAP, label_map=("rle", rle.encode(box)), seconds=seconds)
    dominant = int(np.bincount(inside).argmax())
    if dominant == IGNORE_INDEX:
        return Said(kind=AnswerKind.VOID, seconds=SECONDS_A_CLASS)
    return Said(kind=AnswerKind.LABEL_MAP, class_id=dominant, seconds=SECONDS_A_CLASS)
