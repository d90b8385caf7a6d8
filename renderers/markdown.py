"""Answers as Markdown, to paste into a ticket.

Cluster text stands in code spans or is escaped, so that it never becomes markup, a table's border
or a link.
"""

import re
from collections.abc import Iterable, Sequence

from ovntrace.model.capture import Gap
from ovntrace.view.outcome import loose_findings, overall, troubles
from ovntrace.view.types import (
    Attachment,
    ExplainView,
    Finding,
    Hop,
    ListView,
    Migration,
    MigrationSide,
    Source,
)
from renderers.acls import owner, told_stage
from renderers.facts import shown_facts
from renderers.head import MARKS, SOURCES, source_facts
from renderers.migration import active_in_words, port_words, side_words
from renderers.text import visible

# An underscore within a word is no emphasis, and names are full of them.
_MARKUP = re.compile(r"([\\`*\[\]<>#|~$&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_BEGINS_BLOCK = re.compile(r"^(\d*)([-+=:.)])(?=\s|[-+=:]|$)")


def prose(text: str) -> str:
    """`text` with everything escaped that Markdown would act on."""
    escaped = _MARKUP.sub(r"\\\1", visible(text))
    return _BEGINS_BLOCK.sub(r"\1\\\2", escaped)


def code(text: str) -> str:
    """`text` as a code span, whole."""
    shown = visible(text)
    if not shown:
        return "(empty)"
    runs = [len(run) for run in re.findall(r"`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(*lines: str) -> list[str]:
    """Lines as a block of code, whole and in columns. They are printable already."""
    runs = [len(run) for line in lines for run in re.findall(r"`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [fence, *lines, fence]


def cell(text: str) -> str:
    """`text` as a code span within a table, where a bar would end the cell."""
    shown = visible(text)
    if "`" in shown or "\\" in shown:
        return prose(text)
    return code(text).replace("|", "\\|")


def explain_markdown(view: ExplainView, *, why: bool = False) -> str:
    """The answer of `explain`. `why` adds rows, commands and the line to watch with."""
    workload = view.workload
    name = workload.name if workload.namespace is None else f"{workload.namespace}/{workload.name}"
    lines = [f"# {prose(workload.kind)} {code(name)}: {MARKS[overall(view)][1]}", ""]
    for one in troubles(view):
        where = f"{code(one.interface)}: {prose(one.kind)} {code(one.name)}: " if one.kind else ""
        lines.append(f"- **{MARKS[one.state][1]}** {where}{prose(one.why)}")
    facts = (("node", workload.node), ("pod", workload.pod), ("phase", workload.phase))
    lines += [f"- {label} {_known(value)}" for label, value in facts]
    lines += source_markdown(view.source)
    lines += _migration(view.migration)
    for attachment in view.attachments:
        lines += _attachment(attachment, why=why)
    if not view.attachments:
        lines += ["", "No attachment to an OVN network."]
    loose = loose_findings(view)
    if loose:
        lines += ["", "## Findings", "", *_findings(loose, why=why)]
    return _text(lines + gaps_markdown(view.gaps))


def listing_markdown(view: ListView) -> str:
    """The answer of `ls`."""
    rows = [
        [
            cell(row.namespace) if row.namespace is not None else "",
            f"{prose(row.kind)} {cell(row.name)}",
            cell(row.node) if row.node is not None else "unknown",
            cell(row.interface),
            f"{cell(row.network)} ({prose(row.topology)})",
            " ".join(cell(one) for one in row.addresses),
            cell(row.lsp) if row.lsp is not None else "unknown",
        ]
        for row in view.workloads
    ]
    titles = ("namespace", "workload", "node", "interface", "network", "addresses", "lsp")
    lines = ["# Workloads", "", *source_markdown(view.source), ""]
    lines += table(titles, rows) if rows else ["No workloads."]
    return _text(lines + gaps_markdown(view.gaps))


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are Markdown already."""
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def _known(value: str | None) -> str:
    return "unknown" if value is None else code(value)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def source_markdown(source: Source) -> list[str]:
    """Where the data came from, as a list."""
    kind = SOURCES.get(source.kind, prose(source.kind))
    data, versions = source_facts(source)
    return [
        f"- source: {kind} {code(source.place)}",
        f"- data: {', '.join(prose(word) for word in data)}",
        f"- versions: {', '.join(prose(word) for word in versions)}",
    ]


def _migration(migration: Migration | None) -> list[str]:
    if migration is None:
        return []
    words = f"{prose(migration.state)}, {prose(active_in_words(migration))}"
    lines = ["", "## Migration", "", f"- {words} ({prose(migration.why)})"]
    lines += [f"- {_side_told(side)}" for side in migration.sides]
    rows = [
        (
            prose(side.role),
            cell(port.network),
            cell(port.lsp),
            cell(", ".join(port_words(port))),
        )
        for side in migration.sides
        for port in side.ports
    ]
    return lines + (["", *table(("side", "network", "lsp", "port"), rows)] if rows else [])


def _side_told(side: MigrationSide) -> str:
    told = [
        f"{label} {code(value)}" if label else prose(value) for label, value in side_words(side)
    ]
    active = ["active"] if side.active else []
    return f"{prose(side.role)}: {', '.join([*told, *active]) or 'unknown'}"


def _attachment(one: Attachment, *, why: bool) -> list[str]:
    lines = ["", f"## {code(one.interface)} on network {code(one.network)}", ""]
    lines.append(f"- topology {prose(one.topology)}, NAD {code(one.nad)}, node {code(one.node)}")
    lines.append(f"- logical switch port {'none' if one.lsp is None else code(one.lsp)}")
    own = [code(value) for value in (one.mac, *one.addresses) if value is not None]
    lines.append(f"- addresses {' '.join(own) or 'unknown'}")
    rows = [
        (MARKS[hop.state][1], prose(hop.kind), cell(hop.name), cell(_facts(hop)))
        for hop in one.hops
    ]
    if rows:
        lines += ["", *table(("state", "hop", "name", "facts"), rows)]
    found = [finding for hop in one.hops for finding in hop.findings]
    if found:
        lines += ["", "### Findings", "", *_findings(found, why=why)]
    return lines + _policies(one) + _acls(one) + (_why(one.hops) if why else [])


def _facts(hop: Hop) -> str:
    return "  ".join("".join(piece.text for piece in token) for token in shown_facts(hop))


def _findings(findings: Sequence[Finding], *, why: bool) -> list[str]:
    lines = []
    for one in findings:
        tag = f"{prose(one.severity)} {prose(one.id)}, {prose(one.certainty)}"
        lines.append(f"- **{tag}**: {prose(one.title)}")
        for evidence in one.evidence:
            lines.append(f"  - {prose(evidence.artefact)}: {code(evidence.row)}")
            if why and evidence.command:
                lines.append(f"  - see {code(evidence.command)}")
        lines += [f"  - try: {prose(remedy)}" for remedy in one.remedy]
    return lines


def _policies(one: Attachment) -> list[str]:
    lines = []
    if one.port_groups:
        lines += ["", "### Port groups", "", *(f"- {code(name)}" for name in one.port_groups)]
    if one.unread and one.lsp is not None:
        tables = ", ".join(code(table) for table in one.unread)
        lines += ["", f"Not all rows of {tables} were read: there may be other groups and ACLs."]
    if one.policies is None:
        lines += ["", "Policies that select this workload: not known."]
    elif one.policies:
        lines += ["", "### Policies that select this workload", ""]
    for policy in one.policies or ():
        name = f"{policy.kind} {policy.namespace}/{policy.name}"
        isolates = ", ".join(prose(way) for way in policy.isolates) or "nothing"
        reason = f": {prose(policy.reason)}" if policy.reason else ""
        effect = prose(policy.effect)
        lines.append(f"- **{effect}** {code(name)}, isolates {isolates}{reason}")
    return lines


def _acls(one: Attachment) -> list[str]:
    if not one.acls:
        return []
    rows = [
        (
            prose(f"{acl.direction} {acl.stage}"),
            str(acl.tier),
            str(acl.priority),
            prose(acl.action),
            prose(owner(acl.policy)),
            cell(acl.match),
        )
        for acl in one.acls
    ]
    titles = ("stage", "tier", "priority", "action", "policy", "match")
    stages = [stage for stage in dict.fromkeys(acl.stage for acl in one.acls) if told_stage(stage)]
    lines = ["", "### ACLs in the order of evaluation", ""]
    lines += [f"- {code(stage)}: {told_stage(stage)}" for stage in stages]
    lines += [""] if stages else []
    return lines + table(titles, rows)


def _why(hops: Sequence[Hop]) -> list[str]:
    lines = ["", "### By which rows", ""]
    for hop in hops:
        lines.append(f"- {prose(hop.kind)} {code(hop.name)}")
        for one in hop.evidence:
            lines.append(f"  - {prose(one.artefact)}: {code(one.row)}")
            if one.command:
                lines.append(f"  - see {code(one.command)}")
        if hop.watch is not None:
            lines.append(f"  - watch {code(hop.watch)}")
    return lines


def gaps_markdown(gaps: Sequence[Gap]) -> list[str]:
    """What could not be seen, under a heading of its own."""
    if not gaps:
        return []
    lines = ["", "## Not seen", ""]
    for gap in gaps:
        hint = f". Try: {prose(gap.hint)}" if gap.hint else ""
        place = code(gap.node) if gap.node else "cluster"
        what = f"{place} {code(gap.artefact)}, {prose(gap.reason)}"
        lines.append(f"- {what}: {prose(gap.detail)}{hint}")
    return lines
