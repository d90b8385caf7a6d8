"""Rows of a northbound database, written once: as a database of tests, and as a transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database
from tests.tables import Ref, Rows, database

Tables = Mapping[str, Rows]


def northbound(tables: Tables) -> Northbound:
    """As a dump would have it."""
    return Northbound(database(**tables))


def whole(tables: Tables) -> Database:
    """The same for other databases."""
    return database(**tables)


def operations(tables: Tables) -> list[dict[str, Any]]:
    """The inserts that make the rows, for ovsdb-server: references by the names of uuids."""
    return [
        {
            "op": "insert",
            "table": table,
            "uuid-name": _named(row["_uuid"]),
            "row": {key: _cell(value) for key, value in row.items() if key != "_uuid"},
        }
        for table, rows in tables.items()
        for row in rows
    ]


def _named(uuid: str) -> str:
    return "row_" + uuid.replace("-", "_")


def _cell(value: Any) -> Any:
    if isinstance(value, Ref):
        return ["named-uuid", _named(value)]
    if isinstance(value, Mapping):
        return ["map", [[key, item] for key, item in value.items()]]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ["set", [_cell(item) for item in value]]
    return value
