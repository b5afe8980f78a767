"""Import folders into a project: first every file is checked, then all are stored. A bad file leaves nothing behind.

`backend.services.layouts` says which files those are. Labels of public datasets become label maps of the project here,
once, by the names of its classes; whoever reads them later sees class ids only (METHOD.md, traps T3 and T4).
"""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.db import images as image_rows
from backend.db import projects
from backend.db.tables import Project
from backend.domain.dataset_formats import DatasetFormat, LabelEncoding, class_table, to_class_ids
from backend.domain.deep_png import read_first_channel
from backend.domain.errors import JobSuperseded
from backend.domain.image_file import ImageSize, check_image, read_label_map, write_label_map
from backend.domain.vocabulary import Domain, Split
from backend.services import images
from backend.services.images import NewImage
from backend.services.layouts import Entry, list_entries
from worker.context import Context

BATCH = 25  # images a transaction
ANY_ID = 255  # as many classes as 8 bits have beside void: raw ids are judged by their dataset


def work(context: Context) -> None:
    """Check a segment's worth of files, or store them; the cursor counts both."""
    payload = context.job.payload
    named = payload.get("format")  # older jobs have no such key
    entries = list_entries(
        Path(payload["path"]),
        dataset_format=None if named is None else DatasetFormat(named),
        domain=None if payload["domain"] is None else Domain(payload["domain"]),
        splits=None if payload["splits"] is None else frozenset(Split(split) for split in payload["splits"]),
        limit=payload["limit"],
    )
    cursor = {"checked": 0, "stored": 0, "added": 0, **context.job.cursor}
    with context.database.read() as session:
        project = projects.get(session, context.job.project_id)
    if project is None:
        raise JobSuperseded("The project is gone.")
    began, done_before = time.monotonic(), cursor["checked"] + cursor["stored"]
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
        loaded = [_load(context, entry, project, storing=not checking) for entry in batch]
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


def _load(context: Context, entry: Entry, project: Project, *, storing: bool) -> NewImage:
    data, most = entry.image.read_bytes(), context.settings.max_image_pixels
    label_data = None if entry.label is None else entry.label.read_bytes()
    if label_data is None or entry.encoding is LabelEncoding.CLASS_IDS:
        return images.check(
            name=entry.image.name,
            domain=entry.domain,
            split=entry.split,
            group=entry.group,
            data=data,
            label_data=label_data,
            num_classes=len(project.classes),
            max_pixels=most,
        )
    size = check_image(data, name=entry.image.name, max_pixels=most)
    label_map = _converted(label_data, entry, project, size)
    colors = [label_class["color"] for label_class in project.classes]
    return NewImage(
        name=entry.image.name,
        domain=entry.domain,
        split=entry.split,
        group=entry.group,
        size=size,
        data=data,
        label_data=write_label_map(label_map, colors) if storing else None,  # what is checked only need not be packed
    )


def _converted(data: bytes, entry: Entry, project: Project, size: ImageSize) -> NDArray[np.uint8]:
    """The class ids that a dataset's label file means in the project."""
    name = f"label map of {entry.image.name}"
    table = class_table(entry.encoding, [label_class["name"] for label_class in project.classes])
    if entry.encoding is LabelEncoding.SYNTHIA:
        return to_class_ids(read_first_channel(data, name=name, size=size), table, name=name)
    return to_class_ids(read_label_map(data, name=name, size=size, num_classes=ANY_ID), table, name=name)
