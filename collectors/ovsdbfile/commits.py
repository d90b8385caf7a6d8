"""A file as the sequence of its commits: schemas and transactions, standalone or clustered.

Of a clustered file (raft, ovsdb(7)) the first record holds a snapshot (`prev_data`); entries
follow, each with its index, and records that say up to which index entries are committed. An entry
whose index was there already takes the place of that one and of all after it.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from collectors.ovsdbfile.framing import CLUSTERED, Record, records_of
from collectors.ovsdbfile.parsing import parse
from collectors.ovsdbfile.schema import Schema, schema_of
from collectors.ovsdbfile.snapshot import snapshot_bounds
from collectors.ovsdbfile.transaction import (
    LARGE,
    PIECE,
    Transaction,
    transaction_in,
    transaction_of,
)
from collectors.ovsdbfile.trouble import BadRecordError, Trouble

# Transactions are parsed together until there are so many bytes or records of them.
_ENOUGH: Final = PIECE // 2
_MANY: Final = 64


class Commit(NamedTuple):
    """A step of the database.

    A schema alone keeps the rows that there are, as far as it can; with a transaction it begins
    anew. `read` makes the transaction (None: there is none) and can raise BadRecordError; the
    tables that it is given are those that are wanted. `raw` is where a standalone file has it.
    """

    record: int
    offset: int
    schema: Schema | None
    read: Callable[[Container[str]], Transaction] | None
    raw: tuple[int, int] | None = None


class Batch(NamedTuple):
    """Records of a standalone file that were parsed together: each a transaction."""

    records: Sequence[Record]
    values: Sequence[Any]

    def commits(self) -> Iterator[tuple[int, list[Commit]]]:
        """Each for itself, by its number."""
        for record, value in zip(self.records, self.values, strict=True):
            yield record.number, [_parsed(record, value)]


Step = tuple[int, list[Commit]] | Batch | Trouble


def damaged(record: int, offset: int, error: BadRecordError) -> Trouble:
    """What a record that can't be used is to who reads the file."""
    text = f"record {record} at byte {offset}: {error}"
    return Trouble(text, False, record, offset)


def commits_of(data: bytes, magic: str, *, batched: bool = True) -> Iterator[Step]:
    """What the file says, in order: each record's number and the commits that it makes happen, or
    many records at once; at the end a Trouble if something is wrong with the file.

    `batched`: transactions of a standalone file are parsed many at a time, which is quicker unless
    most of them are not read.
    """
    records = records_of(data, magic)
    first = next(records, None)
    if first is None:
        return
    if isinstance(first, Trouble):
        yield first
        return
    cluster = _Cluster(data) if magic == CLUSTERED else None
    try:
        if cluster is None:
            schema = schema_of(parse(data[first.start : first.end]))
            yield 1, [Commit(1, 0, schema, None)]
        else:
            yield 1, cluster.header(first)
    except BadRecordError as error:
        yield damaged(1, 0, error)
        return
    yield from _logged(data, records, batched) if cluster is None else _entries(cluster, records)


def _logged(data: bytes, records: Iterator[Record | Trouble], batched: bool) -> Iterator[Step]:
    """The transactions of a standalone file."""
    waiting: list[Record] = []
    begins = 0
    for record in records:
        if isinstance(record, Trouble):
            yield from _batch(data, waiting)
            yield record
            return
        if not waiting or record.end - record.start > LARGE:
            # A large one is for itself, since it is taken apart.
            yield from _batch(data, waiting)
            waiting, begins = [], record.offset
        waiting.append(record)
        if not batched or record.end - begins >= _ENOUGH or len(waiting) == _MANY:
            yield from _batch(data, waiting)
            waiting = []
    yield from _batch(data, waiting)


