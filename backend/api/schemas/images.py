from datetime import datetime

from pydantic import Field

from backend.api.schemas.base import Body, View
from backend.domain.dataset_formats import DatasetFormat
from backend.domain.vocabulary import Domain, LabelUse, Split


class ImageView(View):
    id: str
    name: str
    domain: Domain
    split: Split
    group: str | None
    width: int
    height: int
    position: int = Field(description="Order in the project; ties of scores are settled by it.")
    label_use: LabelUse | None = Field(description="null: no label map was given")
    created_at: datetime


class NewImport(Body):
    """Import folders that the worker can read.

    `path` holds `<domain>/images/<split>/*` and `<domain>/labels/<split>/*.png` (as the demo pack does), or is one
    such domain folder itself, with `domain` given. A `format` says that `path` is a public dataset as it comes, all of
    which is taken as `domain`; its labels find the project's classes by their names.
    """

    path: str
    format: DatasetFormat | None = None
    domain: Domain | None = None
    splits: list[Split] | None = Field(default=None, description="Only these; null: all that are there.")
    limit: int | None = Field(
        default=None, ge=1, description="At most so many images a split; of a dataset, spread evenly over its names."
    )
