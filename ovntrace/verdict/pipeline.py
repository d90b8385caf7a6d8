"""A packet's way through one logical switch, from the port it comes from to those it reaches.

The stages are those of a switch's logical pipeline in order (northd/northd.h): port security, the
two ingress ACL stages, the look-up of the destination, then for each output port the egress ACL
stage and port security.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ovntrace.acls.stages import STAGES
from ovntrace.match import Packet
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.dhcp import may_be_answered
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.judged import as_judged
from ovntrace.verdict.lookup import find
from ovntrace.verdict.portsec import may_receive, may_send
from ovntrace.verdict.responder import answer
from ovntrace.verdict.stage import Decision, decide
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.tracking import egress_state, ingress_state
from ovntrace.verdict.traits import Traits, traits_of

_AS_NAMED: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on the way that let the packet pass or not. `decision` is allow, drop, reject,
    ambiguous, unknown, or the name of the port that a look-up found. `tied` are the ACLs that
    disagree or can't be judged, or that would decide as `acl` does in its place. `commits` is False
    for an ACL stage that lets a new packet pass without conntrack remembering it."""

    kind: str  # port | port-security | acl | load-balancer | responder | lookup | output
    name: str
    stage: str | None
    decision: str
    rule: str
    acl: SwitchAcl | None = None
    tied: tuple[SwitchAcl, ...] = ()
    commits: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a packet on a switch. `outputs` are the ports that it leaves by; `deciding`
    is the step that ended it, or the last at which an ACL let it pass (or a default, where no ACL
    had a say)."""

    verdict: str  # allow | drop | reject | ambiguous | unknown
    reason: str
    steps: tuple[Step, ...]
    outputs: tuple[LogicalSwitchPort, ...]
    deciding: Step | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A port that is on another node, and the port by which this node reaches it.

    Where the switch has a localnet port, the egress pipeline is passed for that one in its place
    (OVN's controller/physical.c: remote port connected by localnet port). `by` is None for a
    tunnel: then the other node alone has the egress pipeline (ovn-architecture(7)).
    """

    name: str
    by: LogicalSwitchPort | None


def through_switch(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    *,
    ct_in: CtState,
    ct_out: CtState,
    wanted: str | None = None,
    elsewhere: Elsewhere | None = None,
) -> Outcome:
    """The packet's way from `inport`. `ct_in` and `ct_out` are its states in the zones of the port
    it enters by and of the one it leaves by, should it be tracked there.

    With `wanted` (a port's name) the verdict is about that port, even if others are reached too;
    `elsewhere` is the port that the packet is for, if that is on another node.
    """
    steps: list[Step] = []
    ended = _enter(model, inport, packet, steps)
    traits = traits_of(model, packet)
    state = ingress_state(model, inport, packet, ct_in, traits)
    if ended is None and inport.type != "vtep":
        ended = _ingress_acls(model, inport, packet, state, traits, steps)
    if ended is not None:
        return Outcome(ended.decision, ended.rule, tuple(steps), (), ended)
    answered = answer(model, inport, packet)
    if answered is not None:
        rule = f"OVN answers for {answered.owner.name}"
        steps.append(Step("responder", answered.owner.name, None, "answer", rule))
        return egress(model, inport, answered.packet, state, ct_out, None, steps, (inport,))
    if may_be_answered(model, inport, packet):
        rule = "OVN answers DHCP for the port itself: whether it does so to this packet is not told"
        steps.append(Step("responder", inport.name, None, "unknown", rule))
        return Outcome("unknown", rule, tuple(steps), (), steps[-1])
    found = find(model, inport, packet)
    steps.append(Step("lookup", found.name, None, found.decision, found.rule))
    if not found.ports:
        verdict = "unknown" if found.decision == "unknown" else "drop"
        return Outcome(verdict, found.rule, tuple(steps), (), steps[-1])
    targets = found.ports
    if elsewhere is not None:
        far = [port for port in targets if port.name == elsewhere.name]
        if far and elsewhere.by is None:
            return _into_tunnel(steps, far[0])
        targets = _by_localnet(targets, elsewhere)
    return egress(model, inport, packet, state, ct_out, wanted, steps, targets, found.outports)


def _into_tunnel(steps: list[Step], port: LogicalSwitchPort) -> Outcome:
    """The packet leaves the node without having passed an egress pipeline."""
    rule = "goes to the node that has the port, by a tunnel"
    steps.append(Step("output", port.name, None, "allow", rule))
    return _passed(steps, (port,), f"sent to {port.name} by a tunnel")


def _by_localnet(
    targets: tuple[LogicalSwitchPort, ...], elsewhere: Elsewhere
) -> tuple[LogicalSwitchPort, ...]:
    """The ports with the localnet port, once, in the place of what is reached by it."""
    by = elsewhere.by
    near = [port if by is None or port.name != elsewhere.name else by for port in targets]
    return tuple({port.uuid: port for port in near}.values())


