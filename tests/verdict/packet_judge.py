"""Our verdicts on a policy set's flows beside what real packets do."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ovntrace.verdict.conntrack import NEW, UNTRACKED
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.tracking import egress_state
from tests.verdict.packet_probes import KINDS, PER_KIND, Probe, first, later
from tests.verdict.packet_reading import Advertisement, Caught, Copy, Refusal
from tests.verdict.packet_refusals import refused_at
from tests.verdict.packet_rig import PacketRig
from tests.verdict.packet_sets import FIRST_PORT
from tests.verdict.policies import PolicySet, RandomFlow

QUIET_S: Final = 0.08
"""How long nothing may come before a batch is over; ovn-controller's answers take a few ms."""

LEARNED: Final = "to a MAC that is being learned"
OPEN_ORDER: Final = "the order of copies decides"

_QUIET_AGAIN_S: Final = 0.6


@dataclass(slots=True)
class Seen:
    """What came of a frame: ports where it, or OVN's answer to it, came out, and those where a
    refusal did."""

    copies: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Tally:
    """What was compared: verdicts by the kind of packet, and each difference in words. `again`
    are those that were none when the set's packets were sent once more."""

    sets: int = 0
    flows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the counts of another one."""
        self.sets += other.sets
        self.flows += other.flows
        self.left_out += other.left_out
        self.verdicts += other.verdicts
        self.differences += other.differences
        self.again += other.again

    @property
    def packets(self) -> int:
        """How many were compared."""
        return self.verdicts.total()


def compare(rig: PacketRig, policies: PolicySet, flows: Sequence[RandomFlow]) -> Tally:
    """Load a set into the lab, and send the packets of the flows. If any fares differently from
    our verdict all are sent again, once, after a pause: a difference is what is still one then."""
    rig.load(policies)
    model = rig.model()
    tally = Round(rig, model, QUIET_S).send(flows)
    if not tally.differences:
        return tally
    time.sleep(_QUIET_AGAIN_S)
    second = Round(rig, model, _QUIET_AGAIN_S).send(flows)
    second.again = [text for text in tally.differences if text not in second.differences]
    return second


class Round:
    """The packets of a set's flows, sent once."""

    def __init__(self, rig: PacketRig, model: SwitchModel, quiet_s: float) -> None:
        self._rig = rig
        self._model = model
        self._quiet_s = quiet_s
        self.tally = Tally(sets=1)
        self._taught: set[int] = set()

    def send(self, flows: Sequence[RandomFlow]) -> Tally:
        """Send first packets, then for what was delivered each kind of later ones."""
        self._rig.forget()
        self.tally.flows = len(flows)
        probes = [first(self._model, flow, number) for number, flow in enumerate(flows)]
        seen = self._compare("new", probes)
        ways = [
            (probe, next(iter(seen[probe.flow].copies)))
            for probe in probes
            if probe.outcome.verdict == "allow" and len(seen[probe.flow].copies) == 1
        ]
        ways = [(probe, port) for probe, port in ways if port != probe.inport]
        open_ways = [probe for probe, _ in ways if _may_be_forgotten(probe)]
        self.tally.left_out["ambiguous"] += len(open_ways)
        ways = [(probe, port) for probe, port in ways if probe not in open_ways]
        for kind in KINDS[1:]:
            made = [later(self._model, probe, port, kind) for probe, port in ways]
            probes = [probe for probe in made if probe is not None]
            seen = self._compare(kind, probes)
            if kind == "reply":
                known = {one.flow for one in probes if one.is_known}
                known -= {flow for flow, one in seen.items() if one.refusals}
                ways = [(probe, port) for probe, port in ways if probe.flow in known]
        return self.tally

    def _compare(self, kind: str, probes: Sequence[Probe]) -> dict[int, Seen]:
        """Send probes that we can judge, compare, and tell what was seen of each flow."""
        judged = self._in_order([probe for probe in probes if self._is_judged(probe)])
        expected = sum(len(one.outcome.outputs) for one in judged)
        frames = [(one.inport, one.frame) for one in judged]
        arrived = self._rig.exchange(frames, expected, self._quiet_s)
        seen = _by_flow(kind, judged, arrived)
        for probe in judged:
            self.tally.verdicts[kind, probe.outcome.verdict] += 1
            if _in_open_order(self._model, probe) & _differ(probe, seen[probe.flow]):
                self.tally.left_out[OPEN_ORDER] += 1
            difference = _difference(self._model, probe, seen[probe.flow])
            if difference is not None:
                self.tally.differences.append(f"{kind}: {probe.inport}: {difference}")
        return seen

    def _is_judged(self, probe: Probe) -> bool:
        outcome = probe.outcome
        if outcome.verdict in ("unknown", "ambiguous"):
            self.tally.left_out[outcome.verdict] += 1
            return False
        return True

    def _in_order(self, probes: Sequence[Probe]) -> list[Probe]:
        """Probes to MACs that no port has before all others, and those to a MAC before one that
        teaches OVN where it is: our verdict is that of a switch which has learned nothing. What
        can't be put in such an order is left out."""
        lost = [probe for probe in probes if _is_to_unknown(probe)]
        if lost:
            self._rig.forget_macs()
        # What an earlier kind of packets has taught may be learned only now.
        rest = [probe for probe in lost if _mac(probe, "dst") not in self._taught]
        self.tally.left_out[LEARNED] += len(lost) - len(rest)
        self._taught |= {_mac(probe, "src") for probe in probes if self._teaches(probe)}
        ordered: list[Probe] = []
        while rest:
            wanted = Counter(_mac(probe, "dst") for probe in rest)
            harmless = [
                probe for probe in rest if not (self._teaches(probe) and wanted[_mac(probe, "src")])
            ]
            ordered += harmless
            if not harmless:
                self.tally.left_out[LEARNED] += 1
            gone = harmless or rest[:1]
            rest = [probe for probe in rest if probe not in gone]
        return ordered + [probe for probe in probes if not _is_to_unknown(probe)]

    def _teaches(self, probe: Probe) -> bool:
        port = self._model.nb.port(probe.inport)
        return port is not None and "unknown" in port.addresses and not port.port_security


