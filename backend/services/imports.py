"""Importing folders that a worker can read."""

from collections.abc import Sequence
from pathlib import Path

from backend.db.session import Session
from backend.db.tables import Job
from backend.domain.dataset_formats import ENCODINGS, DatasetFormat, class_table
from backend.domain.errors import InvalidInput
from backend.domain.job_state import JobKind
from backend.domain.vocabulary import Domain, Split
from backend.services import access, jobs
from backend.services.access import Actor


def start(
    session: Session,
    actor: Actor,
    slug: str,
    *,
    path: str,
    dataset_format: DatasetFormat | None = None,
    domain: Domain | None = None,
    splits: Sequence[Split] | None = None,
    limit: int | None = None,
    root: Path | None = None,
) -> Job:
    """Queue an import; the worker checks every file before it stores the first.

    Raises:
        InvalidInput: the path is not absolute, or leaves the folder that imports are allowed from; or a dataset comes
            without its domain.
        InvalidSchema: the project has none of the dataset's classes.
    """
    access.require_admin(actor)
    project = access.project_by_slug(session, actor, slug)
    folder = Path(path)
    if not folder.is_absolute():
        raise InvalidInput(f"The path must be absolute, as the worker sees it; got {path!r}.")
    if root is not None and not folder.resolve().is_relative_to(root.resolve()):
        raise InvalidInput(f"Imports are allowed from below {root} only (STAL_IMPORT_ROOT).")
    if dataset_format is not None:
        if domain is None:
            raise InvalidInput("A dataset is of one domain: say which, source or target.")
        names = [label_class["name"] for label_class in project.classes]
        class_table(ENCODINGS[dataset_format], names)
    payload = {
        "path": str(folder),
        "format": None if dataset_format is None else dataset_format.value,
        "domain": None if domain is None else domain.value,
        "splits": None if splits is None else [split.value for split in splits],
        "limit": limit,
    }
    return jobs.create(session, kind=JobKind.IMPORT_DATASET, project_id=project.id, payload=payload)
