"""The answer of `ovntrace trace`: a flow's way, what decides it, and what becomes of the reply."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ovntrace.errors import WrongQuestionError
from ovntrace.match import Packet
from ovntrace.model.capture import Gap, unique_gaps
from ovntrace.model.northbound import LogicalSwitch, Northbound, PortGroup
from ovntrace.model.snapshot import Snapshot
from ovntrace.policy.owner import AclOwner, owner_of_acl
from ovntrace.policy.part import rule_part
from ovntrace.verdict.aim import aimed
from ovntrace.verdict.confirm_packet import Probe, Probes
from ovntrace.verdict.confirm_routed import routed_probes
from ovntrace.verdict.conntrack import REPLY, UNTRACKED, CtState, ct_state
from ovntrace.verdict.ends import Address, End, Ends
from ovntrace.verdict.misses import near_misses
from ovntrace.verdict.packets import EPHEMERAL, Wire
from ovntrace.verdict.pipeline import Outcome, Step, through_switch
from ovntrace.verdict.remembering import zones_that_remember
from ovntrace.verdict.routes import may_be_unrouted, refused_at_once
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.tunnel import out_of_tunnel
from ovntrace.verdict.types import Flow, NearMiss, ReplyView, TraceStep, TraceView
from ovntrace.verdict.ways import Leg, NoWay, Way, way_between
from ovntrace.verdict.words import address_steps, headline, network_step, reply_reason
from ovntrace.verdict.zones import is_primary, version_of_zone
from ovntrace.view.acls import acl_view, policy_ref
from ovntrace.view.source import source_of
from ovntrace.view.types import AclView

_DECISIONS = frozenset({"allow", "drop", "reject", "ambiguous", "unknown"})

Make = Callable[[SwitchModel], Packet]  # the packet in the symbols of a switch's OVN
States = Callable[[Leg], tuple[CtState, CtState]]  # in the zones of the ports entered and left


class Tracer:
    """Traces over one snapshot. Switches are prepared once, for all flows."""

    def __init__(self, snapshot: Snapshot, ends: Ends | None = None) -> None:
        self._snapshot = snapshot
        self._models: dict[tuple[str, str], SwitchModel] = {}
        self._ends = ends or Ends(snapshot)

    def model(self, node: str, nb: Northbound, switch: LogicalSwitch) -> SwitchModel:
        """The switch of a node's zone, prepared for verdicts."""
        known = self._models.get((node, switch.uuid))
        if known is None:
            known = SwitchModel(nb, switch, version_of_zone(nb))
            self._models[node, switch.uuid] = known
        return known

    def trace(self, flow: Flow, *, now: float) -> TraceView:
        """The answer to one question. Raises WrongQuestionError. `now` is seconds since the
        epoch."""
        return self._question(flow, now).answer()

    def probes(self, flow: Flow, *, now: float) -> Probes | str:
        """The packet to ask the own tools of each node on its way about, or why there is none.
        Raises WrongQuestionError."""
        return self._question(flow, now).probes()

    def _question(self, flow: Flow, now: float) -> "_Question":
        try:
            state = ct_state(flow.ct)
        except ValueError as error:
            raise WrongQuestionError(str(error)) from error
        source, target, why = self._ends.of(flow, now=now)
        return _Question(self, self._snapshot, flow, state, source, target, why, now)

    def show(self, model: SwitchModel, one: SwitchAcl, packet: Packet | None = None) -> AclView:
        """An ACL as every answer shows it, for a packet that it matched with the part of the rule
        that it is for; a default deny goes by its group's name."""
        owner = owner_of_acl(one.acl, one.group, primary_network=is_primary(model.switch))
        kube = self._snapshot.kube
        ref = policy_ref(owner, one.group, _group_name, rule_part(one.acl, owner, kube))
        view = acl_view(model.nb, one.acl, one.group, model.switch, ref)
        return view if packet is None else aimed(view, one.acl, packet, kube)


