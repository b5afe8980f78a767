"""`stal backup` and `stal restore`: an installation as one file, while it runs; and back."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import url2pathname

import typer
from rich.console import Console

from backend.cli.local import DataDir, open_local, settings_for
from backend.cli.places import STREAM, Source, reading, writing
from backend.cli.progress import Meter, duration
from backend.cli.terminal import console, interruptible, say
from backend.config import Settings
from backend.db import migrate
from backend.db.session import Database, open_database
from backend.domain.errors import Conflict, InvalidInput
from backend.services import backup as taking
from backend.services import restore as reading_back
from backend.services.backup import Backup, Sink, Taken, Watch
from backend.services.restore import Read, Reader
from backend.storage import BlobStore, open_store
from backend.supervisor import lock
from backend.supervisor.installation import make_folder

GUESS_SECONDS = 2.0  # s; before that nobody knows how long it takes
TRIES = 20  # moments to look at before a training that saves faster than it is copied is given up on

Target = Annotated[str, typer.Argument(help="A file, s3://, gs:// or az:// with bucket and name, or - for stdout.")]
Where = Annotated[str, typer.Argument(metavar="SOURCE", help="As the target of `stal backup`; - for stdin.")]


def backup(target: Target, data: DataDir = None) -> None:
    """Write the whole installation, rows and blobs, to one file; it may run and be used meanwhile."""
    local = open_local(settings_for(data))
    out = Console(stderr=True, highlight=False) if target == STREAM else console
    began = time.monotonic()
    with interruptible(), writing(target, local.settings) as sink, Meter(out) as meter:
        folder = local.settings.data_dir if local.settings.data_dir.is_dir() else None
        taken = take(local.database, local.blobs, sink, _shown(meter), folder=folder)
    seconds = time.monotonic() - began
    out.print(
        f"{taken.rows} rows, {taken.blobs} blobs of {taken.blob_bytes / 1e6:.1f} MB; the backup has "
        f"{taken.bytes / 1e6:.1f} MB, taken in {duration(seconds)}, SHA-256 {taken.sha256}",
        soft_wrap=True,
    )
    if taken.lost:
        raise Conflict(f"The backup holds all but what the blob store has lost: {_some(taken.lost)}.")


def restore(
    source: Where,
    check: Annotated[
        bool, typer.Option("--check", help="Only prove that the backup is whole; restore nothing.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Bring a backup into an empty place, and compare every row and every blob with it."""
    settings = settings_for(data)
    began = time.monotonic()
    with interruptible(), reading(source, settings) as stream, Meter(console) as meter:
        watch = _shown(meter, stream)
        reader = Reader(stream)
        read = reading_back.check(reader, watch) if check else _restored(settings, reader, watch)
    manifest = read.manifest
    say(
        "whole" if check else "restored",
        f"{read.rows} rows, {read.blobs} blobs of {read.blob_bytes / 1e6:.1f} MB in "
        f"{duration(time.monotonic() - began)}; taken {manifest.taken_at} by stal {manifest.stal} ({manifest.dialect})",
    )
    if read.lost:
        say("lost", f"before the backup was taken already: {_some(read.lost)}")
    if not check:
        say("next", "start it with `stal up`, or docker compose up")


def take(database: Database, blobs: BlobStore, sink: Sink, watch: Watch, *, folder: Path | None = None) -> Taken:
    """Write a backup of a database and its blobs.

    Raises:
        Conflict: the database has no schema, or its trainings save faster than what they save can be copied.
    """
    gone: frozenset[str] | None = None
    for _ in range(TRIES):
        with ExitStack() as files:
            with database.snapshot() as session:
                pins = taking.pin(session, blobs, files, folder=folder)
                if pins.gone and pins.gone != gone:  # a training may have saved the next: the rows of now know it
                    gone = pins.gone
                    continue
                backup = Backup(sink, watch)
                backup.write_rows(session)
            return backup.write_blobs(blobs, pins)
    raise Conflict("Trainings save faster than what they save can be copied. Take the backup again later.")


def _restored(settings: Settings, reader: Reader, watch: Watch) -> Read:
    revision = reader.manifest.revision
    if not migrate.knows(revision):
        raise InvalidInput(
            f"This backup was taken by stal {reader.manifest.stal}, which is newer than this one: its schema "
            f"{revision} is not known here. Install that version, or a later one, and restore with it."
        )
    with _place(settings):
        database = open_database(settings.database)
        try:
            with database.read() as session:
                there = reading_back.check_empty(session)
            if there is not None and not migrate.knows(there):
                raise Conflict(f"The database has a schema of a newer stal ({there}). Restore into another one.")
            if there != revision:
                migrate.remake(settings.database, revision)
            with database.write() as session:
                read = reading_back.fill(session, open_store(settings.storage, settings.storage_options), reader, watch)
            migrate.upgrade(settings.database)
        finally:
            database.engine.dispose()
    return read


@contextmanager
def _place(settings: Settings) -> Iterator[None]:
    """The folders of the installation, held against another, and in the end their owner's with all that is in them."""
    if settings.database_url and settings.storage_url:
        yield
        return
    make_folder(settings.data_dir)
    with lock.held(settings.data_dir):
        try:
            yield
        finally:
            _hand_over(settings.data_dir)
            if settings.storage_url.startswith("file://"):
                _hand_over(Path(url2pathname(urlsplit(settings.storage_url).path)))


def _hand_over(folder: Path) -> None:
    """Whoever restores as root restores for the user whose folder it is."""
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in folder.rglob("*"):
        if path.lstat().st_uid == 0:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _shown(meter: Meter, source: Source | None = None) -> Watch:
    """Shows how far it is, with the time to go; what the work cannot tell, the source can."""
    began, before = time.monotonic(), 0.0

    def watch(what: str, fraction: float | None) -> None:
        nonlocal began, before
        if fraction is None and source is not None:
            fraction = source.fraction
        if fraction is not None and fraction < before:  # the next part of the work
            began = time.monotonic()
        before = fraction or 0.0
        passed = time.monotonic() - began
        known = fraction is not None and fraction > 0 and passed > GUESS_SECONDS
        eta = passed * (1 - fraction) / fraction if known and fraction else None
        meter.show(what, fraction=fraction, eta_seconds=eta)

    return watch


def _some(keys: list[str]) -> str:
    return f"{len(keys)} blobs, {', '.join(keys[:3])}{' …' if len(keys) > 3 else ''}"
