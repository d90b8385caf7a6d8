"""`--format=table` and `--format=csv` of `list` and `find`, read into fields."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.parse.column_types import all_names
from collectors.parse.list_lines import Field, RawRow, Trouble
from collectors.parse.list_span import Span, after_blanks

_RULE = re.compile(r"-{2,}(?: -{2,})*\s*\Z|-+\s*\Z")
_NAMES = re.compile(r"[A-Za-z_]\w*+(?:,[A-Za-z_]\w*+)++\s*\Z")


@dataclass(slots=True)
class Grid:
    """Rows and what could not be read."""

    rows: list[RawRow]
    troubles: list[Trouble]


def read_grid(lines: Sequence[str]) -> Grid | None:
    """The rows, None if the text is neither: a table's headings stand above lines of dashes, a CSV
    file's are columns that are known."""
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return None
    head = lines[first].split()
    if first + 1 < len(lines) and _RULE.match(lines[first + 1]):
        if len(lines[first + 1].split()) == len(head):
            return _table(lines, first, head)
    elif _NAMES.match(lines[first]):
        names = lines[first].strip().split(",")
        if all_names() >= set(names):
            return _csv(lines, first, names)
    return None


def _table(lines: Sequence[str], first: int, names: Sequence[str]) -> Grid:
    grid = Grid([], [])
    for at in range(first + 2, len(lines)):
        if not lines[at].strip():
            continue
        _row(grid, at + 1, names, _cells(lines[at], len(names)))
    return grid


def _cells(line: str, most: int) -> list[str]:
    """The values of a line, one more than there may be if it goes on."""
    cells: list[str] = []
    place: int | None = 0
    while place is not None and after_blanks(line, place) < len(line) and len(cells) <= most:
        value = Span()
        place = value.feed(line, after_blanks(line, place))
        cells.append("".join(value.pieces))
    return cells


def _csv(lines: Sequence[str], first: int, names: Sequence[str]) -> Grid:
    grid = Grid([], [])
    for at in range(first + 1, len(lines)):
        if not lines[at].strip():
            continue
        try:
            cells = next(csv.reader([lines[at]], strict=True))
        except (csv.Error, StopIteration):
            cells = []
        _row(grid, at + 1, names, cells)
    return grid


def _row(grid: Grid, line: int, names: Sequence[str], cells: Sequence[str]) -> None:
    if len(cells) != len(names):
        grid.troubles.append(Trouble(line, f"not a row of {len(names)} columns"))
        return
    fields = [Field(name, cell, line) for name, cell in zip(names, cells, strict=True)]
    grid.rows.append(RawRow(line, fields))
