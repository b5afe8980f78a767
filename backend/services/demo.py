"""The demo: a project on the pack that ships with stal, which imports itself and runs its first round by itself."""

from dataclasses import dataclass
from pathlib import Path

from backend.db import jobs as job_rows
from backend.db import projects as project_rows
from backend.db.session import Session
from backend.db.tables import Job, Project, Round
from backend.domain.errors import NotFound
from backend.domain.job_state import ACTIVE, JobKind, JobState
from backend.domain.round_config import AcquisitionConfig, Budget, RoundConfig
from backend.domain.training_config import TrainingConfig
from backend.services import class_files, imports, projects, rounds
from backend.services.access import Actor

SLUG = "demo"
PACK = Path(__file__).parents[2] / "demo" / "pack"
#: Small enough for two cores: from the command to the first region in under three minutes. In so few iterations, and
#: over a gap that is only a camera filter, the encoder may learn as fast as the heads (45.9 mIoU against 40.3).
DEMO_CONFIG = RoundConfig(
    acquisition=AcquisitionConfig(budget=Budget(amount=60)),
    training=TrainingConfig(iterations=250, batch_size=4, crop=192, encoder_factor=1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the demo is: the job that it waits for, and its newest round."""

    job: Job | None
    round_: Round | None


def begin(session: Session, actor: Actor) -> Project:
    """Make the project, and start or start again its import; nothing happens where that was done before."""
    project = project_rows.by_slug(session, SLUG)
    if project is None:
        classes = class_files.read(PACK / "classes.json")
        project = projects.create(
            session, actor, slug=SLUG, name="Demo: streets at dusk", classes=classes, config=DEMO_CONFIG
        )
    imported = _import(session, project)
    if imported is None or imported.state in (JobState.FAILED, JobState.CANCELLED):
        imports.start(session, actor, SLUG, path=str(PACK))
    return project


def advance(session: Session, actor: Actor) -> Stage:
    """Start round 0 once the import is done, and say where the demo is; call it again and again.

    Raises:
        NotFound: somebody has deleted the project.
    """
    project = project_rows.by_slug(session, SLUG)
    if project is None:
        raise NotFound("The demo project was deleted; `stal demo` makes it anew.")
    newest = project_rows.newest_round(session, project.id)
    job = _import(session, project)
    if newest is None and job is not None and job.state is JobState.SUCCEEDED:
        newest = rounds.start(session, actor, SLUG, rounds.Request(), idempotency_key="demo-round-0")
    if newest is not None:
        job = job_rows.newest_of_round(session, newest.id)
    return Stage(job=job, round_=newest)


def _import(session: Session, project: Project) -> Job | None:
    """The import that counts: one at work or done, else the newest."""
    found = [job for job in job_rows.of_project(session, project.id, limit=200) if job.kind is JobKind.IMPORT_DATASET]
    good = (*ACTIVE, JobState.SUCCEEDED)
    return next((job for job in found if job.state in good), found[0] if found else None)
