"""Rows of one database put together from several outputs of `list`, `find` and `show`.

Outputs may overlap, be older or newer, be parts of a table, or lack the uuids. Rows of one uuid are
one row; a row that only `show` prints, or a fragment without its uuid, is the row of its name where
exactly one has that name. What a later output prints of a row replaces what an earlier one did.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from collectors.parse.derived import derived_uuid, is_derived, key_of
from collectors.parse.list_text import ListedRows
from ovntrace.model.rows import Database, Table

Cells: TypeAlias = dict[str, Any]
_Uuids: TypeAlias = tuple[str, ...]


class Merged:
    """The tables of one database; outputs are added in the order in which they were printed."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._tables: dict[str, dict[str, Cells]] = {}
        self._headings: dict[str, dict[str, None]] = {}
        self._shown: dict[tuple[str, str], dict[str, _Uuids]] = {}

    def add_table(self, name: str) -> None:
        """The table was asked for: it is there, if without rows."""
        self._tables.setdefault(name, {})
        self._headings.setdefault(name, {"_uuid": None})

    def add(self, listed: ListedRows) -> None:
        """The rows of one output."""
        self.add_table(listed.table)
        self._headings[listed.table].update(dict.fromkeys(listed.headings))
        rows = self._tables[listed.table]
        for row in listed.rows:
            pairs = zip(listed.headings, row, strict=True)
            cells = {name: cell for name, cell in pairs if cell is not None}
            uuid = self._uuid(listed.table, cells)
            known = rows.setdefault(uuid, {})
            if listed.shown:
                self._show((listed.table, uuid), known, cells, filtered=listed.filtered)
            else:
                known.update(cells)

    def database(self) -> Database:
        """All tables."""
        self._unite()
        self._settle()
        tables = {}
        for name, rows in self._tables.items():
            headings = tuple(self._headings[name])
            cells = [tuple(row.get(column) for column in headings) for row in rows.values()]
            tables[name] = Table(name, headings, cells)
        return Database(tables)

    def _uuid(self, table: str, cells: Cells) -> str:
        uuids = _refs(cells.get("_uuid"))
        if uuids:
            return uuids[0]
        key = key_of(table, cells)
        uuid = derived_uuid(self._database, table, repr(cells) if key is None else key)
        cells["_uuid"] = ["uuid", uuid]
        return uuid

    def _show(self, place: tuple[str, str], known: Cells, cells: Cells, *, filtered: bool) -> None:
        """A row as it is shown. If that was filtered, rows below it may be missing."""
        shown = self._shown.setdefault(place, {})
        for name, cell in cells.items():
            now = _refs(cell)
            if name == "_uuid" or not now:
                known[name] = known[name] if name in known and _is_map(cell) else cell
                continue
            before = shown.get(name, ())
            if filtered:
                shown[name] = tuple(dict.fromkeys((*before, *now)))
            else:
                shown[name] = now
                self._drop(uuid for uuid in before if uuid not in now and is_derived(uuid))

    def _drop(self, uuids: Iterable[str]) -> None:
        for uuid in uuids:
            for rows in self._tables.values():
                rows.pop(uuid, None)

    def _unite(self) -> None:
        """Rows that are known by their name only become the row of that name."""
        real: dict[str, str] = {}
        for table, rows in self._tables.items():
            for derived, proper in _same(table, rows):
                real[derived] = proper
                rows[proper] = {**rows.pop(derived), **rows[proper]}
        renamed: dict[tuple[str, str], dict[str, _Uuids]] = {}
        for (table, uuid), columns in self._shown.items():
            below = renamed.setdefault((table, real.get(uuid, uuid)), {})
            for name, uuids in columns.items():
                own = below.get(name, ())
                below[name] = tuple(dict.fromkeys((*own, *(real.get(u, u) for u in uuids))))
        self._shown = renamed

    def _settle(self) -> None:
        """References: those that were listed, unless their rows are known only as shown ones."""
        known = {uuid for rows in self._tables.values() for uuid in rows}
        for (table, uuid), columns in self._shown.items():
            cells = self._tables[table].get(uuid)
            for name, shown in columns.items() if cells is not None else ():
                assert cells is not None
                listed = _refs(cells.get(name))
                lost = sum(one not in known for one in listed)
                same = lost > 0 and len(listed) == len(shown)
                if name not in cells or same or 0 < lost == len(listed):
                    cells[name] = _set_of(one for one in shown if one in known)


def _same(table: str, rows: Mapping[str, Cells]) -> Sequence[tuple[str, str]]:
    """Derived uuids, each with the proper one of the only row of the same name."""
    by_key: dict[str, list[str]] = {}
    for uuid, cells in rows.items():
        key = key_of(table, cells)
        if key is not None:
            by_key.setdefault(key, []).append(uuid)
    pairs = []
    for uuids in by_key.values():
        proper = [uuid for uuid in uuids if not is_derived(uuid)]
        if len(proper) == 1:
            pairs += [(uuid, proper[0]) for uuid in uuids if is_derived(uuid)]
    return pairs


def _is_map(cell: Any) -> bool:
    """A map that is shown is only a part of the row's."""
    return isinstance(cell, list) and cell[:1] == ["map"]


def _refs(cell: Any) -> _Uuids:
    if not isinstance(cell, list) or len(cell) != 2:
        return ()
    items = cell[1] if cell[0] == "set" and isinstance(cell[1], list) else [cell]
    uuids = [
        item[1]
        for item in items
        if isinstance(item, list)
        and len(item) == 2
        and item[0] == "uuid"
        and isinstance(item[1], str)
    ]
    return tuple(uuids) if len(uuids) == len(items) else ()


def _set_of(uuids: Iterable[str]) -> Any:
    refs = [["uuid", uuid] for uuid in uuids]
    return refs[0] if len(refs) == 1 else ["set", refs]