def _may_be_forgotten(probe: Probe) -> bool:
    """True where ACLs that tie let the packet pass, and only some make conntrack remember it."""
    actions = [
        {one.acl.action == "allow-stateless" for one in (step.acl, *step.tied)}
        for step in probe.outcome.steps
        if step.kind == "acl" and step.acl is not None
    ]
    return any(len(different) > 1 for different in actions)


def _is_to_unknown(probe: Probe) -> bool:
    return any(step.decision == "unknown-ports" for step in probe.outcome.steps)


def _in_open_order(model: SwitchModel, probe: Probe) -> set[str]:
    """Ports that get one of several copies and do not track it. What conntrack said on the way in
    holds there, but is gone for copies after the first that is tracked on its way out, and OVN
    leaves the order open."""
    if not _is_to_unknown(probe) or not model.is_stateful:
        return set()
    ports = [port for port in model.switch_ports.unknown if port.name != probe.inport]
    states = {port.name: egress_state(model, port, probe.packet, UNTRACKED, NEW) for port in ports}
    return {name for name, state in states.items() if not state.is_tracked}


def _mac(probe: Probe, end: str) -> int:
    return PacketFields(probe.packet).number(f"eth.{end}")


def _by_flow(
    kind: str, probes: Sequence[Probe], arrived: Iterable[tuple[str, Caught]]
) -> dict[int, Seen]:
    """What was caught, by the flow that it belongs to."""
    seen: dict[int, Seen] = defaultdict(Seen)
    asked = {
        (probe.inport, target): probe.flow
        for probe in probes
        if (target := PacketFields(probe.packet).number("nd.target"))
    }
    for port, one in arrived:
        match one:
            case Copy(number) if number // PER_KIND == KINDS.index(kind):
                seen[number % PER_KIND].copies.add(port)
            case Refusal(ports, None):
                seen[max(ports) - FIRST_PORT].refusals.add(port)
            case Refusal(_, int(number)) if number // PER_KIND == KINDS.index(kind):
                seen[number % PER_KIND].refusals.add(port)
            case Advertisement(target) if (port, target) in asked:
                seen[asked[port, target]].copies.add(port)
            case _:
                pass  # late, or of another's
    return seen


def _differ(probe: Probe, seen: Seen) -> set[str]:
    """Ports that the verdict is about where a copy came out and ours says none does, or the other
    way."""
    differ = {port.name for port in probe.outcome.outputs} ^ seen.copies
    return differ if probe.wanted is None else differ & {probe.wanted}


def _difference(model: SwitchModel, probe: Probe, seen: Seen) -> str | None:
    outcome = probe.outcome
    unsure = {step.name for step in outcome.steps if step.decision == "ambiguous"}
    unsure |= _in_open_order(model, probe)
    said = f"{outcome.verdict}: {outcome.reason}"
    if _differ(probe, seen) - unsure:
        ours = sorted(port.name for port in outcome.outputs)
        return f"came out of {sorted(seen.copies)}, ours {ours}: {said}"
    if unsure or (probe.wanted is not None and _is_to_unknown(probe)):
        return None
    refused = refused_at(model, probe)
    if refused is None:
        return None
    # OVN's reset of what is not the first packet may be one that conntrack calls invalid.
    differ = seen.refusals ^ refused if probe.kind == "new" else seen.refusals - refused
    if differ:
        return f"refused at {sorted(seen.refusals)}, ours {sorted(refused)}: {said}"
    return None
