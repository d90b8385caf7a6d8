"""From a switch through routers: to the wire by the gateway router, to other nodes by tunnels."""

from collections import deque
from dataclasses import dataclass

from ovntrace.model.northbound import (
    LogicalRouter,
    LogicalRouterPort,
    LogicalSwitch,
    LogicalSwitchPort,
    Northbound,
)
from ovntrace.view.context import Context
from ovntrace.view.hopmaker import Problem, make_hop
from ovntrace.view.hops.logical import switch_hop
from ovntrace.view.types import Hop


@dataclass(frozen=True, slots=True)
class Passage:
    """A router on the way: entered by one port, left by another, into a switch if there is one
    (routers of a primary layer2 network are peers without a switch between)."""

    router: LogicalRouter
    entered: LogicalRouterPort
    left: LogicalRouterPort
    switch: LogicalSwitch | None
    via: LogicalSwitchPort | None


Path = tuple[Passage, ...]


def way_out(ctx: Context, start: LogicalSwitch) -> tuple[Path, LogicalSwitchPort] | None:
    """The shortest way over this node's routers to a switch with a localnet port."""
    nb = ctx.nb
    if nb is None:
        return None
    for path, switch in _switches_in_reach(nb, start, ctx.chassis_name):
        ports = nb.ports_of_type(switch, "localnet")
        if ports:
            return path, ports[0]
    return None


def is_left_elsewhere(ctx: Context, path: Path) -> bool:
    """True for a way over a router port that a gateway chassis other than the node's own has: the
    way to the wire is that chassis' (ovn-architecture(7), distributed gateway ports)."""
    return any(_gateway(ctx, step) not in (None, ctx.chassis_name) for step in path)


def _gateway(ctx: Context, step: Passage) -> str | None:
    """Name of the chassis that has the port by which the router is left, if one has it."""
    binding = ctx.sb.binding(f"cr-{step.left.name}") if ctx.sb else None
    chassis = ctx.sb.chassis(binding.chassis) if ctx.sb and binding else None
    return chassis.name if chassis else None


def transit_of(ctx: Context, start: LogicalSwitch) -> tuple[Path, LogicalSwitch] | None:
    """The way to the switch that joins the zones (other_config:interconn-ts), at most one router
    away; the switch itself for a layer2 network."""
    nb = ctx.nb
    if nb is None:
        return None
    for path, switch in _switches_in_reach(nb, start, ctx.chassis_name):
        if len(path) <= 1 and "interconn-ts" in switch.other_config:
            return path, switch
    return None


def _switches_in_reach(
    nb: Northbound, start: LogicalSwitch, own_chassis: str | None
) -> list[tuple[Path, LogicalSwitch]]:
    """Breadth first, so that the nearest come first. Gateway routers of other nodes are passed
    over: their options:chassis is another chassis."""
    found: list[tuple[Path, LogicalSwitch]] = []
    queue: deque[tuple[Path, LogicalSwitch | None, LogicalRouterPort | None]] = deque()
    queue.append(((), start, None))
    seen: set[str] = set()
    while queue:
        path, switch, peer = queue.popleft()
        entries: list[str] = [peer.name] if peer is not None else []
        if switch is not None:
            if switch.uuid in seen:
                continue
            seen.add(switch.uuid)
            found.append((path, switch))
            ports = nb.ports_of_type(switch, "router")
            entries = [port.options.get("router-port", "") for port in ports]
        for name in entries:
            entry = nb.router_of_port(name)
            if entry is None or entry[0].uuid in seen:
                continue
            router, entered = entry
            if own_chassis and router.options.get("chassis", own_chassis) != own_chassis:
                continue
            seen.add(router.uuid)
            queue.extend(_exits(nb, path, router, entered))
    return found


