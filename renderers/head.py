"""What stands above and below every answer: state, workload, source; gaps and loose findings."""

from collections.abc import Sequence

from ovntrace.model.capture import Gap
from ovntrace.view.outcome import Trouble, loose_findings, overall, troubles
from ovntrace.view.types import ExplainView, Finding, Source, State, Workload
from renderers.lines import Line, Piece, flow, indent, plain, prose
from renderers.text import advice, age_in_words, counted, visible

# state -> (mark, word, style). The word is enough where the mark or the colour can't be seen.
MARKS = {
    State.OK: ("✓", "ok", "ok"),
    State.WARN: ("!", "warn", "warn"),
    State.BROKEN: ("✗", "BROKEN", "broken"),
    State.UNKNOWN: ("?", "unknown", "unknown"),
}
SOURCES = {
    "kube": "live cluster",
    "local": "this machine",
    "ssh": "by SSH",
    "ovsdb": "over OVSDB",
    "dump": "dump",
}
_VERSIONS = {"ovn": "OVN", "ovs": "OVS", "ovn_kubernetes": "OVN-Kubernetes"}
_LABEL = 11  # columns of the labels at the head


def mark(state: State) -> Line:
    """`✓ ok`, `! warn`, `✗ BROKEN` or `? unknown`."""
    sign, word, style = MARKS[state]
    return plain(f"{sign} {word}", style)


def head(view: ExplainView, width: int) -> list[Line]:
    """State and workload, what is not sound, and where the data came from."""
    state = overall(view)
    sign, word, style = MARKS[state]
    start: Line = (Piece(f"{sign} {word}".ljust(_LABEL), style),)
    lines = flow(start, workload_tokens(view.workload), hang=_LABEL, width=width)
    found = troubles(view)
    for trouble in found:
        if trouble.state is state:
            lines += _trouble(trouble, width)
    rest = _lesser(found, state) + ([_not_seen(view.gaps)] if view.gaps else [])
    if not found:
        rest.insert(0, _seen(view))
    if rest:
        lines.append((indent(_LABEL), Piece(", ".join(rest), "quiet")))
    return [*lines, *source_lines(view.source, width)]


def workload_tokens(workload: Workload) -> list[Line]:
    """Kind and name, its pod where that is another name, phase and node."""
    name = workload.name
    if workload.namespace is not None:
        name = f"{workload.namespace}/{name}"
    tokens: list[Line] = [(Piece(f"{visible(workload.kind)} "), Piece(visible(name), "strong"))]
    if workload.pod is not None and workload.pod != workload.name:
        tokens.append(_labelled("pod", workload.pod))
    if workload.phase is not None:
        tokens.append(plain(visible(workload.phase)))
    tokens.append(_labelled("node", workload.node))
    return tokens + _identity_tokens(workload)


def _identity_tokens(workload: Workload) -> list[Line]:
    """Who a port is in its CMS, as far as its name has not said it."""
    one = workload.identity
    if one is None:
        return []
    told = [
        ("instance", one.instance),
        ("device", one.device),
        ("owner", one.owner),
        ("project", one.project),
    ]
    return [plain(visible(one.cms)), *(_labelled(label, value) for label, value in told if value)]


def _labelled(label: str, value: str | None) -> Line:
    if value is None:
        return plain(f"{label} unknown", "quiet")
    return (Piece(f"{label} ", "quiet"), Piece(visible(value)))


def _trouble(trouble: Trouble, width: int) -> list[Line]:
    margin: Line = (indent(_LABEL),)
    if not trouble.kind:
        return prose(visible(trouble.why), "plain", start=margin, hang=_LABEL + 2, width=width)
    where = [visible(word) for word in (f"{trouble.interface}:", trouble.kind, trouble.name)]
    tokens = [plain(word, MARKS[trouble.state][2]) for word in where]
    lines = flow(margin, tokens, hang=_LABEL + 2, width=width, gap=1)
    if trouble.why:
        margin = (indent(_LABEL + 2),)
        lines += prose(visible(trouble.why), "plain", start=margin, hang=_LABEL + 2, width=width)
    return lines


def _seen(view: ExplainView) -> str:
    n_hops = sum(len(attachment.hops) for attachment in view.attachments)
    return f"{counted(len(view.attachments), 'attachment')}, {counted(n_hops, 'hop')}"


