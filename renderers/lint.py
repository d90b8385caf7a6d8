"""ACLs that are not in force: for a person, as Markdown, and as plain JSON values."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ovntrace.view.types import State
from renderers.acls import owner, owner_words
from renderers.document import SCHEMA, Json, acl_json, finding_json, gap_json, source_json
from renderers.head import MARKS, gap_lines, source_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose
from renderers.markdown import code, fenced, gaps_markdown, source_markdown
from renderers.markdown import prose as escaped
from renderers.text import columns, counted, visible

if TYPE_CHECKING:
    from ovntrace.verdict.lint import DeadAcl, LintView

_LABEL = 11  # columns of the labels at the head
_EFFECTS = {"open": "broken", "closed": "warn"}


def lint_text(view: "LintView", *, width: int = 100, color: bool = False) -> str:
    """The ACLs by switch, each with its match, the place in it, and what follows."""
    state = _state(view)
    sign, word, style = MARKS[state]
    start: Line = (Piece(f"{sign} {word}".ljust(_LABEL), style),)
    lines = prose(_summary(view), "plain", start=start, hang=_LABEL, width=width)
    lines += source_lines(view.source, width)
    for (node, switch, network), group in groupby(
        view.dead, key=lambda one: (one.node, one.switch, one.network)
    ):
        title: Line = (Piece("switch ", "quiet"), Piece(visible(switch), "strong"))
        where = [_labelled("network", network), _labelled("node", node)]
        lines += [plain(""), *flow(title, where, hang=2, width=width)]
        for one in group:
            lines += _acl(one, width)
    return paint(lines + gap_lines(view.gaps, width), color=color)


def place_lines(text: str, start: int, end: int) -> tuple[str, str]:
    """A text on one line, and below it carets under `text[start:end]`; both are printable."""
    before, blamed = visible(text[:start]), visible(text[start:end])
    carets = "^" * max(1, columns(blamed))
    return before + blamed + visible(text[end:]), " " * columns(before) + carets


def _state(view: "LintView") -> State:
    if view.dead:
        return State.BROKEN
    return State.UNKNOWN if view.gaps else State.OK


def _summary(view: "LintView") -> str:
    seen = f"{counted(view.n_acls, 'ACL')} on {counted(view.n_switches, 'switch')}"
    seen = seen.replace("switchs", "switches")
    if view.dead:
        are = "is" if len(view.dead) == 1 else "are"
        return f"{len(view.dead)} of {seen} {are} not in force: the match does not compile"
    if view.gaps:
        return f"{seen}: every match that was seen compiles, not everything was seen"
    return f"{seen}: every match compiles"


def _labelled(label: str, value: str) -> Line:
    return (Piece(f"{label} ", "quiet"), Piece(visible(value)))


def _acl(one: "DeadAcl", width: int) -> list[Line]:
    acl = one.acl
    style = _EFFECTS.get(one.effect, "plain")
    whose, *part = owner_words(acl.policy)
    start: Line = (indent(2), Piece(visible(acl.action), style), indent(2), Piece(whose))
    tokens: list[Line] = [
        *(plain(word) for word in part),
        plain(visible(acl.direction)),
        plain(f"tier {acl.tier}"),
        plain(f"priority {acl.priority}"),
        plain(f"of {visible(acl.attached_to)}", "quiet"),
    ]
    lines = flow(start, tokens, hang=6, width=width)
    name = [plain(visible(acl.name))] if acl.name is not None else []
    lines += flow((indent(6), Piece(visible(acl.uuid), "quiet")), name, hang=8, width=width)
    if one.text != acl.match:
        lines.append((indent(6), Piece("as northd writes it:", "quiet")))
    text, carets = place_lines(one.text, one.start, one.end)
    lines += [(indent(6), Piece(text)), (indent(6), Piece(carets, "broken"))]
    margin: Line = (indent(6),)
    lines += prose(visible(one.message), "broken", start=margin, hang=8, width=width)
    for reason in one.why:
        lines += prose(visible(reason), "plain", start=margin, hang=8, width=width)
    follows: Line = (indent(6), Piece(f"{visible(one.effect)}: ", style))
    return lines + prose(visible(one.follows), "plain", start=follows, hang=8, width=width)


# --- Markdown -------------------------------------------------------------------------------------


def lint_markdown(view: "LintView") -> str:
    """The same, to paste into a ticket."""
    word = MARKS[_state(view)][1]
    lines = [f"# ACLs that do not compile: {word}", "", f"- {escaped(_summary(view))}"]
    lines += source_markdown(view.source)
    for one in view.dead:
        lines += _section(one)
    return "\n".join([*lines, *gaps_markdown(view.gaps)]) + "\n"


def _section(one: "DeadAcl") -> Sequence[str]:
    acl = one.acl
    text, carets = place_lines(one.text, one.start, one.end)
    what = f"{acl.direction}, tier {acl.tier}, priority {acl.priority}, {acl.action}"
    title = code(acl.name if acl.name is not None else acl.uuid)
    written = [] if one.text == acl.match else ["- as northd writes it:"]
    return [
        "",
        f"## ACL {title} on switch {code(one.switch)} of {code(one.node)}",
        "",
        f"- {escaped(what)}; of {escaped(owner(acl.policy))}; in {escaped(acl.attached_to)}",
        f"- uuid {code(acl.uuid)}, network {code(one.network)}",
        f"- **{escaped(one.message)}**",
        *(f"- {escaped(reason)}" for reason in one.why),
        f"- {escaped(one.effect)}: {escaped(one.follows)}",
        *written,
        "",
        *fenced(text, carets),
    ]


# --- documents ------------------------------------------------------------------------------------


def lint_document(view: "LintView") -> Json:
    """The answer of `lint`."""
    from ovntrace.verdict.lint import lint_exit_code

    return {
        "schema": SCHEMA,
        "kind": "lint",
        "source": source_json(view.source),
        "outcome": {"exit_code": int(lint_exit_code(view))},
        "seen": {"switches": view.n_switches, "acls": view.n_acls},
        "acls": [_dead_json(one) for one in view.dead],
        "gaps": [gap_json(one) for one in view.gaps],
        "findings": [finding_json(one) for one in view.findings],
    }


def _dead_json(one: "DeadAcl") -> Json:
    return {
        "node": one.node,
        "switch": one.switch,
        "network": one.network,
        "acl": acl_json(one.acl),
        "installed": one.installed,
        "error": {
            "message": one.message,
            "text": one.text,
            "start": one.start,
            "end": one.end,
        },
        "why": list(one.why),
        "effect": one.effect,
        "follows": one.follows,
    }
