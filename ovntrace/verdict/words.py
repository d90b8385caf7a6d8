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


def policy_words(acl: AclView) -> str:
    """Whose an ACL is, in words."""
    policy = acl.policy
    if policy is None:
        return f"ACL {acl.name or acl.uuid} of nobody known"
    where = f"{policy.namespace}/" if policy.namespace else ""
    if policy.kind == "default-deny":
        return f"default deny of {where}{policy.name}"
    rule = f", {policy.direction} rule {policy.rule}" if policy.rule is not None else ""
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
) -> str:
    """The verdict in one sentence."""
    if verdict == "allow":
        said = _allowed(deciding) if deciding else reason
        if reply is not None and reply.verdict != "allow":
            return f"{said}; but the reply does not come back: {reply.reason}"
        return said
    if verdict == "unknown" and deciding is None:
        return reason
    place = _place(steps)
    said = f"{place}: {policy_words(deciding)}" if deciding else f"{place}: {reason}"
    nearest = _nearest(misses)
    return f"{said}; {nearest}" if nearest else said


def _allowed(deciding: AclView) -> str:
    if deciding.action == "pass":
        return f"passed on by {policy_words(deciding)}, and no ACL of a later tier stops it"
    return f"allowed by {policy_words(deciding)}"


def _place(steps: Sequence[TraceStep]) -> str:
    last = steps[-1] if steps else None
    if last is None:
        return "not judged"
    side = _SIDES.get((last.stage or "").removesuffix("_eval"))
    return f"at {last.name}'s {side}" if side else f"at {last.kind} {last.name}"


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
