"""From a localnet port to the wire: mapping, patch ports, external bridge, uplink."""

from collections.abc import Mapping
from dataclasses import dataclass

from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort
from ovntrace.model.openvswitch import (
    OpenVswitch,
    OvsBridge,
    OvsInterface,
    OvsPort,
    parse_bridge_mappings,
)
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, make_hop, tcpdump
from ovntrace.view.types import Evidence, Hop


@dataclass(frozen=True, slots=True)
class _Mapping:
    """What a node says of a network: the bridge, by each source that was read."""

    network: str
    ovs: Mapping[str, str] | None
    sb: Mapping[str, str] | None

    @property
    def bridge(self) -> str | None:
        """The bridge; the node's own database counts first, for it is what is in force."""
        known = self.ovs if self.ovs is not None else self.sb
        return known.get(self.network) if known is not None else None

    @property
    def is_known(self) -> bool:
        return self.ovs is not None or self.sb is not None


def localnet_port_of(ctx: Context, switch: LogicalSwitch) -> LogicalSwitchPort | None:
    """The switch's port of type localnet."""
    ports = ctx.nb.ports_of_type(switch, "localnet") if ctx.nb else ()
    return ports[0] if ports else None


def way_to_the_wire(ctx: Context, port: LogicalSwitchPort, mac: str | None) -> list[Hop]:
    """localnet-port, bridge-mapping, the patch-port pair, external-bridge and uplink."""
    network = port.options.get("network_name", "")
    mapping = _mapping(ctx, network)
    ovs = ctx.ovs
    bridge = ovs.bridge(mapping.bridge) if ovs and mapping.bridge else None
    if mapping.bridge is None and ovs is not None:
        bridge = _bridge_of_patch(ovs, port.name)
    hops = [_localnet_hop(ctx, port, network), _mapping_hop(ctx, mapping, port.name)]
    hops += _patch_hops(ctx, port.name, mapping, bridge)
    bridge_name = bridge.name if bridge else mapping.bridge
    if bridge_name is None:
        return hops  # nothing tells which bridge it would be
    hops.append(_bridge_hop(ctx, bridge_name, bridge, mapping))
    if bridge is not None and ovs is not None:
        hops.append(_uplink_hop(ctx, ovs, bridge, mac, port.tag))
    return hops


def no_localnet_port_hop(ctx: Context, switch: LogicalSwitch) -> Hop:
    """The hop of a localnet switch without its localnet port."""
    proof = ctx.row("nb", "Logical_Switch", switch.uuid, "has no port of type localnet")
    problem = Problem("OVT601", "error", "the switch has no localnet port", (proof,))
    return make_hop("localnet-port", "?", ctx.node, evidence=[proof], problems=[problem])


def _mapping(ctx: Context, network: str) -> _Mapping:
    of_ovs = parse_bridge_mappings(ctx.ovs.bridge_mappings) if ctx.ovs else None
    if ctx.ovs is not None and not ctx.has_table("ovs", "Open_vSwitch"):
        of_ovs = None
    chassis = ctx.chassis
    of_sb = parse_bridge_mappings(chassis.bridge_mappings) if chassis else None
    return _Mapping(network, of_ovs, of_sb)


def _bridge_of_patch(ovs: OpenVswitch, localnet: str) -> OvsBridge | None:
    outer = ovs.interface(_outer(localnet))
    return ovs.bridge_of(ovs.port_of(outer)) if outer else None


def _inner(localnet: str) -> str:
    return f"patch-br-int-to-{localnet}"


def _outer(localnet: str) -> str:
    return f"patch-{localnet}-to-br-int"


def _localnet_hop(ctx: Context, port: LogicalSwitchPort, network: str) -> Hop:
    row = ctx.row("nb", "Logical_Switch_Port", port.name, f"options:network_name={network}")
    binding = ctx.sb.binding(port.name) if ctx.sb else None
    evidence = [row]
    problems = []
    if binding is not None:
        sb_row = ctx.row("sb", "Port_Binding", binding.uuid, f"tag={binding.tag}")
        evidence.append(sb_row)
        sb_network = binding.options.get("network_name")
        if binding.tag != port.tag or sb_network != network:
            problems.append(
                Problem(
                    "OVT602",
                    "warning",
                    f"NB says network {network}, tag {port.tag}; SB says network {sb_network}, "
                    f"tag {binding.tag}: ovn-northd has not brought the change over",
                    (row, sb_row),
                )
            )
    return make_hop(
        "localnet-port",
        port.name,
        ctx.node,
        facts={"network_name": network, "tag": port.tag},
        evidence=evidence,
        problems=problems,
    )


