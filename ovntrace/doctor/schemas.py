"""What a database's schema has not of what answers are made of."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ovntrace.doctor.types import Check, CheckState, Topic

# What it means that a version has no such column. All that ovntrace asks for beside these is in
# every schema since OVN 22.03 and OVS 2.17.
_MEANS: Final[Mapping[str, str]] = {
    "ACL.tier": "tiers came with OVN 23.06: all ACLs are of one, 0",
    "Port_Binding.additional_chassis": "OVN 22.06 brought it: a port has one chassis at a time",
    "Port_Binding.requested_additional_chassis": "OVN 22.06 brought it: one chassis at a time",
}
_TITLES: Final = {
    "OVN_Northbound": "northbound",
    "OVN_Southbound": "southbound",
    "Open_vSwitch": "Open vSwitch",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema: its version, and the columns of each table."""

    name: str
    version: str
    columns: Mapping[str, Collection[str]]


def schema_of(document: Any) -> Schema | None:
    """Of a server's own document (RFC 7047, 3.2), or its text; None if it is none."""
    if isinstance(document, bytes | str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    tables = document.get("tables") if isinstance(document, Mapping) else None
    if not isinstance(tables, Mapping):
        return None
    columns = {
        str(name): frozenset(map(str, table["columns"]))
        for name, table in tables.items()
        if isinstance(table, Mapping) and isinstance(table.get("columns"), Mapping)
    }
    name, version = document.get("name"), document.get("version")
    return Schema(
        name if isinstance(name, str) else "", version if isinstance(version, str) else "", columns
    )


def schema_checks(
    node: str,
    database: str,
    schema: Schema,
    *,
    tables: Sequence[str],
    columns: Mapping[str, str],
    needed: Collection[str],
) -> tuple[Check, ...]:
    """What the schema lacks of `tables` and their `columns` (names with blanks between them);
    without a table that is `needed` there is no answer. One check if it lacks nothing."""
    lacking = [table for table in tables if table not in schema.columns]
    title = _TITLES.get(schema.name, schema.name)
    checks = [
        Check(
            Topic.SCHEMAS,
            f"table {table}",
            CheckState.MISSING,
            node=node,
            detail=f"the {title} schema {schema.version} has no table {table}",
            hint="this version of OVN or OVS is none that ovntrace knows: 22.03 and later",
            needed=table in needed,
        )
        for table in lacking
    ]
    for table in tables:
        have = schema.columns.get(table)
        missing = (
            [] if have is None else [c for c in columns.get(table, "").split() if c not in have]
        )
        checks += [_without(node, title, schema, f"{table}.{column}") for column in missing]
    whole = Check(
        Topic.SCHEMAS, f"{database} schema", CheckState.OK, node=node, value=schema.version,
        detail=f"{schema.name} {schema.version}",
    )  # fmt: skip
    return (whole, *checks)


def _without(node: str, title: str, schema: Schema, column: str) -> Check:
    means = _MEANS.get(column)
    detail = f"the {title} schema {schema.version} has no {column}"
    return Check(
        Topic.SCHEMAS,
        column,
        CheckState.MISSING,
        node=node,
        detail=f"{detail}; {means}" if means else detail,
        needed=False,
    )
