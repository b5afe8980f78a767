"""Reading a backup: checking it as a whole, and restoring it into an empty database and a blob store.

Blobs are stored as they come, rows are committed last: a restore that was broken off has left an empty database, and
blobs that are the right ones for whoever tries again.
"""

import hashlib
import tarfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Final, Protocol, cast

from backend.db import archive as stored
from backend.db.session import Session
from backend.domain.archive import (
    END,
    MANIFEST,
    End,
    Manifest,
    Outline,
    RowSum,
    blob_name,
    from_line,
    needed_keys,
    part_name,
    to_line,
)
from backend.domain.errors import Conflict, InvalidInput
from backend.services.backup import SMALL, THREADS, WAITING, Watch, ahead
from backend.storage import CHUNK, BlobKey, BlobStore

MOST: Final = 64 * 2**20  # bytes of a member that is read into memory; more was not written by stal
KEY_DIGITS: Final = 64
DAMAGED: Final = "This backup is damaged"


class Readable(Protocol):
    """What a backup is read from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a table."""

    table: Outline
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob whose chunks must be read before the reader goes on."""

    key: BlobKey
    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a whole backup holds; `lost` are blobs that it says it was taken without."""

    manifest: Manifest
    rows: int
    blobs: int
    blob_bytes: int
    lost: list[BlobKey]


