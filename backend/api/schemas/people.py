from datetime import datetime

from pydantic import Field

from backend.api.schemas.base import View


class Agreement(View):
    """Answers that name a class, to queries whose suggestion does, and how many of them name the same one."""

    answers: int
    agreeing: int


class PersonStatistics(View):
    """What a person has done in a project; of all together, who is null."""

    user_id: str | None
    name: str | None
    email: str | None
    answers: int = Field(description="all of them, opinions too")
    active_seconds: float
    answers_per_minute: float | None = Field(description="of active time; null where there was none")
    label_maps: int
    void: int
    unsure: int
    bad_query: int
    opinions: int = Field(description="answers that did not decide their query")
    accepted_suggestions: int
    accepted_share: float | None = Field(description="of the answers counted in `shown`; null where there are none")
    shown: Agreement
    hidden: Agreement
    last_answer_at: datetime | None


class AutomationBias(View):
    """How much more often people agree with a suggestion that they see than with one that is hidden from them."""

    difference: float | None = Field(description="share agreeing when shown, less that when hidden; null without both")
    low: float | None = Field(description="of its 95 % interval (Newcombe 1998, method 10)")
    high: float | None
    shown_answers: int
    hidden_answers: int


class PeopleView(View):
    items: list[PersonStatistics] = Field(description="members, and whoever else has answered, by name")
    total: PersonStatistics
    automation_bias: AutomationBias
