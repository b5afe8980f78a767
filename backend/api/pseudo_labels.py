"""The inspector of pseudo labels: what a round's teacher is sure enough of, and what people had said."""

from typing import Any

from fastapi import APIRouter, Request, Response

from backend.api.deps import AdminDep, PartsDep, ReadDep, Route
from backend.api.errors import raises
from backend.api.images import immutable, is_unchanged
from backend.api.schemas.pseudo_labels import InspectedClass, InspectedImage, PseudoLabelsView
from backend.db.tables import Image
from backend.domain.errors import NotFound
from backend.services import pseudo_labels

router = APIRouter(tags=["pseudo_labels"], route_class=Route)


@router.get("/rounds/{round_id}/pseudo-labels", responses=raises(NotFound))
def get_pseudo_labels(round_id: str, admin: AdminDep, session: ReadDep, parts: PartsDep) -> PseudoLabelsView:
    """What is kept of the pool, of each class and of each image, from the start of a training to its end."""
    counted = pseudo_labels.of_round(session, parts.blobs, admin, round_id)
    summary = counted.summary
    return PseudoLabelsView(
        round_id=counted.round_.id,
        round_index=counted.round_.round_index,
        alphas=summary["alphas"],
        levels=summary["levels"],
        classes=[InspectedClass(class_id=class_id, **row) for class_id, row in enumerate(summary["classes"])],
        images=[_image(counted.images[row["image_id"]], row) for row in summary["images"]],
    )


@router.get("/rounds/{round_id}/answers/{image_id}", response_class=Response, responses=raises(NotFound))
def get_answers(
    round_id: str, image_id: str, request: Request, admin: AdminDep, session: ReadDep, parts: PartsDep
) -> Response:
    """What people had said of an image when the round's training began, as PNG of grey and opacity.

    Grey is the class id, 255 for void. Opacity is 255 where somebody has spoken, 128 where the teacher contradicts so
    surely that the answer teaches nothing, 0 elsewhere. Admins only: people answer without seeing each other's work.
    """
    key = pseudo_labels.answers_key(session, admin, round_id=round_id, image_id=image_id)
    if is_unchanged(request, key[:16]):
        return immutable(b"", key[:16], status=304)
    return immutable(parts.blobs.get(key), key[:16])


def _image(image: Image, row: dict[str, Any]) -> InspectedImage:
    return InspectedImage(name=image.name, width=image.width, height=image.height, **row)
