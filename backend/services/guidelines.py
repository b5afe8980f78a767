"""What people are shown of a class beside its guideline: regions of it, and regions that only look like it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from backend.db import answers
from backend.db.answers import Example
from backend.db.session import Session
from backend.domain.errors import NotFound
from backend.services import access
from backend.services.access import Actor

MOST_EXAMPLES: Final = 6  # of each kind
_LOOKED_THROUGH: Final = 200  # newest answers, among which examples on different images are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The newest first, on as many different images as there are."""

    positive: list[Example]
    negative: list[Example]


def examples(session: Session, actor: Actor, slug: str, *, class_id: int) -> Examples:
    """What people said was the class, and what the teacher took for it and people did not.

    Raises:
        NotFound: the project has no such class.
    """
    project = access.project_by_slug(session, actor, slug)
    if class_id >= len(project.classes):
        raise NotFound(f"The project has classes 0 to {len(project.classes) - 1}, no {class_id}.", class_id=class_id)
    positive, negative = (
        answers.examples(session, project.id, class_id=class_id, agreeing=agreeing, limit=_LOOKED_THROUGH)
        for agreeing in (True, False)
    )
    return Examples(positive=_spread(positive), negative=_spread(negative))


def _spread(found: list[Example]) -> list[Example]:
    """The first of each image, then the second of each, until there are enough; in the order that they came in."""
    seen: defaultdict[str, int] = defaultdict(int)
    turns = []
    for place, example in enumerate(found):
        turns.append((seen[example.image.id], place))
        seen[example.image.id] += 1
    return [found[place] for place in sorted(place for _, place in sorted(turns)[:MOST_EXAMPLES])]
