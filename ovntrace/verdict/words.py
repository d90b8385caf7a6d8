"""The sentences of a verdict."""

from collections.abc import Sequence

from ovntrace.verdict.ends import End
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.types import NearMiss, ReplyView, TraceStep
from ovntrace.view.types import AclView, PolicyRef

_SIDES = {"ls_in_acl": "egress", "ls_in_acl_after_lb": "egress", "ls_out_acl": "ingress"}


def network_step(source: End, target: End, why: str) -> TraceStep:
    """Over which network the flow goes, and why that one."""
    one = source.attachment or target.attachment
    name = one.network if one else "?"
    rule = f"by {name}" + (f": {why}" if why else "")
    return TraceStep("network", name, source.node or target.node, None, "allow", rule)


def address_steps(*ends: End) -> list[TraceStep]:
    """Of each end whose address no OVN table has: who told it."""
    return [
        TraceStep(
            "address",
            str(end.address),
            end.node,
            None,
            "allow",
            f"{end.label} has {end.address}: {end.told_by} says so, no OVN table does",
        )
        for end in ends
        if end.attachment is not None and end.told_by not in ("", "the logical port")
    ]


def policy_words(acl: AclView) -> str:
    """Whose an ACL is, in words."""
    policy = acl.policy
    if policy is None:
        return f"ACL {acl.name or acl.uuid} of nobody known"
    where = f"{policy.namespace}/" if policy.namespace else ""
    if policy.kind == "default-deny":
        return f"default deny of {where}{policy.name}"
    rule = f", {policy.direction} rule {policy.rule}" if policy.rule is not None else ""
    if policy.rule_id is not None:
        rule = f", {policy.direction} rule {policy.rule_id}"
    return f"{policy.kind} {where}{policy.name}{rule}{_part(policy)}"


def _part(policy: PolicyRef) -> str:
    """The peer and the ports by their indexes: `, to[2], ports[0]`."""
    side = "to" if policy.direction == "Egress" else "from"
    peer = f", {side}[{policy.peer}]" if policy.peer is not None else ""
    return peer + "".join(f", ports[{one.index}]" for one in policy.ports or ())


def headline(
    verdict: str,
    reason: str,
    deciding: AclView | None,
    steps: Sequence[TraceStep],
    misses: Sequence[NearMiss],
    reply: ReplyView | None,
    *,
    is_across: bool = False,
) -> str:
    """The verdict in one sentence; of a flow from node to node (`is_across`) with the node that
    ended it."""
    if verdict == "allow":
        said = _allowed(deciding) if deciding else reason
        if reply is not None and reply.verdict != "allow":
            return f"{said}; but the reply does not come back: {reply.reason}"
        return said
    if verdict == "unknown" and deciding is None:
        return reason
    place = _place(steps, with_node=is_across)
    said = f"{place}: {policy_words(deciding)}" if deciding else f"{place}: {reason}"
    nearest = _nearest(misses)
    return f"{said}; {nearest}" if nearest else said


def _allowed(deciding: AclView) -> str:
    if deciding.action == "pass":
        return f"passed on by {policy_words(deciding)}, and no ACL of a later tier stops it"
    return f"allowed by {policy_words(deciding)}"


def _place(steps: Sequence[TraceStep], *, with_node: bool) -> str:
    last = steps[-1] if steps else None
    if last is None:
        return "not judged"
    side = _SIDES.get((last.stage or "").removesuffix("_eval"))
    where = f" on {last.node}" if with_node and last.node else ""
    return f"at {last.name}'s {side}{where}" if side else f"at {last.kind} {last.name}{where}"


def _nearest(misses: Sequence[NearMiss]) -> str:
    if not misses:
        return ""
    first = misses[0]
    return f"{policy_words(first.acl)} allows only if {' and '.join(first.why)}"


def reply_reason(verdict: str, reason: str, model: SwitchModel | None) -> str:
    """Why the reply fares as it does. The trap that the field meets most: on a switch whose
    policies only deny, nothing is tracked, so a reply is judged like any new packet."""
    if verdict == "allow" or model is None or model.is_stateful:
        return reason
    return (
        f"{reason}. No ACL of this switch is allow-related, so nothing is tracked and a reply is "
        "judged like a new packet; one allow rule of any policy on this switch would change that"
    )
