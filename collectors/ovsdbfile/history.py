"""What happened to a row: its own columns, and who referred to it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from collectors.ovsdbfile.column import Column
from collectors.ovsdbfile.names import Names
from collectors.ovsdbfile.plainvalues import element, item, key_text, plain
from collectors.ovsdbfile.state import Cells, TableState, is_full_default
from collectors.ovsdbfile.transaction import Rows, Transaction
from ovntrace.model.databasefile import Change, Ref

_ORDER = ("present", "inserted", "set", "entered", "left", "deleted")
# SB's port groups hold their ports' names.
_BY_NAME = {"Port_Binding": ("Port_Group", "ports")}


class History:
    """A watcher of some rows of a table."""

    def __init__(self, table: str, uuids: Collection[str], names: Names, *, snapshot: bool) -> None:
        self._table = table
        self._uuids = frozenset(uuids)
        self._names = names
        self._port_names = {name: uuid for uuid in uuids for name in names.names_of(uuid)}
        self._changes: list[Change] = []
        self._now = Change(None, 0, "", "", Ref("", None))
        self._seen = 0
        self._begins_with_snapshot = snapshot

    def changes(self) -> tuple[Change, ...]:
        """All, in the order of the log; within a transaction the row's own beginning comes first,
        its end last."""
        return tuple(sorted(self._changes, key=lambda one: (one.record, _ORDER.index(one.what))))

    def opens(self, transaction: Transaction, record: int) -> None:
        """What follows happened then."""
        self._seen += 1
        time_ms, comment = transaction.date_ms, transaction.comment
        self._now = replace(self._now, time_ms=time_ms, comment=comment, record=record)

    def sees(self, table: TableState, changes: Rows, *, is_diff: bool) -> None:
        """Compare what is to come with what is there."""
        if table.schema.name == self._table:
            for uuid in self._uuids:
                if uuid in changes:
                    cells = table.rows.get(uuid)
                    self._changes += self._own(table, uuid, cells, changes[uuid], is_diff)
        columns = [
            column for column in table.schema.columns.values() if self._refers(table, column)
        ]
        if columns:
            for uuid, named in changes.items():
                for column in columns:
                    cells = table.rows.get(uuid)
                    self._changes += self._refs(table, column, uuid, cells, named, is_diff)

    # --- the row itself -------------------------------------------------------------------------

    def _own(
        self, table: TableState, uuid: str, cells: Cells | None, named: Any, is_diff: bool
    ) -> Iterator[Change]:
        change = replace(self._now, row=self._ref(uuid))
        columns = table.schema.columns
        if named is None:
            yield replace(change, what="deleted")
        elif isinstance(named, dict):
            known = {key: value for key, value in named.items() if key in columns}
            if cells is None:
                values = {
                    key: plain(columns[key], value, self._names.name_of)
                    for key, value in sorted(known.items())
                }
                what = "present" if self._is_snapshot() else "inserted"
                yield replace(change, what=what, values=values)
                return
            for key, value in sorted(known.items()):
                column = columns[key]
                if column.at:
                    set_to = replace(change, what="set", column=key)
                    yield from self._set(set_to, column, cells[column.at], value, is_diff)

    def _set(
        self, change: Change, column: Column, cell: Any, value: Any, is_diff: bool
    ) -> Iterator[Change]:
        name_of = self._names.name_of
        if column.is_map:
            keys = tuple(
                (
                    key_text(element(column, key, lambda _uuid: None)),
                    None if before is None else item(column, before, name_of),
                    None if after is None else item(column, after, name_of),
                )
                for key, before, after in _changed_keys(column, cell, value, is_diff)
            )
            if keys:
                yield replace(change, keys=keys)
        elif column.is_composite:
            added, removed = _changed_members(column, cell, value, is_diff)
            if added or removed:
                yield replace(
                    change,
                    added=tuple(element(column, one, name_of) for one in added),
                    removed=tuple(element(column, one, name_of) for one in removed),
                )
        else:
            before, after = plain(column, cell, name_of), plain(column, value, name_of)
            if before != after:
                yield replace(change, before=before, after=after)

    # --- who refers to it -----------------------------------------------------------------------

    def _refers(self, table: TableState, column: Column) -> bool:
        if not column.at:
            return False
        by_name = _BY_NAME.get(self._table) == (table.schema.name, column.name)
        return by_name or self._table in (column.key_table, column.value_table)

    def _refs(
        self,
        table: TableState,
        column: Column,
        uuid: str,
        cells: Cells | None,
        named: Any,
        is_diff: bool,
    ) -> Iterator[Change]:
        if isinstance(named, dict) and column.name not in named:
            return
        before = frozenset() if cells is None else self._found(column, cells[column.at])
        if not isinstance(named, dict):
            after: frozenset[str] = frozenset()
        elif cells is not None and is_diff and column.is_composite:
            after = self._after_diff(column, cells[column.at], named[column.name])
        else:
            after = self._found(column, named[column.name])
        change = replace(
            self._now,
            column=column.name,
            other_table=table.schema.name,
            other=self._ref(uuid),
        )
        for one in sorted(after - before):
            yield replace(change, what="entered", row=self._ref(one))
        for one in sorted(before - after):
            yield replace(change, what="left", row=self._ref(one))

    def _after_diff(self, column: Column, cell: Any, diff: Any) -> frozenset[str]:
        """Of the subjects, those that the cell refers to once the diff is applied."""
        if is_full_default(column, cell):
            return self._found(column, diff)
        if not column.is_map:
            return self._found(column, cell) ^ self._found(column, diff)
        changed = dict(column.opened(cell))
        column.change(changed, diff)
        return self._found(column, changed)

    def _found(self, column: Column, cell: Any) -> frozenset[str]:
        """The subjects that a cell refers to."""
        there = column.opened(cell)
        if column.key == "string":
            return frozenset(uuid for name, uuid in self._port_names.items() if name in there)
        found: set[str] = set()
        if column.key_table == self._table:
            found.update(uuid for uuid in self._uuids if uuid in there)
        if column.value_table == self._table:
            found.update(value[1] for value in there.values() if value[1] in self._uuids)
        return frozenset(found)

    def _is_snapshot(self) -> bool:
        return self._seen == 1 and self._begins_with_snapshot

    def _ref(self, uuid: str) -> Ref:
        return Ref(uuid, self._names.name_of(uuid))


def _changed_members(
    column: Column, cell: Any, value: Any, is_diff: bool
) -> tuple[list[Any], list[Any]]:
    """What comes into a set, and what goes."""
    old, new = column.opened(cell), column.members(value)
    if is_diff and not is_full_default(column, cell):
        return [one for one in new if one not in old], [one for one in new if one in old]
    now = set(new)
    return [one for one in new if one not in old], [one for one in old if one not in now]


def _changed_keys(
    column: Column, cell: Any, value: Any, is_diff: bool
) -> list[tuple[Any, Any, Any]]:
    """The keys of a map whose value changes, with the values before and after."""
    old, new = column.opened(cell), column.pairs(value)
    if is_diff and column.is_composite and not is_full_default(column, cell):
        changed = [
            (key, old.get(key), None if old.get(key) == now else now) for key, now in new.items()
        ]
    else:
        changed = [(key, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    return sorted(one for one in changed if one[1] != one[2])
