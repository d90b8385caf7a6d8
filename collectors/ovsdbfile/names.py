"""Names of rows, as the log tells them."""

from typing import Any

from collectors.ovsdbfile.state import TableState
from collectors.ovsdbfile.transaction import Rows, Transaction
from ovntrace.errors import WrongQuestionError

# What a table's rows go by; the second is SB's Port_Binding and others that speak of a port.
_COLUMNS = ("name", "logical_port")
_SHORTEST_PREFIX = 4


class Names:
    """A watcher that learns of every row that ever was, and of its last name."""

    def __init__(self) -> None:
        self.tables: dict[str, str] = {}  # uuid -> table
        self._names: dict[str, str] = {}  # uuid -> the last name
        self._rows: dict[str, dict[str, None]] = {}  # name -> uuids that ever had it, in order

    def opens(self, transaction: Transaction, record: int) -> None:
        """Nothing of a transaction as a whole tells a name."""

    def sees(self, table: TableState, changes: Rows, *, is_diff: bool) -> None:  # noqa: ARG002
        """Learn the names that rows are given."""
        column = next((name for name in _COLUMNS if name in table.schema.columns), None)
        for uuid, named in changes.items():
            if not isinstance(named, dict):
                continue
            self.tables[uuid] = table.schema.name
            name = named.get(column) if column is not None else _external_name(named)
            if isinstance(name, str) and name:
                self._names[uuid] = name
                self._rows.setdefault(name, {})[uuid] = None

    def name_of(self, uuid: str) -> str | None:
        """The last name that the row had."""
        return self._names.get(uuid)

    def names_of(self, uuid: str) -> frozenset[str]:
        """Every name that the row had."""
        return frozenset(name for name, uuids in self._rows.items() if uuid in uuids)

    def find(self, asked: str, table: str | None, place: str) -> tuple[str, tuple[str, ...]]:
        """A table and its rows by uuid, the beginning of one, or name; WrongQuestionError if there
        is none, or if several tables have one."""
        found = [uuid for uuid in self._rows.get(asked, ()) if table in (None, self.tables[uuid])]
        if not found:
            found = self._by_uuid(asked, table, place)
        tables = sorted({self.tables[uuid] for uuid in found})
        if len(tables) > 1:
            raise WrongQuestionError(
                f"{asked} is the name of rows of {', '.join(tables)}",
                place=place,
                hint="name the table before --history",
                candidates=tables,
            )
        return tables[0], tuple(found)

    def _by_uuid(self, asked: str, table: str | None, place: str) -> list[str]:
        wanted = asked.lower()
        found = []
        if len(wanted) >= _SHORTEST_PREFIX:
            rows = self.tables.items()
            found = [uuid for uuid, one in rows if uuid.startswith(wanted) and table in (None, one)]
        if len(found) == 1:
            return found
        what = "no row" if table is None else f"no row of {table}"
        if found:
            raise WrongQuestionError(
                f"{len(found)} rows have a uuid that begins with {asked}",
                place=place,
                candidates=sorted(found),
            )
        raise WrongQuestionError(
            f"{what} ever had the name or uuid {asked}",
            place=place,
            candidates=sorted(
                name
                for name, uuids in self._rows.items()
                if wanted in name.lower()
                and (table is None or any(self.tables[uuid] == table for uuid in uuids))
            ),
        )


def _external_name(named: dict[str, Any]) -> Any:
    """SB's Datapath_Binding has its switch's name in its external_ids."""
    cell = named.get("external_ids")
    if isinstance(cell, list) and len(cell) == 2 and isinstance(cell[1], list):
        for pair in cell[1]:
            if isinstance(pair, list) and len(pair) == 2 and pair[0] == "name":
                return pair[1]
    return None
