"""Tables of symbols: one for each version of OVN that differs."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ovntrace.match.symbol_rows import FieldRow, PartRow, Row, rows_of
from ovntrace.match.versions import NEWEST, OLDEST, Version


class Symbol:
    """A field, a named part of one, or a predicate. Equal only to itself.

    `width` is in bits; 0 is a string (the name of a port). `level` is OVN's level of measurement:
    nominal (tested for equality only, and only positively), Boolean or ordinal. `prerequisite`
    is the symbol that must hold as well. A part lies in `parent` from bit `offset` on. `storage`
    names the packet's field that holds the value. A predicate has its `expansion`.
    """

    __slots__ = (
        "cache", "expansion", "level", "name", "offset", "parent", "prerequisite", "storage",
        "table", "width",
    )  # fmt: skip

    def __init__(self, table: "SymbolTable", name: str, width: int, level: str) -> None:
        self.table = table
        self.name = name
        self.width = width
        self.level = level
        self.prerequisite: Symbol | None = None
        self.parent: Symbol | None = None
        self.offset = 0
        self.storage = name
        self.expansion: str | None = None
        self.cache: dict[str, Any] = {}
        """What other modules made of this symbol once: its parsed expansion and the like."""

    def __repr__(self) -> str:
        return f"<Symbol {self.name}>"


class SymbolTable:
    """The symbols of one version of OVN, by name."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._symbols: dict[str, Symbol] = {}
        rows = list(rows_of(version))
        for row in rows:
            self._symbols[row.name] = self._symbol(row)
        for row in rows:
            if isinstance(row, FieldRow | PartRow) and row.prerequisite:
                self._symbols[row.name].prerequisite = self._symbols[row.prerequisite]

    def get(self, name: str) -> Symbol | None:
        """The symbol of this name; None where this version has none."""
        return self._symbols.get(name)

    def __getitem__(self, name: str) -> Symbol:
        return self._symbols[name]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._symbols.values())

    def _symbol(self, row: Row) -> Symbol:
        if isinstance(row, FieldRow):
            symbol = Symbol(self, row.name, row.width, row.level)
            symbol.storage = row.storage or row.name
        elif isinstance(row, PartRow):
            parent = self._symbols[row.parent]
            symbol = Symbol(self, row.name, row.high - row.low + 1, parent.level)
            symbol.parent, symbol.offset = parent, row.low
            symbol.storage = parent.storage
        else:
            symbol = Symbol(self, row.name, 1, row.level)
            symbol.expansion = row.expansion
        return symbol


def symbols_of(version: Version = NEWEST) -> SymbolTable:
    """The table of a version, made once; versions that are newer than all get the newest."""
    return _table(min(max(version, OLDEST), NEWEST))


@cache
def _table(version: Version) -> SymbolTable:
    return SymbolTable(version)
