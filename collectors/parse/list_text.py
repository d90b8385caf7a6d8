"""Text of `list` and `find`, of ovn-nbctl, ovn-sbctl and ovs-vsctl, read into rows.

The default form of these commands (`column : value`, rows parted by blank lines), that of
`--format=table` and that of `--format=csv`; cells are those of the JSON form. Total: any text in,
rows and what could not be read out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from collectors.parse.column_types import Place, guess, kinds, places
from collectors.parse.list_grid import read_grid
from collectors.parse.list_lines import LineReader, RawRow, Trouble
from collectors.parse.list_values import Read, read_value

_UUID_KIND: Final = {"_uuid": "u"}
_SHORT: Final = 24
"""Values shorter than this are often alike, so they are read once."""


@dataclass(frozen=True, slots=True)
class ListedRows:
    """Rows of one table as one command printed them, for `Table(table, headings, rows)`."""

    database: str | None
    """One of "nb", "sb", "ovs"; None where the columns are of tables of two."""
    table: str
    """Empty where the columns do not tell."""
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """A cell that is not printed, or that could not be read, is None."""
    line: int = 1
    """Where the first of them begins, from 1."""
    shown: bool = False
    """True for what `show` prints: references stand for what is printed below them."""
    filtered: bool = False
    """True if a filter (grep, head) may have left some out."""


@dataclass(frozen=True, slots=True)
class ListedText:
    """What a text holds."""

    listed: tuple[ListedRows, ...]
    troubles: tuple[Trouble, ...]
    cut: bool = False
    """True if the text ends inside a value."""


def parse_list_text(
    text: bytes | str,
    *,
    database: str | None = None,
    table: str | None = None,
    tables: Collection[str] | None = None,
) -> ListedText:
    """The rows of a text. Where `table` is not given, the columns of a row tell it, among `tables`
    and the tables of `database` if those are given."""
    lines = lines_of(text)
    among = [
        place
        for place in places()
        if database in (None, place[0])
        and (table is None or place[1] == table)
        and (tables is None or place[1] in tables)
    ]
    grid = read_grid(lines)
    if grid is not None:
        raw, troubles, cut = grid.rows, grid.troubles, False
    else:
        reader = LineReader(lines)
        raw, troubles, cut = reader.rows, reader.troubles, reader.cut
    found = _guessed(raw, among)
    if table is None:
        found = _with_neighbours(raw, found)
    elif database is not None:
        found = [((database, table),)] * len(raw)
    listed: list[ListedRows] = []
    for told, group in groupby(zip(found, raw, strict=True), key=lambda pair: pair[0]):
        listed.append(_listed(told, table, [row for _, row in group], troubles))
    return ListedText(tuple(listed), tuple(sorted(troubles, key=lambda it: it.line)), cut)


def _guessed(raw: Sequence[RawRow], among: Sequence[Place]) -> list[tuple[Place, ...]]:
    known: dict[frozenset[str], tuple[Place, ...]] = {}
    found = []
    for row in raw:
        names = frozenset(field.name for field in row.fields)
        if names not in known:
            known[names] = guess(names, among)
        found.append(known[names])
    return found


def lines_of(text: bytes | str) -> list[str]:
    """Lines, of which only a line feed is an end: names may hold what else ends one in Unicode."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]


def _with_neighbours(
    raw: Sequence[RawRow], guessed: Sequence[tuple[Place, ...]]
) -> list[tuple[Place, ...]]:
    """A fragment is of the table of the row before or after it, if that has its columns."""
    found = list(guessed)
    for at, row in enumerate(raw):
        if len(found[at]) == 1:
            continue
        names = {field.name for field in row.fields} - {"_uuid"}
        for near in (*found[max(at - 1, 0) : at], *guessed[at + 1 : at + 2]):
            if len(near) == 1 and names <= kinds(*near[0]).keys():
                found[at] = near
                break
    return found


def _listed(
    found: tuple[Place, ...], table: str | None, rows: Sequence[RawRow], troubles: list[Trouble]
) -> ListedRows:
    if len(found) == 1:
        (database, name), known = found[0], kinds(*found[0])
    else:
        database, name, known = None, table or "", _common(table)
        if table is None:
            names = ", ".join(f"{one[0]} {one[1]}" for one in found[:4])
            detail = f"the columns do not tell the table: {names}" if names else "of no known table"
            troubles.append(Trouble(rows[0].line, detail))
    headings = tuple(dict.fromkeys(field.name for row in rows for field in row.fields))
    types = {**known, **_UUID_KIND}
    memo: dict[tuple[str, str | None], Read] = {}
    cells = tuple(_cells(row, headings, types, memo, troubles) for row in rows)
    return ListedRows(database, name, headings, cells, rows[0].line)


def _cells(
    row: RawRow,
    headings: Sequence[str],
    types: Mapping[str, str],
    memo: dict[tuple[str, str | None], Read],
    troubles: list[Trouble],
) -> tuple[Any, ...]:
    cells: dict[str, Any] = {}
    for field in row.fields:
        if field.cut:
            continue
        known = (field.text, types.get(field.name))
        read = memo.get(known)
        if read is None:
            read = read_value(*known)
            if len(field.text) < _SHORT:
                memo[known] = read
        cells[field.name], trouble = read
        if trouble:
            troubles.append(Trouble(field.line, f"column {field.name}: {trouble}"))
    return tuple(cells.get(heading) for heading in headings)


def _common(table: str | None) -> Mapping[str, str]:
    """The types on which the databases that have a table of this name agree."""
    found = [kinds(*place) for place in places() if place[1] == table]
    return {
        name: kind
        for one in found
        for name, kind in one.items()
        if all(other.get(name, kind) == kind for other in found)
    }
