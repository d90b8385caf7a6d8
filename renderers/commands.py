"""The table of artefacts: what can be read and run, where, and why.

The rows come from the caller: a renderer knows no collector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from renderers.document import SCHEMA, Json
from renderers.lines import Line, Piece, indent, paint, prose
from renderers.markdown import cell
from renderers.markdown import table as markdown_table


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One artefact. Empty is "not of this kind": no command, no container, no resource."""

    name: str
    where: str  # api | node | pod | server
    why: str
    argv: tuple[str, ...]
    netns_argv: tuple[str, ...]
    containers: tuple[str, ...]
    method: str  # of HTTP
    resource: str
    file: str
    optional: bool


def commands_document(rows: Sequence[CommandRow], version: str) -> Json:
    """The table as plain JSON values."""
    source: Json = {
        "kind": "builtin",
        "place": f"ovntrace {version}",
        "taken_at": None,
        "age_s": None,
        "versions": {},
        "time_note": "",
    }
    return {
        "schema": SCHEMA,
        "kind": "commands",
        "source": source,
        "artefacts": [_json(row) for row in rows],
        "gaps": [],
        "findings": [],
    }


def _json(row: CommandRow) -> Json:
    return {
        "name": row.name,
        "where": row.where,
        "why": row.why,
        "argv": list(row.argv),
        "netns_argv": list(row.netns_argv),
        "containers": list(row.containers),
        "method": row.method,
        "resource": row.resource,
        "file": row.file,
        "optional": row.optional,
    }


_PLACES = {
    "node": "On the node: there, or in the first of the named containers of its ovnkube-node pod",
    "pod": "In the workload's network namespace: by exec in its pod, or on the node",
    "api": "From the Kubernetes API",
    "server": "What the API server says of itself and of who asks; nothing is kept there",
}


def commands_text(rows: Sequence[CommandRow], *, width: int = 100, color: bool = False) -> str:
    """The table for a person: commands whole, each on a line of its own."""
    lines: list[Line] = []
    for where, group in groupby(rows, key=lambda row: row.where):
        if lines:
            lines.append(())
        lines += prose(_PLACES.get(where, where), "quiet", hang=0, width=width)
        for row in group:
            lines += _artefact(row, width)
    return paint(lines, color=color)


def _artefact(row: CommandRow, width: int) -> list[Line]:
    why = f"{row.why} (not every cluster has it)" if row.optional else row.why
    start: Line = (indent(2), Piece(f"{row.name}  ", "strong"))
    lines = prose(why, "plain", start=start, hang=6, width=width)
    if row.containers:
        where = f"containers {', '.join(row.containers)}"
        lines += prose(where, "quiet", start=(indent(6),), hang=6, width=width)
    for argv in (row.argv, row.netns_argv):
        if argv:
            lines.append((indent(6), Piece("$ ", "quiet"), Piece(" ".join(argv))))
    if row.resource:
        lines.append((indent(6), Piece(f"{row.method} ", "quiet"), Piece(row.resource)))
    return lines


def commands_markdown(rows: Sequence[CommandRow]) -> str:
    """The table as Markdown."""
    titles = ("artefact", "where", "what is read", "why")
    body = [
        (
            cell(row.name),
            row.where,
            "<br>".join(cell(what) for what in _reads(row)),
            row.why,
        )
        for row in rows
    ]
    return "\n".join(["# What ovntrace reads", "", *markdown_table(titles, body)]) + "\n"


def _reads(row: CommandRow) -> list[str]:
    reads = [" ".join(argv) for argv in (row.argv, row.netns_argv) if argv]
    return [*reads, f"{row.method} {row.resource}"] if row.resource else reads
