"""Import folders into a project: first every file is checked, then all are stored. A bad file leaves nothing behind.

Layout: `<domain>/images/<split>/<stem>.<jpg|png|…>` and `<domain>/labels/<split>/<stem>.png`, where the folder given
holds the domains, or is one of them. Domain folders are named `source…` and `target…`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.db import images as image_rows
from backend.db import projects
from backend.domain.errors import InvalidInput, JobSuperseded
from backend.domain.vocabulary import Domain, Split
from backend.services import images
from backend.services.images import NewImage
from worker.context import Context

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"})
BATCH = 25  # images a transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """One image file and, where there is one, its label map."""

    image: Path
    label: Path | None
    domain: Domain
    split: Split


def work(context: Context) -> None:
    """Check a segment's worth of files, or store them; the cursor counts both."""
    payload = context.job.payload
    entries = list_entries(
        Path(payload["path"]),
        domain=None if payload["domain"] is None else Domain(payload["domain"]),
        splits=None if payload["splits"] is None else frozenset(Split(split) for split in payload["splits"]),
        limit=payload["limit"],
    )
    cursor = {"checked": 0, "stored": 0, "added": 0, **context.job.cursor}
    with context.database.read() as session:
        project = projects.get(session, context.job.project_id)
    if project is None:
        raise JobSuperseded("The project is gone.")
    num_classes, began, done_before = len(project.classes), time.monotonic(), cursor["checked"] + cursor["stored"]
    while cursor["stored"] < len(entries):
        checking = cursor["checked"] < len(entries)
        done = cursor["checked"] + cursor["stored"]
        pace = (time.monotonic() - began) / max(1, done - done_before)
        verb = "Checking" if checking else "Storing"
        context.report(
            done / (2 * len(entries)),
            f"{verb} {cursor['checked'] if checking else cursor['stored']} of {len(entries)} images",
            remaining=pace * (2 * len(entries) - done) if done > done_before else None,
        )
        batch = entries[cursor["checked"] :][:BATCH] if checking else entries[cursor["stored"] :][:BATCH]
        loaded = [_load(context, entry, num_classes) for entry in batch]
        if checking:
            cursor["checked"] += len(batch)
        else:
            with context.writing() as session:
                for new in loaded:
                    if not image_rows.exists(session, project.id, new.domain, new.split, new.name):
                        images.add(session, context.blobs, project, new)
                        cursor["added"] += 1
                cursor["stored"] += len(batch)
                context.save_cursor(session, cursor)
        if cursor["stored"] < len(entries) and context.should_yield():
            with context.writing() as session:
                context.yield_segment(session, cursor)
            return
    with context.writing() as session:
        context.succeed(session, {"images": len(entries), "added": cursor["added"]})


def list_entries(
    root: Path, *, domain: Domain | None, splits: frozenset[Split] | None, limit: int | None
) -> list[Entry]:
    """The images below `root`, by domain, split and name.

    Raises:
        InvalidInput: no such folder, or nothing in it that looks like the layout above.
    """
    if not root.is_dir():
        raise InvalidInput(f"The worker sees no folder at {root}.", path=str(root))
    found = [entry for folder, of in _domain_folders(root, domain) for entry in _entries(folder, of, splits, limit)]
    if not found:
        raise InvalidInput(
            f"No images found below {root}. Expected <domain>/images/<split>/ with domain folders named source… and "
            "target…, or one such domain folder together with its domain.",
            path=str(root),
        )
    return found


def _domain_folders(root: Path, domain: Domain | None) -> Iterator[tuple[Path, Domain]]:
    if (root / "images").is_dir():
        if domain is None:
            raise InvalidInput(f"{root} is one domain's folder; say which domain it is.", path=str(root))
        yield root, domain
        return
    for folder in sorted(root.iterdir()):
        for one in Domain:
            if folder.is_dir() and folder.name.startswith(one.value) and domain in (None, one):
                yield folder, one


def _entries(folder: Path, domain: Domain, splits: frozenset[Split] | None, limit: int | None) -> Iterator[Entry]:
    for split in Split:
        if splits is not None and split not in splits:
            continue
        files = [path for path in (folder / "images" / split.value).glob("*") if path.suffix.lower() in SUFFIXES]
        for path in sorted(files)[:limit]:
            label = folder / "labels" / split.value / f"{path.stem}.png"
            yield Entry(path, label if label.is_file() else None, domain, split)


def _load(context: Context, entry: Entry, num_classes: int) -> NewImage:
    return images.check(
        name=entry.image.name,
        domain=entry.domain,
        split=entry.split,
        group=entry.image.stem.split("_")[0],
        data=entry.image.read_bytes(),
        label_data=None if entry.label is None else entry.label.read_bytes(),
        num_classes=num_classes,
        max_pixels=context.settings.max_image_pixels,
    )
