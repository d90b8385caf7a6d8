"""`ls` as a tree: namespaces, their workloads, and each one's attachments."""

from collections.abc import Sequence
from itertools import groupby

from ovntrace.view.types import ListView, WorkloadRow
from renderers.head import gap_lines, source_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain
from renderers.text import visible


def render(view: ListView, *, width: int = 100, color: bool = False) -> str:
    """The workloads, each with its attachments beneath it, in the order given."""
    lines = source_lines(view.source, width, versions_asked=False)
    for namespace, members in groupby(view.workloads, key=lambda row: row.namespace):
        title = "no namespace" if namespace is None else visible(namespace)
        lines += [plain(""), plain(title, "strong")]
        by_workload = groupby(members, key=lambda row: (row.kind, row.name, row.pod, row.node))
        for _, rows in by_workload:
            lines += _workload(list(rows), width)
    if not view.workloads:
        lines += [plain(""), plain("no workloads")]
    return paint(lines + gap_lines(view.gaps, width), color=color)


def _workload(rows: Sequence[WorkloadRow], width: int) -> list[Line]:
    first = rows[0]
    start: Line = (
        indent(2),
        Piece(f"{visible(first.kind)} "),
        Piece(visible(first.name), "strong"),
    )
    tokens = [_labelled("node", first.node)]
    if first.pod is not None and first.pod != first.name:
        tokens.append(_labelled("pod", first.pod))
    lines = flow(start, tokens, hang=4, width=width)
    for row in rows:
        where: list[Line] = [
            (
                Piece("network ", "quiet"),
                Piece(f"{visible(row.network)} ({visible(row.topology)})"),
            ),
            *(plain(visible(one)) for one in row.addresses),
        ]
        if row.mac is not None:
            where.append(plain(visible(row.mac)))
        where.append(_labelled("lsp", row.lsp))
        lines += flow((indent(4), Piece(visible(row.interface))), where, hang=8, width=width)
    return lines


def _labelled(label: str, value: str | None) -> Line:
    if value is None:
        return (Piece(f"{label} unknown", "quiet"),)
    return (Piece(f"{label} ", "quiet"), Piece(visible(value)))
