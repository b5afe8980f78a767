"""What all bodies share."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.domain.regions import Box

Item = TypeVar("Item")

#: Who somebody is; mail is never sent, so a name on the local machine will do.
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320, to_lower=True)]


class Body(BaseModel):
    """A request body: an unknown field is an error, so that a typing mistake is never silently ignored."""

    model_config = ConfigDict(extra="forbid")


class View(BaseModel):
    """An answer's body, read from a row or a value of the services."""

    model_config = ConfigDict(from_attributes=True)


class Page(View, Generic[Item]):
    """A keyset page. `next_cursor` goes into `?cursor=` of the next call; null on the last page."""

    items: list[Item]
    next_cursor: str | None = None


class Problem(BaseModel):
    """RFC 9457 problem details. `code` is stable; `context` holds the ids and numbers of the message."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    context: dict[str, Any] = Field(default_factory=dict)


class BoxView(View):
    x: int
    y: int
    width: int
    height: int

    def value(self) -> Box:
        return Box(x=self.x, y=self.y, width=self.width, height=self.height)
