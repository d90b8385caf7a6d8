"""What works of the ways in, what is missing and how to get it: for a person, and as Markdown.

What is well is told in few words, by node and topic; nodes of which the same is to be said stand on
one line. Each trouble has a line of its own, with what to do about it.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from ovntrace.doctor.types import Check, CheckState, DoctorView, Topic, WayChecked
from ovntrace.errors import ExitCode
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose, width_of
from renderers.markdown import cell, code
from renderers.markdown import prose as escaped
from renderers.markdown import table as markdown_table
from renderers.text import counted, visible

TITLES: Final = {
    "kube": "live cluster",
    "local": "this machine",
    "ssh": "nodes by SSH",
    "ovsdb": "OVSDB servers",
    "dump": "dump",
}
_SIGNS: Final = {
    CheckState.OK: ("✓", "ok"),
    CheckState.DIFFERS: ("!", "warn"),
    CheckState.MISSING: ("✗", "broken"),
    CheckState.FAILED: ("✗", "broken"),
    CheckState.NOT_ASKED: ("-", "quiet"),
}
# What is not needed is no failure.
_SPARED: Final = ("-", "unknown")
_MOST_NAMES: Final = 4
_LABEL: Final = 13  # columns of the labels, with the sign before them
_LIST: Final = "list "


def doctor_text(view: DoctorView, *, width: int = 100, color: bool = False) -> str:
    """All ways: those at hand with their checks, the others in a line each."""
    sign, style = ("✓", "ok") if view.exit_code is ExitCode.OK else ("✗", "broken")
    lines = prose(summary(view), "strong", start=(Piece(f"{sign} ", style),), hang=2, width=width)
    for way in view.ways:
        if way.at_hand:
            lines += [plain(""), *_way(way, width)]
    others = [way for way in view.ways if not way.at_hand]
    lines += [plain("")] if others else []
    for way in others:
        lines += _other(way, width)
    return paint(lines, color=color)


def summary(view: DoctorView) -> str:
    """The answer in one sentence."""
    at_hand = [way for way in view.ways if way.at_hand]
    if not at_hand:
        return "no way in is at hand"
    troubles = [check for way in at_hand for check in way.troubles]
    differing = sum(c.state is CheckState.DIFFERS for way in at_hand for c in way.checks)
    if troubles:
        are = "is" if len(troubles) == 1 else "are"
        said = f"{counted(len(troubles), 'thing')} that ovntrace needs {are} missing or broken"
    else:
        said = "all that ovntrace needs is there"
    return f"{said}; {counted(differing, 'difference')}" if differing else said


# --- a way ----------------------------------------------------------------------------------------


def _way(way: WayChecked, width: int) -> list[Line]:
    title: Line = (Piece(TITLES.get(way.kind, visible(way.kind)), "strong"),)
    lines = flow(title, [plain(visible(way.place), "quiet")], hang=2, width=width)
    known = {check.what for check in way.checks if check.topic is Topic.VERSIONS}
    shown = [check for check in way.checks if not _is_told(check, known)]
    for topic, checks in _by_topic([check for check in shown if not check.node]):
        fine = [c for c in checks if c.state is CheckState.OK]
        lists = [c for c in fine if c.what.startswith(_LIST)]
        lines += _fine("lists", [(c.what.removeprefix(_LIST), "") for c in lists], width)
        rest = [(c.what, c.value) for c in fine if c not in lists]
        lines += _fine(str(topic), rest, width)
        lines += _not_fine([c for c in checks if c.state is not CheckState.OK], width)
    of_nodes = [check for check in shown if check.node]
    lines += _nodes(of_nodes, width)
    return lines + _not_fine([c for c in of_nodes if c.state is not CheckState.OK], width)


def _is_told(check: Check, versions: set[str]) -> bool:
    """True for a schema of which the version is told already."""
    is_fine = check.topic is Topic.SCHEMAS and check.state is CheckState.OK
    return is_fine and check.what in versions


def _by_topic(checks: Sequence[Check]) -> list[tuple[Topic, list[Check]]]:
    return [(topic, list(group)) for topic, group in groupby(checks, key=lambda c: c.topic)]


def _fine(label: str, words: Sequence[tuple[str, str]], width: int) -> list[Line]:
    if not words:
        return []
    start: Line = (indent(2), Piece("✓ ", "ok"), Piece(label.ljust(_LABEL - 2), "quiet"), indent(1))
    return flow(start, [_token(one) for one in words], hang=_LABEL + 3, width=width)


def _token(told: tuple[str, str]) -> Line:
    what, value = told
    if not value:
        return plain(visible(what))
    return (Piece(f"{visible(what)} ", "quiet"), Piece(visible(value)))


# --- nodes ----------------------------------------------------------------------------------------


def _nodes(checks: Sequence[Check], width: int) -> list[Line]:
    """What is well, of each node; those of which the same is said together."""
    said: dict[tuple[tuple[str, str], ...], list[str]] = {}
    ailing: set[str] = {check.node for check in checks if check.is_trouble}
    for node, group in groupby(checks, key=lambda c: c.node):
        words = tuple((c.what, c.value) for c in group if c.state is CheckState.OK)
        said.setdefault(words, []).append(node)
    lines: list[Line] = []
    for words, nodes in said.items():
        if not words:
            continue
        sign: Piece = Piece("✗ ", "broken") if set(nodes) & ailing else Piece("✓ ", "ok")
        start: Line = (indent(2), sign, Piece(_names(nodes), "strong"))
        start = (*start, indent(max(2, _LABEL + 3 - width_of(start))))
        lines += flow(start, [_token(one) for one in words], hang=_LABEL + 3, width=width)
    return lines


def _names(nodes: Sequence[str]) -> str:
    if len(nodes) > _MOST_NAMES + 1:
        first = ", ".join(visible(node) for node in nodes[:_MOST_NAMES])
        return f"{first} and {len(nodes) - _MOST_NAMES} more"
    return ", ".join(visible(node) for node in nodes)


def _not_fine(checks: Sequence[Check], width: int) -> list[Line]:
    """Each with its detail and what to do; the same of several things or nodes once."""
    lines: list[Line] = []
    for check, whats, nodes in alike(checks):
        sign, style = sign_of(check)
        names = _listed(whats)
        where = f"on {_names(nodes)}" if any(nodes) else ""
        said = visible(check.detail or str(check.state))
        if check.state is CheckState.NOT_ASKED:
            said = f"{check.state}: {said}"
        # The colon stays with the word before it.
        names, where = (names, f"{where}:") if where else (f"{names}:", "")
        words = [(names, "strong"), (where, "plain"), (said, "plain")]
        tokens = [plain(one, look) for text, look in words for one in text.split(" ") if one]
        start: Line = (indent(2), Piece(f"{sign} ", style))
        lines += flow(start, tokens, hang=6, width=width, gap=1)
        if check.hint:
            arrow: Line = (indent(6), Piece("→ ", "quiet"))
            lines += prose(visible(check.hint), "quiet", start=arrow, hang=8, width=width)
    return lines


def _listed(whats: Sequence[str]) -> str:
    """Of several lists the word once."""
    if len(whats) > 1 and all(what.startswith(_LIST) for what in whats):
        whats = (whats[0], *(what.removeprefix(_LIST) for what in whats[1:]))
    return ", ".join(visible(what) for what in whats)


def sign_of(check: Check) -> tuple[str, str]:
    """Its sign, and the style of it."""
    if not check.needed and check.state in (CheckState.MISSING, CheckState.FAILED):
        return _SPARED
    return _SIGNS[check.state]


def alike(checks: Iterable[Check]) -> list[tuple[Check, tuple[str, ...], list[str]]]:
    """Checks that say the same: one of them, of what they say it, and of which nodes. One that is
    needed speaks for those that are not."""
    of_node: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        key = (check.state, check.detail, check.hint, check.node)
        of_node.setdefault(key, []).append(check)
    found: dict[tuple[object, ...], tuple[Check, tuple[str, ...], list[str]]] = {}
    for same in of_node.values():
        first = next((check for check in same if check.needed), same[0])
        whats = tuple(dict.fromkeys(check.what for check in same))
        key_of_all = (whats, first.state, first.detail, first.hint, first.needed)
        found.setdefault(key_of_all, (first, whats, []))[2].append(first.node)
    return list(found.values())


def _other(way: WayChecked, width: int) -> list[Line]:
    """A way that is not at hand."""
    check = way.checks[0]
    title = TITLES.get(way.kind, visible(way.kind))
    start: Line = (Piece("- ", "quiet"), Piece(title.ljust(_LABEL + 1), "quiet"))
    words = visible(f"not at hand: {check.detail}" if way.place else check.detail)
    lines = prose(words, "plain", start=start, hang=_LABEL + 3, width=width)
    if check.hint:
        arrow: Line = (indent(_LABEL + 3), Piece("→ ", "quiet"))
        lines += prose(visible(check.hint), "quiet", start=arrow, hang=_LABEL + 5, width=width)
    return lines


# --- Markdown -------------------------------------------------------------------------------------


def doctor_markdown(view: DoctorView) -> str:
    """The same, to paste into a ticket: every check is a row."""
    lines = ["# ovntrace doctor", "", f"- {escaped(summary(view))}", f"- at {view.taken_at}"]
    for way in view.ways:
        at_hand = "" if way.at_hand else " (not at hand)"
        place = f": {code(way.place)}" if way.place else ""
        lines += ["", f"## {escaped(TITLES.get(way.kind, way.kind))}{at_hand}{place}", ""]
        lines += markdown_table(
            ("node", "topic", "what", "state", "detail", "how to get it"),
            [_row(check) for check in way.checks],
        )
    return "\n".join(lines) + "\n"


def _row(check: Check) -> tuple[str, ...]:
    state = str(check.state)
    if not check.needed and check.state in (CheckState.MISSING, CheckState.FAILED):
        state = f"{state} (optional)"
    return (
        escaped(check.node),
        str(check.topic),
        escaped(check.what),
        state,
        escaped(check.detail or check.value),
        cell(check.hint) if check.hint else "",
    )
