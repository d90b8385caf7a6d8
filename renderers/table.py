"""Plain tables: a hop, a workload or an artefact a line."""

from collections.abc import Sequence

from ovntrace.view.types import ExplainView, ListView
from renderers.facts import shown_facts
from renderers.head import MARKS, gap_lines, head, loose_lines, source_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain, width_of
from renderers.migration import migration_lines
from renderers.text import visible

_GAP = 2

# The cells of a row, and the tokens that its last column is filled with.
Row = tuple[list[Line], list[Line]]


def explain_table(
    view: ExplainView, *, width: int = 100, color: bool = False, why: bool = False
) -> str:
    """Every hop of every attachment, one after the other. `why` has no more to say here."""
    rows: list[Row] = [
        (
            [
                plain(visible(attachment.interface)),
                plain(MARKS[hop.state][1], MARKS[hop.state][2]),
                plain(visible(hop.kind)),
                plain(visible(hop.name), "strong"),
            ],
            shown_facts(hop),
        )
        for attachment in view.attachments
        for hop in attachment.hops
    ]
    lines = [*head(view, width), *migration_lines(view.migration, width), plain("")]
    lines += grid(("INTERFACE", "STATE", "KIND", "NAME", "FACTS"), rows, width)
    lines += loose_lines(view, width, why=why) + gap_lines(view.gaps, width)
    return paint(lines, color=color)


def listing_table(view: ListView, *, width: int = 100, color: bool = False) -> str:
    """Every attachment of every workload."""
    rows: list[Row] = [
        (
            [
                plain(visible(row.namespace) if row.namespace is not None else "-"),
                (Piece(f"{visible(row.kind)}/"), Piece(visible(row.name), "strong")),
                plain(visible(row.node) if row.node is not None else "-"),
                plain(visible(row.interface)),
                plain(visible(row.network)),
            ],
            [plain(visible(one)) for one in row.addresses] or [plain("-")],
        )
        for row in view.workloads
    ]
    lines = [*source_lines(view.source, width, versions_asked=False), plain("")]
    titles = ("NAMESPACE", "WORKLOAD", "NODE", "INTERFACE", "NETWORK", "ADDRESSES")
    lines += grid(titles, rows, width) if rows else [plain("no workloads")]
    return paint(lines + gap_lines(view.gaps, width), color=color)


def grid(titles: Sequence[str], rows: Sequence[Row], width: int) -> list[Line]:
    """Aligned columns. A cell that is wider than its column ends its line; the rest goes on below.

    Columns are as wide as their cells; where that is more than `width`, the fewest and longest
    cells give way, so that a long name does not push all others out of sight. Nothing is cut.
    """
    header: Row = ([plain(title, "quiet") for title in titles[:-1]], [plain(titles[-1], "quiet")])
    sizes = _sizes([header, *rows], width)
    lines: list[Line] = []
    for row in [header, *rows]:
        lines += _row(row, sizes, width)
    return lines


def _sizes(rows: Sequence[Row], width: int) -> list[int]:
    """Widths of all columns but the last: its width is its own affair."""
    columns = [[width_of(cell) for cell in cells] for cells in zip(*_cells(rows), strict=True)]
    sizes = [max(column) for column in columns]
    last = max(sum(width_of(token) + _GAP for token in tokens) for _, tokens in rows)
    room = width - _GAP * len(columns) - min(last, width // 3)
    while sum(sizes) > room:
        index, size = _cheapest(columns, sizes)
        if size == sizes[index]:
            break
        sizes[index] = size
    return sizes


def _cells(rows: Sequence[Row]) -> list[list[Line]]:
    return [cells for cells, _ in rows]


def _cheapest(columns: Sequence[Sequence[int]], sizes: Sequence[int]) -> tuple[int, int]:
    """Which column to make how narrow to win the most for each cell that is then too wide.

    The first cell is the column's title, which always fits.
    """
    best, choice = 0.0, (0, sizes[0])
    for index, (column, size) in enumerate(zip(columns, sizes, strict=True)):
        for narrower in {cell for cell in column if column[0] <= cell < size}:
            win = (size - narrower) / sum(cell > narrower for cell in column)
            if win > best:
                best, choice = win, (index, narrower)
    return choice


def _row(row: Row, sizes: Sequence[int], width: int) -> list[Line]:
    cells, tokens = row
    lines: list[Line] = []
    current: list[Piece] = []
    start = 0
    for cell, size in zip(cells, sizes, strict=True):
        _advance(lines, current, start)
        current.extend(cell)
        start += size + _GAP
    if not tokens:
        return [*lines, tuple(current)]
    _advance(lines, current, start)
    return lines + flow(tuple(current), tokens, hang=start, width=width)


def _advance(lines: list[Line], current: list[Piece], start: int) -> None:
    """Fill up to the column at `start`, on a new line if the last cell went past it."""
    used = width_of(current)
    if used + _GAP > start and current:
        lines.append(tuple(current))
        current.clear()
        used = 0
    if start > used:
        current.append(indent(start - used))
