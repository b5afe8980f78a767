"""The format of a backup: what its members are called, and how rows travel between databases of different kinds.

A backup is an uncompressed tar, written and read from begin to end: `manifest.json`, then the rows of every table in
`tables/NAME/NUMBER.jsonl`, then every blob as `blobs/SHA-256`, then `end.json`, without which it is not whole. See
docs/formats.md.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from backend.domain.errors import InvalidInput

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
END: Final = "end.json"
_KEY: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_EXACT: Final = 2**53  # up to here every integer is a double
_MODULUS: Final = 2**256


class ColumnKind(StrEnum):
    """How a column's values are written: JSON in a list of one, so that its null is not the database's."""

    PLAIN = "plain"
    JSON = "json"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Outline:
    """A table: its columns in the order of a row's values, and how many rows there are."""

    name: str
    columns: tuple[Column, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The first member of a backup.

    Attributes:
        revision: of the schema that the rows have.
        stal: version of the program that took it.
        taken_at: moment of the rows, ISO 8601 in UTC.
        dialect: kind of the database that they come from.
        tables: in an order in which they can be filled.
        format: version of the format.
    """

    revision: str
    stal: str
    taken_at: str
    dialect: str
    tables: tuple[Outline, ...]
    format: int = FORMAT

    def to_json(self) -> bytes:
        """As a file, for people too."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read one.

        Raises:
            InvalidInput: it is none, or of a later format.
        """
        try:
            found = json.loads(data)
            if found["format"] > FORMAT:
                raise InvalidInput("This backup was taken by a newer stal, in a format that this one does not know.")
            tables = tuple(
                Outline(
                    table["name"],
                    tuple(Column(column["name"], ColumnKind(column["kind"])) for column in table["columns"]),
                    int(table["rows"]),
                )
                for table in found.pop("tables")
            )
            return cls(**found, tables=tables)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput("The manifest of this backup cannot be read.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The last member: what must have been read before it.

    Attributes:
        manifest: SHA-256 of the manifest.
        tables: SHA-256 of each table's lines.
        blobs: how many.
        blob_bytes: their sum.
        lost: blobs that rows name, but that were missing or damaged in the store when the backup was taken.
    """

    manifest: str
    tables: dict[str, str]
    blobs: int
    blob_bytes: int
    lost: list[str] = field(default_factory=list)

    def to_json(self) -> bytes:
        """As a file."""
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "End":
        """Read one.

        Raises:
            InvalidInput: it is none.
        """
        try:
            return cls(**json.loads(data))
        except (TypeError, ValueError) as error:
            raise InvalidInput("The end of this backup cannot be read.") from error


def part_name(table: str, number: int) -> str:
    """Name of a part of a table's rows."""
    return f"tables/{table}/{number:06}.jsonl"


def blob_name(key: str) -> str:
    """Name of a blob."""
    return f"blobs/{key}"


def to_line(columns: Iterable[Column], values: Iterable[Any]) -> bytes:
    """A row as a line: moments in UTC, JSON (which comes as text) in a list of one."""
    row = [_written(column.kind, value) for column, value in zip(columns, values, strict=True)]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def from_line(columns: Sequence[Column], line: bytes) -> list[Any]:
    """The values of `to_line`.

    Raises:
        InvalidInput: it is no such line.
    """
    try:
        row = json.loads(line)
        return [_read(column.kind, value) for column, value in zip(columns, row, strict=True)]
    except (TypeError, ValueError) as error:
        raise InvalidInput("A row of this backup cannot be read.") from error


def keys_in(line: bytes) -> list[bytes]:
    """Whatever in a row may be the key of a blob, as 32 bytes; hashes of secrets look the same."""
    return [bytes.fromhex(found.decode()) for found in _KEY.findall(line)]


def needed_keys(columns: Iterable[Column], values: Iterable[Any]) -> list[str]:
    """The keys of blobs that a row cannot do without.

    A cursor's snapshot is not among them: which are still needed only their jobs can tell.
    """
    found: list[str] = []
    for column, value in zip(columns, values, strict=True):
        if value and column.name.endswith("_key") and column.name != "idempotency_key":
            found.append(value)
        elif value and column.name == "result" and "pseudo_labels" in (told := json.loads(value) or {}):
            found.append(told["pseudo_labels"])
    return found


class RowSum:
    """A sum over rows that is the same in any order, and on any kind of database."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Add a line of `to_line`."""
        # PostgreSQL keeps numbers in JSON as decimals, and does not say 1e16 as Python does.
        row = json.loads(line, parse_float=_number, parse_int=_number)
        digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).digest()
        self._sum = (self._sum + int.from_bytes(digest, "big")) % _MODULUS
        self.rows += 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowSum) and (self.rows, self._sum) == (other.rows, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if abs(value) <= _EXACT and value.is_integer() else value


def _written(kind: ColumnKind, value: Any) -> Any:
    if value is None:
        return None
    if kind is ColumnKind.JSON:
        return [json.loads(value)]
    if kind is ColumnKind.MOMENT:
        moment: datetime = value
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()
    if not isinstance(value, str | int | float):
        raise TypeError(f"A backup has no way to write {type(value).__name__}.")
    return value


def _read(kind: ColumnKind, value: Any) -> Any:
    if value is None:
        return None
    if kind is ColumnKind.JSON:
        (told,) = value
        return json.dumps(told)
    return datetime.fromisoformat(value) if kind is ColumnKind.MOMENT else value
