"""What people have done: for admins everybody, for everybody oneself."""

from fastapi import APIRouter

from backend.api.deps import ActorDep, AdminDep, ReadDep, Route
from backend.api.errors import raises
from backend.api.schemas.people import Agreement, AutomationBias, PeopleView, PersonStatistics
from backend.domain.errors import NotFound
from backend.services import people
from backend.services.people import Statistics

router = APIRouter(tags=["people"], route_class=Route)


@router.get("/projects/{slug}/people", responses=raises(NotFound))
def get_people(slug: str, admin: AdminDep, session: ReadDep) -> PeopleView:
    """Throughput, agreement with suggestions, and the bias that seeing them brings."""
    found = people.of_project(session, admin, slug)
    counts, bias = found.total.counts, found.automation_bias
    return PeopleView(
        items=[_view(statistics) for statistics in found.items],
        total=_view(found.total),
        automation_bias=AutomationBias(
            difference=bias.difference,
            low=bias.low,
            high=bias.high,
            shown_answers=counts.shown,
            hidden_answers=counts.hidden,
        ),
    )


@router.get("/projects/{slug}/my-statistics", responses=raises(NotFound))
def get_my_statistics(slug: str, actor: ActorDep, session: ReadDep) -> PersonStatistics:
    """What I have done here."""
    return _view(people.of_oneself(session, actor, slug))


def _view(statistics: Statistics) -> PersonStatistics:
    user, counts = statistics.user, statistics.counts
    return PersonStatistics(
        user_id=None if user is None else user.id,
        name=None if user is None else user.name,
        email=None if user is None else user.email,
        answers=counts.answers,
        active_seconds=counts.active_seconds,
        answers_per_minute=statistics.answers_per_minute,
        label_maps=counts.label_maps,
        void=counts.void,
        unsure=counts.unsure,
        bad_query=counts.bad_query,
        opinions=counts.opinions,
        accepted_suggestions=counts.accepted_suggestions,
        accepted_share=statistics.accepted_share,
        shown=Agreement(answers=counts.shown, agreeing=counts.shown_agreeing),
        hidden=Agreement(answers=counts.hidden, agreeing=counts.hidden_agreeing),
        last_answer_at=counts.last_answer_at,
    )
