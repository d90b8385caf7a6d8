"""Tables of a database: one JSON document a line, as `ovn-nbctl --format=json list A -- list B`
prints them (ovn-nbctl(8), Table Formatting Options)."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ovntrace.model.rows import Database, Table

IN_PART = b'{"in_part": true'


@dataclass(frozen=True, slots=True)
class BadTable:
    """A table that could not be read. `truncated` if the data ended inside it or before it."""

    name: str
    detail: str
    truncated: bool


def parse_tables(
    data: bytes, names: Sequence[str], needed: Collection[str] = ()
) -> tuple[Database, tuple[BadTable, ...]]:
    """The documents of `data`, which stand in the order of `names`.

    A line `null` is a table that the source does not have: it is not in the database, and bad only
    if it is `needed`. A document may begin with `"in_part": true`: its source has some of the
    table's rows only. What is bad is known in part, which is not the same as empty.
    """
    lines = [line for line in data.split(b"\n") if line.strip()]
    tables: dict[str, Table] = {}
    bad: list[BadTable] = []
    in_part: set[str] = set()
    for at, name in enumerate(names):
        if at >= len(lines):
            bad.append(BadTable(name, "the output ends before this table", truncated=True))
            continue
        if lines[at].strip() == b"null":
            if name in needed:
                bad.append(BadTable(name, "it is not there", truncated=True))
            continue
        table = _table(name, lines[at])
        if isinstance(table, Table):
            tables[name] = table
            if lines[at].startswith(IN_PART):
                in_part.add(name)
        else:
            last = at == len(lines) - 1 and not data.endswith(b"\n")
            bad.append(BadTable(name, table, truncated=last))
    unread = {table.name for table in bad}
    if in_part:
        names_in_part = ", ".join(name for name in names if name in in_part)
        bad.append(BadTable(names_in_part, "not all of its rows are there", truncated=True))
    return Database(tables, in_part | unread), tuple(bad)


def _table(name: str, line: bytes) -> Table | str:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {_reason(error)}"
    if not isinstance(document, dict):
        return "not a table: no headings"
    headings, rows = document.get("headings"), document.get("data")
    if not isinstance(headings, list) or not isinstance(rows, list):
        return "not a table: no headings or no data"
    if not all(isinstance(heading, str) for heading in headings):
        return "not a table: headings are not names"
    return Table(name, headings, [row for row in rows if isinstance(row, list)])


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at byte {error.pos}"
    return type(error).__name__