def _ingress_acls(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    state: CtState,
    traits: Traits,
    steps: list[Step],
) -> Step | None:
    judged = as_judged(model, packet, state, {"inport": inport.name})
    for stage in STAGES[:2]:
        decision = decide(model, (inport, None), judged, state, traits, stage=stage)
        ended = _note(model, steps, inport, stage, decision)
        if ended is None and stage == STAGES[0] and state.is_tracked:
            ended = _balanced(model, packet, steps)
        if ended is not None:
            return ended
    return None


def _balanced(model: SwitchModel, packet: Packet, steps: list[Step]) -> Step | None:
    """The step that says that a load balancer takes the packet, if one does."""
    vip = model.vips.of(PacketFields(packet)) if model.has_vips else None
    if vip is None:
        return None
    rule = f"{vip.text} is an address of the load balancer {vip.balancer}: its backends decide"
    steps.append(Step("load-balancer", vip.balancer, None, "unknown", rule))
    return steps[-1]


def _enter(
    model: SwitchModel, inport: LogicalSwitchPort, packet: Packet, steps: list[Step]
) -> Step | None:
    if inport.enabled is False:
        steps.append(Step("port", inport.name, None, "drop", "the port is disabled"))
        return steps[-1]
    refused = _malformed(model, packet)
    if refused is not None:
        steps.append(Step("port", inport.name, None, "drop", refused))
        return steps[-1]
    elements = model.security_of(inport)
    if may_send(elements, PacketFields(packet), model.version):
        if elements:
            rule = "its source is one that the port may use"
            steps.append(Step("port-security", inport.name, None, "allow", rule))
        return None
    rule = f"port security of {inport.name} does not allow the packet's source addresses"
    steps.append(Step("port-security", inport.name, None, "drop", rule))
    return steps[-1]


def _malformed(model: SwitchModel, packet: Packet) -> str | None:
    """Why no port of a switch takes a frame."""
    fields = PacketFields(packet)
    if fields.number("eth.src") >> 40 & 1:
        return "its source is a group address"
    tagged = fields.number("vlan.tci") >> 12 & 1
    if tagged and model.switch.other_config.get("vlan-passthru") != "true":
        return "it has a VLAN tag, and the switch does not pass tagged frames (vlan-passthru)"
    return None


def _note(
    model: SwitchModel,
    steps: list[Step],
    port: LogicalSwitchPort,
    stage: str,
    decision: Decision,
) -> Step | None:
    """Note an ACL stage's decision; the step if it ends the packet."""
    name = model.stage_name(stage)
    tied = decision.acls if decision.acl is None else decision.equals
    step = Step(
        "acl",
        port.name,
        name,
        decision.verdict,
        decision.rule,
        decision.acl,
        tied,
        decision.commits,
    )
    steps.append(step)
    return None if decision.verdict == "allow" else step


def egress(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    before: CtState,
    ct_out: CtState,
    wanted: str | None,
    steps: list[Step],
    targets: tuple[LogicalSwitchPort, ...],
    outports: Mapping[str, str] = _AS_NAMED,
) -> Outcome:
    """The egress pipeline for each of some ports. `before` is the state that the ingress zone has
    left behind; `outports` are names that ACLs see instead of a port's own."""
    outputs: list[LogicalSwitchPort] = []
    ends: list[Step] = []
    traits = traits_of(model, packet)
    for outport in targets:
        if wanted is not None and len(targets) > 1 and outport.name != wanted:
            continue
        state = egress_state(model, outport, packet, before, ct_out, traits, inport=inport)
        name = outports.get(outport.name, outport.name)
        judged = as_judged(model, packet, state, {"inport": inport.name, "outport": name})
        end = _give(model, inport, outport, judged, state, traits, steps)
        if end is None:
            outputs.append(outport)
        else:
            ends.append(end)
    if outputs:
        rule = f"delivered to {outputs[0].name}" if len(outputs) == 1 else "delivered"
        return _passed(steps, tuple(outputs), rule)
    if not ends:
        return Outcome("drop", f"it does not go to {wanted}", tuple(steps), (), steps[-1])
    worst = min(ends, key=lambda step: _RANK.index(step.decision))
    return Outcome(worst.decision, worst.rule, tuple(steps), (), worst)


def _passed(steps: list[Step], outputs: tuple[LogicalSwitchPort, ...], rule: str) -> Outcome:
    acls = [step for step in steps if step.kind == "acl"]
    acls = [step for step in acls if step.acl is not None] or acls
    return Outcome("allow", rule, tuple(steps), outputs, acls[-1] if acls else None)


_RANK = ("unknown", "ambiguous", "reject", "drop")


def _give(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    outport: LogicalSwitchPort,
    judged: Packet,
    state: CtState,
    traits: Traits,
    steps: list[Step],
) -> Step | None:
    """The egress pipeline for one port; the step that ended the packet, if one did."""
    decision = decide(model, (inport, outport), judged, state, traits, stage=STAGES[2])
    ended = _note(model, steps, outport, STAGES[2], decision)
    if ended is not None:
        return ended
    elements = model.security_of(outport)
    if not may_receive(elements, PacketFields(judged)):
        rule = f"port security of {outport.name} does not allow the packet's destination"
        steps.append(Step("port-security", outport.name, None, "drop", rule))
        return steps[-1]
    steps.append(Step("output", outport.name, None, "allow", "leaves the switch"))
    return None
