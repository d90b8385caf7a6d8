"""The localnet port and the node's mapping of its network to a bridge."""

from collections.abc import Mapping
from dataclasses import dataclass

from ovntrace.cms.ports import known_ports
from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort
from ovntrace.model.openvswitch import parse_bridge_mappings
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, cell, make_hop
from ovntrace.view.types import Evidence, Hop


@dataclass(frozen=True, slots=True)
class Mapped:
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


def no_localnet_port_hop(ctx: Context, switch: LogicalSwitch) -> Hop:
    """The hop of a localnet switch without its localnet port."""
    if not ctx.has_table("nb", "Logical_Switch_Port"):
        return make_hop("localnet-port", "?", ctx.node, known=False)
    proof = ctx.row("nb", "Logical_Switch", switch.uuid, "has no port of type localnet")
    problem = Problem("OVT601", "error", "the switch has no localnet port", (proof,))
    return make_hop("localnet-port", "?", ctx.node, evidence=[proof], problems=[problem])


def mapped(ctx: Context, network: str) -> Mapped:
    of_ovs = parse_bridge_mappings(ctx.ovs.bridge_mappings) if ctx.ovs else None
    if ctx.ovs is not None and not ctx.has_table("ovs", "Open_vSwitch"):
        of_ovs = None
    chassis = ctx.chassis
    of_sb = parse_bridge_mappings(chassis.bridge_mappings) if chassis else None
    return Mapped(network, of_ovs, of_sb)


def localnet_hop(ctx: Context, port: LogicalSwitchPort, network: str) -> Hop:
    row = ctx.row("nb", "Logical_Switch_Port", port.name, f"options:network_name={network}")
    binding = ctx.sb.binding(port.name) if ctx.sb else None
    evidence = [row]
    problems = []
    if binding is not None:
        sb_row = ctx.row("sb", "Port_Binding", binding.uuid, f"tag={cell(binding.tag)}")
        evidence.append(sb_row)
        sb_network = binding.options.get("network_name")
        if binding.tag != port.tag or sb_network != network:
            problems.append(
                Problem(
                    "OVT602",
                    "warning",
                    f"NB says network {network}, tag {cell(port.tag)}; SB says network "
                    f"{sb_network}, tag {cell(binding.tag)}: ovn-northd has not "
                    "brought the change over",
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


def mapping_hop(ctx: Context, mapping: Mapped, localnet: str) -> Hop:
    untold = not mapping.network and not ctx.has_table("nb", "Logical_Switch_Port")
    if not mapping.is_known or untold:
        return make_hop("bridge-mapping", mapping.network, ctx.node, known=False)
    known = mapping.ovs if mapping.ovs is not None else mapping.sb
    evidence = mapping_rows(ctx, mapping)
    problems = []
    if mapping.bridge is None:
        problems.append(
            Problem(
                "OVT603",
                "error",
                f"ovn-bridge-mappings of {ctx.node} has no bridge for network {mapping.network}"
                f"{_leftover(ctx, localnet)}",
                tuple(evidence),
                (_remedy(ctx, mapping),),
            )
        )
    elif _is_absent(ctx, mapping.bridge):
        problems.append(no_such_bridge(ctx, mapping, mapping.bridge))
    if mapping.ovs is not None and mapping.sb is not None:
        here, there = mapping.ovs.get(mapping.network), mapping.sb.get(mapping.network)
        if here != there:
            problems.append(
                Problem(
                    "OVT604",
                    "warning",
                    f"the node's Open_vSwitch maps {mapping.network} to {here or 'nothing'}, its "
                    f"SB Chassis to {there or 'nothing'}: ovn-controller has not taken it in",
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


def _remedy(ctx: Context, mapping: Mapped) -> str:
    if ctx.nb is not None and known_ports(ctx.nb):
        return (
            "add the network and its bridge to external_ids:ovn-bridge-mappings of the node's "
            f"Open_vSwitch row: {mapping.network}:BRIDGE"
        )
    return (
        "add the mapping (a NodeNetworkConfigurationPolicy with ovn bridge-mappings): "
        f"localnet {mapping.network}, bridge br-ex"
    )


def _leftover(ctx: Context, localnet: str) -> str:
    """Mapping gone but patch ports there: ovn-controller tunnels the switch and floods the bridge
    at once, which can loop."""
    if ctx.ovs is not None and ctx.ovs.interface(inner_patch(localnet)) is not None:
        return ", yet its patch ports are still there: packets may loop through the tunnels"
    return ""


def mapping_rows(ctx: Context, mapping: Mapped) -> list[Evidence]:
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


def _is_absent(ctx: Context, bridge: str) -> bool:
    known = ctx.ovs is not None and ctx.has_table("ovs", "Bridge")
    return known and ctx.ovs is not None and ctx.ovs.bridge(bridge) is None


def no_such_bridge(ctx: Context, mapping: Mapped, name: str) -> Problem:
    return Problem(
        "OVT609",
        "error",
        f"network {mapping.network} is mapped to bridge {name}, which does not exist",
        (ctx.absent("ovs", "Bridge", f"name={name}"), *mapping_rows(ctx, mapping)),
        (f"correct the mapping, or make bridge {name}",),
    )


def inner_patch(localnet: str) -> str:
    return f"patch-br-int-to-{localnet}"


def outer_patch(localnet: str) -> str:
    return f"patch-{localnet}-to-br-int"