def _lesser(found: Sequence[Trouble], state: State) -> list[str]:
    """How much there is of what is less than the worst: the tree shows each."""
    told = []
    for other, noun in ((State.WARN, "warning"), (State.UNKNOWN, "unknown hop")):
        number = sum(one.state is other for one in found if one.kind or other is State.WARN)
        if number and other is not state:
            told.append(counted(number, noun))
    sides = sum(one.state is State.UNKNOWN and not one.kind for one in found)
    if sides and state is not State.UNKNOWN:
        told.append(f"{counted(sides, 'side')} of the migration unknown")
    return told


def _not_seen(gaps: Sequence[Gap]) -> str:
    return f"{counted(len(gaps), 'gap')} (at the end)"


def source_facts(source: Source) -> tuple[list[str], list[str]]:
    """In words: the data's time and age, and the versions as far as they are known."""
    data = [source.taken_at if source.taken_at is not None else "time unknown"]
    data.append("age unknown" if source.age_s is None else age_in_words(source.age_s))
    if source.time_note:
        data.append(f"({source.time_note})")
    known = [
        *(key for key in _VERSIONS if key in source.versions or not source.versions),
        *(key for key in source.versions if key not in _VERSIONS),
    ]
    versions = []
    for key in known:
        value = source.versions.get(key)
        versions.append(f"{_VERSIONS.get(key, key)} {'unknown' if value is None else value}")
    return data, versions


def source_lines(source: Source, width: int, *, versions_asked: bool = True) -> list[Line]:
    """Source, the data's time and age, and the versions; without these where nobody asked for a
    row that tells one."""
    kind = SOURCES.get(source.kind, source.kind)
    data, versions = source_facts(source)
    rows = [("source", [f"{kind} {source.place}"]), ("data", data)]
    if versions_asked or any(value is not None for value in source.versions.values()):
        rows.append(("versions", versions))
    lines: list[Line] = []
    for label, words in rows:
        tokens = [plain(visible(word)) for word in words]
        start: Line = (Piece(label.ljust(_LABEL), "quiet"),)
        lines += flow(start, tokens, hang=_LABEL, width=width)
    return lines


def gap_lines(gaps: Sequence[Gap], width: int) -> list[Line]:
    """What could not be seen, each with its reason and what to try."""
    if not gaps:
        return []
    lines = [plain(""), plain("not seen", "strong")]
    for same in _alike(gaps):
        first = same[0]
        place = visible(first.node) or "cluster"
        names = ", ".join(visible(gap.artefact) for gap in same)
        tokens = [plain(place), plain(names), plain(visible(first.reason), "unknown")]
        lines += flow((indent(2),), tokens, hang=4, width=width)
        lines += prose(visible(first.detail), "plain", start=(indent(4),), hang=4, width=width)
        if first.hint:
            lines += prose(advice(first.hint), "quiet", start=(indent(4),), hang=9, width=width)
    return lines


def _alike(gaps: Sequence[Gap]) -> list[list[Gap]]:
    """Gaps of one place for one and the same reason, which is then told once."""
    groups: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault((gap.node, gap.reason, gap.detail, gap.hint), []).append(gap)
    return list(groups.values())


def loose_lines(view: ExplainView, width: int, *, why: bool) -> list[Line]:
    """The findings that are of no hop."""
    loose = loose_findings(view)
    if not loose:
        return []
    lines = [plain(""), plain("findings", "strong")]
    for finding in loose:
        lines += [(indent(2), *line) for line in finding_lines(finding, width - 2, why=why)]
    return lines


_SEVERITY = {"error": State.BROKEN, "warning": State.WARN}


def finding_lines(finding: Finding, width: int, *, why: bool) -> list[Line]:
    """Id and title, the rows that show it, what to do; under `why` the commands too."""
    state = _SEVERITY.get(finding.severity)
    style = MARKS[state][2] if state is not None else "quiet"
    label = f"{visible(finding.severity)} {visible(finding.id)}"
    if finding.certainty != "proven":
        label += f" ({visible(finding.certainty)})"
    lines = prose(
        visible(finding.title), "plain", start=(Piece(f"{label} ", style),), hang=2, width=width
    )
    for evidence in finding.evidence:
        # A row can hold a match: it stays whole.
        lines.append(plain(f"  {visible(evidence.artefact)}: {visible(evidence.row)}", "quiet"))
        if why and evidence.command:
            lines.append((Piece("  $ ", "quiet"), Piece(visible(evidence.command))))
    for remedy in finding.remedy:
        lines += prose(
            visible(remedy), "plain", start=(Piece("  try: ", "quiet"),), hang=7, width=width
        )
    return lines
