"""Which rows of a northbound database are not as they were."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ovntrace.follow.types import CAME, CHANGED, WENT, RowChange
from ovntrace.model.rows import Database, Row, Table

# What a verdict is made of, the likeliest cause first: an ACL that is new is the reason, and that a
# group has it is how it got there.
JUDGED = (
    "ACL",
    "Logical_Switch_Port",
    "Address_Set",
    "Port_Group",
    "Load_Balancer",
    "Load_Balancer_Group",
    "Logical_Router_Port",
    "Logical_Router",
    "Logical_Switch",
    "NB_Global",
)
# What ovn-northd writes back, and how far it is: of these no verdict is made.
_OF_NORTHD = frozenset({"nb_cfg", "sb_cfg", "hv_cfg", "nb_cfg_timestamp", "up"})


def row_changes(node: str, old: Database, new: Database) -> tuple[RowChange, ...]:
    """Of the tables of `JUDGED` that both have whole, in that order."""
    return tuple(
        change
        for name in JUDGED
        if old.has(name) and new.has(name)
        for change in _of_table(node, old.table(name), new.table(name))
    )


def without(
    change: RowChange, others: Sequence[RowChange], old: Database, new: Database
) -> Database:
    """The new database with the row as it was in the old one, and with the references to it in the
    rows of `others` that changed: an ACL that was deleted went from its group in the same
    transaction."""
    row = old.table(change.table).by_uuid(change.uuid)
    found = _with_row(new, change.table, change.uuid, row)
    for other in others:
        if other.change != CHANGED or other.uuid == change.uuid:
            continue
        was = old.table(other.table).by_uuid(other.uuid)
        now = found.table(other.table).by_uuid(other.uuid)
        for column in other.columns:
            if was is None or now is None:
                continue
            had, has = change.uuid in was.refs(column), change.uuid in now.refs(column)
            if had != has:
                refs = [uuid for uuid in now.refs(column) if uuid != change.uuid]
                refs += [change.uuid] if had else []
                cell = ["set", [["uuid", uuid] for uuid in refs]]
                columns = list(found.table(other.table).columns)
                cells = [cell if name == column else now.cell(name) for name in columns]
                found = _with_cells(found, other.table, other.uuid, columns, cells)
                now = found.table(other.table).by_uuid(other.uuid)
    return found


def content_of(change: RowChange, old: Database, new: Database) -> str:
    """What tells a row without its uuid and its references: in the databases of several zones the
    same change has other uuids."""
    database = old if change.change == WENT else new
    row = database.table(change.table).by_uuid(change.uuid)
    if row is None:
        return change.uuid
    columns = [name for name in database.table(change.table).columns if name != "_uuid"]
    cells = {name: _calm(row.cell(name)) for name in columns if not row.refs(name)}
    return repr((change.table, change.change, cells))


def _with_row(database: Database, table: str, uuid: str, row: Row | None) -> Database:
    columns = list(database.table(table).columns)
    cells = None if row is None else [row.cell(name) for name in columns]
    return _with_cells(database, table, uuid, columns, cells)


def _with_cells(
    database: Database, table: str, uuid: str, columns: list[str], cells: list[Any] | None
) -> Database:
    """The table with these cells for the row; None: without the row."""
    rows = database.table(table)
    kept = [[row.cell(name) for name in columns] for row in rows if row.uuid != uuid]
    return database.with_table(Table(table, columns, [*kept, *([cells] if cells else [])]))


def _of_table(node: str, old: Table, new: Table) -> Iterator[RowChange]:
    before = {row.uuid: row for row in old}
    for row in new:
        was = before.pop(row.uuid, None)
        if was is None:
            yield _change(node, new.name, row, CAME, {})
            continue
        columns = _columns(was, row, new)
        if columns:
            yield _change(node, new.name, row, CHANGED, columns)
    for row in before.values():
        yield _change(node, new.name, row, WENT, {})


def _columns(was: Row, row: Row, table: Table) -> dict[str, tuple[Any, Any]]:
    return {
        column: (was.cell(column), row.cell(column))
        for column in table.columns
        if column not in _OF_NORTHD and _calm(was.cell(column)) != _calm(row.cell(column))
    }


def _calm(cell: Any) -> Any:
    """A set or a map without the order in which it came, which differs from read to read."""
    match cell:
        case ["set" | "map" as kind, [*members]]:
            return kind, sorted(map(repr, members))
    return cell


def _change(
    node: str, table: str, row: Row, change: str, columns: Mapping[str, tuple[Any, Any]]
) -> RowChange:
    return RowChange(node, "nb", table, row.uuid, row.text("name") or None, change, columns)
