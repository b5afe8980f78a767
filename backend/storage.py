"""Content-addressed blobs in a local folder or any object store. The key is the SHA-256 of the bytes."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from backend.domain.errors import InvalidInput, NotFound, StorageFull, StorageUnavailable

BlobKey = str  # 64 hexadecimal digits
#: Options that are the HTTP client's; the rest are the provider's, such as `aws_endpoint`.
CLIENT_OPTIONS: Final = frozenset(
    {"allow_http", "allow_invalid_certificates", "connect_timeout", "proxy_ca_certificate", "proxy_url", "timeout"}
)
# A store that is away must be told as that soon: somebody waits, mostly with a transaction open.
PATIENCE: Final = timedelta(seconds=8)
CHUNK: Final = 4 * 2**20  # bytes of a large blob in memory at a time, at least
# Of a backup nobody waits for the next answer, and to begin anew is dear.
_LONG_PATIENCE: Final = timedelta(minutes=3)
_PART: Final = 64 * 2**20  # bytes; S3 takes 10 000 parts, so a backup may have 625 GiB
_NAME: Final = re.compile("[0-9a-f]{2}/([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: a store of obstore has no hash
class BlobStore:
    """Puts and gets whole blobs. Putting the same bytes twice is harmless, so is a crash between put and commit."""

    store: ObjectStore

    def put(self, data: bytes) -> BlobKey:
        """Store `data` whole or not at all, and give its key."""
        key = hashlib.sha256(data).hexdigest()
        with _translated():
            obstore.put(self.store, _path(key), data)
        return key

    def get(self, key: BlobKey) -> bytes:
        """The bytes of `key`.

        Raises:
            NotFound: no such blob.
        """
        with _translated():
            try:
                return bytes(obstore.get(self.store, _path(key)).bytes())
            except FileNotFoundError as error:
                raise NotFound("That blob is not in the store.") from error

    def delete(self, key: BlobKey) -> None:
        """Forget `key`; nothing happens where there is no such blob."""
        with _translated(), suppress(FileNotFoundError):
            obstore.delete(self.store, _path(key))

    def sizes(self) -> Iterator[tuple[BlobKey, int]]:
        """Every blob with its bytes, in no order; what comes and goes meanwhile may be among them."""
        with _translated():
            for some in obstore.list(self.store, chunk_size=1000):
                for one in some:
                    if name := _NAME.fullmatch(one["path"]):
                        yield name[1], one["size"]

    def stream(self, key: BlobKey) -> tuple[int, Iterator[bytes]]:
        """The number of bytes of `key`, and the bytes a chunk at a time.

        Raises:
            NotFound: no such blob.
        """
        with _translated():
            try:
                found = obstore.get(self.store, _path(key))
            except FileNotFoundError as error:
                raise NotFound("That blob is not in the store.") from error
        return found.meta["size"], _chunks(found.stream(min_chunk_size=CHUNK))

    def put_checked(self, key: BlobKey, chunks: Iterable[bytes]) -> bool:
        """Store what comes in chunks if its SHA-256 is `key`; False where it is not, and then nothing is stored."""
        digest = hashlib.sha256()
        with _translated(), suppress(_OtherBytes):
            with obstore.open_writer(self.store, _path(key), buffer_size=CHUNK, max_concurrency=4) as writer:
                for chunk in chunks:
                    digest.update(chunk)
                    writer.write(chunk)
                if digest.hexdigest() != key:
                    raise _OtherBytes  # the writer drops what it has on an error
            return True
        return False

    def is_whole(self, key: BlobKey) -> bool:
        """Whether the blob is there, and its bytes are those that it is named after."""
        digest = hashlib.sha256()
        try:
            for chunk in self.stream(key)[1]:
                digest.update(chunk)
        except NotFound:
            return False
        return digest.hexdigest() == key

    def check(self) -> None:
        """Raise `TransientError` where the store cannot be written."""
        self.put(b"stal")


class _OtherBytes(Exception):
    pass


def open_store(url: str, options: dict[str, str], *, patience: timedelta = PATIENCE) -> BlobStore:
    """The store at a `file://` folder (made if need be), `s3://`, `gs://` or `az://` address."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return BlobStore(LocalStore(Path(url2pathname(parts.path)), mkdir=True))
    config = {name: value for name, value in options.items() if name not in CLIENT_OPTIONS}
    client = {name: value for name, value in options.items() if name in CLIENT_OPTIONS}
    retry = {"max_retries": 3, "retry_timeout": patience}
    return BlobStore(from_url(url, config=config, client_options=client, retry_config=retry))  # type: ignore[call-overload]


@contextmanager
def object_writer(url: str, options: dict[str, str]) -> Iterator["obstore.WritableFile"]:
    """A file at an object store's address such as `s3://bucket/key`; it is there once the context has ended well."""
    store, name = _object(url, options)
    with _translated(url), obstore.open_writer(store, name, buffer_size=_PART, max_concurrency=2) as writer:
        yield writer


@contextmanager
def object_reader(url: str, options: dict[str, str]) -> Iterator["obstore.ReadableFile"]:
    """The file at an object store's address.

    Raises:
        NotFound: there is none.
    """
    store, name = _object(url, options)
    with _translated(url):
        try:
            file = obstore.open_reader(store, name, buffer_size=2 * CHUNK)
        except FileNotFoundError as error:
            raise NotFound(f"There is no {url}.") from error
        yield file


def _object(url: str, options: dict[str, str]) -> tuple[ObjectStore, str]:
    folder, _, name = url.rpartition("/")
    if not name or not urlsplit(folder).netloc:
        raise InvalidInput(f"{url} names no object. Give a bucket and a name, such as s3://bucket/stal.tar.")
    return open_store(folder, options, patience=_LONG_PATIENCE).store, name


def _path(key: BlobKey) -> str:
    return f"{key[:2]}/{key}"


def _chunks(stream: Any) -> Iterator[bytes]:
    with _translated():
        for chunk in stream:
            yield bytes(chunk)


@contextmanager
def _translated(what: str = "The blob store") -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        if "No space left" in str(error) or "os error 28" in str(error):
            raise StorageFull("The disk of the blob store is full. Free some space; work goes on by itself.") from error
        raise StorageUnavailable(f"{what} does not answer: {error}") from error
