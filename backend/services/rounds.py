"""Rounds: starting, forecasting, closing, cancelling, retrying."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from backend.db import answers, images, projects, rounds
from backend.db import jobs as job_rows
from backend.db.base import now
from backend.db.session import Session
from backend.db.tables import Project, Round
from backend.domain import effort, pool
from backend.domain.errors import Conflict, IdempotencyMismatch, IllegalTransition, MissingData, NotFound, RoundOpen
from backend.domain.round_config import Budget, RoundConfig
from backend.domain.round_state import OPEN, TRANSITIONS, RoundState
from backend.domain.vocabulary import Domain, Split
from backend.services import access, configs, events, jobs
from backend.services.access import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a round would cost."""

    num_queries: int
    pixels: int
    clicks: int
    seconds_per_answer: float
    seconds_are_measured: bool
    human_hours: float
    training_iterations: int
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a caller asked for; None takes the project's."""

    budget: Budget | None = None
    config: RoundConfig | None = None
    seed: int | None = None

    def sha256(self) -> str:
        """Tells two requests apart that come under one idempotency key."""
        said: dict[str, Any] = {
            "budget": None if self.budget is None else [self.budget.amount, self.budget.unit, self.budget.scope],
            "config": None if self.config is None else configs.to_json(self.config),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def forecast(session: Session, actor: Actor, slug: str, request: Request) -> Forecast:
    """What `start` would cost; the same checks of the data, and nothing is changed."""
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    config = _config(project, request)
    num_queries = _check_data(session, project, config)
    acquisition = config.acquisition
    time = answers.measured_time(session, project.id, unit=acquisition.unit)
    seconds, measured = effort.forecast_seconds(
        acquisition.unit, measured_seconds=time.seconds, num_answers=time.num_answers
    )
    return Forecast(
        num_queries=num_queries,
        pixels=num_queries * pool.largest_region(images.pool(session, project.id), acquisition),
        clicks=num_queries * effort.ASSUMED_CLICKS[acquisition.unit],
        seconds_per_answer=seconds,
        seconds_are_measured=measured,
        human_hours=num_queries * seconds / 3600,
        training_iterations=config.training.iterations,
        final=num_queries == 0,
    )


def start(session: Session, actor: Actor, slug: str, request: Request, *, idempotency_key: str | None) -> Round:
    """Open the next round, which begins to train at once. A round whose queries are all answered is closed for it.

    Raises:
        RoundOpen: a round is at work, has failed, or has open queries.
        IdempotencyMismatch: the key came before with another request.
        MissingData: no labelled source images, or no target images to ask about.
        InvalidBudget: more regions than the pool has.
    """
    access.require_admin(actor)
    project = projects.by_slug(session, slug, lock=True)
    if project is None:
        raise NotFound(f"There is no project {slug!r}.", slug=slug)
    if idempotency_key is not None:
        earlier = rounds.by_idempotency_key(session, project.id, idempotency_key)
        if earlier is not None:
            if earlier.request_sha256 != request.sha256():
                raise IdempotencyMismatch(
                    "This Idempotency-Key came before with another request; use a new key.", round_id=earlier.id
                )
            return earlier
    config = _config(project, request)
    _check_data(session, project, config)
    _make_room(session, project)
    round_index = rounds.next_index(session, project.id)
    round_ = Round(
        project_id=project.id,
        round_index=round_index,
        state=RoundState.TRAINING,
        config=configs.to_json(config),
        seed=round_index if request.seed is None else request.seed,
        idempotency_key=idempotency_key,
        request_sha256=request.sha256(),
        checkpoint_in=None if config.training.from_scratch else rounds.last_checkpoint(session, project.id),
        started_by=actor.email,
    )
    session.add(round_)
    session.flush()
    jobs.start_for_round(session, round_)
    events.round_changed(session, round_)
    return round_


def close(session: Session, actor: Actor, round_id: str, *, discard_open: bool) -> Round:
    """End labelling. Closing twice is harmless.

    Raises:
        Conflict: queries are open and the caller did not say `discard_open`.
        IllegalTransition: the round is not labelling.
    """
    access.require_admin(actor)
    round_ = access.round_by_id(session, actor, round_id)
    if round_.state is RoundState.CLOSED:
        return round_
    rounds.lock(session, round_)
    left = round_.num_queries - round_.num_resolved
    if round_.state is RoundState.LABELLING and left > 0 and not discard_open:
        raise Conflict(
            f"{left} queries of round {round_.round_index} are open. To leave them so, close it with discard_open.",
            open_queries=left,
        )
    _move(session, round_, expected=RoundState.LABELLING, to=RoundState.CLOSED, verb="closed")
    round_.finished_at = now()
    return round_


def cancel(session: Session, actor: Actor, round_id: str) -> Round:
    """Give a round up, in whatever open state it is. Answers that it has stay and teach the next one."""
    access.require_admin(actor)
    round_ = access.round_by_id(session, actor, round_id)
    if round_.state is RoundState.CANCELLED:
        return round_
    while round_.state in OPEN:
        # The job first: once it is cancelled, no worker can move the round on any more. One that moved it on just
        # before has queued the next job; then the state is not as seen, and we look again.
        seen = round_.state
        jobs.cancel_for_round(session, round_)
        if rounds.move(session, round_, expected=seen, to=RoundState.CANCELLED):
            round_.finished_at = now()
            events.round_changed(session, round_)
            return round_
        session.refresh(round_)
    raise IllegalTransition(
        f"Round {round_.round_index} is {round_.state.value} and cannot be cancelled.", state=round_.state.value
    )


def retry(session: Session, actor: Actor, round_id: str) -> Round:
    """Go on where a failed round has stopped: with the cursor of the job that failed."""
    access.require_admin(actor)
    round_ = access.round_by_id(session, actor, round_id)
    failed_in = round_.failed_in
    if round_.state is not RoundState.FAILED or failed_in is None:
        raise IllegalTransition(f"The round is {round_.state.value}; only a failed one is retried.", state=round_.state)
    job = job_rows.newest_of_round(session, round_.id)
    _move(session, round_, expected=RoundState.FAILED, to=failed_in, verb="retried")
    round_.failed_in = round_.error_code = round_.error = None
    jobs.start_for_round(session, round_, cursor=None if job is None else job.cursor)
    return round_


def _move(session: Session, round_: Round, *, expected: RoundState, to: RoundState, verb: str) -> None:
    if to not in TRANSITIONS[expected] or not rounds.move(session, round_, expected=expected, to=to):
        raise IllegalTransition(
            f"Round {round_.round_index} is {round_.state.value} and cannot be {verb}.", state=round_.state.value
        )
    events.round_changed(session, round_)


def _make_room(session: Session, project: Project) -> None:
    current = rounds.open_round(session, project.id, lock=True)
    if current is None:
        return
    left = current.num_queries - current.num_resolved
    if current.state is RoundState.LABELLING and left == 0:
        _move(session, current, expected=RoundState.LABELLING, to=RoundState.CLOSED, verb="closed")
        current.finished_at = now()
        session.flush()
        return
    todo = {
        RoundState.LABELLING: f"{left} of its queries are open. Answer them, or close the round first.",
        RoundState.FAILED: "It has failed. Retry or cancel it first.",
    }.get(current.state, f"It is {current.state.value}. Wait for it, or cancel it first.")
    raise RoundOpen(
        f"Round {current.round_index} is open. {todo}",
        round_id=current.id,
        state=current.state.value,
        open_queries=left,
    )


def _config(project: Project, request: Request) -> RoundConfig:
    config = request.config if request.config is not None else configs.from_json(project.config)
    if request.budget is not None:
        config = replace(config, acquisition=replace(config.acquisition, budget=request.budget))
    return config


def _check_data(session: Session, project: Project, config: RoundConfig) -> int:
    """How many queries the round will ask, if the project has what it needs."""
    if not images.has_labelled(session, project.id, Domain.SOURCE, Split.TRAIN):
        raise MissingData("The project has no labelled source images in the train split; import some first.")
    pooled = images.pool(session, project.id)
    num_queries = pool.num_queries(pooled, config.acquisition)
    if num_queries > 0 and not pooled:
        raise MissingData("The project has no target images in the train split to ask about; import some first.")
    pool.check_budget(pooled, config.acquisition)
    return num_queries
