"""What a database file says: of itself, of a table, and of a row's past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ovntrace.model.capture import Gap

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# A cell as JSON has it: a text, a number, a Ref, None for an empty optional, tuples and mappings.
Value = object


def time_text(time_ms: int) -> str:
    """ISO 8601 in UTC, to the millisecond; a time that no calendar has is its number."""
    try:
        moment = _EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError:
        return f"{time_ms} ms"
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a row, with the row's name where it has one."""

    uuid: str
    name: str | None


@dataclass(frozen=True, slots=True)
class FileHead:
    """A file as a whole. Times are in milliseconds since the epoch, None where none is told.

    `begins_ms` is the time of the first transaction; where that is a `snapshot`, the log was
    compacted then and says nothing of before. `at_ms` is the time that was asked for.
    """

    place: str
    database: str
    version: str
    kind: str  # standalone | clustered
    records: int
    begins_ms: int | None
    ends_ms: int | None
    snapshot: bool
    at_ms: int | None
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, by the transactions' comments up to the first colon; empty for none."""

    comment: str
    transactions: int
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class FileOverview:
    """What is in a file: its tables with their numbers of rows, and who wrote them."""

    head: FileHead
    authors: tuple[Author, ...]
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FileTable:
    """Rows of a table, each a value for each column."""

    head: FileHead
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a row in a transaction.

    `what`: present (there when the log begins), inserted, deleted, set (a column has another
    value), entered and left (`other` refers to the row, or no longer does). `values` are those that
    an inserted row came with. `column` is the row's, or that of `other`. A column of a single value
    has `before` and `after`; a set has what was `added` and `removed`; a map has its changed `keys`
    with the values before and after, None for none.
    """

    time_ms: int | None
    record: int
    comment: str
    what: str
    row: Ref
    values: Mapping[str, Value] | None = None
    column: str | None = None
    before: Value = None
    after: Value = None
    added: tuple[Value, ...] = ()
    removed: tuple[Value, ...] = ()
    keys: tuple[tuple[str, Value, Value], ...] = ()
    other_table: str | None = None
    other: Ref | None = None


@dataclass(frozen=True, slots=True)
class RowHistory:
    """The past of all rows of a table that ever had a name, or of one row."""

    head: FileHead
    table: str
    rows: tuple[Ref, ...]
    changes: tuple[Change, ...]
