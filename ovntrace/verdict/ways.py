"""The way between two ends: which switches are passed, by which ports, there and back."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.verdict.ends import OUTSIDE_MAC, Address, End
from ovntrace.verdict.pipeline import Elsewhere
from ovntrace.verdict.switch import SwitchModel

Models = Callable[[str, Northbound, LogicalSwitch], SwitchModel]


@dataclass(frozen=True, slots=True)
class Leg:
    """One switch on the way: entered by a port, left by the one that is wanted. With `egress_only`
    only the last part is passed here: another node's pipeline chose the port, and this one gives
    the packet out (a tunnel ends in the egress pipeline, ovn-architecture(7)). `elsewhere` is the
    port that the packet is for, where the node's own database has it and another node the pod."""

    model: SwitchModel
    node: str
    inport: LogicalSwitchPort
    wanted: LogicalSwitchPort
    egress_only: bool = False
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """There and back. `between` says in words what lies between two legs."""

    there: tuple[Leg, ...]
    back: tuple[Leg, ...]
    between: str = ""


@dataclass(frozen=True, slots=True)
class NoWay:
    """Why the way is not judged here."""

    reason: str


def way_between(source: End, target: End, models: Models) -> Way | NoWay:
    """The way of a flow over one network."""
    for end in (source, target):
        if end.port is not None and end.port.type == "external":
            return NoWay(
                f"{end.label} is plugged in past OVN (SR-IOV): OVN has no part in its packets but "
                "for DHCP and the like"
            )
        if end.port is not None and end.port.type == "virtual":
            return NoWay(
                f"{end.label} is an address that several ports may have: which one has it now, and "
                "so whose ACLs hold, is not judged"
            )
    if source.attachment and target.attachment:
        return _inside(source, target, models)
    inside = source if source.attachment else target
    if inside.attachment is None:
        return NoWay("neither end is known to OVN")
    topology = inside.attachment.topology
    if topology != "localnet":
        return NoWay(
            f"{topology} network: the way to an address outside leads through routers, "
            "which are not judged yet"
        )
    part = _part(inside)
    edge = _localnet(part)
    if part is None or edge is None:
        return NoWay(_unplugged(inside))
    outside = target if source.attachment else source
    if outside.mac == OUTSIDE_MAC and not _is_on_link(part, outside.address):
        return NoWay(
            f"the switch has a logical router too: that {outside.label} is reached by the physical "
            "network and not by the router is told by no table"
        )
    model = models(part.node, part.nb, part.switch)
    out = Leg(model, part.node, part.port, edge)
    into = Leg(model, part.node, edge, part.port)
    return Way((out,), (into,)) if source.attachment else Way((into,), (out,))


@dataclass(frozen=True, slots=True)
class _Part:
    node: str
    nb: Northbound
    switch: LogicalSwitch
    port: LogicalSwitchPort


def _part(end: End) -> _Part | None:
    if end.nb is None or end.switch is None or end.port is None:
        return None
    return _Part(end.node, end.nb, end.switch, end.port)


def _unplugged(end: End) -> str:
    return f"{end.label} has no logical port there that could be read: see `ovntrace explain`"


def _localnet(part: _Part | None) -> LogicalSwitchPort | None:
    ports = part.nb.ports_of_type(part.switch, "localnet") if part else ()
    return ports[0] if ports else None


def _is_on_link(part: _Part, address: Address | None) -> bool:
    """True for an address that is a neighbour by what the switch's routers say of their subnets,
    and is none of their own; and for every address where the switch has no router."""
    routers = part.nb.ports_of_type(part.switch, "router")
    found = (part.nb.router_of_port(port.options.get("router-port", "")) for port in routers)
    networks = [network for one in found if one for network in one[1].networks]
    own = [one for network in networks if (one := _interface(network)) is not None]
    is_near = any(address in one.network and address != one.ip for one in own)
    return is_near or not routers


def _interface(network: str) -> IPv4Interface | IPv6Interface | None:
    try:
        return ip_interface(network)
    except ValueError:
        return None


def _inside(source: End, target: End, models: Models) -> Way | NoWay:
    first, second = _part(source), _part(target)
    if first is None or second is None:
        return NoWay(_unplugged(source if first is None else target))
    if source.attachment and target.attachment:
        names = source.attachment.network, target.attachment.network
        if names[0] != names[1]:
            return NoWay(
                f"from network {names[0]} to {names[1]} the way leads through routers, which are "
                "not judged yet"
            )
    here = models(first.node, first.nb, first.switch)
    is_one = first.switch.uuid == second.switch.uuid
    # A localport is on every node: it is the one of the other end's node that is meant.
    is_local = "localport" in (first.port.type, second.port.type)
    if is_one and (is_local or first.node == second.node):
        node = second.node if first.port.type == "localport" else first.node
        return Way(
            (Leg(here, node, first.port, second.port),),
            (Leg(here, node, second.port, first.port),),
        )
    there = models(second.node, second.nb, second.switch)
    topology = source.attachment.topology if source.attachment else ""
    if topology == "localnet":
        return _over_the_underlay(first, second, here, there)
    if topology == "layer2":
        return _through_a_tunnel(first, second, here, there)
    return NoWay(
        f"{topology} network: from {first.node} to {second.node} the way leads through routers, "
        "which are not judged yet"
    )


def _over_the_underlay(
    first: _Part, second: _Part, here: SwitchModel, there: SwitchModel
) -> Way | NoWay:
    edge, other = _localnet(first), _localnet(second)
    if edge is None or other is None:
        return NoWay("a switch on the way has no localnet port: see `ovntrace explain`")
    # In central mode both nodes have one database, and each knows the other's port.
    is_one = first.switch.uuid == second.switch.uuid
    far, near = (
        Elsewhere(part.port.name, by) if is_one else None
        for part, by in ((second, edge), (first, other))
    )
    return Way(
        (
            Leg(here, first.node, first.port, edge, elsewhere=far),
            Leg(there, second.node, other, second.port),
        ),
        (
            Leg(there, second.node, second.port, other, elsewhere=near),
            Leg(here, first.node, edge, first.port),
        ),
        f"{_physical(edge)} from {first.node} to {second.node}, which OVN does not know",
    )


def _physical(edge: LogicalSwitchPort) -> str:
    """The physical network by the name that the nodes' bridge mappings have for it."""
    name = edge.options.get("network_name")
    network = f"the physical network {name}" if name else "the physical network"
    return f"{network}, VLAN {edge.tag}," if edge.tag else network


def _through_a_tunnel(
    first: _Part, second: _Part, here: SwitchModel, there: SwitchModel
) -> Way | NoWay:
    """Each node's zone has the other's port as one of type remote. In the central mode both nodes
    have one database, and the port is what it is."""
    away = first.nb.port(second.port.name)
    home = second.nb.port(first.port.name)
    if away is None or home is None:
        return NoWay("a node's database does not have the other's port: see `ovntrace explain`")
    return Way(
        (
            Leg(here, first.node, first.port, away, elsewhere=Elsewhere(away.name, None)),
            Leg(there, second.node, home, second.port, egress_only=True),
        ),
        (
            Leg(there, second.node, second.port, home, elsewhere=Elsewhere(home.name, None)),
            Leg(here, first.node, away, first.port, egress_only=True),
        ),
        f"a tunnel from {first.node} to {second.node}",
    )
