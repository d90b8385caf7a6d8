"""`trace` as text: the verdict in a line, the steps, the near misses, the reply."""

from collections.abc import Sequence

from ovntrace.verdict.types import (
    Confirmation,
    NearMiss,
    NodeConfirmation,
    ReplyView,
    TraceStep,
    TraceView,
)
from renderers.acls import owner, owner_words
from renderers.head import gap_lines, source_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose, width_of
from renderers.text import visible

# decision -> (mark, word, style)
_MARKS = {
    "allow": ("✓", "allow", "ok"),
    "drop": ("✗", "DROP", "broken"),
    "reject": ("✗", "REJECT", "broken"),
    "ambiguous": ("?", "ambiguous", "unknown"),
    "unknown": ("?", "unknown", "unknown"),
}
_LABEL = 13  # columns of a mark and its word
_KIND = 15
_NOT_ALL = "·"


def trace_text(
    views: Sequence[TraceView],
    *,
    width: int = 100,
    color: bool = False,
    why: bool = False,
    source: bool = True,
) -> str:
    """One view, or one for each direction; without its source where that stands above already."""
    lines: list[Line] = []
    for at, view in enumerate(views):
        if at:
            lines.append(plain(""))
        lines += _head(view, width)
        lines += source_lines(view.source, width) if source and not at else []
        lines += [plain(""), *_steps(view.steps, width, why=why)]
        lines += _misses(view.near_misses, width)
        lines += _reply(view.reply, width, why=why) if view.reply else []
        lines += _confirm(view.confirm, width, why=why) if view.confirm else []
    lines += gap_lines(views[0].gaps, width)
    return paint(lines, color=color)


def _mark(decision: str) -> Line:
    sign, word, style = _MARKS.get(decision, (_NOT_ALL, visible(decision), "quiet"))
    return (Piece(f"{sign} {word}".ljust(_LABEL), style),)


def _head(view: TraceView, width: int) -> list[Line]:
    flow_ = view.flow
    tokens = [
        (Piece(f"{visible(str(flow_['src']))} -> {visible(str(flow_['dst']))}", "strong"),),
        plain(_protocol(view)),
        plain(f"network {visible(str(flow_.get('network')))}", "quiet"),
    ]
    lines = flow(_mark(view.verdict), tokens, hang=_LABEL, width=width)
    start: Line = (indent(_LABEL),)
    return lines + prose(visible(view.reason), "plain", start=start, hang=_LABEL, width=width)


def _protocol(view: TraceView) -> str:
    port = view.flow.get("dport")
    words = str(view.flow["proto"]) + (f" {port}" if port is not None else "")
    state = view.flow.get("ct")
    return words if state == "new" else f"{words} ct {visible(str(state))}"


def _steps(steps: Sequence[TraceStep], width: int, *, why: bool) -> list[Line]:
    lines: list[Line] = []
    for step in steps:
        kind = Piece(visible(step.kind).ljust(_KIND))
        start = (*_mark(step.decision), kind, indent(1))
        lines += (
            _named(step, start, width) if step.acl is None else _acl(step, start, width, why=why)
        )
    return lines


_HANG = _LABEL + _KIND + 1


def _tokens(step: TraceStep) -> list[Line]:
    tokens: list[Line] = [plain(visible(step.name), "strong")]
    if step.stage:
        tokens.append(plain(visible(step.stage), "quiet"))
    return tokens


def _named(step: TraceStep, start: Line, width: int) -> list[Line]:
    """The rule beside the name where it fits, else below."""
    rule = plain(visible(step.rule), "quiet")
    tokens = _tokens(step)
    used = sum(width_of(token) + 2 for token in tokens) + _HANG
    if used + width_of(rule) <= width:
        return flow(start, [*tokens, rule], hang=_HANG, width=width)
    begin: Line = (indent(_HANG),)
    below = prose(visible(step.rule), "quiet", start=begin, hang=_HANG, width=width)
    return flow(start, tokens, hang=_HANG, width=width) + below


def _acl(step: TraceStep, start: Line, width: int, *, why: bool) -> list[Line]:
    acl = step.acl
    assert acl is not None
    place = plain(f"{visible(acl.action)}  tier {acl.tier}  priority {acl.priority}", "quiet")
    lines = flow(start, [*_tokens(step), place], hang=_HANG, width=width)
    words = [plain(word) for word in owner_words(acl.policy)]
    lines += flow((indent(_HANG),), words, hang=_HANG, width=width)
    match = Piece(visible(acl.match), "quiet")
    fits = width_of((match,)) + _HANG <= width
    lines.append((indent(_HANG if fits else 4), match))
    if why:
        where = f"{visible(acl.uuid)}  of {visible(acl.attached_to)}"
        lines.append((indent(_HANG), Piece(where, "quiet")))
    return lines


def _misses(misses: Sequence[NearMiss], width: int) -> list[Line]:
    if not misses:
        return []
    lines = [plain(""), plain("what nearly let it pass", "strong")]
    for miss in misses:
        lines += flow(
            (indent(2),),
            [plain(word) for word in owner_words(miss.acl.policy)],
            hang=4,
            width=width,
        )
        words = " and ".join(miss.why)
        begin: Line = (indent(4),)
        lines += prose(visible(f"only if {words}"), "quiet", start=begin, hang=6, width=width)
    return lines


def _reply(reply: ReplyView, width: int, *, why: bool) -> list[Line]:
    lines: list[Line] = [plain("")]
    lines += flow(_mark(reply.verdict), [plain("the reply", "strong")], hang=_LABEL, width=width)
    start: Line = (indent(_LABEL),)
    lines += prose(visible(reply.reason), "plain", start=start, hang=_LABEL, width=width)
    return [*lines, *_steps(reply.steps, width, why=why)]


def _confirm(found: Confirmation, width: int, *, why: bool) -> list[Line]:
    """Both sides, where they differ or where every detail is asked for; the steps say the rest."""
    if not found.tools or (found.agrees is not False and not why):
        return []
    several = len(found.nodes) > 1
    lines: list[Line] = [plain("")]
    if not several:
        lines.append(plain("what the node's own tools say", "strong"))
    for node in found.nodes:
        if several:
            lines.append(plain(f"what the own tools of {visible(node.node)} say", "strong"))
        lines += _node(node, width)
    return lines


def _node(found: NodeConfirmation, width: int) -> list[Line]:
    lines: list[Line] = []
    ours = owner(found.deciding.policy) if found.deciding else ""
    sides = [(found.verdict, "ovntrace", ours, "")] if found.verdict else []
    sides += [(one.verdict or "unknown", one.tool, one.reason, one.command) for one in found.tools]
    for verdict, tool, said, command in sides:
        start: Line = (*_mark(verdict), Piece(tool.ljust(_KIND)), indent(1))
        lines += prose(visible(said), "plain", start=start, hang=_HANG, width=width)
        if command:
            lines.append((indent(4), Piece("$ ", "quiet"), Piece(visible(command), "quiet")))
    if not sides:
        lines += prose(visible(found.reason), "quiet", start=(indent(4),), hang=6, width=width)
    return lines