def _mapping_hop(ctx: Context, mapping: _Mapping, localnet: str) -> Hop:
    if not mapping.is_known:
        return make_hop("bridge-mapping", mapping.network, ctx.node, known=False)
    known = mapping.ovs if mapping.ovs is not None else mapping.sb
    evidence = _mapping_rows(ctx, mapping)
    problems = []
    if mapping.bridge is None:
        problems.append(
            Problem(
                "OVT603",
                "error",
                f"ovn-bridge-mappings of {ctx.node} has no bridge for network {mapping.network}"
                f"{_leftover(ctx, localnet)}",
                tuple(evidence),
                (
                    "add the mapping (a NodeNetworkConfigurationPolicy with ovn bridge-mappings): "
                    f"localnet {mapping.network}, bridge br-ex",
                ),
            )
        )
    elif _is_absent(ctx, mapping.bridge):
        problems.append(_no_such_bridge(ctx, mapping, mapping.bridge))
    if mapping.ovs is not None and mapping.sb is not None:
        here, there = mapping.ovs.get(mapping.network), mapping.sb.get(mapping.network)
        if here != there:
            problems.append(
                Problem(
                    "OVT604",
                    "warning",
                    f"the node's Open_vSwitch maps {mapping.network} to {here}, its SB Chassis to "
                    f"{there}: ovn-controller has not taken the change in",
                    tuple(evidence),
                )
            )
    return make_hop(
        "bridge-mapping",
        mapping.network,
        ctx.node,
        facts={
            "network_name": mapping.network,
            "bridge": mapping.bridge,
            "mappings": dict(known or {}),
            "source": "Open_vSwitch" if mapping.ovs is not None else "SB Chassis",
        },
        evidence=evidence,
        problems=problems,
    )


def _leftover(ctx: Context, localnet: str) -> str:
    """Mapping gone but patch ports there: ovn-controller tunnels the switch and floods the bridge
    at once, which can loop."""
    if ctx.ovs is not None and ctx.ovs.interface(_inner(localnet)) is not None:
        return ", yet its patch ports are still there: packets may loop through the tunnels"
    return ""


def _mapping_rows(ctx: Context, mapping: _Mapping) -> list[Evidence]:
    rows = []
    if mapping.ovs is not None and ctx.ovs is not None:
        rows.append(
            ctx.row(
                "ovs",
                "Open_vSwitch",
                ".",
                f"external_ids:ovn-bridge-mappings={ctx.ovs.bridge_mappings}",
            )
        )
    chassis = ctx.chassis
    if mapping.sb is not None and chassis is not None:
        rows.append(
            ctx.row(
                "sb",
                "Chassis",
                chassis.name,
                f"other_config:ovn-bridge-mappings={chassis.bridge_mappings}",
            )
        )
    return rows


def _patch_hops(
    ctx: Context, localnet: str, mapping: _Mapping, bridge: OvsBridge | None
) -> list[Hop]:
    ovs = ctx.ovs
    inner, outer = _inner(localnet), _outer(localnet)
    if ovs is None or not ctx.has_table("ovs", "Interface"):
        return [make_hop("patch-port", name, ctx.node, known=False) for name in (inner, outer)]
    wanted = bridge.name if bridge else mapping.bridge
    return [
        _patch_hop(ctx, ovs, inner, outer, ovs.integration_bridge),
        _patch_hop(ctx, ovs, outer, inner, wanted),
    ]


def _patch_hop(
    ctx: Context, ovs: OpenVswitch, name: str, peer_name: str, wanted_bridge: str | None
) -> Hop:
    interface = ovs.interface(name)
    if interface is None:
        proof = ctx.absent("ovs", "Interface", f"name={name}")
        problem = Problem(
            "OVT605",
            "error",
            f"there is no patch port {name}"
            + ("" if wanted_bridge else ": without a mapping ovn-controller makes none"),
            (proof,),
            ("ovn-controller makes it from the mapping: is it running?",) if wanted_bridge else (),
        )
        return make_hop("patch-port", name, ctx.node, evidence=[proof], problems=[problem])
    bridge = ovs.bridge_of(ovs.port_of(interface))
    peer = interface.options.get("peer")
    row = ctx.row("ovs", "Interface", name, f"type={interface.type} options:peer={peer}")
    return make_hop(
        "patch-port",
        name,
        ctx.node,
        facts={
            "bridge": bridge.name if bridge else None,
            "peer": peer,
            "ofport": interface.ofport,
            "type": interface.type,
            "link_state": interface.link_state,
            "error": interface.error,
            "drops": interface.drops or None,
        },
        evidence=[row],
        problems=_patch_problems(ctx, ovs, interface, row, bridge, peer_name, wanted_bridge),
    )


