"""Small databases for tests, written as plain Python values."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ovntrace.model.rows import Database, Table

Rows = Sequence[Mapping[str, Any]]


def uid(name: str) -> str:
    """A uuid that is always the same for a name."""
    return str(uuid5(NAMESPACE_OID, name))


class Ref(str):
    """A reference to the row that has that uuid."""


def ref(name: str) -> Ref:
    """A reference to the row that was made with `_uuid=uid(name)`."""
    return Ref(uid(name))


def database(**tables: Rows) -> Database:
    """Tables as the tools would print them. Every row needs a `_uuid` (a plain string)."""
    return Database({name: _table(name, rows) for name, rows in tables.items()})


def _table(name: str, rows: Rows) -> Table:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    cells = [
        [["uuid", row["_uuid"]] if c == "_uuid" else _cell(row.get(c, ())) for c in columns]
        for row in rows
    ]
    return Table(name, columns, cells)


def _cell(value: Any) -> Any:
    if isinstance(value, Ref):
        return ["uuid", str(value)]
    if isinstance(value, Mapping):
        return ["map", [[key, item] for key, item in value.items()]]
    if isinstance(value, (list, tuple)):
        cells = [_cell(item) for item in value]
        # As the tools print it: a set of one is its element.
        return cells[0] if len(cells) == 1 else ["set", cells]
    return value
