"""Where OVN's answer to a rejected packet comes out, by our own rules.

A packet rejected on its way in is answered at once. The answer to one that is rejected on its way
out goes through the look-up and the egress ACLs like any packet to the sender, who may have a
policy against it (ovn-northd, northd/northd.c, build_reject_acl_rules).
"""

from typing import Final

from ovntrace.verdict.conntrack import NEW, REPLY, UNTRACKED, ct_state
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.lookup import find
from ovntrace.verdict.pipeline import Step, egress
from ovntrace.verdict.portsec import may_receive
from ovntrace.verdict.remembering import zones_that_remember
from ovntrace.verdict.switch import SwitchModel
from tests.verdict.packet_bytes import ICMP, ICMP6, IPV4, IPV6, SCTP, TCP
from tests.verdict.packet_probes import Probe, error_about, first_state, swapped

_LAYERS: Final = {TCP: "tcp", SCTP: "sctp"}
_ERRORS: Final = (3, 4, 5, 11, 12)
_UNREACHABLE6: Final = 1


def refused_at(model: SwitchModel, probe: Probe) -> set[str] | None:
    """Ports where a refusal comes out; None where it can't be told."""
    fields = PacketFields(probe.packet)
    if fields.number("eth.type") not in (IPV4, IPV6) or _is_error(fields):
        return set()
    ports: set[str] = set()
    for step in probe.outcome.steps:
        if step.kind == "acl" and step.decision == "reject":
            found = _refused_by(model, probe, fields, step)
            if found is None:
                return None
            ports |= found
    return ports


def _is_error(fields: PacketFields) -> bool:
    """True for an ICMP error that OVN does not answer with another (RFC 1122, 3.2.2)."""
    return fields.number("ip.proto") == ICMP and fields.number("icmp4.type") in _ERRORS


def _refused_by(
    model: SwitchModel, probe: Probe, fields: PacketFields, step: Step
) -> set[str] | None:
    proto = fields.number("ip.proto")
    if proto == ICMP6 and fields.number("icmp6.type") == _UNREACHABLE6:
        return None
    answer = probe.packet.with_fields(error_about(fields))
    if proto in _LAYERS:
        layer = _LAYERS[proto]
        ends = (fields.number(f"{layer}.dst"), fields.number(f"{layer}.src"))
        ports = dict(zip((f"{layer}.src", f"{layer}.dst"), ends, strict=True))
        answer = probe.packet.with_fields({**swapped(fields), **ports})
    sender, judged = model.nb.port(probe.inport), model.nb.port(step.name)
    assert sender is not None and judged is not None
    if not (step.stage or "").startswith("ls_out"):
        may = may_receive(model.security_of(sender), PacketFields(answer))
        return {sender.name} if may else set()
    found = find(model, judged, answer)
    if found.decision in ("unknown", "unknown-ports"):
        return None  # whose MAC it is may have been learned
    if not found.ports:
        return set()
    begins = first_state(probe.packet) == NEW
    seen = begins and zones_that_remember(model, sender, judged, probe.packet)[0]
    unseen = NEW if proto in _LAYERS else ct_state("inv")
    known = REPLY if proto in _LAYERS else ct_state("rel,rpl")
    state = known if seen else unseen
    outcome = egress(model, judged, answer, UNTRACKED, state, None, [], found.ports)
    if outcome.verdict in ("unknown", "ambiguous"):
        return None
    return {port.name for port in outcome.outputs}
