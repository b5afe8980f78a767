from pydantic import Field

from backend.api.schemas.base import Body, BoxView, View
from backend.api.schemas.packets import EncodedMap, LeasedQuery
from backend.api.schemas.rounds import RegionMask


class ExampleView(View):
    """A region that people have answered with one class."""

    query_id: str
    image_name: str
    box: BoxView
    region: RegionMask | None = Field(description="null: the whole box; else 1 inside the region, 0 outside")
    close_up_url: str
    close_up_box: BoxView
    class_id: int = Field(description="what people said")
    suggested_class_id: int | None = Field(description="what the teacher thought; null where that is hidden")


class ExamplesView(View):
    """At most 6 of each, the newest first, on as many different images as there are."""

    positive: list[ExampleView] = Field(description="people said that it is this class")
    negative: list[ExampleView] = Field(description="the teacher took it for this class, and people said another")


class NewPractice(Body):
    size: int = Field(default=10, ge=1, le=30)
    seed: int | None = Field(default=None, ge=0, lt=2**31, description="the same again for the same; null: any")


class PracticeTruth(View):
    label_map: EncodedMap = Field(description="rle, of the box; 255 is void")
    dominant_class: int
    is_mixed: bool = Field(description="more than one class, void apart")


class PracticeItem(View):
    """A region of a labelled source image in the shape of a query. It is in no round and takes no answer."""

    query: LeasedQuery
    truth: PracticeTruth


class PracticeView(View):
    items: list[PracticeItem] = Field(description="by image and place; fewer than asked for where there is no room")
