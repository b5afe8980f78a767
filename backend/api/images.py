"""Images: upload, lists, crops, label maps, and the maps that scoring drew."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from backend.api.deps import ActorDep, AdminDep, PartsDep, ReadDep, Route, SessionDep
from backend.api.errors import raises
from backend.api.schemas.base import Page
from backend.api.schemas.images import ImageView, NewImport
from backend.api.schemas.jobs import JobView
from backend.db import images as image_rows
from backend.db.tables import Image
from backend.domain.errors import (
    Conflict,
    InvalidInput,
    InvalidSchema,
    MalformedLabelMap,
    NotFound,
    StorageFull,
    StorageUnavailable,
    UnknownClass,
    UnsupportedImage,
)
from backend.domain.vocabulary import Domain, Split, label_use
from backend.services import access, images, imports

router = APIRouter(tags=["images"], route_class=Route)
Limit = Annotated[int, Query(ge=1, le=500)]
MapKind = Literal["score", "entropy", "impurity", "prediction", "pixel_entropy"]


@router.get("/projects/{slug}/images", responses=raises(NotFound, InvalidInput))
def list_images(
    slug: str,
    actor: ActorDep,
    session: ReadDep,
    domain: Domain | None = None,
    split: Split | None = None,
    cursor: Annotated[int, Query(ge=-1, lt=2**31)] = -1,
    limit: Limit = 100,
) -> Page[ImageView]:
    """Images in the order of the project."""
    project = access.project_by_slug(session, actor, slug)
    found = image_rows.page(session, project.id, domain=domain, split=split, after=cursor, limit=limit)
    following = str(found[-1].position) if len(found) == limit else None
    return Page(items=[_view(image) for image in found], next_cursor=following)


@router.post(
    "/projects/{slug}/images",
    status_code=201,
    responses=raises(
        NotFound, Conflict, UnsupportedImage, MalformedLabelMap, UnknownClass, StorageFull, StorageUnavailable
    ),
)
def upload_image(
    slug: str,
    admin: AdminDep,
    reading: ReadDep,
    session: SessionDep,
    parts: PartsDep,
    image: Annotated[UploadFile, File(description="JPEG, PNG, WebP, TIFF or BMP")],
    domain: Annotated[Domain, Form()],
    split: Annotated[Split, Form()],
    label_map: Annotated[UploadFile | None, File(description="8-bit PNG whose index is the class id")] = None,
    group: Annotated[str | None, Form(max_length=200)] = None,
) -> ImageView:
    """Add one image, with its label map where there is one."""
    # Decoding takes a while: not in a transaction that keeps others from writing.
    project = access.project_by_slug(reading, admin, slug)
    limit = parts.settings.max_upload_bytes
    new = images.check(
        name=image.filename or "image",
        domain=domain,
        split=split,
        group=group,
        data=_bytes(image, limit),
        label_data=None if label_map is None else _bytes(label_map, limit),
        num_classes=len(project.classes),
        max_pixels=parts.settings.max_image_pixels,
    )
    return _view(images.upload(session, admin, parts.blobs, slug, new))


@router.post("/projects/{slug}/imports", status_code=202, responses=raises(NotFound, InvalidInput, InvalidSchema))
def start_import(slug: str, body: NewImport, admin: AdminDep, session: SessionDep, parts: PartsDep) -> JobView:
    """Import folders that the worker can read."""
    job = imports.start(
        session,
        admin,
        slug,
        path=body.path,
        dataset_format=body.format,
        domain=body.domain,
        splits=body.splits,
        limit=body.limit,
        root=parts.settings.import_root,
    )
    return JobView.model_validate(job)


@router.get("/images/{image_id}", responses=raises(NotFound))
def get_image(image_id: str, actor: ActorDep, session: ReadDep) -> ImageView:
    """One image's record."""
    return _view(images.find(session, actor, image_id))


@router.get("/images/{image_id}/pixels", response_class=Response, responses=raises(NotFound, InvalidInput))
def get_pixels(
    image_id: str,
    request: Request,
    actor: ActorDep,
    session: ReadDep,
    parts: PartsDep,
    x: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    y: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    w: Annotated[int | None, Query(ge=1)] = None,
    h: Annotated[int | None, Query(ge=1)] = None,
    scale: Annotated[float, Query(gt=0, le=32)] = 1.0,
) -> Response:
    """A crop as PNG; it never changes."""
    image = images.find(session, actor, image_id)
    width, height = w or image.width - x, h or image.height - y
    tag = f"{image.blob_key[:16]}-{x}-{y}-{width}-{height}-{scale:g}"
    if is_unchanged(request, tag):
        return immutable(b"", tag, status=304)
    return immutable(images.crop(parts.blobs, image, x=x, y=y, width=width, height=height, scale=scale), tag)


@router.get("/images/{image_id}/labels", response_class=Response, responses=raises(NotFound))
def get_labels(image_id: str, request: Request, admin: AdminDep, session: ReadDep, parts: PartsDep) -> Response:
    """The label map that came with the image, as PNG of class ids. Admins only: it may be a test's solution."""
    image = images.find(session, admin, image_id)
    if image.label_key is None:
        raise NotFound("This image came without a label map.", image_id=image_id)
    if is_unchanged(request, image.label_key[:16]):
        return immutable(b"", image.label_key[:16], status=304)
    return immutable(parts.blobs.get(image.label_key), image.label_key[:16])


@router.get("/images/{image_id}/maps/{kind}", response_class=Response, responses=raises(NotFound))
def get_map(
    image_id: str,
    kind: MapKind,
    request: Request,
    admin: AdminDep,
    session: ReadDep,
    parts: PartsDep,
    round_id: Annotated[str, Query(alias="round")],
) -> Response:
    """What a round's scoring saw in an image, as PNG: the prediction as class ids, the others as grey.

    Annotators do not get it: some suggestions are hidden from them, and the prediction would tell.

    `score`, `entropy` and `impurity` are those of the region around a pixel. `pixel_entropy` is that of the pixel
    alone, 255 sqrt(u) of the normalised entropy u, for most are near 0.
    """
    images.find(session, admin, image_id)
    key = image_rows.map_key(session, round_id=round_id, image_id=image_id, kind=kind)
    if key is None:
        raise NotFound("This round has not drawn such a map of this image.", image_id=image_id, round_id=round_id)
    if is_unchanged(request, key[:16]):
        return immutable(b"", key[:16], status=304)
    return immutable(parts.blobs.get(key), key[:16])


def _view(image: Image) -> ImageView:
    use = None if image.label_key is None else label_use(image.domain, image.split)
    return ImageView(
        id=image.id,
        name=image.name,
        domain=image.domain,
        split=image.split,
        group=image.group,
        width=image.width,
        height=image.height,
        position=image.position,
        label_use=use,
        created_at=image.created_at,
    )


def _bytes(upload: UploadFile, limit: int) -> bytes:
    data = upload.file.read(limit + 1)
    if len(data) > limit:
        raise UnsupportedImage(f"{upload.filename}: larger than the limit of {limit} bytes.", limit=limit)
    return data


def is_unchanged(request: Request, tag: str) -> bool:
    """Whoever asks has it already."""
    return f'"{tag}"' in request.headers.get("if-none-match", "")  # a list, or weakened by a proxy that compresses


def immutable(data: bytes, tag: str, *, status: int = 200) -> Response:
    """A PNG that never changes under its address."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(data, status, headers, media_type="image/png")
