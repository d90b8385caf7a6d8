"""The port binding: where OVN has put the logical port."""

from typing import Final

from ovntrace.cms.known import identity_of
from ovntrace.cms.ports import is_unused
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.openvswitch import OvsInterface
from ovntrace.model.southbound import Chassis, PortBinding
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, cell, make_hop
from ovntrace.view.hops.multichassis import multichassis_problems
from ovntrace.view.hops.ovs import Plug
from ovntrace.view.portplace import is_placed_by_guess
from ovntrace.view.types import Evidence, Hop

# Why a port has no chassis, by its type, where that is no interface that is missing.
_UNBOUND: Final = {
    "virtual": "none of the ports that may have the address has spoken for it yet",
    "external": "no chassis of its HA chassis group serves the port",
}


def binding_hop(ctx: Context, lsp: LogicalSwitchPort, plug: Plug) -> Hop:
    """The SB row of a logical port, against the chassis of the workload's node."""
    sb = ctx.sb
    lsp_name = lsp.name
    binding = sb.binding(lsp_name) if sb else None
    if sb is None or (binding is None and not ctx.has_table("sb", "Port_Binding")):
        return make_hop("port-binding", lsp_name, ctx.node, known=False)
    if binding is None:
        proof = ctx.absent("sb", "Port_Binding", f"logical_port={lsp_name}")
        problem = Problem(
            "OVT301",
            "error",
            "no Port_Binding: ovn-northd has not brought the port into the southbound database",
            (proof, ctx.row("nb", "Logical_Switch_Port", lsp_name)),
            ("look at ovn-northd's log and status",),
        )
        return make_hop("port-binding", lsp_name, ctx.node, evidence=[proof], problems=[problem])
    chassis = sb.chassis(binding.chassis)
    requested = sb.chassis(binding.requested_chassis)
    datapath = sb.datapath(binding.datapath)
    row = ctx.row(
        "sb",
        "Port_Binding",
        binding.uuid,
        f"logical_port={lsp_name} chassis={cell(chassis.hostname if chassis else None)} "
        f"up={cell(binding.up)}",
    )
    return make_hop(
        "port-binding",
        lsp_name,
        ctx.node,
        facts={
            "type": binding.type,
            "chassis": chassis.name if chassis else None,
            "hostname": chassis.hostname if chassis else None,
            "additional_chassis": _names(ctx, binding) or None,
            "requested_chassis": requested.hostname or requested.name if requested else None,
            "requested_chassis_option": binding.options.get("requested-chassis"),
            "up": binding.up,
            "tunnel_key": binding.tunnel_key,
            "tag": binding.tag,
            "datapath": datapath.name if datapath else None,
            "datapath_tunnel_key": datapath.tunnel_key if datapath else None,
        },
        evidence=[row],
        problems=[
            *_place_problems(ctx, lsp, plug, binding, chassis, row),
            *multichassis_problems(ctx, lsp, binding, row),
            *stale_controller(ctx),
            *_contradictions(ctx, binding, lsp, plug, row),
        ],
    )


def _names(ctx: Context, binding: PortBinding) -> tuple[str, ...]:
    sb = ctx.sb
    found = (sb.chassis(uuid) for uuid in binding.additional_chassis) if sb else ()
    return tuple(chassis.hostname or chassis.name for chassis in found if chassis)


def _place_problems(
    ctx: Context,
    lsp: LogicalSwitchPort,
    plug: Plug,
    binding: PortBinding,
    chassis: Chassis | None,
    row: Evidence,
) -> list[Problem]:
    if lsp.type not in ("", *_UNBOUND):
        return []  # on every chassis, and bound to none: a localport, a router's side, a localnet
    wanted = binding.options.get("requested-chassis")
    own = ctx.chassis
    problems = []
    # Of other CMSs nothing but the interface itself tells where a machine runs.
    runs_here = identity_of(lsp, None) is None or plug.interface is not None
    if wanted and runs_here and not _is_asked_for(wanted, own, ctx.node):
        problems.append(
            Problem(
                "OVT305",
                "error",
                f"requested-chassis is {wanted}, the workload runs on {ctx.node}: "
                "ovn-controller there must not claim the port",
                (row,),
            )
        )
    if chassis is None:
        if binding.chassis is None or ctx.has_table("sb", "Chassis"):
            problems.append(_unbound(ctx, lsp, binding, row))
    elif own is not None and chassis.uuid != own.uuid:
        if runs_here and own.uuid not in binding.additional_chassis:
            problems.append(
                Problem(
                    "OVT303",
                    "error",
                    f"bound on {chassis.hostname or chassis.name}, the workload runs on {ctx.node}",
                    (row,),
                )
            )
    elif binding.up is False:
        problems.append(
            Problem(
                "OVT304",
                "warning",
                "claimed by the chassis but not up: its flows are not all in place yet",
                (row,),
            )
        )
    return problems