@dataclass(slots=True)
class Reader:
    """Reads a backup once, from begin to end, and proves that it is whole.

    Raises:
        InvalidInput: it is damaged, cut short, or none at all; also while it is read.
    """

    source: Readable
    manifest: Manifest = field(init=False)
    whole: set[bytes] = field(default_factory=set)  # blobs with the right hash, as whoever takes them says
    sums: dict[str, RowSum] = field(default_factory=dict)
    _tar: tarfile.TarFile = field(init=False)
    _end: End = field(init=False)
    _seen: set[bytes] = field(default_factory=set)
    _needed: set[bytes] = field(default_factory=set)
    _manifest: bytes = b""

    def __post_init__(self) -> None:
        try:
            self._tar = tarfile.open(fileobj=cast("IO[bytes]", self.source), mode="r|", bufsize=2**20)  # noqa: SIM115
            member = self._tar.next()
            if member is None or member.name != MANIFEST:
                raise InvalidInput("This is no backup of stal's.")
            self._manifest = self._bytes(member)
        except tarfile.TarError as error:
            raise InvalidInput(f"This is no backup of stal's ({error}).") from error
        self.manifest = Manifest.from_json(self._manifest)
        self.sums = {table.name: RowSum() for table in self.manifest.tables}

    def contents(self) -> Iterator[Part | Blob]:
        """All rows, then all blobs. Whoever takes them calls `finish` after the last."""
        digests = {table.name: hashlib.sha256() for table in self.manifest.tables}
        for table in self.manifest.tables:
            number = 0
            while self.sums[table.name].rows < table.rows:
                data = self._bytes(self._expect(part_name(table.name, number)))
                digests[table.name].update(data)
                lines = data.splitlines(keepends=True)
                for line in lines:
                    self._look(table, line)
                yield Part(table, lines)
                number += 1
            if self.sums[table.name].rows != table.rows:
                raise InvalidInput(f"{DAMAGED}: it has more rows of {table.name} than were written.")
        blobs = blob_bytes = 0
        while (member := self._next()).name != END:
            key = member.name.removeprefix("blobs/")
            if member.name != blob_name(key) or len(key) != KEY_DIGITS:
                raise InvalidInput(f"{DAMAGED}: {member.name!r} has no place in it.")
            self._seen.add(bytes.fromhex(key))
            blobs, blob_bytes = blobs + 1, blob_bytes + member.size
            yield Blob(key, member.size, self._chunks(member))
        self._end = End.from_json(self._bytes(member))
        told = self._end
        found = {name: digest.hexdigest() for name, digest in digests.items()}
        if told.manifest != hashlib.sha256(self._manifest).hexdigest() or told.tables != found:
            raise InvalidInput(f"{DAMAGED}: rows are not those that were written.")
        if (told.blobs, told.blob_bytes) != (blobs, blob_bytes):
            raise InvalidInput(f"{DAMAGED}: it has {blobs} blobs, but {told.blobs} were written.")

    def finish(self, *, also_needed: set[BlobKey]) -> Read:
        """Prove that all blobs that the rows need are there and whole.

        Args:
            also_needed: keys that the rows alone do not tell, see `needed_keys`.
        """
        needed = self._needed | {bytes.fromhex(key) for key in also_needed}
        missing = (needed | self._seen) - self.whole - {bytes.fromhex(key) for key in self._end.lost}
        if missing:
            raise InvalidInput(
                f"{DAMAGED}: of its blobs {len(missing)} are missing or not whole, such as {min(missing).hex()}."
            )
        return Read(
            manifest=self.manifest,
            rows=sum(one.rows for one in self.sums.values()),
            blobs=self._end.blobs,
            blob_bytes=self._end.blob_bytes,
            lost=self._end.lost,
        )

    def _look(self, table: Outline, line: bytes) -> None:
        values = from_line(table.columns, line)
        self.sums[table.name].add(line)
        self._needed.update(bytes.fromhex(key) for key in needed_keys(table.columns, values))

    def _next(self) -> tarfile.TarInfo:
        with _translated():
            member = self._tar.next()
        self._tar.members.clear()  # type: ignore[attr-defined]  # it would keep all of them in memory
        if member is None:
            raise InvalidInput(f"{DAMAGED}: it ends too early, or a part of it cannot be read.")
        return member

    def _expect(self, name: str) -> tarfile.TarInfo:
        member = self._next()
        if member.name != name:
            raise InvalidInput(f"{DAMAGED}: {name} is not where it belongs.")
        return member

    def _bytes(self, member: tarfile.TarInfo) -> bytes:
        if member.size > MOST:
            raise InvalidInput(f"{DAMAGED}: {member.name} is too large.")
        return b"".join(self._chunks(member))

    def _chunks(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        with _translated():
            file = self._tar.extractfile(member)
            if file is None:
                raise InvalidInput(f"{DAMAGED}: {member.name} is no file.")
            while chunk := file.read(CHUNK):
                yield chunk


def check(reader: Reader, watch: Watch) -> Read:
    """Read a backup and prove that it is whole, without restoring it."""
    for one in reader.contents():
        if isinstance(one, Part):
            watch("rows", None)
            continue
        digest = hashlib.sha256()
        for chunk in one.chunks:
            digest.update(chunk)
            watch("blobs", None)
        if digest.hexdigest() == one.key:
            reader.whole.add(digest.digest())
    return reader.finish(also_needed=set())


def check_empty(session: Session) -> str | None:
    """The revision of a database that a backup can be restored into; None without a schema.

    The admin that `stal migrate` makes in an empty database does not count.

    Raises:
        Conflict: it holds something else.
    """
    revision = stored.revision(session)
    tables = stored.tables(session)
    if revision is None and tables:
        raise Conflict(
            f"The database has tables that are not stal's, such as {tables[0].name}. Restore into one of its own."
        )
    rows = {table.name: count for table in tables if (count := stored.count(session, table))}
    if rows and not (rows == {"users": 1} and stored.only_admin(session)):
        held = ", ".join(f"{count} {name}" for name, count in rows.items())
        raise Conflict(
            f"The database is not empty: it has rows ({held}). A backup is restored into an empty place: name another "
            "data folder or database, or remove that one if nobody needs it."
        )
    return revision


def fill(session: Session, blobs: BlobStore, reader: Reader, watch: Watch) -> Read:
    """Restore into a database without rows that has the backup's schema; whoever calls commits.

    At the end every row is read back and compared, and every blob is read back and hashed.

    Raises:
        InvalidInput: the backup is damaged, or does not fit the schema.
        Conflict: what is read back is something else.
    """
    tables = {table.name: table for table in stored.tables(session)}
    _check_fit(reader.manifest, tables)
    stored.remove_only_admin(session)
    with ThreadPoolExecutor(THREADS) as pool:
        putting: list[Future[bytes | None]] = []

        def settle(*, leave: int) -> None:
            while len(putting) > leave:
                if key := putting.pop(0).result():
                    reader.whole.add(key)

        for one in reader.contents():
            if isinstance(one, Part):
                columns = one.table.columns
                found = [from_line(columns, line) for line in one.lines]
                stored.add(session, tables[one.table.name], columns, found)
                watch("rows", None)
            elif one.size <= SMALL:
                data = b"".join(one.chunks)
                putting.append(pool.submit(_put, blobs, one.key, data))
                settle(leave=WAITING)
                watch("blobs", None)
            elif blobs.put_checked(one.key, _watched(one.chunks, watch)):
                reader.whole.add(bytes.fromhex(one.key))
        settle(leave=0)
    read = reader.finish(also_needed=stored.needed_snapshots(session))
    for table in tables.values():
        stored.continue_numbering(session, table)
    _compare(session, blobs, reader, tables, watch)
    return read


def _check_fit(manifest: Manifest, tables: dict[str, stored.StoredTable]) -> None:
    told = {table.name: set(table.columns) for table in manifest.tables}
    here = {name: set(table.columns) for name, table in tables.items()}
    if told != here:
        other = sorted(name for name in told.keys() | here.keys() if told.get(name) != here.get(name))
        raise InvalidInput(f"This backup has other tables or columns than its revision: {', '.join(other)}.")


def _compare(
    session: Session, blobs: BlobStore, reader: Reader, tables: dict[str, stored.StoredTable], watch: Watch
) -> None:
    for outline in reader.manifest.tables:
        table, found, names = tables[outline.name], RowSum(), [column.name for column in outline.columns]
        order = [[column.name for column in table.columns].index(name) for name in names]
        for values in stored.rows(session, table):
            found.add(to_line(outline.columns, [values[place] for place in order]))
        if found != reader.sums[outline.name]:
            raise Conflict(f"The rows of {outline.name} that the database gives back are not those of the backup.")
        watch("comparing rows", None)
    total, keys = len(reader.whole), [digest.hex() for digest in reader.whole]
    with ThreadPoolExecutor(THREADS) as pool:
        for done, whole in enumerate(ahead(pool, blobs.is_whole, keys)):
            if not whole:
                raise Conflict(f"The blob {keys[done]} that the store gives back is not that of the backup.")
            watch(f"comparing blobs, {done + 1} of {total}", (done + 1) / total)


def _put(blobs: BlobStore, key: BlobKey, data: bytes) -> bytes | None:
    digest = hashlib.sha256(data)
    if digest.hexdigest() != key:
        return None  # the reader says so at the end
    blobs.put(data)
    return digest.digest()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise InvalidInput(f"{DAMAGED} ({error}).") from error


def _watched(chunks: Iterator[bytes], watch: Watch) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk
        watch("blobs", None)
