"""OVSDB rows as the tools print them (`--format=json list TABLE`), read through typed accessors.

The notation is that of RFC 7047 section 5.1: `["uuid", x]`, `["set", [...]]`,
`["map", [[k, v], ...]]`; a set of one element is printed as the element alone. Accessors are
total: a column that this version lacks, or a value of another type, is "not known" (None, an
empty tuple or an empty mapping), never an error.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

_EMPTY: Final[Mapping[str, str]] = {}
_REFERENCES: Final = ("uuid", "named-uuid")


class Row:
    """One row: the cells of a table's line, decoded when asked for."""

    __slots__ = ("_cells", "_columns")

    def __init__(self, columns: Mapping[str, int], cells: Sequence[Any]) -> None:
        self._columns = columns
        self._cells = cells

    def _cell(self, column: str) -> Any:
        at = self._columns.get(column)
        return None if at is None or at >= len(self._cells) else self._cells[at]

    def cell(self, column: str) -> Any:
        """The cell as it came; None if there is none."""
        return self._cell(column)

    def cells(self, columns: Sequence[str]) -> list[Any]:
        """Several cells as they came; None where there is none."""
        cells, places = self._cells, map(self._columns.get, columns)
        n_cells = len(cells)
        return [None if at is None or at >= n_cells else cells[at] for at in places]

    def has(self, column: str) -> bool:
        """True if this version's table has the column."""
        return column in self._columns

    @property
    def uuid(self) -> str:
        """The row's uuid; empty if the cell is not one."""
        return _uuid(self._cell("_uuid")) or ""

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
        return _uuids(self._cell(column))

    def map(self, column: str) -> Mapping[str, str]:
        """A map of strings; numbers become text, as `ovs-vsctl get` would print them."""
        return map_of(self._cell(column))


def map_of(cell: Any) -> Mapping[str, str]:
    """A cell of a map of strings, as `Row.map` has it."""
    if not (isinstance(cell, list) and len(cell) == 2 and cell[0] == "map"):
        return _EMPTY
    pairs = cell[1] if isinstance(cell[1], list) else []
    if not pairs:
        return _EMPTY
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
    if isinstance(cell, list) and len(cell) == 2 and cell[0] in _REFERENCES:
        return cell[1] if isinstance(cell[1], str) else None
    return None


def _uuids(cell: Any) -> tuple[str, ...]:
    single = _uuid(cell)
    if single is not None:
        return (single,)
    # Without a call for each: a large database has ten thousands of them.
    return tuple(
        [
            item[1]
            for item in _members(cell)
            if type(item) is list
            and len(item) == 2
            and item[0] in _REFERENCES
            and type(item[1]) is str
        ]
    )


