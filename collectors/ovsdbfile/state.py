"""Tables as a log makes them, record after record."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from collectors.ovsdbfile.cells import Reader, reader_of
from collectors.ovsdbfile.column import Column, is_uuid
from collectors.ovsdbfile.schema import Schema, TableSchema
from collectors.ovsdbfile.transaction import NO_TRANSACTION, Rows, Transaction
from collectors.ovsdbfile.trouble import BadRecordError
from ovntrace.model.rows import Database, Table

Cells = list[Any]
Existing = Mapping[str, Cells] | None  # rows by uuid; None if it is not known which there are
Step = tuple[int, type | None, Reader]  # where a cell goes, of which type it is good, else its way


class TableState:
    """The rows of a table by uuid. A cell that was changed by a diff is open (see `column`)."""

    __slots__ = ("_blank", "_edited", "_plans", "_readers", "rows", "schema")

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        self.rows: dict[str, Cells] = {}
        self._blank = schema.blank()
        self._edited: set[str] = set()
        self._readers = {
            name: (
                column.at,
                column.direct,
                reader_of(column),
                column if column.is_composite else None,
            )
            for name, column in schema.columns.items()
        }
        # How rows that name the same columns in the same order are read: most do.
        self._plans: dict[tuple[str, ...], list[Step]] = {}

    def apply(self, changes: Rows, *, is_diff: bool) -> None:
        """Insert, change and delete rows. BadRecordError in the midst leaves some of it done."""
        rows = self.rows
        try:
            for uuid, named in changes.items():
                cells = rows.get(uuid)
                if named is None:
                    if cells is None:
                        raise BadRecordError(f"{self.schema.name}: deletes a row that is not there")
                    del rows[uuid]
                    self._edited.discard(uuid)
                elif type(named) is not dict:
                    raise BadRecordError(f"{self.schema.name}: a row is no object")
                elif cells is None:
                    rows[uuid] = self._inserted(uuid, named)
                else:
                    self._change(uuid, cells, named, is_diff)
        except KeyError as error:
            raise BadRecordError(f"{self.schema.name}: there is no column {error}") from None

    def _inserted(self, uuid: str, named: Rows) -> Cells:
        if is_uuid(uuid) is None:
            raise BadRecordError(f"{self.schema.name}: a row's name is no uuid")
        names = tuple(named)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = [self._readers[name][:3] for name in names]
        cells = self._blank.copy()
        for (at, direct, read), value in zip(plan, named.values(), strict=True):
            cells[at] = value if type(value) is direct else read(value)
        # What is ephemeral, and not in files, has the place of the uuid until here.
        cells[0] = ["uuid", uuid]
        return cells

    def _change(self, uuid: str, cells: Cells, named: Rows, is_diff: bool) -> None:
        for name, value in named.items():
            at, _, read, column = self._readers[name]
            if not at:
                continue
            cell = cells[at]
            if (
                is_diff
                and column is not None
                and not (column.least and is_full_default(column, cell))
            ):
                if type(cell) is not dict:
                    cell = cells[at] = column.opened(cell)
                    self._edited.add(uuid)
                column.change(cell, value)
            else:
                cells[at] = read(value)

    def closed(self) -> Table:
        """The rows in the order of their uuids, every cell in its notation."""
        columns = [column for column in self.schema.columns.values() if column.is_composite]
        for uuid in self._edited:
            cells = self.rows[uuid]
            for column in columns:
                cells[column.at] = column.closed(cells[column.at])
        self._edited.clear()
        uuids = sorted(self.rows)
        rows = list(map(self.rows.__getitem__, uuids))
        return Table(self.schema.name, self.schema.headings, rows, uuids)

    def settle(self, column: Column, keys: Existing, values: Existing) -> None:
        """Drop references of a column to rows that are not among `keys` and `values`."""
        at = column.at
        for cells in self.rows.values():
            cell = cells[at]
            if type(cell) is list and not cell[1]:
                continue
            there = column.opened(cell)
            if values is None and keys is not None and there.keys() <= keys.keys():
                continue
            kept = {
                key: value
                for key, value in there.items()
                if (keys is None or key in keys) and (values is None or value[1] in values)
            }
            if len(kept) < len(there):
                cells[at] = column.closed(kept)

    def converted(self, schema: TableSchema) -> "TableState":
        """The same rows by another schema: columns that both have keep their cells."""
        self.closed()
        table = TableState(schema)
        shared = [
            (old.at, new.at)
            for name, new in schema.columns.items()
            if (old := self.schema.columns.get(name)) is not None and old.at and new.at
        ]
        for uuid, cells in self.rows.items():
            row = schema.blank()
            row[0] = cells[0]
            for before, now in shared:
                row[now] = cells[before]
            table.rows[uuid] = row
        return table


class Watcher(Protocol):
    """Who wants to see what happens, just before it does."""

    def opens(self, transaction: Transaction, record: int) -> None:
        """A transaction begins."""

    def sees(self, table: TableState, changes: Rows, *, is_diff: bool) -> None:
        """Changes of a table are about to be applied to it; it can raise BadRecordError."""


class State:
    """All wanted tables of a database."""

    def __init__(self, schema: Schema, wanted: Collection[str] | None) -> None:
        self.schema = schema
        self._wanted = wanted
        self.tables: Mapping[str, TableState] = {
            name: TableState(table) for name, table in self._kept(schema)
        }

    def _kept(self, schema: Schema) -> list[tuple[str, TableSchema]]:
        wanted = self._wanted
        return [(n, t) for n, t in schema.tables.items() if wanted is None or n in wanted]

    def convert(self, schema: Schema, *, keep: bool) -> None:
        """Another schema takes the place of this one, with or without the rows."""
        old = self.tables
        self.schema = schema
        self.tables = {
            name: old[name].converted(table) if keep and name in old else TableState(table)
            for name, table in self._kept(schema)
        }

    def apply(self, transaction: Transaction, record: int, watcher: Watcher | None) -> None:
        """Do what a transaction says; BadRecordError in its midst leaves some of it done."""
        if watcher is not None:
            watcher.opens(transaction, record)
        for name, rows in transaction.parts:
            table = self._table(name, rows)
            if table is not None:
                if watcher is not None:
                    watcher.sees(table, rows, is_diff=transaction.is_diff)
                table.apply(rows, is_diff=transaction.is_diff)

    def apply_value(self, value: Any) -> None:
        """The same for a transaction's JSON, without a record of it: most logs have thousands."""
        if type(value) is not dict:
            raise BadRecordError(NO_TRANSACTION)
        is_diff = value.get("_is_diff") is True
        for name, rows in value.items():
            if not name.startswith("_"):
                table = self._table(name, rows)
                if table is not None:
                    table.apply(rows, is_diff=is_diff)

    def _table(self, name: str, rows: Any) -> TableState | None:
        """The table that rows are for; None if it is not wanted."""
        table = self.tables.get(name)
        if table is None:
            if name in self.schema.tables and self._wanted is not None:
                return None
            raise BadRecordError(f"there is no table {name!r}")
        if type(rows) is not dict:
            raise BadRecordError(f"{name}: its rows are no object")
        return table

    def settle(self) -> None:
        """Drop weak references that lead nowhere, as ovsdb-server does when it reads a file: the
        log does not always say so. Those into tables that are not wanted stay."""
        for table in self.tables.values():
            for column in table.schema.columns.values():
                if not column.at or column.least:
                    continue
                keys = self._existing(column.key_table) if column.weak_key else None
                values = self._existing(column.value_table) if column.weak_value else None
                if keys is not None or values is not None:
                    table.settle(column, keys, values)

    def _existing(self, name: str | None) -> Existing:
        table = None if name is None else self.tables.get(name)
        return None if table is None else table.rows

    def closed(self) -> Database:
        """The tables, to be read."""
        return Database({name: table.closed() for name, table in self.tables.items()})


def is_full_default(column: Column, cell: Any) -> bool:
    """True for a default that is not empty.

    ovsdb-server writes a diff of it as of any other cell, but takes that for the new value when it
    reads the file, and what it makes of the file is what everybody sees.
    """
    return column.least > 0 and column.closed(cell) == column.default()
