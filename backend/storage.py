"""Content-addressed blobs in a local folder or any object store. The key is the SHA-256 of the bytes."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from backend.domain.errors import NotFound, StorageFull, StorageUnavailable

BlobKey = str  # 64 hexadecimal digits
#: Options that are the HTTP client's; the rest are the provider's, such as `aws_endpoint`.
CLIENT_OPTIONS: Final = frozenset(
    {"allow_http", "allow_invalid_certificates", "connect_timeout", "proxy_ca_certificate", "proxy_url", "timeout"}
)
# A store that is away must be told as that soon: somebody waits, mostly with a transaction open.
PATIENCE: Final = timedelta(seconds=8)


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

    def check(self) -> None:
        """Raise `TransientError` where the store cannot be written."""
        self.put(b"stal")


def open_store(url: str, options: dict[str, str]) -> BlobStore:
    """The store at a `file://` folder (made if need be), `s3://`, `gs://` or `az://` address."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return BlobStore(LocalStore(Path(url2pathname(parts.path)), mkdir=True))
    config = {name: value for name, value in options.items() if name not in CLIENT_OPTIONS}
    client = {name: value for name, value in options.items() if name in CLIENT_OPTIONS}
    retry = {"max_retries": 3, "retry_timeout": PATIENCE}
    return BlobStore(from_url(url, config=config, client_options=client, retry_config=retry))  # type: ignore[call-overload]


def _path(key: BlobKey) -> str:
    return f"{key[:2]}/{key}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        if "No space left" in str(error) or "os error 28" in str(error):
            raise StorageFull("The disk of the blob store is full. Free some space; work goes on by itself.") from error
        raise StorageUnavailable(f"The blob store does not answer: {error}") from error
