"""Rows that are put together while a `show` is read."""

from dataclasses import dataclass, field
from typing import Any

from collectors.parse.derived import derived_uuid
from collectors.parse.list_lines import Trouble
from collectors.parse.list_text import ListedRows, ListedText


@dataclass(slots=True)
class ShownRow:
    """One row: the cells that are printed, and the rows printed below it by column."""

    table: str
    line: int
    cells: dict[str, Any] = field(default_factory=dict)
    below: dict[str, list["ShownRow"]] = field(default_factory=dict)

    @property
    def ref(self) -> list[str]:
        """A reference to it."""
        uuid: list[str] = self.cells["_uuid"]
        return uuid


class Shown:
    """All rows of a `show`."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.troubles: list[Trouble] = []
        self._rows: list[ShownRow] = []

    def add(self, table: str, line: int, key: str, uuid: str | None = None) -> ShownRow:
        """A row; without its uuid one is derived from `key`."""
        row = ShownRow(table, line)
        row.cells["_uuid"] = ["uuid", uuid or derived_uuid(self.database, table, key)]
        self._rows.append(row)
        return row

    def put_below(self, above: ShownRow | None, column: str, row: ShownRow) -> None:
        """`row` is one of the rows that `column` of `above` refers to."""
        if above is not None:
            above.below.setdefault(column, []).append(row)

    def text(self, *, filtered: bool) -> ListedText:
        """The rows by table."""
        tables: dict[str, list[ShownRow]] = {}
        for row in self._rows:
            for column, below in row.below.items():
                refs = [one.ref for one in below]
                row.cells[column] = refs[0] if len(refs) == 1 else ["set", refs]
            tables.setdefault(row.table, []).append(row)
        listed = []
        for table, rows in tables.items():
            headings = tuple(dict.fromkeys(name for row in rows for name in row.cells))
            cells = tuple(tuple(row.cells.get(name) for name in headings) for row in rows)
            line = min(row.line for row in rows)
            listed.append(
                ListedRows(
                    self.database, table, headings, cells, line, shown=True, filtered=filtered
                )
            )
        return ListedText(tuple(listed), tuple(self.troubles))
