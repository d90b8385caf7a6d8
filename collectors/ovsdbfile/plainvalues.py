"""Cells as values that a person and JSON know: no notation of sets and maps."""

import json
from collections.abc import Callable
from typing import Any

from collectors.ovsdbfile.column import Column
from ovntrace.model.databasefile import Ref, Value

NameOf = Callable[[str], str | None]


def plain(column: Column, cell: Any, name_of: NameOf) -> Value:
    """A cell; a set is a tuple, a map a dict, an empty optional None."""
    if column.is_map:
        pairs = sorted(column.pairs(cell).items())
        return {key_text(key): item(column, value, name_of) for key, value in pairs}
    members = [element(column, member, name_of) for member in sorted(column.members(cell))]
    if column.is_composite:
        return tuple(members)
    return members[0] if members else None


def element(column: Column, member: Any, name_of: NameOf) -> Value:
    """An element of a set, or a map's key: a reference is its uuid alone."""
    return _atom(
        ["uuid", member] if column.key == "uuid" else member, column.key, column.key_table, name_of
    )


def key_text(key: Any) -> str:
    """A map's key as a text, as JSON asks for."""
    return key if isinstance(key, str) else json.dumps(key)


def item(column: Column, value: Any, name_of: NameOf) -> Value:
    """A value of a map."""
    return _atom(value, column.value, column.value_table, name_of)


def _atom(atom: Any, kind: str | None, table: str | None, name_of: NameOf) -> Value:
    if kind != "uuid":
        return atom
    return atom[1] if table is None else Ref(atom[1], name_of(atom[1]))
