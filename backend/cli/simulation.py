"""The loop without people: imports, rounds and answers through the services, with an oracle for annotators."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from statistics import mean, pstdev

from backend.cli.local import Local
from backend.db import jobs as job_rows
from backend.db.tables import Job, Round
from backend.domain.dataset_formats import DatasetFormat
from backend.domain.errors import JobError
from backend.domain.job_state import ACTIVE, JobState
from backend.domain.round_config import RoundConfig, Score
from backend.domain.round_state import WORKING, RoundState
from backend.domain.vocabulary import Domain, Split
from backend.services import access, imports, metrics, oracle, projects, rounds
from backend.services.access import Actor
from backend.services.projects import ClassRow

PACKET = 50  # queries that the oracle leases at once
POLL_SECONDS = 0.3  # s between looks at a job
SEED_STRIDE = 1000  # a round's seed is its run's times this, plus its index: no two rounds of a table share one


class Arm(StrEnum):
    """What is compared."""

    ACTIVE = "active"  # the configured score asks
    RANDOM = "random"  # the same budget, anywhere
    CONTROL = "control"  # as many iterations, and nobody is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A folder to import, as `imports.start` takes it."""

    path: Path
    domain: Domain | None = None
    dataset_format: DatasetFormat | None = None
    splits: tuple[Split, ...] | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A table to fill: rounds that ask, and a last one that only learns from the answers."""

    imports: Sequence[Import]
    classes: Sequence[ClassRow]
    rounds: Sequence[RoundConfig]
    arms: Sequence[Arm]
    seeds: Sequence[int]

    @property
    def total_rounds(self) -> int:
        return len(self.arms) * len(self.seeds) * len(self.rounds)

    def config_of(self, arm: Arm, round_index: int) -> RoundConfig:
        config = self.rounds[round_index]
        if arm is Arm.RANDOM:
            return replace(config, acquisition=replace(config.acquisition, score=Score.RANDOM))
        return final(config) if arm is Arm.CONTROL else config


def final(config: RoundConfig) -> RoundConfig:
    """The same round, asking nothing."""
    budget = replace(config.acquisition.budget, amount=0)
    return replace(config, acquisition=replace(config.acquisition, budget=budget))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One evaluated round; the effort is what went into its training."""

    arm: Arm
    seed: int
    round_index: int
    miou: float | None
    regions: int
    clicks: int
    pixels: int
    images: int
    human_seconds: float
    wall_seconds: float
    commit: str | None


#: What is being done, how far it is in [0, 1], and how many rounds of the plan are done.
Watch = Callable[[str, float, int], None]


@dataclass(slots=True, kw_only=True)
class Simulation:
    """Fills a plan on a running installation.

    Attributes:
        tend: keeps the installation's parts alive; called at every look.
        watch: told of the progress.
        results: grows round by round.
    """

    plan: Plan
    local: Local
    admin: Actor
    annotator: Actor
    tend: Callable[[], None]
    watch: Watch
    results: list[Result] = field(default_factory=list)

    def run(self) -> None:
        """Every run of the plan, seed by seed, so that an early end still compares the arms.

        Raises:
            JobError: an import or a round failed.
        """
        for seed in self.plan.seeds:
            for arm in self.plan.arms:
                slug = f"{arm}-{seed}"
                self._import(slug)
                for round_index in range(len(self.plan.rounds)):
                    self.results.append(self._round(slug, arm, seed, round_index))

    def _import(self, slug: str) -> None:
        with self.local.database.write() as session:
            projects.create(
                session, self.admin, slug=slug, name=slug, classes=self.plan.classes, config=self.plan.rounds[0]
            )
            projects.add_member(session, self.admin, slug, email=self.annotator.email)
        for wanted in self.plan.imports:
            with self.local.database.write() as session:
                job = imports.start(
                    session,
                    self.admin,
                    slug,
                    path=str(wanted.path),
                    dataset_format=wanted.dataset_format,
                    domain=wanted.domain,
                    splits=wanted.splits,
                    limit=wanted.limit,
                )
            while job.state in ACTIVE:
                self._pause()
                with self.local.database.read() as session:
                    job = job_rows.get(session, job.id) or job
                self.watch(f"{slug}: {job.message}", 0.0, len(self.results))
            if job.state is not JobState.SUCCEEDED:
                raise JobError(f"{slug}: the import {job.state.value}. {job.error}")

    def _round(self, slug: str, arm: Arm, seed: int, round_index: int) -> Result:
        began = time.monotonic()
        request = rounds.Request(config=self.plan.config_of(arm, round_index), seed=seed * SEED_STRIDE + round_index)
        with self.local.database.write() as session:
            round_ = rounds.start(session, self.admin, slug, request, idempotency_key=None)
        while round_.state in WORKING:
            self._pause()
            round_, job = self._look(round_.id)
            if job is not None:
                # Training is nearly all of a round.
                fraction = 0.9 * job.progress if round_.state is RoundState.TRAINING else 0.9
                what = f"{slug}, round {round_index}, {round_.state.value}: {job.message}"
                self.watch(what, fraction, len(self.results))
        if round_.state is RoundState.LABELLING:
            self._answer(slug)
        elif round_.state is not RoundState.CLOSED:
            raise JobError(f"{slug}, round {round_index} {round_.state.value}. {round_.error or ''}")
        return self._result(slug, arm, seed, round_, wall_seconds=time.monotonic() - began)

    def _answer(self, slug: str) -> None:
        answered = PACKET
        while answered:
            self.tend()
            with self.local.database.write() as session:
                answered = oracle.answer_packet(session, self.annotator, self.local.blobs, slug, size=PACKET)

    def _look(self, round_id: str) -> tuple[Round, Job | None]:
        with self.local.database.read() as session:
            round_ = access.round_by_id(session, self.admin, round_id)
            return round_, job_rows.newest_of_round(session, round_id)

    def _result(self, slug: str, arm: Arm, seed: int, round_: Round, *, wall_seconds: float) -> Result:
        with self.local.database.read() as session:
            curve = metrics.learning_curve(session, self.admin, slug)
        point = next((point for point in curve if point.round_id == round_.id), None)
        if point is None:
            raise JobError(f"{slug} has no labelled val split to evaluate on.")
        return Result(
            arm=arm,
            seed=seed,
            round_index=round_.round_index,
            miou=point.miou,
            regions=point.regions,
            clicks=point.clicks,
            pixels=point.pixels,
            images=point.images,
            human_seconds=point.human_hours * 3600,
            wall_seconds=wall_seconds,
            commit=round_.commit,
        )

    def _pause(self) -> None:
        self.tend()
        time.sleep(POLL_SECONDS)


def spread(results: Sequence[Result], arm: Arm, round_index: int) -> tuple[float, float] | None:
    """Mean and standard deviation of mIoU over the seeds; None where there is no figure."""
    found = [one.miou for one in results if one.arm is arm and one.round_index == round_index and one.miou is not None]
    return (mean(found), pstdev(found)) if found else None
