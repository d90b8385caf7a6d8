"""OVSDB rows as the tools print them (`--format=json list TABLE`), read through typed accessors.

The notation is that of RFC 7047 section 5.1: `["uuid", x]`, `["set", [...]]`,
`["map", [[k, v], ...]]`; a set of one element is printed as the element alone. Accessors are
total: a column that this version lacks, or a value of another type, is "not known" (None, an
empty tuple or an empty mapping), never an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_EMPTY: Final[Mapping[str, str]] = {}


class Row:
    """One row: the cells of a table's line, decoded when asked for."""

    __slots__ = ("_cells", "_columns")

    def __init__(self, columns: Mapping[str, int], cells: Sequence[Any]) -> None:
        self._columns = columns
        self._cells = cells

    def _cell(self, column: str) -> Any:
        at = self._columns.get(column)
        return None if at is None or at >= len(self._cells) else self._cells[at]

    def has(self, column: str) -> bool:
        """True if this version's table has the column."""
        return column in self._columns

    @property
    def uuid(self) -> str:
        """The row's uuid; empty if the cell is not one."""
        return self.ref("_uuid") or ""

    def text(self, column: str) -> str | None:
        """A string column; None for an empty set."""
        cell = self._cell(column)
        return cell if isinstance(cell, str) else None

    def number(self, column: str) -> int | None:
        """An integer column; None for an empty set."""
        cell = self._cell(column)
        return cell if isinstance(cell, int) and not isinstance(cell, bool) else None

    def flag(self, column: str) -> bool | None:
        """A boolean column; None for an empty set."""
        cell = self._cell(column)
        return cell if isinstance(cell, bool) else None

    def texts(self, column: str) -> tuple[str, ...]:
        """A set of strings."""
        return tuple(item for item in _members(self._cell(column)) if isinstance(item, str))

    def ref(self, column: str) -> str | None:
        """The uuid of a reference; None for an empty set."""
        return _uuid(self._cell(column))

    def refs(self, column: str) -> tuple[str, ...]:
        """The uuids of a set of references."""
        cell = self._cell(column)
        single = _uuid(cell)
        if single is not None:
            return (single,)
        found = (_uuid(item) for item in _members(cell))
        return tuple(item for item in found if item is not None)

    def map(self, column: str) -> Mapping[str, str]:
        """A map of strings; numbers become text, as `ovs-vsctl get` would print them."""
        cell = self._cell(column)
        if not (isinstance(cell, list) and len(cell) == 2 and cell[0] == "map"):
            return _EMPTY
        pairs = cell[1] if isinstance(cell[1], list) else []
        return {
            pair[0]: pair[1] if isinstance(pair[1], str) else str(pair[1])
            for pair in pairs
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        }


def _members(cell: Any) -> Sequence[Any]:
    if isinstance(cell, list) and len(cell) == 2 and cell[0] == "set":
        return cell[1] if isinstance(cell[1], list) else ()
    if cell is None:
        return ()
    return (cell,)


def _uuid(cell: Any) -> str | None:
    if isinstance(cell, list) and len(cell) == 2 and cell[0] in ("uuid", "named-uuid"):
        return cell[1] if isinstance(cell[1], str) else None
    return None


class Table:
    """The rows of one table of one database, with indexes that are built once when asked for."""

    __slots__ = ("_by_column", "_by_uuid", "_cells", "columns", "name")

    def __init__(self, name: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.name = name
        self.columns: Mapping[str, int] = {heading: at for at, heading in enumerate(headings)}
        self._cells = rows
        self._by_uuid: dict[str, Row] | None = None
        self._by_column: dict[str, dict[str, list[Row]]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Row]:
        for cells in self._cells:
            yield Row(self.columns, cells)

    def by_uuid(self, uuid: str | None) -> Row | None:
        """The row of that uuid."""
        if self._by_uuid is None:
            self._by_uuid = {row.uuid: row for row in self}
        return self._by_uuid.get(uuid) if uuid else None

    def by_text(self, column: str, value: str) -> Sequence[Row]:
        """Rows whose string column is `value`, in the table's order."""
        index = self._by_column.get(column)
        if index is None:
            index = {}
            for row in self:
                key = row.text(column)
                if key is not None:
                    index.setdefault(key, []).append(row)
            self._by_column[column] = index
        return index.get(value, ())

    def by_map(self, column: str, key: str, value: str) -> Sequence[Row]:
        """Rows whose map column has `value` under `key`, in the table's order."""
        name = f"{column}:{key}"
        index = self._by_column.get(name)
        if index is None:
            index = {}
            for row in self:
                found = row.map(column).get(key)
                if found is not None:
                    index.setdefault(found, []).append(row)
            self._by_column[name] = index
        return index.get(value, ())

    def by_ref(self, column: str, uuid: str) -> Sequence[Row]:
        """Rows that refer to `uuid` in a column of references, in the table's order."""
        name = f"{column}->"
        index = self._by_column.get(name)
        if index is None:
            index = {}
            for row in self:
                for target in row.refs(column):
                    index.setdefault(target, []).append(row)
            self._by_column[name] = index
        return index.get(uuid, ())


class Database:
    """Tables of one database as one place gave them. A table that is missing is empty."""

    __slots__ = ("_tables",)

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = dict(tables)

    def has(self, table: str) -> bool:
        """True if the table was read."""
        return table in self._tables

    def table(self, name: str) -> Table:
        """The table, empty if it was not read."""
        # An empty one is not kept: `has` would take it for one that was read.
        return found if (found := self._tables.get(name)) is not None else Table(name, (), ())