@dataclass
class _Run:
    """How far a packet came on a way."""

    verdict: str = "allow"
    reason: str = ""
    steps: list[TraceStep] = field(default_factory=list)
    deciding: AclView | None = None
    ended: tuple[Leg, Packet, Step] | None = None
    is_answered: bool = False  # OVN itself has answered (ARP)


@dataclass(frozen=True, slots=True)
class _Question:
    tracer: Tracer
    snapshot: Snapshot
    flow: Flow
    state: CtState
    source: End
    target: End
    why: str
    now: float

    def answer(self) -> TraceView:
        first = [network_step(self.source, self.target, self.why)]
        first += address_steps(self.source, self.target)
        refused = refused_at_once(self.source, self.target)
        if refused is not None:
            return self._view(_Run(refused.decision, refused.rule, [*first, refused]), None, ())
        way = way_between(self.source, self.target, self.tracer.model)
        if isinstance(way, NoWay):
            return self._view(_Run("unknown", way.reason, first), None, ())
        wire = self._wire()
        run = self._resolve(way, wire)
        if run.verdict == "allow":
            there = self._pass(way.there, wire, way.between, self._forward_state)
            there.steps[:0] = run.steps
            run = there
        run.steps[:0] = first
        doubt = None
        if run.verdict == "allow" and self.flow.src_ip is None:
            doubt = may_be_unrouted(self.source, self.target)
        if doubt is not None:
            run.steps.insert(len(first), doubt)
            run.verdict, run.reason, run.deciding = "unknown", doubt.rule, None
        misses = self._misses(run)
        reply = self._reply(way, wire) if run.verdict == "allow" and self._asks_reply else None
        return self._view(run, reply, misses)

    def probes(self) -> Probes | str:
        """The switches on the way, and what becomes of the packet on each."""
        if refused_at_once(self.source, self.target) is not None:
            return "no packet of it enters OVN"
        way = way_between(self.source, self.target, self.tracer.model)
        wire = self._wire()
        if isinstance(way, NoWay):
            ends = (self.source, self.target)
            routed = routed_probes(*ends, self.tracer.model, wire, self.state, self._acl)
            return routed or way.reason
        resolved = self._resolve(way, wire).verdict
        whole = self._pass(way.there, wire, "", self._forward_state).verdict
        if resolved not in ("allow", whole):
            return "the ARP exchange before it decides, which the tools are not asked about"
        first, *rest = (self._probe(leg, wire, is_whole=len(way.there) == 1) for leg in way.there)
        if rest and first.verdict in ("drop", "reject"):
            return Probes(first, unreached=rest[0].node)
        return Probes(first, rest[0] if rest else None)

    def _probe(self, leg: Leg, wire: Wire, *, is_whole: bool) -> Probe:
        run = self._pass((leg,), wire, "", self._forward_state)
        show = partial(self._acl, leg)
        return Probe(leg, wire, self.state, run.verdict, run.deciding, is_whole, show)

    @property
    def _asks_reply(self) -> bool:
        return bool(self.state.flags & {"new", "est"}) and "rpl" not in self.state.flags

    def _wire(self) -> Wire:
        assert self.source.address is not None
        assert self.target.address is not None
        has_ports = self.flow.proto != "icmp"
        return Wire(
            self.source.mac,
            self.target.mac,
            self.source.address,
            self.target.address,
            self.flow.proto,
            (self.flow.sport or EPHEMERAL) if has_ports else None,
            self.flow.dport if has_ports else None,
        )

    def _resolve(self, way: Way, wire: Wire) -> _Run:
        """The ARP exchange before the first packet of an IPv4 flow. Neighbour discovery of IPv6 is
        never dropped by ACLs."""
        run = _Run()
        target = self._neighbour(wire)
        if wire.src.version != 4 or "new" not in self.state.flags or target is None:
            return run
        asked = self._legs(way.there, lambda m: wire.arp_request(m.table, target), way.between)
        by = "OVN itself" if asked.is_answered else self.target.label
        if asked.verdict == "allow" and not asked.is_answered:
            asked = self._legs(way.back, lambda m: wire.arp_answer(m.table, target), way.between)
        if asked.verdict == "allow":
            rule = f"who has {target}? can be asked, and {by} can answer"
            run.steps.append(TraceStep("arp", str(target), self.source.node, None, "allow", rule))
            return run
        run.verdict = asked.verdict
        run.deciding = asked.deciding
        run.reason = f"ARP for {target}: {asked.reason}"
        last = asked.steps[-1]
        rule = f"{last.rule}; without ARP the flow can't begin"
        run.steps.append(
            TraceStep("arp", last.name, last.node, last.stage, asked.verdict, rule, last.acl)
        )
        return run

    def _neighbour(self, wire: Wire) -> Address | None:
        """Whose MAC is asked for: the destination's, or none where a gateway's is (it is not
        known which, and OVN is not the one to answer)."""
        if self.source.attachment is None:
            return wire.dst
        near = any(wire.dst in subnet for subnet in self.source.subnets)
        return wire.dst if near or not self.source.subnets else None

    def _forward_state(self, _leg: Leg) -> tuple[CtState, CtState]:
        return self.state, self.state

    def _reply_state(self, leg: Leg) -> tuple[CtState, CtState]:
        """In a zone that remembers the forward packet it is a reply; elsewhere conntrack can make
        nothing of an answer to what it does not know (UDP: a new flow)."""
        model = leg.model
        unseen = ct_state("new") if self.flow.proto == "udp" else ct_state("inv")
        wire = self._wire().packet(model.table)
        # The port that the forward packet left by is the one that the reply enters by.
        here, there = zones_that_remember(model, leg.wanted, leg.inport, wire)
        return (REPLY if there else unseen), (REPLY if here else unseen)

    def _pass(
        self,
        legs: Sequence[Leg],
        wire: Wire,
        between: str,
        states: States,
    ) -> _Run:
        return self._legs(legs, lambda m: wire.packet(m.table), between, states)

    def _legs(
        self, legs: Sequence[Leg], make: Make, between: str, states: States | None = None
    ) -> _Run:
        run = _Run()
        for at, leg in enumerate(legs):
            packet = make(leg.model)
            into, out = states(leg) if states else (UNTRACKED, UNTRACKED)
            if at and between:
                run.steps.append(
                    TraceStep("underlay", between, "", None, "allow", f"over {between}")
                )
            outcome = _outcome(leg, packet, into, out)
            run.steps += [self._shown(leg, step, packet) for step in outcome.steps]
            run.verdict, run.reason = outcome.verdict, self._named(outcome.reason)
            run.is_answered = leg.inport in outcome.outputs
            if outcome.verdict == "allow":
                acls = [step.acl for step in outcome.steps if step.acl is not None]
                run.deciding = self._acl(leg, acls[-1], packet) if acls else run.deciding
                if run.is_answered:
                    break
                continue
            assert outcome.deciding is not None
            acl = outcome.deciding.acl
            run.deciding = self._acl(leg, acl, packet) if acl is not None else None
            run.ended = (leg, packet, outcome.deciding)
            break
        return run

    def _reply(self, way: Way, wire: Wire) -> ReplyView:
        run = self._pass(way.back, wire.answer(), way.between, self._reply_state)
        reason = reply_reason(run.verdict, run.reason, run.ended[0].model if run.ended else None)
        return ReplyView(run.verdict, reason, tuple(run.steps), run.deciding)

    def _misses(self, run: _Run) -> tuple[NearMiss, ...]:
        if run.ended is None or run.ended[2].kind != "acl" or run.verdict not in ("drop", "reject"):
            return ()
        leg, packet, step = run.ended
        stage = (step.stage or "").removesuffix("_eval")
        is_egress = stage == "ls_out_acl"
        candidates = leg.model.candidates.concerning(
            stage, leg.inport, leg.wanted if is_egress else None
        )
        packet = packet.with_fields(
            {
                "inport": leg.inport.name,
                "outport": leg.wanted.name if is_egress else "",
                "reg0": -1 & 0xFFFF,
            }
        )
        return near_misses(leg.model, candidates, packet, lambda one: self._acl(leg, one))

    def _shown(self, leg: Leg, step: Step, packet: Packet) -> TraceStep:
        acl = self._acl(leg, step.acl, packet) if step.acl else None
        decision = step.decision if step.decision in _DECISIONS else "allow"
        name, rule = self._named(step.name), self._named(step.rule)
        return TraceStep(step.kind, name, leg.node, step.stage, decision, rule, acl)

    def _named(self, text: str) -> str:
        """Logical ports of the two ends by their workloads' names, as the question has them."""
        ends = [(end.port.name, end.label) for end in (self.source, self.target) if end.port]
        for name, label in sorted(ends, key=lambda item: -len(item[0])):
            text = label.join(re.split(re.escape(name) + r"(?![\w.-]*[\w-])", text))
        return text

    def _acl(self, leg: Leg, one: SwitchAcl, packet: Packet | None = None) -> AclView:
        """As explain shows it (with the policies that a default deny stands for, which are those of
        the port that it judges: two workloads of a namespace share its groups), for a packet that
        it matched with the part of the rule that the packet is for."""
        judged = leg.wanted if one.acl.direction == "to-lport" else leg.inport
        ends = (self.source, self.target)
        for end in (*(end for end in ends if end.port and end.port.name == judged.name), *ends):
            for view in end.attachment.acls if end.attachment else ():
                if view.uuid == one.acl.uuid:
                    if packet is None:
                        return view
                    return aimed(view, one.acl, packet, self.snapshot.kube)
        return self.tracer.show(leg.model, one, packet)

    def _view(self, run: _Run, reply: ReplyView | None, misses: tuple[NearMiss, ...]) -> TraceView:
        source = source_of(self.snapshot, self.source.node or self.target.node, self.now)
        if not self.snapshot.ovs:  # nobody asked: a verdict needs no row of it
            told = {key: value for key, value in source.versions.items() if key != "ovs"}
            source = replace(source, versions=told)
        return TraceView(
            source=source,
            flow=self._facts(),
            verdict=run.verdict,
            reason=headline(
                run.verdict,
                run.reason,
                run.deciding,
                run.steps,
                misses,
                reply,
                is_across=len({self.source.node, self.target.node} - {""}) == 2,
            ),
            steps=tuple(run.steps),
            deciding=run.deciding,
            near_misses=misses,
            reply=reply,
            gaps=self._gaps(),
        )

    def _gaps(self) -> tuple[Gap, ...]:
        nodes = {self.source.node, self.target.node} - {""}
        return unique_gaps(
            [
                Gap.of(m)
                for m in self.snapshot.missing
                if not m.target.node or m.target.node in nodes
            ]
        )

    def _facts(self) -> dict[str, object]:
        one = self.source.attachment or self.target.attachment
        return {
            "src": self.flow.src,
            "dst": self.flow.dst,
            "proto": self.flow.proto,
            "sport": self.flow.sport,
            "dport": self.flow.dport,
            "ct": self.flow.ct,
            "network": one.network if one else None,
            "topology": one.topology if one else None,
            "src_ip": str(self.source.address) if self.source.address else None,
            "dst_ip": str(self.target.address) if self.target.address else None,
            "src_mac": self.source.mac,
            "dst_mac": self.target.mac,
            "src_node": self.source.node or None,
            "dst_node": self.target.node or None,
        }


def _outcome(leg: Leg, packet: Packet, into: CtState, out: CtState) -> Outcome:
    if leg.egress_only:
        return out_of_tunnel(leg.model, leg.inport, leg.wanted, packet, ct_out=out)
    return through_switch(
        leg.model,
        leg.inport,
        packet,
        ct_in=into,
        ct_out=out,
        wanted=leg.wanted.name,
        elsewhere=leg.elsewhere,
    )


def _group_name(_owner: AclOwner, group: PortGroup | None) -> str:
    return group.name if group else ""
