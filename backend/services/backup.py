"""Taking a backup while people answer and rounds train: rows as they were at one moment, then the blobs they name.

A blob never changes, so one that is copied later is still the right one. But a training deletes each snapshot when it
has saved the next, so those are copied first, while the transaction still sees the rows that name them.
"""

import hashlib
import io
import tarfile
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final, Protocol, TypeVar

from backend.db import archive as stored
from backend.db.base import now
from backend.db.session import Session
from backend.domain.archive import (
    END,
    MANIFEST,
    End,
    Manifest,
    blob_name,
    keys_in,
    needed_keys,
    part_name,
    to_line,
)
from backend.domain.errors import Conflict, NotFound, StorageFull, StorageUnavailable
from backend.storage import CHUNK, BlobKey, BlobStore

T = TypeVar("T")
R = TypeVar("R")
#: Told what is being done, and how much of it is done, 0 to 1; None where that is not known.
Watch = Callable[[str, float | None], None]

PART_BYTES: Final = 4 * 2**20  # of a table's rows in one member, about
SMALL: Final = CHUNK  # bytes; a blob up to this is held in memory
THREADS: Final = 4  # that copy small blobs, since an object store takes long for each
WAITING: Final = 2 * THREADS  # small blobs in memory


class Sink(Protocol):
    """Where a backup goes."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Pins:
    """Copies of the snapshots that trainings will go on from, and which of them are not in the store."""

    kept: dict[BlobKey, IO[bytes]]
    gone: frozenset[BlobKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a backup holds.

    Attributes:
        rows: of all tables.
        blobs: their number; `blob_bytes` their sum.
        bytes: of the archive.
        sha256: of the archive.
        lost: blobs that rows name but that the store does not have whole; the backup is without them.
    """

    rows: int
    blobs: int
    blob_bytes: int
    bytes: int
    sha256: str
    lost: list[BlobKey]