def _patch_problems(
    ctx: Context,
    ovs: OpenVswitch,
    interface: OvsInterface,
    row: Evidence,
    bridge: OvsBridge | None,
    peer_name: str,
    wanted_bridge: str | None,
) -> list[Problem]:
    problems = []
    peer = ovs.interface(interface.options.get("peer", ""))
    if interface.error or (interface.ofport is not None and interface.ofport < 0):
        title = f"OVS: {interface.error or 'no OpenFlow port (ofport -1)'}"
        problems.append(Problem("OVT606", "error", title, (row,)))
    if peer is None:
        named = interface.options.get("peer")
        title = f"its peer {named} does not exist" if named else "it names no peer"
        proof = ctx.absent("ovs", "Interface", f"name={named or peer_name}")
        problems.append(Problem("OVT607", "error", title, (row, proof)))
    elif peer.options.get("peer") != interface.name:
        back = ctx.row("ovs", "Interface", peer.name, f"options:peer={peer.options.get('peer')}")
        title = f"its peer {peer.name} names {peer.options.get('peer')} as its own"
        problems.append(Problem("OVT607", "error", title, (row, back)))
    if wanted_bridge and (bridge is None or bridge.name != wanted_bridge):
        where = f"on {bridge.name}" if bridge else "on no bridge"
        title = f"it is {where}, and should be on {wanted_bridge}"
        problems.append(Problem("OVT608", "error", title, (row,)))
    return problems


def _bridge_hop(ctx: Context, name: str, bridge: OvsBridge | None, mapping: _Mapping) -> Hop:
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
    problem = _no_such_bridge(ctx, mapping, name)
    evidence = problem.evidence[:1]
    return make_hop("external-bridge", name, ctx.node, evidence=evidence, problems=[problem])


def _is_absent(ctx: Context, bridge: str) -> bool:
    known = ctx.ovs is not None and ctx.has_table("ovs", "Bridge")
    return known and ctx.ovs is not None and ctx.ovs.bridge(bridge) is None


def _no_such_bridge(ctx: Context, mapping: _Mapping, name: str) -> Problem:
    return Problem(
        "OVT609",
        "error",
        f"network {mapping.network} is mapped to bridge {name}, which does not exist",
        (ctx.absent("ovs", "Bridge", f"name={name}"), *_mapping_rows(ctx, mapping)),
        (f"correct the mapping, or make bridge {name}",),
    )


def _uplink_hop(
    ctx: Context, ovs: OpenVswitch, bridge: OvsBridge, mac: str | None, tag: int | None
) -> Hop:
    found = _uplinks(ovs, bridge)
    if not found:
        proof = ctx.row("ovs", "Bridge", bridge.name, "has no port with a physical interface")
        problem = Problem(
            "OVT610",
            "warning",
            f"{bridge.name} has no uplink: this network ends on the node",
            (proof,),
        )
        return make_hop("uplink", "?", ctx.node, evidence=[proof], problems=[problem])
    port, interfaces = found[0]
    up = [interface for interface in interfaces if interface.link_state != "down"]
    rows = [
        ctx.row(
            "ovs", "Interface", i.name, f"link_state={i.link_state} admin_state={i.admin_state}"
        )
        for i in interfaces
    ]
    problems = []
    if not up:
        names = ", ".join(interface.name for interface in interfaces)
        problems.append(Problem("OVT611", "error", f"the link of {names} is down", tuple(rows)))
    elif len(up) < len(interfaces):
        names = ", ".join(i.name for i in interfaces if i not in up)
        problems.append(
            Problem("OVT612", "warning", f"a member of the bond is down: {names}", tuple(rows))
        )
    first = (up or interfaces)[0]
    return make_hop(
        "uplink",
        port.name,
        ctx.node,
        facts=_uplink_facts(ctx, port, interfaces, first, [p.name for p, _ in found[1:]]),
        evidence=rows,
        problems=problems,
        watch=tcpdump(ctx.node, first.name, mac, vlan=tag),
    )


def _uplink_facts(
    ctx: Context,
    port: OvsPort,
    interfaces: tuple[OvsInterface, ...],
    first: OvsInterface,
    others: list[str],
) -> dict[str, object]:
    link = ctx.node_links.by_name(first.name) if ctx.node_links else None
    return {
        "type": first.type or "system",
        "info_kind": link.info_kind if link else None,
        "link_state": first.link_state,
        "admin_state": first.admin_state,
        "mtu": first.mtu,
        "ofport": first.ofport,
        "members": tuple(i.name for i in interfaces) if len(interfaces) > 1 else None,
        "bond_mode": port.bond_mode,
        "other_uplinks": tuple(others) or None,
        "drops": first.drops or None,
    }


def _uplinks(ovs: OpenVswitch, bridge: OvsBridge) -> list[tuple[OvsPort, tuple[OvsInterface, ...]]]:
    """Ports with a device of the node that is neither a patch, a tunnel, the bridge's own internal
    port nor a pod's veth (those have an iface-id). A port that the bridge's external_ids name as
    its uplink (ovnkube's bridge-uplink) comes first."""
    named = bridge.external_ids.get("bridge-uplink")
    found = []
    for port in ovs.ports_of(bridge):
        interfaces = tuple(i for i in ovs.interfaces_of(port) if _is_physical(i))
        if interfaces:
            found.append((port, interfaces))
    found.sort(key=lambda item: (item[0].name != named, item[0].name))
    return found


def _is_physical(interface: OvsInterface) -> bool:
    kinds = ("", "system", "dpdk", "afxdp", "afxdp-nonpmd")
    return interface.type in kinds and "iface-id" not in interface.external_ids
