"""`diff` for a person: what is different in a line, both sources, then each kind of change."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ovntrace.model.capture import Gap
from ovntrace.view.types import Source, State
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
from renderers.head import MARKS, SOURCES, gap_lines, source_facts
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose
from renderers.text import counted, visible

if TYPE_CHECKING:
    from ovntrace.diff.types import DiffView, SideGap

_LABEL = 11  # columns of the labels at the head


def diff_text(view: "DiffView", *, width: int = 100, color: bool = False, why: bool = False) -> str:
    """What differs, by kind. Names and matches stand whole."""
    lines = _head(view, width)
    sections = (
        ("nodes", node_lines(view.nodes)),
        ("workloads", workload_lines(view.workloads, width)),
        ("verdicts", flip_lines(view.flips, width, why=why)),
        ("policies and networks", policy_lines(view.policies, width)),
        ("ACLs", acl_lines(view.acls, width, why=why)),
        ("port groups", group_lines(view.groups, width)),
        ("address sets", set_lines(view.sets, width)),
        ("noise", noise_lines(view.noise or (), width)),
    )
    for title, section in sections:
        if section:
            lines += [plain(""), plain(title, "strong"), *section]
    lines += _limits(view.limits, width)
    lines += _gaps(view.gaps, width)
    return paint(lines, color=color)


def state_of(view: "DiffView") -> tuple[str, str, str]:
    """Mark, word and style."""
    from ovntrace.diff.outcome import diff_exit_code

    code = int(diff_exit_code(view))
    if code == 1:
        return "✗", "differs", "warn"
    state = State.OK if code == 0 else State.UNKNOWN
    sign, _, style = MARKS[state]
    return sign, "same" if code == 0 else "unknown", style


def summary_of(view: "DiffView") -> list[str]:
    """How much of what differs, in words; at least one."""
    parts = [
        _told(len(view.nodes), "node"),
        _told(len(view.workloads), "workload"),
        _told(len(view.flips), "verdict"),
        _told(len(view.policies), "policy or network", "policies or networks"),
        _told(len(view.acls), "ACL"),
        _told(len(view.groups), "port group"),
        _told(len(view.sets), "address set"),
    ]
    told = [part for part in parts if part]
    hidden = sum(gap.hides for gap in view.gaps)
    if not told:
        told = ["no difference"] if not hidden else ["no difference in what both sides have"]
    if view.flows.lost:
        told.append(f"{counted(view.flows.lost, 'verdict')} known on one side only")
    return told


def judged_of(view: "DiffView") -> str:
    """How many flows were compared."""
    seen = view.flows
    words = f"{counted(seen.judged, 'flow')} judged on both sides"
    if seen.asked:
        words += f", and {seen.asked} of the file"
    return words + (f", {seen.open} undecided" if seen.open else "")


def _told(number: int, noun: str, plural: str | None = None) -> str:
    if not number:
        return ""
    return f"{number} {plural}" if plural and number > 1 else counted(number, noun)


def _head(view: "DiffView", width: int) -> list[Line]:
    sign, word, style = state_of(view)
    start: Line = (Piece(f"{sign} {word}".ljust(_LABEL), style),)
    tokens = [plain(part) for part in summary_of(view)]
    if view.workload is not None:
        tokens.insert(0, plain(visible(str(view.workload)), "strong"))
    lines = flow(start, tokens, hang=_LABEL, width=width)
    margin: Line = (indent(_LABEL),)
    lines += prose(judged_of(view), "quiet", start=margin, hang=_LABEL, width=width)
    return [*lines, *_source("A", view.old, width), *_source("B", view.new, width)]


def _source(letter: str, source: Source, width: int) -> list[Line]:
    kind = SOURCES.get(source.kind, source.kind)
    data, versions = source_facts(source)
    start: Line = (Piece(letter.ljust(_LABEL), "quiet"),)
    lines = flow(start, [plain(visible(f"{kind} {source.place}"))], hang=_LABEL, width=width)
    tokens = [plain(visible(one), "quiet") for one in (*data, *versions)]
    return lines + flow((indent(_LABEL),), tokens, hang=_LABEL, width=width)


def _limits(limits: Sequence[str], width: int) -> list[Line]:
    if not limits:
        return []
    lines: list[Line] = [plain(""), plain("not compared", "strong")]
    for one in limits:
        lines += prose(visible(one), "plain", start=(indent(2),), hang=4, width=width)
    return lines


def _gaps(gaps: "Sequence[SideGap]", width: int) -> list[Line]:
    """What is missing: first what may hide a difference, what both sides lack together."""
    lines: list[Line] = []
    for hides, where, own in by_sides(gaps):
        title = f"not seen in {where}"
        told = gap_lines(own, width)
        title += ", where a difference may hide" if hides else ""
        lines += [told[0], plain(title, "strong"), *told[2:]]
    return lines


def by_sides(gaps: "Sequence[SideGap]") -> Iterator[tuple[bool, str, list[Gap]]]:
    """(whether they hide something, `A`, `B` or `A and B`, the gaps) of all that are alike."""
    sides: dict[tuple[bool, Gap], list[str]] = {}
    for one in gaps:
        sides.setdefault((one.hides, one.gap), []).append(one.side)
    for hides in (True, False):
        for where in ("A", "B", "A and B"):
            own = [
                gap
                for (own_hides, gap), letters in sides.items()
                if own_hides is hides and " and ".join(letters) == where
            ]
            if own:
                yield hides, where, own
