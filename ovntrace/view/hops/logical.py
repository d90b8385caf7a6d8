"""The logical switch port and its switch."""

from collections.abc import Sequence

from ovntrace.cms.known import identity_of, network_of, topology_of
from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.model.stand_ins import has_stand_in
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, cell, make_hop
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import AclView, Hop


def missing_port_hop(ctx: Context, name: str, why: Sequence[Problem]) -> Hop:
    """The hop of an attachment that has no logical switch port."""
    if ctx.nb is None or not ctx.has_table("nb", "Logical_Switch_Port"):
        return make_hop("logical-switch-port", name, ctx.node, known=False)
    proof = ctx.absent("nb", "Logical_Switch_Port", f"name={name}")
    problem = Problem(
        "OVT401",
        "error",
        "OVN-Kubernetes has not made a logical switch port for this attachment",
        (proof, *(evidence for cause in why for evidence in cause.evidence)),
        ("look at ovnkube-controller's log on the node for this pod",),
    )
    return make_hop(
        "logical-switch-port", name, ctx.node, evidence=[proof], problems=[problem, *why]
    )


def port_hop(
    ctx: Context,
    port: LogicalSwitchPort,
    switch: LogicalSwitch | None,
    acls: Sequence[AclView],
) -> Hop:
    """The NB row of the port, with its groups."""
    nb = ctx.nb
    assert nb is not None
    row = ctx.row(
        "nb", "Logical_Switch_Port", port.name, f"enabled={cell(port.enabled)} up={cell(port.up)}"
    )
    problems = []
    if port.enabled is False and ctx.standby:
        title = "the port is disabled while the guest runs in the other launcher, as it should be"
        problems.append(Problem("OVT402", "info", title, (row,)))
    elif port.enabled is False:
        problems.append(
            Problem(
                "OVT402",
                "error",
                f"the port is disabled: OVN drops everything from it and to it ({_who(port)})",
                (row,),
            )
        )
    problems += _shared_addresses(ctx, nb, port, switch)
    if switch is not None:
        problems += _dead_acls(ctx, nb, switch, acls)
    return make_hop(
        "logical-switch-port",
        port.name,
        ctx.node,
        facts={
            "type": port.type,
            "addresses": port.addresses,
            "port_security": port.port_security,
            "enabled": port.enabled,
            "up": port.up,
            "tag": port.tag,
            "options": dict(port.options),
            "port_groups": tuple(group.name for group in nb.groups_of(port.uuid)),
        },
        evidence=[row],
        problems=problems,
    )


def _who(port: LogicalSwitchPort) -> str:
    """Who disables ports, and why."""
    identity = identity_of(port, None)
    if identity is None:
        return "OVN-Kubernetes does so to one side of a live migration"
    if identity.cms == "neutron":
        return "Neutron does so while the port's admin state is down"
    return f"{identity.cms} has set it so"


def _shared_addresses(
    ctx: Context, nb: Northbound, port: LogicalSwitchPort, switch: LogicalSwitch | None
) -> list[Problem]:
    shared: dict[str, list[str]] = {}
    here = frozenset(switch.ports) if switch else frozenset()
    for address in (*port.macs, *port.ips):
        if has_stand_in(address):
            continue  # the same word for different addresses
        for other in nb.ports_by_address(address):
            if other.uuid != port.uuid and other.uuid in here and other.enabled is not False:
                shared.setdefault(other.name, []).append(address)
    return [
        Problem(
            "OVT403",
            "warning",
            f"{', '.join(addresses)} is held by {name} too, on the same switch: "
            "packets may go to the wrong one",
            (
                ctx.row("nb", "Logical_Switch_Port", port.name, f"{list(port.addresses)}"),
                ctx.row("nb", "Logical_Switch_Port", name, f"also has {', '.join(addresses)}"),
            ),
        )
        for name, addresses in sorted(shared.items())
    ]


def _dead_acls(
    ctx: Context, nb: Northbound, switch: LogicalSwitch, acls: Sequence[AclView]
) -> list[Problem]:
    """ACLs that name a set or group that does not exist on this switch. Each ovn-controller leaves
    such an ACL out without telling anyone (controller/lflow.c, convert_match_to_expr)."""
    groups = {group.name for group in nb.groups_of_switch(switch)}
    problems = []
    for acl in acls:
        unknown = sorted(_unknown_names(ctx, nb, acl.match, groups))
        if unknown:
            names = ", ".join(unknown)
            problems.append(
                Problem(
                    "OVT404",
                    "warning",
                    f"ACL {acl.name or acl.uuid} ({acl.action}) is not in force on this switch: "
                    f"its match names {names}, which is not there",
                    (ctx.row("nb", "ACL", acl.uuid, acl.match),),
                )
            )
    return problems


def _unknown_names(ctx: Context, nb: Northbound, match: str, groups: set[str]) -> set[str]:
    names = match_names(match)
    unknown: set[str] = set()
    if not nb.db.is_in_part("Port_Group"):
        unknown |= {f"@{name}" for name in names.port_groups if name not in groups}
    if ctx.has_table("nb", "Address_Set"):
        unknown |= {f"${name}" for name in names.address_sets if not _has_set(nb, name)}
    return unknown


def _has_set(nb: Northbound, name: str) -> bool:
    """SB gets the NB's sets, two for every port group, and some of northd's own
    (northd/en-sync-sb.c)."""
    group, _, family = name.rpartition("_")
    made = family in ("ip4", "ip6") and nb.group(group) is not None
    return (
        made or nb.has_address_set(name) or name == "svc_monitor_mac" or name.startswith("rtr_lb_")
    )


def switch_hop(
    ctx: Context, switch: LogicalSwitch | None, network: str, topology: str, lsp: str
) -> Hop:
    """The NB row of the switch."""
    if switch is None:
        if ctx.nb is None or not ctx.has_table("nb", "Logical_Switch"):
            return make_hop("logical-switch", "?", ctx.node, known=False)
        proof = ctx.row("nb", "Logical_Switch_Port", lsp, "is on no Logical_Switch")
        problem = Problem("OVT501", "error", "no switch has this port", (proof,))
        return make_hop("logical-switch", "?", ctx.node, evidence=[proof], problems=[problem])
    nb = ctx.nb
    assert nb is not None
    own = network_of(switch)
    if own is not None:  # a way through routers passes switches of other networks
        network, topology = own, topology_of(nb, switch)
    of_groups = sum(len(group.acls) for group in nb.groups_of_switch(switch))
    return make_hop(
        "logical-switch",
        switch.name,
        ctx.node,
        facts={
            "network": switch.external_ids.get("k8s.ovn.org/network", network),
            "topology": switch.external_ids.get("k8s.ovn.org/topology", topology),
            "ports": len(switch.ports),
            "acls": len(switch.acls) + of_groups,
            "load_balancers": len(switch.load_balancers) + len(switch.load_balancer_groups),
            "tunnel_key": switch.other_config.get("requested-tnl-key"),
        },
        evidence=[ctx.row("nb", "Logical_Switch", switch.uuid, f"name={switch.name}")],
    )
