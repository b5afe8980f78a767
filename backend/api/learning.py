"""What helps people to label well: examples of a class, and practice on regions whose answer is known."""

from typing import Annotated

from fastapi import APIRouter, Path

from backend.api.deps import ActorDep, PartsDep, ReadDep, Route
from backend.api.errors import raises
from backend.api.schemas.base import BoxView
from backend.api.schemas.learning import (
    ExamplesView,
    ExampleView,
    NewPractice,
    PracticeItem,
    PracticeTruth,
    PracticeView,
)
from backend.api.schemas.packets import EncodedMap, LeasedQuery, SuggestionView, box_view, pixels_url, region_mask
from backend.api.schemas.rounds import WhyView
from backend.db.answers import Example
from backend.domain import rle
from backend.domain.errors import MissingData, NotFound
from backend.domain.regions import close_up_box, context_box
from backend.domain.round_config import Unit
from backend.services import guidelines, practice
from backend.services.practice import Exercise

router = APIRouter(tags=["learning"], route_class=Route)


@router.get("/projects/{slug}/classes/{class_id}/examples", responses=raises(NotFound))
def get_examples(
    slug: str, class_id: Annotated[int, Path(ge=0, le=254)], actor: ActorDep, session: ReadDep
) -> ExamplesView:
    """What people here have said is this class, and what only looked like it to the network."""
    found = guidelines.examples(session, actor, slug, class_id=class_id)
    return ExamplesView(
        positive=[_example(example) for example in found.positive],
        negative=[_example(example) for example in found.negative],
    )


@router.post("/projects/{slug}/practice", responses=raises(NotFound, MissingData))
def draw_practice(slug: str, body: NewPractice, actor: ActorDep, session: ReadDep, parts: PartsDep) -> PracticeView:
    """Regions of labelled source images with their truth, to practise on. Nothing is stored."""
    drawn = practice.draw(session, actor, parts.blobs, slug, size=body.size, seed=body.seed)
    return PracticeView(items=[_item(exercise, rank) for rank, exercise in enumerate(drawn)])


def _example(example: Example) -> ExampleView:
    query, image = example.query, example.image
    box = box_view(query)
    around = close_up_box(box.value(), image_width=image.width, image_height=image.height)
    return ExampleView(
        query_id=query.id,
        image_name=image.name,
        box=box,
        region=region_mask(query),
        close_up_url=pixels_url(image.id, around),
        close_up_box=BoxView.model_validate(around),
        class_id=example.class_id,
        suggested_class_id=example.suggested_class,
    )


def _item(exercise: Exercise, rank: int) -> PracticeItem:
    image, box = exercise.image, exercise.box
    close_up = close_up_box(box, image_width=image.width, image_height=image.height)
    context = context_box(box, image_width=image.width, image_height=image.height)
    query = LeasedQuery(
        id=f"practice-{image.id}-{box.x}-{box.y}",
        image_id=image.id,
        image_name=image.name,
        rank=rank,
        box=BoxView.model_validate(box),
        unit=Unit.WINDOW,
        region=None,
        close_up_url=pixels_url(image.id, close_up),
        close_up_box=BoxView.model_validate(close_up),
        context_url=pixels_url(image.id, context),
        context_box=BoxView.model_validate(context),
        image_width=image.width,
        image_height=image.height,
        revision=0,
        suggestion=SuggestionView(classes=[], label_map=None, hidden=False),
        why=WhyView(  # no network chose it
            score=0, impurity=0, entropy=0, classes=[], rank=rank, selection_probability=None, acquisition_version=0
        ),
    )
    truth = PracticeTruth(
        label_map=EncodedMap(encoding="rle", data=rle.encode(exercise.label_map)),
        dominant_class=exercise.dominant_class,
        is_mixed=exercise.is_mixed,
    )
    return PracticeItem(query=query, truth=truth)
