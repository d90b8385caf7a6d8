"""The schema that a file begins with (RFC 7047 section 3.2)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from collectors.ovsdbfile.column import DEFAULTS, Column
from collectors.ovsdbfile.trouble import BadRecordError

_DIRECT: Mapping[str, type] = {"string": str, "boolean": bool}


class TableSchema(NamedTuple):
    """A table: its columns by name, and the headings of its rows, which ephemeral ones lack."""

    name: str
    columns: Mapping[str, Column]
    headings: tuple[str, ...]

    def blank(self) -> list[Any]:
        """A row of defaults; its first cell is the uuid's."""
        cells: list[Any] = [None] * len(self.headings)
        for column in self.columns.values():
            if column.at:
                cells[column.at] = column.default()
        return cells


class Schema(NamedTuple):
    """A database's name, version and tables."""

    name: str
    version: str
    tables: Mapping[str, TableSchema]


def schema_of(value: Any) -> Schema:
    """From its JSON; BadRecordError if it is not one."""
    if not isinstance(value, dict):
        raise BadRecordError("not a schema")
    name, version, tables = value.get("name"), value.get("version", ""), value.get("tables")
    if not isinstance(name, str) or not isinstance(version, str) or not isinstance(tables, dict):
        raise BadRecordError("not a schema: no name or no tables")
    return Schema(name, version, {key: _table(key, table) for key, table in tables.items()})


def _table(name: str, value: Any) -> TableSchema:
    columns = value.get("columns") if isinstance(value, dict) else None
    if not isinstance(columns, dict):
        raise BadRecordError(f"not a schema: table {name} has no columns")
    found: dict[str, Column] = {}
    headings = ["_uuid"]
    for key in sorted(columns):
        kept = not (isinstance(columns[key], dict) and columns[key].get("ephemeral") is True)
        found[key] = _column(f"{name}:{key}", key, columns[key], len(headings) if kept else 0)
        if kept:
            headings.append(key)
    return TableSchema(name, found, tuple(headings))


def _column(where: str, name: str, value: Any, at: int) -> Column:
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str):
        kind = {"key": kind}
    if not isinstance(kind, dict):
        raise BadRecordError(f"not a schema: column {where} has no type")
    key, key_table, weak_key = _base(where, kind.get("key"))
    item, item_table, weak_item = None, None, False
    if "value" in kind:
        item, item_table, weak_item = _base(where, kind["value"])
    least, most = kind.get("min", 1), kind.get("max", 1)
    if least not in (0, 1) or not (most == "unlimited" or (type(most) is int and most > 0)):
        raise BadRecordError(f"not a schema: column {where} has no such number of values")
    limit = None if most == "unlimited" else most
    direct = _DIRECT.get(key) if item is None else None
    return Column(
        name=name,
        at=at,
        key=key,
        value=item,
        least=int(least),
        most=limit,
        key_table=key_table,
        value_table=item_table,
        weak_key=weak_key,
        weak_value=weak_item,
        direct=direct,
    )


def _base(where: str, value: Any) -> tuple[str, str | None, bool]:
    """A base type's name, the table that it refers to, and if that is a weak reference."""
    if isinstance(value, str):
        value = {"type": value}
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in DEFAULTS:
        raise BadRecordError(f"not a schema: column {where} is of an unknown type")
    table = value.get("refTable")
    if not isinstance(table, str) or kind != "uuid":
        return kind, None, False
    return kind, table, value.get("refType") == "weak"
