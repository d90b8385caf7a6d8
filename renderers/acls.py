"""The ACLs and policies of an attachment, as lines of its tree."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ovntrace.view.types import AclView, PolicyEffect, PolicyRef
from renderers.lines import Line, Piece, flow, indent, plain, prose, width_of
from renderers.text import visible

# stage -> what it is, in words; the stage's own name stands beside it.
STAGES = {
    "ls_in_acl": "leaving the workload",
    "ls_in_acl_after_lb": "leaving the workload, after load balancing",
    "ls_out_acl": "towards the workload",
}
_ACTIONS = {"drop": "broken", "reject": "broken", "pass": "quiet"}
_EFFECTS = {"applied": "ok", "partial": "warn", "none": "warn", "unknown": "unknown"}
_MATCH = 14  # columns by which a match stands in, and one that would not fit there
_MATCH_LONG = 4


def told_stage(stage: str) -> str:
    """A stage in words; empty for one that is not known. Newer OVN has `_eval` at their ends."""
    return STAGES.get(stage.removesuffix("_eval"), "")


def owner(policy: PolicyRef | None) -> str:
    """`MultiNetworkPolicy llm-demo/web (Ingress rule 0), from[2] ipBlock 10.0.0.0/8`."""
    return ", ".join(owner_words(policy))


def owner_words(policy: PolicyRef | None) -> list[str]:
    """The same in pieces: whose an ACL is, then the peer and the ports as far as they are known,
    by their paths in the rule."""
    if policy is None:
        return ["owner unknown"]
    # A default deny has no name where nobody knows which policies it is for.
    name = "/".join(part for part in (policy.namespace, policy.name) if part)
    words = f"{policy.kind} {name}" if name else policy.kind
    parts = [policy.direction] if policy.direction is not None else []
    if policy.rule is not None:
        parts.append(f"rule {policy.rule}")
    if policy.rule_id is not None:
        parts.append(f"rule {policy.rule_id}")
    whose = f"{words} ({' '.join(parts)})" if parts else words
    return [visible(word) for word in (whose, *_peer(policy), *_ports(policy))]


def _peer(policy: PolicyRef) -> Iterator[str]:
    side = "to" if policy.direction == "Egress" else "from"
    if policy.peer is not None:
        block = f" ipBlock {policy.cidr}" if policy.cidr is not None else ""
        yield f"{side}[{policy.peer}]{block}"
    elif policy.cidr is not None:
        yield f"{side} {policy.cidr}"


def _ports(policy: PolicyRef) -> Iterator[str]:
    if not policy.ports and policy.protocol is not None:
        yield policy.protocol
    for one in policy.ports or ():
        told = [one.protocol, one.port]
        yield " ".join([f"ports[{one.index}]", *(word for word in told if word is not None)])


def acl_lines(acls: Sequence[AclView], width: int, *, why: bool) -> list[Line]:
    """The ACLs in the order given, a heading before each direction and stage.

    Each has two lines: where it stands and whose it is, then its match, whole.
    """
    lines: list[Line] = []
    action = max((len(visible(acl.action)) for acl in acls), default=0)
    for (direction, stage), group in groupby(acls, key=lambda acl: (acl.direction, acl.stage)):
        members = list(group)
        told = f"  {told_stage(stage)}" if told_stage(stage) else ""
        heading = Piece(f"{visible(direction)}  {visible(stage)}")
        lines.append((heading, Piece(f"{told}: {len(members)}", "quiet")))
        titles = f"  tier  prio  {'action'.ljust(action)}  policy, and below it the match"
        lines.append(plain(titles, "quiet"))
        for acl in members:
            lines += _acl(acl, action, width, why=why)
    return lines


def _acl(acl: AclView, action_width: int, width: int, *, why: bool) -> list[Line]:
    action = visible(acl.action)
    start: Line = (
        Piece(f"  {acl.tier:>4}  {acl.priority:>4}  "),
        Piece(action.ljust(action_width), _ACTIONS.get(acl.action, "ok")),
        indent(2),
    )
    tokens = [plain(word) for word in owner_words(acl.policy)]
    if acl.attached_to.startswith("switch "):
        # On a switch an ACL concerns every port of it, which its match need not say.
        tokens.append(plain(f"on {visible(acl.attached_to)}", "quiet"))
    lines = flow(start, tokens, hang=_MATCH, width=width)
    match = Piece(visible(acl.match), "quiet")
    fits = width_of((match,)) + _MATCH <= width
    lines.append((indent(_MATCH if fits else _MATCH_LONG), match))
    if why:
        name = "no name" if acl.name is None else visible(acl.name)
        extra = [plain(visible(acl.uuid), "quiet"), plain(name, "quiet")]
        extra.append(plain(f"of {visible(acl.attached_to)}", "quiet"))
        lines += flow((indent(_MATCH),), extra, hang=_MATCH + 2, width=width)
    return lines


def policy_lines(policies: Sequence[PolicyEffect], width: int) -> list[Line]:
    """The policies that select the workload, with what OVN has of each."""
    lines: list[Line] = []
    effect_width = max((len(visible(one.effect)) for one in policies), default=0)
    for one in policies:
        style = _EFFECTS.get(one.effect, "unknown")
        start: Line = (Piece(visible(one.effect).ljust(effect_width), style), indent(2))
        isolates = ", ".join(visible(way) for way in one.isolates) or "nothing"
        tokens = [
            plain(visible(f"{one.kind} {one.namespace}/{one.name}")),
            plain(f"isolates {isolates}", "quiet"),
        ]
        lines += flow(start, tokens, hang=effect_width + 2, width=width)
        if one.reason:
            begin: Line = (indent(effect_width + 2),)
            lines += prose(
                visible(one.reason), "plain", start=begin, hang=effect_width + 2, width=width
            )
    return lines
