"""`ovn-sbctl show` and `ovs-vsctl show`: names of rows with their columns and rows below them.

    Chassis "17b1f051-7ec5-468a-8e1a-ffb8fa9e85bc"
        hostname: master-01-demo
        Encap geneve
            ip: "192.168.99.23"
        Port_Binding llm-demo_tinypod

Both commands print a row as its table's name and its own, in the notation of `list`, and leave out
what is empty. What a row is below of follows from its table, so lines that lost their indentation
are read too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.parse.column_types import kinds
from collectors.parse.list_lines import Trouble
from collectors.parse.list_span import Span, after_blanks
from collectors.parse.list_text import ListedText, lines_of
from collectors.parse.list_values import read_value
from collectors.parse.show_rows import Shown, ShownRow

_UUID_LINE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\s*\Z")
_ROW = re.compile(r"\s*+([A-Z]\w*+) ")
_COLUMN = re.compile(r"\s*+([a-z_]++): ")
_LEFT_OUT = re.compile(r"\s*(\.{2,}|--|…)\s*\Z")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table as it is shown: the column that names its rows, the table above, and the column
    that refers to it from above, or to what is above (`up`)."""

    name: str
    above: str = ""
    column: str = ""
    up: bool = False


_SHOWN: Final[Mapping[str, Mapping[str, _Kind]]] = {
    "sb": {
        "Chassis": _Kind("name"),
        "Encap": _Kind("type", "Chassis", "encaps"),
        "Port_Binding": _Kind("logical_port", "Chassis", "chassis", up=True),
    },
    "ovs": {
        "Manager": _Kind("target", "Open_vSwitch", "manager_options"),
        "Bridge": _Kind("name", "Open_vSwitch", "bridges"),
        "Controller": _Kind("target", "Bridge", "controller"),
        "Port": _Kind("name", "Bridge", "ports"),
        "Interface": _Kind("name", "Port", "interfaces"),
    },
}


class _Reader:
    def __init__(self, database: str, lines: list[str]) -> None:
        self.shown = Shown(database)
        self._database = database
        self._kinds = _SHOWN[database]
        self._path: dict[str, ShownRow] = {}
        self.left_out = False
        """True if lines are not there, as a filter or a person marks it."""
        self._pending: tuple[int, str, str, Span] | None = None
        for number, line in enumerate(lines, 1):
            self._line(number, line)
        if self._pending is not None:
            self._value(*self._pending)

    def _line(self, number: int, line: str) -> None:
        at: int | None = 0
        if self._pending is not None:
            if self._row_at(line, 0) or self._column_at(line, 0) or not line.strip():
                self._value(*self._pending)
                self._pending = None
            else:
                at = self._feed(*self._pending, line.lstrip(), 0)
                line = line.lstrip()
        elif _UUID_LINE.match(line) and self._database == "ovs":
            self._path = {"Open_vSwitch": self.shown.add("Open_vSwitch", number, "", line.strip())}
            return
        while at is not None and (at := after_blanks(line, at)) < len(line):
            table = self._row_at(line, at)
            column = None if table else self._column_at(line, at)
            if table is not None:
                at = self._feed(number, table, "", Span(), line, at + len(table) + 1)
            elif column is not None:
                at = self._feed(number, "", column, Span(), line, at + len(column) + 2)
            else:
                if _LEFT_OUT.match(line, at):
                    self.left_out = True
                else:
                    detail = f"not of a show: {line[at : at + 60]}"
                    self.shown.troubles.append(Trouble(number, detail))
                return

    def _row_at(self, line: str, at: int) -> str | None:
        found = _ROW.match(line, at)
        return found[1] if found is not None and found[1] in self._kinds else None

    def _column_at(self, line: str, at: int) -> str | None:
        found = _COLUMN.match(line, at)
        if found is None:
            return None
        tables = ("Open_vSwitch", *self._kinds)
        known = any(found[1] in kinds(self._database, table) for table in tables)
        return found[1] if known else None

    def _feed(
        self, number: int, table: str, column: str, span: Span, line: str, at: int
    ) -> int | None:
        """Read a value on; where the rest of the line begins, None if there is none."""
        end = span.feed(line, at)
        if end is None and span.began and not span.word:
            self._pending = (number, table, column, span)
            return None
        self._pending = None
        self._value(number, table, column, span)
        return end

    def _value(self, number: int, table: str, column: str, span: Span) -> None:
        text = "".join(span.pieces)
        if table:
            self._begin(number, table, text)
            return
        for row in reversed(self._path.values()):
            kind = kinds(self._database, row.table).get(column)
            if kind is not None:
                row.cells[column], trouble = read_value(text, kind)
                if trouble:
                    self.shown.troubles.append(Trouble(number, f"column {column}: {trouble}"))
                return
        self.shown.troubles.append(Trouble(number, f"column {column} of a row that is not printed"))

    def _begin(self, number: int, table: str, text: str) -> None:
        kind = self._kinds[table]
        name, trouble = read_value(text, "s")
        if trouble:
            self.shown.troubles.append(Trouble(number, f"name of a row of {table}: {trouble}"))
        above = self._path.get(kind.above)
        key = str(name)
        if table == "Encap" and above is not None:
            key = f"{above.ref[1]}\0{len(above.below.get('encaps', ()))}"
        row = self.shown.add(table, number, key)
        row.cells[kind.name] = name
        if above is not None and kind.up:
            row.cells[kind.column] = above.ref
        else:
            self.shown.put_below(above, kind.column, row)
        kept = list(self._path)
        kept = kept[: kept.index(kind.above) + 1] if kind.above in kept else []
        self._path = {**{one: self._path[one] for one in kept}, table: row}


def parse_southbound_show(text: bytes | str, *, filtered: bool = False) -> ListedText:
    """Chassis, Encap and Port_Binding, of which only what is printed; uuids are derived."""
    return _read("sb", text, filtered)


def parse_openvswitch_show(text: bytes | str, *, filtered: bool = False) -> ListedText:
    """Open_vSwitch, Manager, Bridge, Controller, Port and Interface, of which only what is
    printed; uuids are derived but for the first's."""
    return _read("ovs", text, filtered)


def _read(database: str, text: bytes | str, filtered: bool) -> ListedText:
    reader = _Reader(database, lines_of(text))
    return reader.shown.text(filtered=filtered or reader.left_out)
