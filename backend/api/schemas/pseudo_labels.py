from pydantic import Field

from backend.api.schemas.base import View


class InspectedClass(View):
    """Pixels of the pool that the teacher takes for one class."""

    class_id: int
    open: int = Field(description="nobody had answered them when the round's training began")
    kept: list[int] = Field(description="of the open ones, those kept as pseudo labels; for each alpha")
    entropy: float | None = Field(description="mean of the open ones, normalised to [0, 1]; null where there are none")
    agreed: int = Field(description="people have said the same class")
    overruled: int = Field(description="people have said another class")
    void: int = Field(description="people have said void")
    sieved: int = Field(description="the teacher is so sure of another class that the answer teaches nothing")


class InspectedImage(View):
    image_id: str
    name: str
    width: int
    height: int
    open: int = Field(description="pixels that nobody had answered")
    kept: list[int] = Field(description="of these, those kept as pseudo labels; for each alpha")
    answered: int = Field(description="pixels that people had answered, void included")


class PseudoLabelsView(View):
    """What a round's teacher would keep of the pool as pseudo labels, as the share that is dropped falls.

    Training drops the most uncertain share alpha of the open pixels of each batch; here it is of the whole pool.
    """

    round_id: str
    round_index: int
    alphas: list[float] = Field(description="from the start of a training to its end, in even steps of its iterations")
    levels: list[int] = Field(description="for each alpha, the highest grey of `pixel_entropy` that is kept")
    classes: list[InspectedClass]
    images: list[InspectedImage] = Field(description="in the order of the project")
