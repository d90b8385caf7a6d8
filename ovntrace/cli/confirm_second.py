"""The second node on a packet's way: its tools are asked about what the first one has sent."""

from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.parameters import Values
from ovntrace.cli.confirm_tools import Tools
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.tooltrace import LogicalTrace, TunnelPacket
from ovntrace.verdict.confirm import (
    OFPROTO_TRACE,
    OVN_TRACE,
    Heard,
    heard_of_egress,
    heard_of_logical,
    heard_of_openflow,
)
from ovntrace.verdict.confirm_entrance import (
    as_sent,
    comes_in,
    out_of_tunnel,
    stays_out,
    tunnel_flow,
    uplink_of,
)
from ovntrace.verdict.confirm_packet import (
    BRIDGE,
    TTL,
    Probe,
    Probes,
    logical_values,
    logical_values_at,
    openflow_port,
    openflow_values,
    openflow_values_at,
)

if TYPE_CHECKING:
    from ovntrace.cli.confirm import Answers, Sent

_Answer = tuple[Heard | str, str]


def on_the_second(probes: Probes, probe: Probe, tools: Tools, sent: "Sent") -> "Answers":
    """What each tool says there, or in words why it can't be asked, and the command."""
    asks = _logical_values(probes, probe, sent)
    trace, ovs, command = tools.logical(asks)
    if asks is None:  # the first node's answer is of this one too
        trace, command = sent.logical, sent.command
    logical = trace if isinstance(trace, str) else _heard(probes, probe, trace)
    return {OVN_TRACE: (logical, command), OFPROTO_TRACE: _openflow(probe, tools, ovs, sent)}


def _logical_values(probes: Probes, probe: Probe, sent: "Sent") -> Values | str | None:
    """The parameters of ovn-trace: where the packet comes in, which is the localnet port, or the
    port of type remote that stands for the sender. None where it need not be asked again."""
    if not probe.leg.egress_only:
        return logical_values(probe)
    if probes.is_shared:
        return None
    return _behind_routers(probe, sent) if probes.is_routed else logical_values(probe)


def _behind_routers(probe: Probe, sent: "Sent") -> Values | str:
    """On the transit switch between the zones, with the MACs that the first router has given it."""
    if isinstance(sent.logical, str):
        return f"by which port it comes in is not known: ovn-trace on {sent.sender.node}: " + (
            sent.logical
        )
    if isinstance(sent.sender.trace, str) or not sent.sender.trace.tunnels:
        return f"what leaves {sent.sender.node} is not known: ofproto/trace there shows no tunnel"
    nb = probe.leg.model.nb
    port = nb.port(sent.logical.last_inport)
    switch = nb.switch_of(port.uuid) if port else None
    if port is None or switch is None:
        return f"the zone has no port {sent.logical.last_inport}, by which it would come in"
    tunnel = sent.sender.trace.tunnels[0]
    ttl = TTL if tunnel.ttl is None else tunnel.ttl
    return logical_values_at(probe, switch.uuid, port.name, as_sent(probe.wire, tunnel), ttl)


def _heard(probes: Probes, probe: Probe, trace: LogicalTrace) -> Heard | str:
    leg = probe.leg
    if not leg.egress_only:
        return heard_of_logical(trace, leg.wanted.name)
    if probes.is_routed and not probes.is_shared:
        return heard_of_logical(trace, leg.wanted.name)
    return heard_of_egress(trace, leg.wanted.name, leg.inport.name)


def _openflow(probe: Probe, tools: Tools, ovs: OpenVswitch | str, sent: "Sent") -> _Answer:
    if isinstance(ovs, str):
        return ovs, ""
    if not probe.leg.egress_only:
        return _by_an_uplink(probe, tools, ovs, sent)
    tunnel = out_of_tunnel(probe, ovs, sent.sender)
    if not isinstance(tunnel, TunnelPacket):
        return tunnel, ""
    flow = tunnel_flow(probe, ovs, tunnel)
    if isinstance(flow, Heard):
        return flow, ""
    [(trace, command)] = tools.openflow(openflow_values_at(probe, BRIDGE, flow))
    if isinstance(trace, str):
        return trace, command
    return heard_of_openflow(trace, openflow_port(ovs, probe.leg.wanted)), command


def _by_an_uplink(probe: Probe, tools: Tools, ovs: OpenVswitch, sent: "Sent") -> _Answer:
    """Both from the uplink to br-int and from the patch port on: after conntrack a trace that began
    in another bridge does not tell in which one it is."""
    uplink = uplink_of(ovs, probe.leg.inport.name, sent.left_by)
    values = openflow_values(probe, ovs)
    asked: list[Values] = [] if isinstance(values, str) else [values]
    if not isinstance(uplink, str):
        asked.append(openflow_values_at(probe, uplink.bridge, uplink.flow(probe)))
    answers = tools.openflow(*asked)
    aside = f"only from {BRIDGE}'s patch port on: {uplink}" if isinstance(uplink, str) else ""
    if not isinstance(uplink, str):
        outer, command = answers.pop()
        if not isinstance(outer, str) and not comes_in(outer, uplink, probe, ovs):
            return stays_out(uplink, probe, ovs), command
        aside = f"only from {BRIDGE}'s patch port on: {outer}" if isinstance(outer, str) else ""
    if isinstance(values, str):
        return values, ""
    trace, command = answers.pop()
    if isinstance(trace, str):
        return trace, command
    heard = heard_of_openflow(trace, openflow_port(ovs, probe.leg.wanted))
    return replace(heard, aside=aside), command
