"""Where backups go to and come from: a file, the terminal's streams, or an object store."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from backend.config import Settings
from backend.domain.errors import InvalidInput, NotFound, StorageFull
from backend.services.backup import Sink
from backend.storage import object_reader, object_writer

STREAM = "-"


class Source:
    """A backup that is read; knows how much of it."""

    def __init__(self, file: Any, size: int | None) -> None:
        self._file = file
        self._size = size
        self._read = 0

    def read(self, size: int) -> bytes:
        data = bytes(self._file.read(size))
        self._read += len(data)
        return data

    @property
    def fraction(self) -> float | None:
        """How much of it was read, 0 to 1; None where its size is not known."""
        return None if self._size is None else min(1.0, self._read / (self._size or 1))


@contextmanager
def writing(target: str, settings: Settings) -> Iterator[Sink]:
    """Where a backup is written to. It bears the name of `target` only once it is whole."""
    if target == STREAM:
        if sys.stdout.isatty():
            raise InvalidInput("A backup is no text for a terminal: send it on, as in `stal backup - > stal.tar`.")
        with _told("the standard output"):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
    elif "://" in target:
        with object_writer(target, _options(settings)) as sink:
            yield sink
    else:
        with _told(target), _replaced(Path(target)) as file:
            yield file


@contextmanager
def reading(source: str, settings: Settings) -> Iterator[Source]:
    """Where a backup is read from."""
    if source == STREAM:
        yield Source(sys.stdin.buffer, _size_of(sys.stdin.buffer))
    elif "://" in source:
        with object_reader(source, _options(settings)) as found:
            yield Source(found, found.size)
    else:
        try:
            file = Path(source).open("rb")  # noqa: SIM115
        except OSError as error:
            raise NotFound(f"The backup {source} cannot be read ({error.strerror}).") from error
        with file:
            yield Source(file, _size_of(file))


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner may read, with what credentials and passwords are known by in it."""
    folder = path.absolute().parent
    descriptor, part = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


@contextmanager
def _told(target: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFull(f"The backup cannot be written to {target} ({error.strerror}).") from error


def _options(settings: Settings) -> dict[str, str]:
    return settings.backup_options or settings.storage_options


def _size_of(file: IO[bytes]) -> int | None:
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None