def _exits(
    nb: Northbound, path: Path, router: LogicalRouter, entered: LogicalRouterPort
) -> list[tuple[Path, LogicalSwitch | None, LogicalRouterPort | None]]:
    exits: list[tuple[Path, LogicalSwitch | None, LogicalRouterPort | None]] = []
    ports = [nb.router_port_by_uuid(uuid) for uuid in router.ports]
    for left in sorted((p for p in ports if p is not None), key=lambda p: p.name):
        if left.uuid == entered.uuid:
            continue
        if left.peer:
            other = nb.router_of_port(left.peer)
            if other is not None:
                step = Passage(router, entered, left, None, None)
                exits.append(((*path, step), None, other[1]))
        for via in nb.switch_ports_to_router_port(left.name):
            switch = nb.switch_of(via.uuid)
            if switch is not None:
                step = Passage(router, entered, left, switch, via)
                exits.append(((*path, step), switch, None))
    return exits


def path_hops(ctx: Context, path: Path, network: str, topology: str) -> list[Hop]:
    """The routers and switches of a way."""
    hops = []
    for step in path:
        hops.append(_router_hop(ctx, step))
        if step.switch is not None and step.via is not None:
            hops.append(switch_hop(ctx, step.switch, network, topology, step.via.name))
    return hops


def _router_hop(ctx: Context, step: Passage) -> Hop:
    router = step.router
    evidence = [ctx.row("nb", "Logical_Router", router.uuid, f"name={router.name}")]
    return make_hop(
        "logical-router",
        router.name,
        ctx.node,
        facts={
            "enters": step.entered.name,
            "enters_networks": step.entered.networks,
            "leaves": step.left.name,
            "leaves_networks": step.left.networks,
            "chassis": router.options.get("chassis"),
            "gateway_chassis": _gateway(ctx, step),
            "nats": len(router.nats),
        },
        evidence=evidence,
    )


def transit_hop(ctx: Context, switch: LogicalSwitch) -> Hop:
    """The switch that joins the zones, with how many ports of other nodes it has."""
    remotes = ctx.nb.ports_of_type(switch, "remote") if ctx.nb else ()
    return make_hop(
        "transit-switch",
        switch.name,
        ctx.node,
        facts={
            "remote_ports": len(remotes),
            "tunnel_key": switch.other_config.get("requested-tnl-key"),
        },
        evidence=[ctx.row("nb", "Logical_Switch", switch.uuid, f"name={switch.name}")],
    )


def tunnel_hops(ctx: Context) -> list[Hop]:
    """One hop for all tunnels: a geneve interface for each other chassis (controller/encaps.c:
    options:remote_ip is that chassis' encap address). No other chassis: no hop."""
    sb, own, ovs = ctx.sb, ctx.chassis, ctx.ovs
    if sb is None or own is None:
        return []
    others = [chassis for chassis in sb.all_chassis if chassis.uuid != own.uuid]
    if not others:
        return []
    if ovs is None or not ctx.has_table("ovs", "Interface"):
        return [make_hop("tunnel", "geneve", ctx.node, known=False)]
    tunnels = {
        i.options.get("remote_ip", ""): i
        for kind in ("geneve", "vxlan", "stt")
        for i in ovs.interfaces_of_type(kind)
    }
    problems, reached, evidence = [], {}, []
    for chassis in others:
        ips = sb.encap_ips(chassis)
        name = chassis.hostname or chassis.name
        tunnel = next((tunnels[ip] for ip in ips if ip in tunnels), None)
        if tunnel is not None:
            reached[name] = tunnel.name
            evidence.append(ctx.row("ovs", "Interface", tunnel.name, f"to {name}"))
        elif ips:
            proof = (
                ctx.row("sb", "Chassis", chassis.name, f"encap {', '.join(ips)}"),
                ctx.absent("ovs", "Interface", f"options:remote_ip={ips[0]}"),
            )
            title = f"no tunnel to {name} ({ips[0]}): its workloads are out of reach"
            problems.append(Problem("OVT701", "warning", title, proof))
    return [
        make_hop(
            "tunnel",
            "geneve",
            ctx.node,
            facts={"tunnels": reached, "encap_ip": _own_encap(ctx)},
            evidence=evidence or [ctx.row("sb", "Chassis", own.name)],
            problems=problems,
        )
    ]


def _own_encap(ctx: Context) -> str | None:
    return ctx.ovs.external_ids.get("ovn-encap-ip") if ctx.ovs else None