class Table:
    """The rows of one table of one database, with indexes that are built once when asked for.

    An index has the places of rows. Of thousands of rows an answer needs some dozens, and only of
    these Rows are made.
    """

    __slots__ = ("_by_column", "_by_uuid", "_cells", "_columns", "_uuids", "columns", "name")

    def __init__(
        self,
        name: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[Any]],
        uuids: Sequence[str] | None = None,
    ) -> None:
        """`uuids` are those of the rows in their order, from who has them at hand."""
        self.name = name
        self._uuids = uuids
        self.columns: Mapping[str, int] = {heading: at for at, heading in enumerate(headings)}
        self._cells = rows
        self._by_uuid: dict[str, int] | None = None
        self._by_column: dict[str, _Index] = {}
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Row]:
        for cells in self._cells:
            yield Row(self.columns, cells)

    def by_uuid(self, uuid: str | None) -> Row | None:
        """The row of that uuid."""
        place = self._places_by_uuid().get(uuid) if uuid else None
        return None if place is None else Row(self.columns, self._cells[place])

    def texts_of(self, column: str, uuids: Iterable[str]) -> list[str]:
        """A string column of the rows with these uuids, in their order; empty where there is no
        such row or it has no string there."""
        cells = self._column(column)
        return [
            cell if place is not None and isinstance(cell := cells[place], str) else ""
            for place in map(self._places_by_uuid().get, uuids)
        ]

    def texts(self, column: str) -> list[str]:
        """A string column of all rows; empty where a row has no string there."""
        return [cell if isinstance(cell, str) else "" for cell in self._column(column)]

    def cells(self, column: str) -> Sequence[Any]:
        """A column's cells as they came, of all rows; None where a row has none."""
        return self._column(column)

    def row(self, place: int) -> Row:
        """The row at a place in the table's order, from 0 on."""
        return Row(self.columns, self._cells[place])

    def rows_with(self, column: str, value: str) -> Iterator[Row]:
        """Rows whose string column is `value`, without an index: for values that are asked for
        once."""
        cells = self._column(column)
        if value in cells:
            yield from (self.row(place) for place, cell in enumerate(cells) if cell == value)

    def by_text(self, column: str, value: str) -> Sequence[Row]:
        """Rows whose string column is `value`, in the table's order."""
        index = self._by_column.get(column)
        if index is None:
            cells = enumerate(self._column(column))
            keys = ((cell, place) for place, cell in cells if isinstance(cell, str))
            index = self._by_column[column] = _index(keys)
        return self._rows(index.get(value, ()))

    def by_map(self, column: str, key: str, value: str) -> Sequence[Row]:
        """Rows whose map column has `value` under `key`, in the table's order."""
        name = f"{column}:{key}"
        index = self._by_column.get(name)
        if index is None:
            found = ((row.map(column).get(key), place) for place, row in enumerate(self))
            keys = ((text, place) for text, place in found if text is not None)
            index = self._by_column[name] = _index(keys)
        return self._rows(index.get(value, ()))

    def by_ref(self, column: str, uuid: str) -> Sequence[Row]:
        """Rows that refer to `uuid` in a column of references, in the table's order."""
        return self._rows(self._places_by_ref(column).get(uuid, ()))

    def by_any_ref(self, column: str, uuids: Iterable[str]) -> Sequence[Row]:
        """Rows that refer to one of `uuids` in a column of references, each once, in the table's
        order."""
        index = self._places_by_ref(column)
        return self._rows(sorted({place for uuid in uuids for place in index.get(uuid, ())}))

    def _rows(self, places: Iterable[int]) -> tuple[Row, ...]:
        return tuple(Row(self.columns, self._cells[place]) for place in places)

    def _column(self, name: str) -> Sequence[Any]:
        """A column's cells; None where a row has none."""
        column = self._columns.get(name)
        if column is None:
            at = self.columns.get(name)
            if at is None:
                column = [None] * len(self)
            else:
                try:
                    column = list(map(itemgetter(at), self._cells))
                except IndexError:
                    column = [cells[at] if at < len(cells) else None for cells in self._cells]
            self._columns[name] = column
        return column

    def _places_by_uuid(self) -> dict[str, int]:
        if self._by_uuid is None:
            if self._uuids is not None:
                self._by_uuid = dict(zip(self._uuids, range(len(self._uuids)), strict=True))
            else:
                cells = enumerate(self._column("_uuid"))
                self._by_uuid = {uuid: place for place, cell in cells if (uuid := _uuid(cell))}
        return self._by_uuid

    def _places_by_ref(self, column: str) -> "_Index":
        name = f"{column}->"
        index = self._by_column.get(name)
        if index is None:
            cells = enumerate(self._column(column))
            sets = ((_uuids(cell), place) for place, cell in cells)
            index = self._by_column[name] = _index_of_sets(sets)
        return index


# Places by key. Nearly every key has one place, and keys of one row share the tuple that it is in.
_Index = dict[str, Sequence[int]]


def _index(keys: Iterable[tuple[str, int]]) -> _Index:
    """Of a key in each row."""
    index: _Index = {}
    for key, place in keys:
        if key in index:
            _also(index, key, place)
        else:
            index[key] = (place,)
    return index


def _index_of_sets(rows: Iterable[tuple[Sequence[str], int]]) -> _Index:
    """Of a set of keys in each row."""
    index: _Index = {}
    for keys, place in rows:
        if not keys:
            continue
        alone = (place,)
        fresh = dict.fromkeys(keys, alone)
        if index.keys().isdisjoint(fresh):
            index.update(fresh)
            continue
        for key in fresh:
            if key in index:
                _also(index, key, place)
            else:
                index[key] = alone
    return index


def _also(index: _Index, key: str, place: int) -> None:
    known = index[key]
    if isinstance(known, list):
        known.append(place)
    else:
        index[key] = [*known, place]


class Database:
    """Tables of one database as one place gave them. A table that is missing is empty. Of those in
    `in_part` some rows are there, and others may exist."""

    __slots__ = ("_in_part", "_tables")

    def __init__(self, tables: Mapping[str, Table], in_part: Iterable[str] = ()) -> None:
        self._tables = dict(tables)
        self._in_part = frozenset(in_part)

    def has(self, table: str) -> bool:
        """True if the table was read whole: a row that is not there does not exist."""
        return table in self._tables and table not in self._in_part

    def is_in_part(self, table: str) -> bool:
        """True if some rows of the table are there and others may exist."""
        return table in self._in_part

    def with_table(self, table: Table) -> "Database":
        """The same with another table of that name."""
        return Database({**self._tables, table.name: table}, self._in_part)

    def table(self, name: str) -> Table:
        """The table, empty if it was not read."""
        # An empty one is not kept: `has` would take it for one that was read.
        return found if (found := self._tables.get(name)) is not None else Table(name, (), ())
