"""How a packet comes into the node that it is for: by the physical network, or out of a tunnel.

What comes out of a tunnel is what ofproto/trace on the other node has put into it: the keys are the
sender's, so that keys on which two zones do not agree show.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ovntrace.model.openvswitch import OpenVswitch, OvsBridge, OvsInterface, OvsPort
from ovntrace.model.tooltrace import OpenflowTrace, TunnelPacket
from ovntrace.verdict.confirm import Heard
from ovntrace.verdict.confirm_packet import (
    BRIDGE,
    Probe,
    openflow,
    openflow_port,
    patch_port,
    port_number,
    vlan_of,
)
from ovntrace.verdict.packets import Wire

_DEVICES = ("", "system", "dpdk", "afxdp", "afxdp-nonpmd")
_ANY = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Uplink:
    """Where a frame of the physical network comes into a node: a bridge, and its port."""

    bridge: str
    name: str
    port: int

    def flow(self, probe: Probe) -> str:
        """The packet there, as ofproto/trace takes it."""
        return openflow(self.port, probe.wire, vlan_of(probe))


def bridge_behind(ovs: OpenVswitch, localnet: str) -> str | None:
    """The bridge that a localnet port's patch ports lead to on a node."""
    inner = ovs.interface(patch_port(localnet))
    outer = ovs.interface(inner.options.get("peer", "")) if inner else None
    bridge = ovs.bridge_of(ovs.port_of(outer)) if outer else None
    return bridge.name if bridge else None


def uplink_of(ovs: OpenVswitch, localnet: str, left_by: str | None) -> Uplink | str:
    """Where the packet comes in, or why that is not known.

    Which networks of two nodes are cabled to each other no database tells: bridges of one name are
    taken to be, and where there is none of that name (`left_by`, the other node's) the node's own
    mapping counts. Bonds are left out: which member a frame comes in by is their matter.
    """
    name = left_by if left_by and ovs.bridge(left_by) else bridge_behind(ovs, localnet)
    bridge = ovs.bridge(name) if name else None
    if bridge is None:
        return f"which bridge has the physical network of {localnet} there is not known"
    ports = _physical(ovs, bridge)
    named = [item for item in ports if item[0].name == bridge.external_ids.get("bridge-uplink")]
    found = named or ports
    if len(found) != 1 or len(found[0][1]) != 1:
        return f"the uplink of {bridge.name} is not one device"
    device = found[0][1][0]
    number = port_number(device)
    if number is None:
        return f"the uplink {device.name} of {bridge.name} has no OpenFlow port"
    return Uplink(bridge.name, device.name, number)


def _physical(
    ovs: OpenVswitch, bridge: OvsBridge
) -> list[tuple[OvsPort, tuple[OvsInterface, ...]]]:
    found = []
    for port in ovs.ports_of(bridge):
        devices = tuple(
            one
            for one in ovs.interfaces_of(port)
            if one.type in _DEVICES and "iface-id" not in one.external_ids
        )
        if devices:
            found.append((port, devices))
    return found


def comes_in(trace: OpenflowTrace, uplink: Uplink, probe: Probe, ovs: OpenVswitch) -> bool:
    """Whether what came in by an uplink gets to br-int by the localnet port's patch port. Where the
    first flow there tells no port, it may have come by another localnet port's: then it counts if
    the patch port is one of that bridge's."""
    localnet = probe.leg.inport
    port = openflow_port(ovs, localnet)
    ports = {entry.port for entry in trace.entries if entry.bridge == BRIDGE}
    if port is None or port in ports:
        return port is not None
    return None in ports and bridge_behind(ovs, localnet.name) == uplink.bridge


def stays_out(uplink: Uplink, probe: Probe, ovs: OpenVswitch) -> Heard:
    """The answer for a frame that does not come to br-int."""
    localnet = probe.leg.inport.name
    note = f"what comes in by {uplink.name} of {uplink.bridge} does not get to {BRIDGE}"
    behind = bridge_behind(ovs, localnet)
    if behind is None:
        return Heard("drop", (), f"{note}, which has no patch port for {localnet} there")
    if behind != uplink.bridge:
        return Heard("drop", (), f"{note}: the patch port of {localnet} leads to {behind}")
    return Heard("drop", (), note)


@dataclass(frozen=True, slots=True)
class Sender:
    """The node that a packet comes from: its interfaces and what ofproto/trace said there, or why
    that is not known."""

    node: str
    ovs: OpenVswitch | str
    trace: OpenflowTrace | str


def out_of_tunnel(probe: Probe, ovs: OpenVswitch, sender: Sender) -> TunnelPacket | Heard | str:
    """What comes out of the tunnel on the node that the packet is for; a verdict where it is
    another node's, and in words why it is not known."""
    trace = sender.trace
    if isinstance(trace, str):
        return f"what the tunnel would carry is not known: ofproto/trace on {sender.node}: {trace}"
    if not trace.tunnels:
        why = (
            "it shows no Geneve tunnel with OVN's keys" if trace.leaves else "it does not leave it"
        )
        return f"what the tunnel would carry is not known: by ofproto/trace on {sender.node} {why}"
    addresses = _encap_addresses(ovs)
    sent = [one for one in trace.tunnels if not addresses or one.dst in addresses]
    if not sent:
        other = ", ".join(dict.fromkeys(one.dst for one in trace.tunnels))
        note = f"{sender.node} sends it to {other}, and {probe.node} is {', '.join(addresses)}"
        return Heard("drop", (), note)
    found = sent[0]
    if found.src in _ANY:
        known = () if isinstance(sender.ovs, str) else _encap_addresses(sender.ovs)
        if not known:
            return f"what address {sender.node} sends tunnels from is not known"
        found = replace(found, src=known[0])
    return found


def tunnel_flow(probe: Probe, ovs: OpenVswitch, tunnel: TunnelPacket) -> str | Heard:
    """The packet out of a tunnel, as ofproto/trace takes it; a verdict where br-int has no tunnel
    port for it."""
    for device in ovs.interfaces_of_type("geneve"):
        number = port_number(device)
        if device.options.get("remote_ip") in (tunnel.src, "flow") and number is not None:
            return openflow(number, as_sent(probe.wire, tunnel), tunnel=tunnel)
    return Heard("drop", (), f"{BRIDGE} has no Geneve port for {tunnel.src} there")


def as_sent(wire: Wire, tunnel: TunnelPacket) -> Wire:
    """The packet with the MACs that routers before the tunnel have given it."""
    return replace(
        wire,
        src_mac=tunnel.eth_src or wire.src_mac,
        dst_mac=tunnel.eth_dst or wire.dst_mac,
    )


def _encap_addresses(ovs: OpenVswitch) -> Sequence[str]:
    """external_ids:ovn-encap-ip, one or several (ovn-controller(8)); a key with the chassis' name
    behind it counts first."""
    ids = ovs.external_ids
    text = ids.get(f"ovn-encap-ip-{ovs.system_id}", ids.get("ovn-encap-ip", ""))
    return [one.strip() for one in text.split(",") if one.strip()]
