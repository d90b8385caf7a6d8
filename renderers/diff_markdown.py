"""`diff` as Markdown, to paste into a ticket."""

from typing import TYPE_CHECKING

from ovntrace.view.types import Source
from renderers.diff import by_sides, judged_of, state_of, summary_of
from renderers.diff_lines import (
    acl_lines,
    group_lines,
    node_lines,
    noise_lines,
    policy_lines,
    set_lines,
    workload_lines,
)
from renderers.diff_verdicts import flip_lines
from renderers.head import SOURCES, source_facts
from renderers.lines import as_text
from renderers.markdown import code, fenced, gaps_markdown, prose

if TYPE_CHECKING:
    from ovntrace.diff.types import DiffView

_WIDTH = 100


def diff_markdown(view: "DiffView", *, why: bool = False) -> str:
    """A heading for each kind of change, with the lines of the tree as a block of code."""
    of = "" if view.workload is None else f" of {code(str(view.workload))}"
    lines = [f"# Differences{of}: {state_of(view)[1]}", ""]
    lines += [f"- {prose(part)}" for part in summary_of(view)]
    lines.append(f"- {prose(judged_of(view))}")
    lines += [_source("A", view.old), _source("B", view.new)]
    sections = (
        ("Nodes", node_lines(view.nodes)),
        ("Workloads", workload_lines(view.workloads, _WIDTH)),
        ("Verdicts", flip_lines(view.flips, _WIDTH, why=why)),
        ("Policies and networks", policy_lines(view.policies, _WIDTH)),
        ("ACLs", acl_lines(view.acls, _WIDTH, why=why)),
        ("Port groups", group_lines(view.groups, _WIDTH)),
        ("Address sets", set_lines(view.sets, _WIDTH)),
        ("Noise", noise_lines(view.noise or (), _WIDTH)),
    )
    for title, section in sections:
        if section:
            lines += ["", f"## {title}", "", *fenced(*as_text(section).splitlines())]
    if view.limits:
        lines += ["", "## Not compared", "", *(f"- {prose(one)}" for one in view.limits)]
    for hides, where, gaps in by_sides(view.gaps):
        note = ", where a difference may hide" if hides else ""
        lines += ["", f"## Not seen in {where}{note}", *gaps_markdown(gaps)[2:]]
    return "\n".join(lines) + "\n"


def _source(letter: str, source: Source) -> str:
    kind = SOURCES.get(source.kind, prose(source.kind))
    data, versions = source_facts(source)
    facts = ", ".join(prose(one) for one in (*data, *versions))
    return f"- {letter}: {kind} {code(source.place)}: {facts}"