@dataclass(slots=True)
class Backup:
    """An archive on its way out: first `write_rows`, then `write_blobs`."""

    sink: Sink
    watch: Watch
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _bytes: int = 0
    _rows: int = 0
    _manifest: str = ""
    _tables: dict[str, str] = field(default_factory=dict)
    _named: set[bytes] = field(default_factory=set)  # may be keys of blobs
    _needed: set[bytes] = field(default_factory=set)  # are
    _written: set[bytes] = field(default_factory=set)
    _whole: set[bytes] = field(default_factory=set)  # of those written
    _done: int = 0  # bytes of blobs
    _total: int = 0

    def write_rows(self, session: Session) -> None:
        """Write every row of a database, in one transaction that sees one moment.

        Raises:
            Conflict: no migration has run on it.
        """
        revision = stored.revision(session)
        if revision is None:
            raise Conflict("This database has no schema of stal's yet, so there is nothing to back up.")
        tables = stored.tables(session)
        manifest = Manifest(
            revision=revision,
            stal=version("stal"),
            taken_at=now().isoformat(timespec="seconds"),
            dialect=stored.dialect(session),
            tables=tuple(stored.outline(session, table) for table in tables),
        ).to_json()
        self._manifest = hashlib.sha256(manifest).hexdigest()
        self._add(MANIFEST, len(manifest), [manifest])
        total = sum(stored.count(session, table) for table in tables)
        for table in tables:
            digest = hashlib.sha256()
            for number, part in enumerate(_parts(self._lines(session, table))):
                digest.update(part)
                self._add(part_name(table.name, number), len(part), [part])
                self.watch(f"rows {self._rows} of {total}", self._rows / total)
            self._tables[table.name] = digest.hexdigest()

    def write_blobs(self, blobs: BlobStore, pins: Pins) -> Taken:
        """Write the blobs that the rows name, and the end.

        Raises:
            StorageUnavailable: the store did not give a blob to its end.
        """
        pinned = {bytes.fromhex(key) for key in pins.kept}
        wanted = self._named - pinned
        sizes = {digest: size for key, size in blobs.sizes() if (digest := bytes.fromhex(key)) in wanted}
        self._total = sum(sizes.values()) + sum(_size(file) for file in pins.kept.values())
        for key, file in pins.kept.items():
            self._add_blob(key, _size(file), _read(file))

        def small(one: tuple[bytes, int]) -> tuple[BlobKey, bytes | None]:
            return one[0].hex(), _small(blobs, *one)

        with ThreadPoolExecutor(THREADS) as pool:
            for key, data in ahead(pool, small, sizes.items()):
                if data is not None:
                    self._add_blob(key, len(data), [data])
                    continue
                with suppress(NotFound):  # nobody needs it, or it is reported below
                    self._add_blob(key, *blobs.stream(key))
        needed = self._needed | pinned | {bytes.fromhex(key) for key in pins.gone}
        lost = sorted(digest.hex() for digest in (needed | self._written) - self._whole)
        count = len(self._written)
        end = End(manifest=self._manifest, tables=self._tables, blobs=count, blob_bytes=self._done, lost=lost).to_json()
        self._add(END, len(end), [end])
        self._write(bytes(2 * tarfile.BLOCKSIZE))
        self._write(bytes(-self._bytes % tarfile.RECORDSIZE))
        return Taken(
            rows=self._rows,
            blobs=count,
            blob_bytes=self._done,
            bytes=self._bytes,
            sha256=self._digest.hexdigest(),
            lost=lost,
        )

    def _add_blob(self, key: BlobKey, size: int, chunks: Iterable[bytes]) -> None:
        digest = hashlib.sha256()

        def watched() -> Iterator[bytes]:
            for chunk in chunks:
                digest.update(chunk)
                self._done += len(chunk)
                of = f"{self._done / 1e6:.0f} of {self._total / 1e6:.0f}"
                self.watch(f"MB of blobs, {of}", min(1.0, self._done / (self._total or 1)))
                yield chunk

        self._add(blob_name(key), size, watched())
        self._written.add(bytes.fromhex(key))
        if digest.hexdigest() == key:
            self._whole.add(digest.digest())

    def _lines(self, session: Session, table: stored.StoredTable) -> Iterator[bytes]:
        for values in stored.rows(session, table):
            line = to_line(table.columns, values)
            self._named.update(keys_in(line))
            self._needed.update(bytes.fromhex(key) for key in needed_keys(table.columns, values))
            self._rows += 1
            yield line

    def _add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(time.time())
        self._write(member.tobuf(tarfile.USTAR_FORMAT if size < 8**11 else tarfile.GNU_FORMAT))
        written = 0
        for chunk in chunks:
            self._write(chunk)
            written += len(chunk)
        if written != size:
            raise StorageUnavailable(f"{name} ended after {written} of {size} bytes. Take the backup again.")
        self._write(bytes(-size % tarfile.BLOCKSIZE))

    def _write(self, data: bytes) -> None:
        self.sink.write(data)
        self._digest.update(data)
        self._bytes += len(data)


def pin(session: Session, blobs: BlobStore, files: ExitStack, *, folder: Path | None) -> Pins:
    """Copy the snapshots that the rows of this transaction need into temporary files of `folder`, which `files` closes.

    None is the system's folder; in a container that is memory, for which a snapshot may be too big.

    Raises:
        StorageFull: there is no room for them.
    """
    kept: dict[BlobKey, IO[bytes]] = {}
    gone = set()
    for key in sorted(stored.needed_snapshots(session)):
        try:
            size, chunks = blobs.stream(key)
        except NotFound:
            gone.add(key)
            continue
        try:
            file = kept[key] = files.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115  (it is entered)
            for chunk in chunks:
                file.write(chunk)
            file.flush()
        except OSError as error:
            raise StorageFull(
                f"A copy of a training's snapshot ({size / 1e6:.0f} MB) has no room in "
                f"{folder or tempfile.gettempdir()} ({error.strerror}). Free some."
            ) from error
        file.seek(0)
    return Pins(kept, frozenset(gone))


def ahead(pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results of `work` in the order of `items`, a few computed in advance."""
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _small(blobs: BlobStore, digest: bytes, size: int) -> bytes | None:
    """The whole blob; None where it is too large for that, or gone."""
    if size > SMALL:
        return None
    try:
        return blobs.get(digest.hex())
    except NotFound:
        return None


def _parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    part = io.BytesIO()
    for line in lines:
        part.write(line)
        if part.tell() >= PART_BYTES:
            yield part.getvalue()
            part = io.BytesIO()
    if part.tell():
        yield part.getvalue()


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _size(file: IO[bytes]) -> int:
    at = file.tell()
    end = file.seek(0, io.SEEK_END)
    file.seek(at)
    return end
