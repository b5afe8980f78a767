"""Queries of images and what rounds drew of them."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select

from backend.db.session import Session
from backend.db.tables import Image, ImageMap, Query
from backend.domain.pool import PoolImage
from backend.domain.vocabulary import Domain, QueryState, Split


def get(session: Session, image_id: str) -> Image | None:
    return session.get(Image, image_id)


def by_ids(session: Session, image_ids: Sequence[str]) -> dict[str, Image]:
    return {image.id: image for image in session.scalars(select(Image).where(Image.id.in_(image_ids)))}


def page(
    session: Session, project_id: str, *, domain: Domain | None, split: Split | None, after: int, limit: int
) -> list[Image]:
    statement = select(Image).where(Image.project_id == project_id, Image.position > after)
    if domain is not None:
        statement = statement.where(Image.domain == domain)
    if split is not None:
        statement = statement.where(Image.split == split)
    return list(session.scalars(statement.order_by(Image.position).limit(limit)))


def of_split(session: Session, project_id: str, domain: Domain, split: Split, *, labelled: bool = False) -> list[Image]:
    """All images of a split, in the order of the project."""
    statement = select(Image).where(Image.project_id == project_id, Image.domain == domain, Image.split == split)
    if labelled:
        statement = statement.where(Image.label_key.is_not(None))
    return list(session.scalars(statement.order_by(Image.position)))


def has_labelled(session: Session, project_id: str, domain: Domain, split: Split) -> bool:
    statement = select(Image.id).where(
        Image.project_id == project_id, Image.domain == domain, Image.split == split, Image.label_key.is_not(None)
    )
    return session.scalar(statement.limit(1)) is not None


def labelled_source(session: Session, project_id: str) -> list[str]:
    """Ids of the source images that may teach, in the order of the project."""
    return list(
        session.scalars(
            select(Image.id)
            .where(Image.project_id == project_id, Image.domain == Domain.SOURCE, Image.split == Split.TRAIN)
            .where(Image.label_key.is_not(None))
            .order_by(Image.position)
        )
    )


def pool(session: Session, project_id: str) -> list[PoolImage]:
    """Every image that can be asked about."""
    rows = session.execute(
        select(Image.width, Image.height, func.coalesce(func.sum(Query.pixels), 0))
        .outerjoin(Query, and_(Query.image_id == Image.id, Query.state == QueryState.RESOLVED))
        .where(Image.project_id == project_id, Image.domain == Domain.TARGET, Image.split == Split.TRAIN)
        .group_by(Image.id, Image.width, Image.height)
    )
    return [PoolImage(width=row[0], height=row[1], answered_pixels=row[2]) for row in rows]


def exists(session: Session, project_id: str, domain: Domain, split: Split, name: str) -> bool:
    return (
        session.scalar(
            select(Image.id).where(
                Image.project_id == project_id, Image.domain == domain, Image.split == split, Image.name == name
            )
        )
        is not None
    )


def next_position(session: Session, project_id: str) -> int:
    newest = session.scalar(select(func.max(Image.position)).where(Image.project_id == project_id))
    return 0 if newest is None else newest + 1


def map_key(session: Session, *, round_id: str, image_id: str, kind: str) -> str | None:
    row = session.get(ImageMap, (round_id, image_id, kind))
    return None if row is None else row.blob_key


def maps_of_round(session: Session, round_id: str, *, kind: str) -> dict[str, str]:
    """The blobs of one kind that a round has drawn, by image id, in the order of the project."""
    rows = session.execute(
        select(ImageMap.image_id, ImageMap.blob_key)
        .join(Image, Image.id == ImageMap.image_id)
        .where(ImageMap.round_id == round_id, ImageMap.kind == kind)
        .order_by(Image.position)
    )
    return {row.image_id: row.blob_key for row in rows}
