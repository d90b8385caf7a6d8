"""The pair of patch ports between the integration bridge and an external bridge.

ovn-controller makes them from the mapping (controller/patch.c): `patch-br-int-to-<localnet port>`
and `patch-<localnet port>-to-br-int`.
"""

from ovntrace.model.openvswitch import OpenVswitch, OvsBridge, OvsInterface
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, make_hop
from ovntrace.view.hops.mapping import Mapped, inner_patch, outer_patch
from ovntrace.view.types import Evidence, Hop


def patch_hops(ctx: Context, localnet: str, mapping: Mapped, bridge: OvsBridge | None) -> list[Hop]:
    ovs = ctx.ovs
    inner, outer = inner_patch(localnet), outer_patch(localnet)
    if ovs is None:
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
    if interface is None and not ctx.has_table("ovs", "Interface"):
        return make_hop("patch-port", name, ctx.node, known=False)
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
    if peer is None and not ctx.has_table("ovs", "Interface"):
        pass  # it may be among the rows that are not there
    elif peer is None:
        named = interface.options.get("peer")
        title = f"its peer {named} does not exist" if named else "it names no peer"
        proof = ctx.absent("ovs", "Interface", f"name={named or peer_name}")
        problems.append(Problem("OVT607", "error", title, (row, proof)))
    elif peer.options.get("peer") != interface.name:
        back = ctx.row("ovs", "Interface", peer.name, f"options:peer={peer.options.get('peer')}")
        title = f"its peer {peer.name} names {peer.options.get('peer')} as its own"
        problems.append(Problem("OVT607", "error", title, (row, back)))
    placed = bridge is not None or (ctx.has_table("ovs", "Port") and ctx.has_table("ovs", "Bridge"))
    if placed and wanted_bridge and (bridge is None or bridge.name != wanted_bridge):
        where = f"on {bridge.name}" if bridge else "on no bridge"
        title = f"it is {where}, and should be on {wanted_bridge}"
        problems.append(Problem("OVT608", "error", title, (row,)))
    return problems
