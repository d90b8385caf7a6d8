"""A verdict beside what the node's own tools say of the same packet.

The tools name logical flows, by the first digits of their uuids (ovn-trace) or as OpenFlow cookies
(ofproto/trace). A logical flow of an ACL has the first digits of the ACL's uuid as its stage-hint
(OVN's northd/northd.c), and so the ACL that decided there is known, and its policy.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ovntrace.acls.stages import STAGES
from ovntrace.model.capture import Gap, unique_gaps
from ovntrace.model.tooltrace import LogicalFlow, LogicalTrace, OpenflowStep, OpenflowTrace
from ovntrace.verdict.confirm_packet import Probe
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.types import (
    Confirmation,
    NodeConfirmation,
    ToolAnswer,
    TraceStep,
    TraceView,
)
from ovntrace.verdict.words import policy_words
from ovntrace.view.types import AclView

OVN_TRACE = "ovn-trace"
OFPROTO_TRACE = "ofproto/trace"

_ACL_PRIORITY_OFFSET = 1000  # OVN_ACL_PRI_OFFSET of OVN's northd/northd.c

Flows = Mapping[str, LogicalFlow]  # by the first eight digits of their uuids


@dataclass(frozen=True, slots=True)
class Heard:
    """What a tool came to: the verdict, the flows in order that the packet matched (first digits of
    uuids), and what else there is to say."""

    verdict: str
    flows: tuple[str, ...]
    note: str = ""
    is_copied: bool = False  # to several ports: whose flows these are is not told
    aside: str = ""  # what could not be asked beside it


def heard_of_logical(trace: LogicalTrace, wanted: str, *, is_elsewhere: bool = False) -> Heard:
    """ovn-trace's verdict for the port that the packet is meant for.

    It knows no nodes: of a packet for a port on another node (`is_elsewhere`) it also tells what
    becomes of it there, which is left out.
    """
    if is_elsewhere:
        ingress = tuple(step.flow for step in trace.steps if not step.outport)
        if wanted in trace.outputs or any(step.outport == wanted for step in trace.steps):
            return Heard("allow", ingress)
        return Heard("reject" if trace.rejects else "drop", ingress)
    flows = tuple(step.flow for step in trace.steps if step.outport in ("", wanted))
    if wanted in trace.outputs:
        return Heard("allow", flows)
    return Heard("reject" if trace.rejects else "drop", flows)


def heard_of_egress(trace: LogicalTrace, wanted: str, entered_by: str) -> Heard | str:
    """ovn-trace's verdict for the end of a tunnel, where another node's ingress pipeline has chosen
    the port: of what it says only the egress pipeline counts, and where it does not get that far,
    that is no answer."""
    flows = tuple(step.flow for step in trace.steps if step.outport == wanted)
    if wanted in trace.outputs:
        return Heard("allow", flows)
    if not flows:
        return (
            f"it ends before {wanted}'s egress pipeline: it takes the packet through the ingress "
            f"pipeline of {entered_by} first, which a tunnel does not"
        )
    return Heard("reject" if trace.rejects else "drop", flows)


def heard_of_routed(trace: LogicalTrace, wanted: str, remote: Collection[str]) -> Heard:
    """ovn-trace's verdict on the node before the routers: whether the packet gets to another zone
    (one of the ports `remote`), or to the egress pipeline of the port that is wanted."""
    flows: list[str] = []
    for step in trace.steps:
        if step.outport == wanted:
            return Heard("allow", tuple(flows))
        flows.append(step.flow)
    if any(port in remote for port in trace.outputs):
        return Heard("allow", tuple(flows))
    return Heard("reject" if trace.rejects else "drop", tuple(flows))


def heard_of_openflow(trace: OpenflowTrace, wanted: int | None) -> Heard:
    """ofproto/trace's verdict. `wanted` is the OpenFlow port that the packet is meant for; where it
    is not known (a tunnel's end), any output counts."""
    bridge = trace.steps[0].bridge if trace.steps else ""
    outputs = [output for output in trace.outputs if output.bridge == bridge]
    reached = [output for output in outputs if wanted in (None, output.port)]
    at = reached[0].at if reached else len(trace.steps)
    flows = tuple(step.cookie for step in trace.steps[:at])
    is_copied = len(outputs) > 1
    if reached and trace.leaves:
        return Heard("allow", flows, is_copied=is_copied)
    if reached:
        note = (
            f"OVN gives it to port {reached[0].port} of {bridge}, and what follows there drops it"
        )
        return Heard("drop", flows, note, is_copied)
    note = _place(trace.steps[-1]) if trace.steps and not outputs else ""
    return Heard("reject" if trace.rejects else "drop", flows, note, is_copied)


def _place(step: OpenflowStep) -> str:
    """The OpenFlow flow where a packet ends; one without a cookie comes of no logical flow."""
    cookie = f"cookie 0x{step.cookie}" if step.cookie else "no cookie"
    return f"at table {step.table}, priority {step.priority}, {cookie}"


def answer(
    tool: str, command: str, heard: Heard | str, probe: Probe, flows: Flows | str
) -> ToolAnswer:
    """The tool's side, and whether it agrees. `heard` is a reason where it could not be asked,
    `flows` where it is not known which ACLs decided."""
    if isinstance(heard, str):
        return ToolAnswer(tool, None, None, command, None, heard)
    if isinstance(flows, str):
        agrees = _same_verdict(probe, heard.verdict)
        reason = f"{heard.verdict}; by which ACL is not known: {flows}"
        return ToolAnswer(tool, heard.verdict, None, command, agrees, reason)
    acl = None if heard.is_copied else _deciding(probe, heard, flows)
    shown = probe.show(acl) if acl else None
    agrees = _same_verdict(probe, heard.verdict)
    if agrees and not heard.is_copied:
        agrees = _same_acl(probe.deciding, shown)
    return ToolAnswer(tool, heard.verdict, shown, command, agrees, _reason(heard, shown))


def _reason(heard: Heard, acl: AclView | None) -> str:
    aside = f"; {heard.aside}" if heard.aside else ""
    return _said(heard, acl) + aside


def _said(heard: Heard, acl: AclView | None) -> str:
    if acl is not None:
        return f"{heard.verdict} by {policy_words(acl)}"
    if heard.note:
        return f"{heard.verdict}: {heard.note}"
    return heard.verdict if heard.is_copied else f"{heard.verdict}; no ACL decides it"


def _same_verdict(probe: Probe, verdict: str) -> bool | None:
    """None where ours is open."""
    if probe.verdict not in ("allow", "drop", "reject"):
        return None
    return probe.verdict == verdict


def _same_acl(ours: AclView | None, theirs: AclView | None) -> bool:
    """Of ACLs of one stage, tier and priority OVN leaves open which one is met."""
    if ours is None or theirs is None:
        return ours is theirs
    standing = (ours.stage, ours.tier, ours.priority) == (
        theirs.stage,
        theirs.tier,
        theirs.priority,
    )
    return ours.uuid == theirs.uuid or standing


def _deciding(probe: Probe, heard: Heard, flows: Flows) -> SwitchAcl | None:
    """The ACL of the last flow that was made of one. Of a packet that goes no further, only if it
    ends in that ACL's stage."""
    seen = [flows[prefix] for prefix in heard.flows if prefix in flows]
    if heard.verdict == "allow":
        return _last(probe, seen)
    last = flows.get(heard.flows[-1]) if heard.flows else None
    stage = _acl_stage(last.stage) if last else None
    if stage is None:
        return None
    found = _last(probe, [flow for flow in seen if _acl_stage(flow.stage) == stage])
    return found if found and found.acl.action in ("drop", "reject") else None


def _last(probe: Probe, seen: Sequence[LogicalFlow]) -> SwitchAcl | None:
    for flow in reversed(seen):
        found = acl_of(flow, probe.leg.model.acls)
        if found is not None:
            return found
    return None


def acl_of(flow: LogicalFlow, acls: Sequence[SwitchAcl]) -> SwitchAcl | None:
    """The ACL that a flow was made of. Where an ACL is replaced by one with the same match, northd
    keeps the flow and its old stage-hint: then match and priority tell (an ACL's flow has 1000
    more, and the match behind terms of its own)."""
    stage = _acl_stage(flow.stage)
    if stage is None or not flow.hint:
        return None
    hinted = [one for one in acls if one.acl.uuid.startswith(flow.hint)]
    if len(hinted) == 1:
        return hinted[0]
    alike = [
        one
        for one in acls
        if _acl_stage(one.stage) == stage
        and one.acl.priority + _ACL_PRIORITY_OFFSET == flow.priority
        and flow.match.endswith((one.acl.match, f"({one.acl.match})"))
    ]
    return alike[0] if alike else None


def _acl_stage(stage: str) -> str | None:
    """The ACL stage that a part of it belongs to (since OVN 23.06 each is split)."""
    name = stage.removesuffix("_eval").removesuffix("_action")
    return name if name in STAGES else None


def not_asked(probe: str, node: str, view: TraceView) -> TraceView:
    """The view of a flow about which there is nothing to ask."""
    found = Confirmation(node, None, f"not confirmed: {probe}", view.verdict, view.deciding, ())
    return replace(view, confirm=found, steps=(*view.steps, _step(view, found)))


def on_a_node(probe: Probe, tools: Sequence[ToolAnswer]) -> NodeConfirmation:
    """What the tools of one node come to."""
    said = [tool.agrees for tool in tools]
    agrees = False if False in said else True if True in said else None
    reason = _summary(probe, tools, agrees)
    return NodeConfirmation(probe.node, agrees, reason, probe.verdict, probe.deciding, tuple(tools))


def not_reached(node: str, before: str) -> NodeConfirmation:
    """The node that the packet was for, where it ends on another one."""
    reason = f"nothing to ask on {node}: the packet ends on {before}"
    return NodeConfirmation(node, None, reason, None, None, ())


def with_confirmation(
    view: TraceView, nodes: Sequence[NodeConfirmation], gaps: Sequence[Gap]
) -> TraceView:
    """The view with what the tools of each node said. One that disagrees makes the verdict
    unknown; it is confirmed if those of each node that the packet gets to agree."""
    first = nodes[0]
    said = {one.agrees for one in nodes if one.verdict is not None}
    agrees = False if False in said else True if said == {True} else None
    told = [one for one in nodes if one.agrees is False] if agrees is False else nodes
    reason = "; ".join(one.reason for one in told)
    found = Confirmation(
        first.node,
        agrees,
        reason,
        first.verdict or "unknown",
        first.deciding,
        first.tools,
        tuple(nodes),
    )
    view = replace(view, confirm=found, gaps=unique_gaps([*view.gaps, *gaps]))
    steps = (*view.steps, *(_node_step(view, one) for one in nodes))
    if agrees is not False:
        return replace(view, steps=steps)
    return replace(
        view,
        verdict="unknown",
        reason=reason,
        steps=steps,
        deciding=None,
        near_misses=(),
        reply=None,
    )


def _node_step(view: TraceView, one: NodeConfirmation) -> TraceStep:
    """Of the whole verdict on the last node that the packet gets to, of its part on the others."""
    decision = (one.verdict or view.verdict) if one.agrees else "unknown"
    return TraceStep("confirm", one.node, one.node, None, decision, one.reason)


def _step(view: TraceView, found: Confirmation) -> TraceStep:
    decision = view.verdict if found.agrees else "unknown"
    return TraceStep("confirm", found.node, found.node, None, decision, found.reason)


def _summary(probe: Probe, tools: Sequence[ToolAnswer], agrees: bool | None) -> str:
    if agrees is False:
        ours = probe.verdict + (f" by {policy_words(probe.deciding)}" if probe.deciding else "")
        sides = [f"{one.tool} says {one.reason}" for one in tools if one.agrees is False]
        return f"the databases say {ours}, but on {probe.node} {'; '.join(sides)}"
    asked = [one for one in tools if one.verdict is not None]
    silent = [f"{one.tool}: {one.reason}" for one in tools if one.verdict is None]
    if agrees is None:
        said = [f"{one.tool} says {one.reason}" for one in asked]
        where = "" if probe.is_whole else f" on {probe.node}"
        return f"not confirmed{where}: " + "; ".join([*said, *silent])
    names = " and ".join(one.tool for one in asked)
    rest = "".join(f"; not asked: {one}" for one in silent)
    return f"confirmed by {names} on {probe.node}{rest}"
