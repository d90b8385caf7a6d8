"""Changes of rows in the terms of the field. The words are printable."""

import json
from collections.abc import Mapping

from ovntrace.model.databasefile import Change, Ref, Value
from renderers.text import visible

_TABLES = {
    "Logical_Switch_Port": "port",
    "Logical_Router_Port": "router port",
    "Logical_Switch": "switch",
    "Logical_Router": "router",
    "NB_Global": "NB_Global",
    "SB_Global": "SB_Global",
    "Open_vSwitch": "Open_vSwitch",
}


def table_words(table: str) -> str:
    """What a row of a table is called: `port`, `port group`, `ACL`."""
    found = _TABLES.get(table)
    if found is not None:
        return found
    words = [word if word.isupper() else word.lower() for word in table.split("_")]
    return visible(" ".join(words))


def row_words(table: str, row: Ref) -> str:
    """`port NAME`, by uuid if it has no name."""
    return f"{table_words(table)} {visible(row.uuid if row.name is None else row.name)}"


def change_words(change: Change, table: str, *, several: bool) -> list[str]:
    """A change of a row of `table`, a line each; `several`: the lines name the row's uuid."""
    who = row_words(table, change.row)
    if several and change.row.name is not None:
        who += f" ({change.row.uuid[:8]})"
    if change.what == "present":
        return [f"{who} was there when the log begins", *_values(change)]
    if change.what == "inserted":
        return [f"{who} inserted", *_values(change)]
    if change.what == "deleted":
        return [f"{who} deleted"]
    if change.what in ("entered", "left"):
        assert change.other is not None and change.other_table is not None
        words = f"{who} {change.what} {row_words(change.other_table, change.other)}"
        return [words if change.column == "ports" else f"{words} ({visible(change.column or '')})"]
    start = f"{who}: " if several else ""
    return [start + words for words in _set(change)]


def _set(change: Change) -> list[str]:
    column = visible(change.column or "")
    if change.keys:
        return [
            f"{column}: {visible(key)}: {_or_none(before)} -> {_or_none(after)}"
            for key, before, after in change.keys
        ]
    if change.added or change.removed:
        parts = [f"+ {value_text(one)}" for one in change.added]
        parts += [f"- {value_text(one)}" for one in change.removed]
        return [f"{column}: {', '.join(parts)}"]
    return [f"{column}: {_or_none(change.before)} -> {_or_none(change.after)}"]


def _values(change: Change) -> list[str]:
    """What it came with, but for its name, which is said already."""
    return [
        f"{visible(column)}: {value_text(value)}"
        for column, value in (change.values or {}).items()
        if value not in (None, (), "", {}) and value != change.row.name
    ]


def _or_none(value: Value) -> str:
    return "(none)" if value is None else value_text(value) or '""'


def value_text(value: Value) -> str:
    """A value on one line, printable: `a, b`, `k=v, k=v`; nothing for what is empty."""
    if value is None:
        return ""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Ref):
        return visible(value.uuid if value.name is None else value.name)
    if isinstance(value, tuple):
        return ", ".join(value_text(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(str(key))}={value_text(one)}" for key, one in value.items())
    return json.dumps(value)
