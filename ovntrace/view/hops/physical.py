"""From a localnet port to the wire: mapping, patch ports, external bridge, uplink."""

from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.openvswitch import OpenVswitch, OvsBridge
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import make_hop
from ovntrace.view.hops.mapping import (
    Mapped,
    localnet_hop,
    mapped,
    mapping_hop,
    no_such_bridge,
    outer_patch,
)
from ovntrace.view.hops.patch import patch_hops
from ovntrace.view.hops.uplink import uplink_hop
from ovntrace.view.types import Hop


def way_to_the_wire(ctx: Context, port: LogicalSwitchPort, mac: str | None) -> list[Hop]:
    """localnet-port, bridge-mapping, the patch-port pair, external-bridge and uplink."""
    network = port.options.get("network_name", "")
    mapping = mapped(ctx, network)
    ovs = ctx.ovs
    bridge = ovs.bridge(mapping.bridge) if ovs and mapping.bridge else None
    if mapping.bridge is None and ovs is not None:
        bridge = _bridge_of_patch(ovs, port.name)
    hops = [localnet_hop(ctx, port, network), mapping_hop(ctx, mapping, port.name)]
    hops += patch_hops(ctx, port.name, mapping, bridge)
    bridge_name = bridge.name if bridge else mapping.bridge
    if bridge_name is None:
        return hops  # nothing tells which bridge it would be
    hops.append(_bridge_hop(ctx, bridge_name, bridge, mapping))
    if bridge is not None and ovs is not None:
        hops.append(uplink_hop(ctx, ovs, bridge, mac, port.tag))
    return hops


def _bridge_of_patch(ovs: OpenVswitch, localnet: str) -> OvsBridge | None:
    outer = ovs.interface(outer_patch(localnet))
    return ovs.bridge_of(ovs.port_of(outer)) if outer else None


def _bridge_hop(ctx: Context, name: str, bridge: OvsBridge | None, mapping: Mapped) -> Hop:
    if bridge is not None:
        row = ctx.row("ovs", "Bridge", name)
        facts = {
            "datapath_type": bridge.datapath_type or "system",
            "fail_mode": bridge.fail_mode,
            "ports": len(bridge.ports),
        }
        return make_hop("external-bridge", name, ctx.node, facts=facts, evidence=[row])
    if ctx.ovs is None or not ctx.has_table("ovs", "Bridge"):
        return make_hop("external-bridge", name, ctx.node, known=False)
    problem = no_such_bridge(ctx, mapping, name)
    evidence = problem.evidence[:1]
    return make_hop("external-bridge", name, ctx.node, evidence=evidence, problems=[problem])
