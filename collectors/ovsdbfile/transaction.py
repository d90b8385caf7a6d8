"""What one record changes: rows by table, and when and why.

A compacted database is one record of many megabytes. Parsed as a whole it takes several times the
memory of the rows that come of it, and tables that nobody asked for take their time; so a large one
is taken apart at the ends of tables and rows, which can be told from the bytes alone: `},"` can't
stand within a string, where the quote is escaped, unless the quote ends the string, and then no
key follows it. Only what ovsdb-server writes (no blanks) is taken apart so.
"""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any, Final, NamedTuple

from collectors.ovsdbfile.parsing import parse
from collectors.ovsdbfile.trouble import BadRecordError

Rows = dict[str, Any]
Part = tuple[str, Rows]

NO_TRANSACTION: Final = "not a transaction"
LARGE: Final = 1 << 20  # bytes of a record that is taken apart
# Bytes that are parsed at once. What becomes of them is read while it is still in the processor's
# cache: a megabyte at once takes a fifth longer.
PIECE: Final = 1 << 16
_KEY: Final = re.compile(rb'"([A-Za-z_][A-Za-z0-9_]*)":')
_PLAIN: Final = re.compile(rb'-?[0-9]+|true|false|null|"(?:[^"\\]|\\.)*+"')
_TABLE_ENDS: Final = re.compile(rb'\}(?=,"[A-Za-z_][A-Za-z0-9_]*":)')
_ROW_ENDS: Final = re.compile(rb'\},(?="[0-9a-f]{8}-[0-9a-f-]{27}":)')


class Transaction(NamedTuple):
    """A record's changes. `date_ms` is in milliseconds since the epoch.

    `is_diff`: cells of rows that existed hold what changed in them, where they are sets or maps.
    `parts` can be read once; reading them can raise BadRecordError.
    """

    date_ms: int | None
    comment: str
    is_diff: bool
    parts: Iterable[Part]


def transaction_of(value: Any) -> Transaction:
    """From its JSON as a whole."""
    if not isinstance(value, dict):
        raise BadRecordError(NO_TRANSACTION)
    parts = [(name, rows) for name, rows in value.items() if not name.startswith("_")]
    return _made(value, parts)


def transaction_in(data: bytes, start: int, end: int, wanted: Container[str]) -> Transaction:
    """Of `data[start:end]`, a large one in pieces. Tables that are not wanted may be left out."""
    if end - start > LARGE:
        layout = _layout(data, start, end)
        if layout is not None:
            plain, tables = layout
            return _made(plain, _pieces(data, tables, wanted))
    return transaction_of(parse(data[start:end]))


def _made(value: dict[str, Any], parts: Iterable[Part]) -> Transaction:
    comment = value.get("_comment")
    return Transaction(
        date_ms=date_ms_of(value),
        comment=comment if isinstance(comment, str) else "",
        is_diff=value.get("_is_diff") is True,
        parts=parts,
    )


def date_ms_of(value: dict[str, Any]) -> int | None:
    """When a transaction was made, in milliseconds since the epoch."""
    date = value.get("_date")
    return date if type(date) is int and 0 <= date < 1 << 53 else None


def _layout(
    data: bytes, start: int, end: int
) -> tuple[dict[str, Any], list[tuple[str, int, int]]] | None:
    """What is no table, and where tables are; None if it is not written as ovsdb-server does."""
    while data[end - 1 : end] == b"\n":
        end -= 1
    if data[start : start + 1] != b"{" or data[end - 1 : end] != b"}":
        return None
    plain: dict[str, Any] = {}
    tables: list[tuple[str, int, int]] = []
    at = start
    while at < end - 1:
        key = _KEY.match(data, at + 1, end)
        if key is None:
            return None
        name, begins = key[1].decode(), key.end()
        if name.startswith("_"):
            value = _PLAIN.match(data, begins, end)
            if value is None:
                return None
            plain[name], at = parse(value[0]), value.end()
        else:
            last = _TABLE_ENDS.search(data, begins, end)
            at = end - 1 if last is None else last.end()
            if data[begins : begins + 1] != b"{" or data[at - 1 : at] != b"}":
                return None
            tables.append((name, begins, at))
        if at < end - 1 and data[at : at + 1] != b",":
            return None
    return plain, tables


def _pieces(
    data: bytes, tables: Iterable[tuple[str, int, int]], wanted: Container[str]
) -> Iterator[Part]:
    for name, start, end in tables:
        if name not in wanted:
            continue
        at, last = start + 1, end - 1
        while at < last:
            row = _ROW_ENDS.search(data, min(at + PIECE, last), last)
            stop, following = (last, last) if row is None else (row.end() - 1, row.end())
            rows = parse(b"{" + data[at:stop] + b"}")
            yield name, rows
            at = following
