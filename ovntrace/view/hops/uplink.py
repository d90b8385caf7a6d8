"""The external bridge's port to the wire."""

from ovntrace.model.openvswitch import OpenVswitch, OvsBridge, OvsInterface, OvsPort
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, make_hop, tcpdump
from ovntrace.view.types import Hop


def uplink_hop(
    ctx: Context, ovs: OpenVswitch, bridge: OvsBridge, mac: str | None, tag: int | None
) -> Hop:
    found = _uplinks(ovs, bridge)
    if not found and not (ctx.has_table("ovs", "Port") and ctx.has_table("ovs", "Interface")):
        return make_hop("uplink", "?", ctx.node, known=False)
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
