"""Images and their label maps: adding, listing, cropping."""

import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image as Pillow

from backend.db import images, projects
from backend.db.session import Session
from backend.db.tables import Image, Project
from backend.domain.errors import Conflict, InvalidInput, NotFound
from backend.domain.image_file import ImageSize, check_image, read_label_map
from backend.domain.vocabulary import Domain, Split
from backend.services import access
from backend.services.access import Actor
from backend.storage import BlobStore

MAX_CROP_SIDE = 2048  # px of a crop as it is sent


@dataclass(frozen=True, slots=True, kw_only=True)
class NewImage:
    """A checked image on its way into a project."""

    name: str
    domain: Domain
    split: Split
    group: str | None
    size: ImageSize
    data: bytes
    label_data: bytes | None


def check(
    *,
    name: str,
    domain: Domain,
    split: Split,
    group: str | None,
    data: bytes,
    label_data: bytes | None,
    num_classes: int,
    max_pixels: int,
) -> NewImage:
    """Prove that an image and its label map can be used, before anything is stored.

    Raises:
        InvalidInput: see `check_image` and `read_label_map`.
    """
    size = check_image(data, name=name, max_pixels=max_pixels)
    if label_data is not None:
        read_label_map(label_data, name=f"label map of {name}", size=size, num_classes=num_classes)
    return NewImage(name=name, domain=domain, split=split, group=group, size=size, data=data, label_data=label_data)


def add(session: Session, blobs: BlobStore, project: Project, new: NewImage) -> Image:
    """Store a checked image.

    Raises:
        Conflict: the project has an image of this name in this domain and split.
    """
    if images.exists(session, project.id, new.domain, new.split, new.name):
        raise Conflict(
            f"There is already an image {new.name!r} in {new.domain.value}/{new.split.value}.", name=new.name
        )
    image = Image(
        project_id=project.id,
        position=images.next_position(session, project.id),
        name=new.name,
        domain=new.domain,
        split=new.split,
        group=new.group,
        width=new.size.width,
        height=new.size.height,
        blob_key=blobs.put(new.data),
        label_key=None if new.label_data is None else blobs.put(new.label_data),
    )
    session.add(image)
    session.flush()
    return image


def upload(session: Session, actor: Actor, blobs: BlobStore, slug: str, new: NewImage) -> Image:
    """Add one image by hand; concurrent uploads wait for each other, since positions are without gaps."""
    access.require_admin(actor)
    project = projects.by_slug(session, slug, lock=True)
    if project is None:
        raise NotFound(f"There is no project {slug!r}.", slug=slug)
    return add(session, blobs, project, new)


def find(session: Session, actor: Actor, image_id: str) -> Image:
    image = images.get(session, image_id)
    if image is None:
        raise NotFound("There is no such image.", image_id=image_id)
    access.project_by_id(session, actor, image.project_id)
    return image


def crop(blobs: BlobStore, image: Image, *, x: int, y: int, width: int, height: int, scale: float) -> bytes:
    """A part of an image as PNG: lossless, because JPEG blocks mislead at a boundary one pixel wide.

    The crop is in pixels of the image and must lie inside it. `scale` is in sent pixels an image pixel: smooth below
    1, nearest neighbour above.

    Raises:
        InvalidInput: outside the image, or larger than `MAX_CROP_SIDE` on the way out.
    """
    out = round(width * scale), round(height * scale)
    if x + width > image.width or y + height > image.height:
        raise InvalidInput(f"The crop leaves the image of {image.width} x {image.height} pixels.")
    if not 1 <= min(out) <= max(out) <= MAX_CROP_SIDE:
        raise InvalidInput(f"A crop has 1 to {MAX_CROP_SIDE} pixels a side after scaling; got {out[0]} x {out[1]}.")
    part = _decoded(blobs, image.blob_key).crop((x, y, x + width, y + height))
    if scale != 1:
        part = part.resize(out, Pillow.Resampling.NEAREST if scale > 1 else Pillow.Resampling.BOX)
    buffer = io.BytesIO()
    part.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@lru_cache(maxsize=8)  # a packet is grouped by image: the next crop is mostly of the same one
def _decoded(blobs: BlobStore, key: str) -> Pillow.Image:
    return Pillow.open(io.BytesIO(blobs.get(key))).convert("RGB")