def _batch(data: bytes, records: Sequence[Record]) -> Iterator[Step]:
    values: list[Any] | None = None
    if len(records) > 1:
        bodies = [data[start:end] for _, _, start, end in records]
        bodies[0] = b"[" + bodies[0]
        bodies[-1] += b"]"
        try:
            values = parse(b",".join(bodies))
        except BadRecordError:
            values = None
    if values is not None and len(values) == len(records):
        yield Batch(records, values)
        return
    # One of them is none: each for itself shows which.
    for number, offset, start, end in records:
        read = partial(transaction_in, data, start, end)
        yield number, [Commit(number, offset, None, read, (start, end))]


def _parsed(record: Record, value: Any) -> Commit:
    read = lambda _wanted: transaction_of(value)  # noqa: E731
    return Commit(record.number, record.offset, None, read, (record.start, record.end))


def _entries(
    cluster: "_Cluster", records: Iterator[Record | Trouble]
) -> Iterator[tuple[int, list[Commit]] | Trouble]:
    """What a cluster has committed."""
    for record in records:
        if isinstance(record, Trouble):
            yield record
            return
        try:
            commits = cluster.take(record)
        except BadRecordError as error:
            yield damaged(record.number, record.offset, error)
            return
        yield record.number, commits


class _Cluster:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._committed = 0
        self._begins = 1  # the index of the first of `_pending`
        self._pending: list[Commit] = []

    def take(self, record: Record) -> list[Commit]:
        """What a record behind the first makes happen."""
        value = parse(self._data[record.start : record.end])
        if not isinstance(value, dict):
            raise BadRecordError("not a record of a cluster")
        if "index" in value:
            self._entry(record, value)
        elif "commit_index" in value:
            self._committed = max(self._committed, _index(value["commit_index"]))
        return self._due()

    def header(self, record: Record) -> list[Commit]:
        """The snapshot, where there is one: a server that has not joined yet has none."""
        bounds = None
        if record.end - record.start > LARGE:
            bounds = snapshot_bounds(self._data, record.start, record.end)
        if bounds is None:
            value = parse(self._data[record.start : record.end])
        else:
            begin, schema_at, comma, end = bounds
            schema_text = self._data[schema_at:comma]
            value = parse(self._data[record.start : begin] + b"null" + self._data[end : record.end])
            value["prev_data"] = [parse(schema_text), None]
        if not isinstance(value, dict):
            raise BadRecordError("not a cluster's header")
        previous = _index(value.get("prev_index", 0))
        self._committed, self._begins = previous, previous + 1
        if value.get("prev_data") is None:
            return []
        commit = _commit(record, value["prev_data"])
        if commit is None:
            return []
        if bounds is not None:
            _, _, comma, end = bounds
            data = self._data
            commit = commit._replace(read=lambda w: transaction_in(data, comma + 1, end - 1, w))
        return [commit]

    def _entry(self, record: Record, value: dict[str, Any]) -> None:
        at = _index(value["index"]) - self._begins
        if not 0 <= at <= len(self._pending):
            raise BadRecordError(f"entry {value['index']} does not follow those before it")
        commit = _commit(record, value.get("data"))
        # Entries without data (of elections, of servers that come and go) keep their place.
        self._pending[at:] = [commit or Commit(record.number, record.offset, None, None)]

    def _due(self) -> list[Commit]:
        n_due = min(len(self._pending), self._committed + 1 - self._begins)
        if n_due <= 0:
            return []
        due = self._pending[:n_due]
        del self._pending[:n_due]
        self._begins += n_due
        return due


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise BadRecordError("an index is no number")
    return value


def _commit(record: Record, data: Any) -> Commit | None:
    if data is None:
        return None
    if not isinstance(data, list) or len(data) != 2:
        raise BadRecordError("data of a cluster is a schema and a transaction")
    schema = None if data[0] is None else schema_of(data[0])
    read = None
    if data[1] is not None:
        transaction = transaction_of(data[1])
        read = lambda _wanted: transaction  # noqa: E731
    return Commit(record.number, record.offset, schema, read)
