"""The parts of `diff` as lines: workloads with their hops, policies, ACLs, groups, sets."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from renderers.acls import owner, owner_words
from renderers.lines import Line, Piece, flow, indent, plain, prose, width_of
from renderers.text import counted, in_words, visible

if TYPE_CHECKING:
    from ovntrace.diff.types import (
        AclChange,
        AttachmentChange,
        FactChange,
        GroupChange,
        HopChange,
        Member,
        NodeChange,
        NoiseChange,
        ObjectChange,
        SetAddress,
        SetChange,
        WorkloadChange,
    )
    from ovntrace.view.types import AclView, Fact

ARROW = "->"
_STYLES = {"came": "ok", "went": "broken", "moved": "warn", "changed": "warn"}
_STATES = {"ok": "ok", "warn": "warn", "broken": "broken", "unknown": "unknown"}
_WORD = 9  # columns of came, went, moved, changed


def _start(change: str, margin: int) -> Line:
    word = Piece(visible(change).ljust(_WORD), _STYLES.get(change, "plain"))
    return (indent(margin), word) if margin else (word,)


def word_of(change: str, margin: int = 2) -> Line:
    """`came`, `went`, `moved` or `changed` before what it is said of."""
    return _start(change, margin)


def fact_lines(facts: "Sequence[FactChange]", margin: int, width: int) -> list[Line]:
    """`name  old -> new`; each value whole, below each other where they are too long."""
    lines: list[Line] = []
    for one in facts:
        old, new = _value(one.old), _value(one.new)
        label = visible(one.name)
        short: Line = (
            indent(margin),
            Piece(f"{label}  ", "quiet"),
            Piece(f"{old} {ARROW} {new}"),
        )
        if width_of(short) <= width:
            lines.append(short)
        else:
            lines.append((indent(margin), Piece(label, "quiet")))
            lines.append((indent(margin + 2), Piece("A  ", "quiet"), Piece(old)))
            lines.append((indent(margin + 2), Piece("B  ", "quiet"), Piece(new)))
    return lines


def _value(value: "Fact") -> str:
    if value is None:
        return "none"
    return in_words(value) or "empty"


def node_lines(nodes: "Sequence[NodeChange]") -> list[Line]:
    """Nodes that came or went."""
    return [(*_start(one.change, 2), Piece(visible(one.node), "strong")) for one in nodes]


# --- workloads ------------------------------------------------------------------------------------


def workload_lines(workloads: "Sequence[WorkloadChange]", width: int) -> list[Line]:
    """Each with its place, and below it what is plugged in otherwise."""
    lines: list[Line] = []
    for one in workloads:
        lines += flow(_start(one.change, 2), _workload_tokens(one), hang=2 + _WORD + 2, width=width)
        for port in one.ports_left:
            tokens = [plain("its port is left over:"), plain(visible(port), "strong")]
            lines += flow((indent(4),), tokens, hang=6, width=width, gap=1)
        for attachment in one.attachments:
            lines += _attachment(attachment, width)
    return lines


def _workload_tokens(one: "WorkloadChange") -> list[Line]:
    key = one.workload
    name = f"{key.namespace}/{key.name}" if key.namespace else key.name
    tokens: list[Line] = [(Piece(f"{visible(key.kind)} "), Piece(visible(name), "strong"))]
    both = one.old is not None and one.new is not None
    for label in ("node", "pod", "phase"):
        old, new = getattr(one.old, label, None), getattr(one.new, label, None)
        if label == "pod" and key.name in (old, new):
            continue
        if both and old != new:
            tokens += _from_to(label, old, new)
        elif label == "node":
            known = new if new is not None else old
            shown = "unknown" if known is None else visible(known)
            tokens.append((Piece("node ", "quiet"), Piece(shown)))
    if one.old is None or one.new is None:
        networks = ", ".join(map(visible, one.networks)) or "none"
        tokens.append((Piece("networks ", "quiet"), Piece(networks)))
    return tokens


def _from_to(label: str, old: str | None, new: str | None) -> list[Line]:
    """Two tokens, so that long names need not share a line."""
    start = [Piece(f"{label} ", "quiet")] if label else []
    return [(*start, Piece(f"{_known(old)} {ARROW}")), plain(_known(new))]


def _known(value: str | None) -> str:
    return "none" if value is None else visible(value)


def _attachment(one: "AttachmentChange", width: int) -> list[Line]:
    where: list[Line] = [
        plain(visible(one.interface), "strong"),
        (Piece("network ", "quiet"), Piece(visible(one.network))),
    ]
    if one.nad != "default":
        where.append((Piece("nad ", "quiet"), Piece(visible(one.nad))))
    start: Line = (indent(4),)
    if one.change != "changed":
        start = _start(one.change, 4)
    lines = flow(start, where, hang=8, width=width)
    lines += fact_lines(one.facts, 6, width)
    for is_quiet, hops in groupby(one.hops, key=_is_quiet):
        if is_quiet:
            lines += _quiet_hops(list(hops), width)
        else:
            lines += [line for hop in hops for line in _hop(hop, width)]
    return lines


def _is_quiet(one: "HopChange") -> bool:
    """True for a hop that came or went as sound: there is nothing to say but its name."""
    return one.change != "changed" and "ok" in (one.old_state, one.new_state)


def _quiet_hops(hops: "Sequence[HopChange]", width: int) -> list[Line]:
    lines: list[Line] = []
    for change, same in groupby(hops, key=lambda one: one.change):
        tokens = [
            (Piece(f"{visible(one.kind)} "), Piece(_known(one.new_name or one.old_name), "strong"))
            for one in same
        ]
        lines += flow(_start(change, 6), tokens, hang=6 + _WORD, width=width)
    return lines


def _hop(one: "HopChange", width: int) -> list[Line]:
    tokens: list[Line] = [plain(visible(one.kind))]
    old, new = one.old_name, one.new_name
    if old == new or old is None or new is None:
        tokens.append(plain(_known(new or old), "strong"))
    else:
        tokens += _from_to("", old, new)
    is_told = one.old_state != one.new_state and "unknown" not in (one.old_state, one.new_state)
    if is_told or one.change != "changed":
        states = [state for state in (one.old_state, one.new_state) if state is not None]
        pieces: list[Piece] = []
        for at, state in enumerate(states):
            pieces += [Piece(f" {ARROW} ")] if at else []
            pieces.append(Piece(visible(state), _STATES.get(state, "plain")))
        tokens.append(tuple(pieces))
    lines = flow(_start(one.change, 6), tokens, hang=6 + _WORD + 2, width=width)
    if is_told or one.change != "changed":
        # Of a hop that is sound now it is worth a word what was wrong with it.
        side, why = ("B", one.new_why) if one.new_why else ("A", one.old_why)
        for title in why:
            begin: Line = (indent(6 + _WORD), Piece(f"{side}  ", "quiet"))
            lines += prose(visible(title), "plain", start=begin, hang=6 + _WORD + 3, width=width)
    return lines + fact_lines(one.facts, 6 + _WORD, width)


# --- policies, ACLs -------------------------------------------------------------------------------


def policy_lines(policies: "Sequence[ObjectChange]", width: int) -> list[Line]:
    """Policies and network definitions, with the fields that differ."""
    lines: list[Line] = []
    for one in policies:
        name = f"{one.namespace}/{one.name}" if one.namespace else one.name
        tokens: list[Line] = [(Piece(f"{visible(one.kind)} "), Piece(visible(name), "strong"))]
        if one.told_by == "acls":
            tokens.append(plain("told by its ACLs", "quiet"))
        lines += flow(_start(one.change, 2), tokens, hang=2 + _WORD + 2, width=width)
        lines += fact_lines(one.facts, 2 + _WORD, width)
    return lines


def acl_lines(acls: "Sequence[AclChange]", width: int, *, why: bool) -> list[Line]:
    """By owner; each ACL with its match, a changed one with what differs."""
    lines: list[Line] = []
    for title, group in groupby(acls, key=_owner_of):
        lines.append((indent(2), Piece(title, "strong")))
        for one in group:
            lines += _acl(one, width, why=why)
    return lines


def _owner_of(one: "AclChange") -> str:
    acl = one.new or one.old
    assert acl is not None
    named = owner_words(acl.policy)[0]
    return named if one.network is None else f"{named}  on network {visible(one.network)}"


def _acl(one: "AclChange", width: int, *, why: bool) -> list[Line]:
    acl = one.new or one.old
    assert acl is not None
    changed = {fact.name for fact in one.facts}
    tokens: list[Line] = []
    if "action" not in changed:
        tokens.append(plain(visible(acl.action), _action_style(acl)))
    for name, text in (
        ("direction", visible(acl.direction)),
        ("tier", f"tier {acl.tier}"),
        ("priority", f"priority {acl.priority}"),
    ):
        if name not in changed:
            tokens.append(plain(text, "quiet"))
    tokens += [plain(word, "quiet") for word in owner_words(acl.policy)[1:]]
    tokens.append((Piece("nodes ", "quiet"), Piece(", ".join(map(visible, one.nodes)))))
    lines = flow(_start(one.change, 4), tokens, hang=4 + _WORD + 2, width=width)
    if "match" not in changed:
        lines.append(whole(acl.match, 4 + _WORD, width))
    lines += fact_lines(one.facts, 4 + _WORD, width)
    if why:
        for side, view in (("A", one.old), ("B", one.new)):
            if view is not None:
                words = f"{side}  {visible(view.uuid)}  of {visible(view.attached_to)}"
                lines.append((indent(4 + _WORD), Piece(words, "quiet")))
    return lines


def _action_style(acl: "AclView") -> str:
    return "broken" if acl.action in ("drop", "reject") else "ok"


def whole(text: str, margin: int, width: int) -> Line:
    """A match on one line, further to the left where it does not fit."""
    shown = Piece(visible(text), "quiet")
    return (indent(margin if width_of((shown,)) + margin <= width else 4), shown)


# --- groups, sets ---------------------------------------------------------------------------------


def group_lines(groups: "Sequence[GroupChange]", width: int) -> list[Line]:
    """Each group by its owner, with the ports that entered and left."""
    lines: list[Line] = []
    for one in groups:
        name = _known(one.new_name or one.old_name)
        tokens = [plain(owner(one.owner) if one.owner else name, "strong")]
        if one.network is not None:
            tokens.append((Piece("network ", "quiet"), Piece(visible(one.network))))
        tokens.append((Piece("port group ", "quiet"), Piece(name, "quiet")))
        lines += flow(_start(one.change, 2), tokens, hang=2 + _WORD + 2, width=width)
        for word, members in (("entered", one.entered), ("left", one.left)):
            lines += _members(word, members, width)
    return lines


def _members(word: str, members: "Sequence[Member]", width: int) -> list[Line]:
    lines: list[Line] = []
    for one in members:
        if one.follows:
            continue
        tokens: list[Line] = [plain(visible(one.port), "strong")]
        if one.workload is not None:
            tokens.append(plain(visible(str(one.workload)), "quiet"))
        lines += flow(_inner(word), tokens, hang=2 + _WORD + 2 + _WORD, width=width)
    return lines + _following(word, sum(one.follows for one in members), "port")


def _inner(word: str) -> Line:
    style = "ok" if word == "entered" else "broken"
    return (indent(2 + _WORD), Piece(word.ljust(_WORD), style))


def _following(word: str, number: int, noun: str) -> list[Line]:
    if not number:
        return []
    told = f"{counted(number, noun)} with the workloads above"
    return [(*_inner(word), Piece(told, "quiet"))]


def set_lines(sets: "Sequence[SetChange]", width: int) -> list[Line]:
    """Each address set by what it is of."""
    lines: list[Line] = []
    for one in sets:
        tokens: list[Line] = [plain(visible(one.title), "strong")]
        if one.network is not None:
            tokens.append((Piece("network ", "quiet"), Piece(visible(one.network))))
        name = _known(one.new_name or one.old_name)
        tokens.append((Piece("address set ", "quiet"), Piece(name, "quiet")))
        lines += flow(_start(one.change, 2), tokens, hang=2 + _WORD + 2, width=width)
        for word, addresses in (("entered", one.entered), ("left", one.left)):
            lines += _addresses(word, addresses, width)
    return lines


def _addresses(word: str, addresses: "Sequence[SetAddress]", width: int) -> list[Line]:
    own = [plain(visible(one.address)) for one in addresses if not one.follows]
    hang = 2 + _WORD + _WORD
    lines = flow(_inner(word), own, hang=hang, width=width) if own else []
    return lines + _following(word, sum(one.follows for one in addresses), "address")


# --- noise ---------------------------------------------------------------------------------------


def noise_lines(noise: "Sequence[NoiseChange]", width: int) -> list[Line]:
    """What differs and means nothing by itself."""
    lines: list[Line] = []
    for one in noise:
        tokens = [plain(visible(word)) for word in (one.node, one.what, one.name) if word]
        lines += flow((indent(2),), tokens, hang=4, width=width)
        lines += fact_lines(one.facts, 4, width)
    return lines
