"""What a round may ask of an image: its unit with the round's settings, and what was answered before."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from backend.db import queries
from backend.db.tables import Image, Round, SuperpixelMap
from backend.domain.image_file import read_image
from backend.domain.regions import default_radius, region_mask
from backend.domain.round_config import AcquisitionConfig, Unit
from models.acquisition import Partition, pixels, superpixels, whole_image, windows
from models.acquisition import Unit as Regions
from worker.context import Context


def regions_of(context: Context, image: Image, acquisition: AcquisitionConfig) -> Regions:
    """The regions of one image that may be asked."""
    match acquisition.unit:
        case Unit.WINDOW:
            radius = acquisition.radius if acquisition.radius is not None else default_radius(image.width, image.height)
            return windows(image.height, image.width, radius=radius)
        case Unit.SUPERPIXEL:
            return Partition(labels=_superpixels(context, image, wanted=acquisition.superpixels))
        case Unit.PIXEL:
            return pixels(image.height, image.width)
        case Unit.IMAGE:
            return whole_image(image.height, image.width)


def answered_of(context: Context, image: Image, round_: Round) -> NDArray[np.bool_]:
    """Where people have answered in the rounds before this one, whatever they said."""
    with context.database.read() as session:
        asked = queries.resolved_of(session, image.id, before=round_)
    answered = np.zeros((image.height, image.width), dtype=np.bool_)
    for query in asked:
        box = answered[query.y : query.y + query.height, query.x : query.x + query.width]
        box |= region_mask(query.region, width=query.width, height=query.height)
    return answered


def _superpixels(context: Context, image: Image, *, wanted: int) -> NDArray[np.int32]:
    """The stored map, or a new one, which is stored: later rounds and other workers must see the same."""
    with context.database.read() as session:
        known = session.get(SuperpixelMap, (image.id, wanted))
    if known is not None:
        with Pillow.open(io.BytesIO(context.blobs.get(known.blob_key))) as stored:
            return np.asarray(stored).astype(np.int32)
    labels = superpixels(read_image(context.blobs.get(image.blob_key)), count=wanted)
    buffer = io.BytesIO()
    Pillow.fromarray(labels.astype(np.uint16)).save(buffer, "PNG")
    key = context.blobs.put(buffer.getvalue())
    with context.writing() as session:
        if session.get(SuperpixelMap, (image.id, wanted)) is None:
            found = int(labels.max()) + 1
            session.add(SuperpixelMap(image_id=image.id, wanted=wanted, found=found, blob_key=key))
    return labels