def _is_asked_for(wanted: str, own: Chassis | None, node: str) -> bool:
    """requested-chassis names a chassis or a hostname, or several by commas (ovn-nb(5))."""
    names = {node}
    if own is not None:
        names |= {own.name, own.hostname or own.name}
    return not names.isdisjoint(item.strip() for item in wanted.split(","))


def _unbound(ctx: Context, lsp: LogicalSwitchPort, binding: PortBinding, row: Evidence) -> Problem:
    evidence = [row]
    if lsp.type in _UNBOUND:
        return Problem("OVT302", "warning", _UNBOUND[lsp.type], (row,))
    if is_unused(lsp):
        title = "no chassis has the port, for its CMS has given it to no machine yet"
        nb_row = ctx.row("nb", "Logical_Switch_Port", lsp.name, "external_ids:neutron:device_id=")
        return Problem("OVT302", "info", title, (row, nb_row))
    carrier = lsp.parent or binding.logical_port
    title = "no chassis has claimed the port"
    if binding.up:
        # Seen when ovs-vswitchd was restarted without the device: chassis goes, up stays.
        title += ", although its row still says up"
    known = ctx.ovs is not None and ctx.has_table("ovs", "Interface")
    known = known and not is_placed_by_guess(ctx.snapshot, lsp.name)
    if known and ctx.ovs and not ctx.ovs.interfaces_by_iface_id(carrier):
        whose = "its parent's" if lsp.parent else "its"
        title += f": no interface on this node has {whose} iface-id"
        evidence.append(ctx.absent("ovs", "Interface", f"external_ids:iface-id={carrier}"))
    return Problem(
        "OVT302",
        "error",
        title,
        tuple(evidence),
        ("look at ovn-controller's log on the node for this port",),
    )


def _contradictions(
    ctx: Context, binding: PortBinding, lsp: LogicalSwitchPort, plug: Plug, row: Evidence
) -> list[Problem]:
    """Rows of two tables that can't both be true. What is broken is said at its own hop; this says
    which of the rows lies."""
    problems = []
    interface = plug.interface
    if binding.up and binding.chassis and interface is not None:
        ovs_row = ctx.row("ovs", "Interface", interface.name, f"ofport={cell(interface.ofport)}")
        lie = _why_not_up(ctx, interface)
        if lie:
            title = f"Port_Binding says up, but {lie}: nobody has told ovn-controller"
            problems.append(Problem("OVT307", "info", title, (row, ovs_row)))
    # A router's side is up in the NB whatever the SB says (northd.c, handle_port_binding_changes).
    told = lsp.type != "router" and lsp.up is not None and binding.up is not None
    if told and lsp.up != binding.up:
        nb_row = ctx.row("nb", "Logical_Switch_Port", lsp.name, f"up={cell(lsp.up)}")
        title = f"NB says up={cell(lsp.up)}, SB says up={cell(binding.up)}: ovn-northd is behind"
        problems.append(Problem("OVT308", "warning", title, (row, nb_row)))
    return problems


def _why_not_up(ctx: Context, interface: OvsInterface) -> str | None:
    links = ctx.node_links
    state = ctx.snapshot.vswitchd.get(ctx.node)
    if state is not None and state.alive is False:
        return "ovs-vswitchd does not answer"
    if links is not None and not interface.type and links.by_name(interface.name) is None:
        return f"the device {interface.name} is gone"
    return None


def stale_controller(ctx: Context) -> list[Problem]:
    """ovn-controller behind the southbound database. Only told when somebody raised nb_cfg:
    with nobody asking, a dead ovn-controller leaves no trace in the rows."""
    sb, own = ctx.sb, ctx.chassis
    if sb is None or own is None:
        return []
    wanted, reached = sb.nb_cfg, sb.chassis_nb_cfg(own.name)
    if wanted is None or reached is None or reached >= wanted:
        return []
    return [
        Problem(
            "OVT306",
            "warning",
            f"ovn-controller on {ctx.node} is behind: it has put configuration {reached} in "
            f"place, {wanted} is wanted; what changed since is not in its flows",
            (
                ctx.search("sb", "Chassis_Private", f"name={own.name}", f"nb_cfg={reached}"),
                ctx.search("sb", "SB_Global", f"nb_cfg={wanted}", f"nb_cfg={wanted}"),
            ),
            ("is ovn-controller running there, and does it reach the southbound database?",),
            "consistent",
        )
    ]
