"""The way between two ends: which switches are passed, by which ports, there and back."""

from collections.abc import Callable
from dataclasses import dataclass

from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.verdict.ends import End
from ovntrace.verdict.switch import SwitchModel

Models = Callable[[str, Northbound, LogicalSwitch], SwitchModel]


@dataclass(frozen=True, slots=True)
class Leg:
    """One switch on the way: entered by a port, left by the one that is wanted. With `egress_only`
    only the last part is passed here: another node's pipeline chose the port, and this one gives
    the packet out (a tunnel ends in the egress pipeline, ovn-architecture(7))."""

    model: SwitchModel
    node: str
    inport: LogicalSwitchPort
    wanted: LogicalSwitchPort
    egress_only: bool = False


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


def _inside(source: End, target: End, models: Models) -> Way | NoWay:
    first, second = _part(source), _part(target)
    if first is None or second is None:
        return NoWay(_unplugged(source if first is None else target))
    here = models(first.node, first.nb, first.switch)
    if first.node == second.node and first.switch.uuid == second.switch.uuid:
        return Way(
            (Leg(here, first.node, first.port, second.port),),
            (Leg(here, first.node, second.port, first.port),),
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
    return Way(
        (Leg(here, first.node, first.port, edge), Leg(there, second.node, other, second.port)),
        (Leg(there, second.node, second.port, other), Leg(here, first.node, edge, first.port)),
        "the physical network between the nodes, which OVN does not know",
    )


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
            Leg(here, first.node, first.port, away),
            Leg(there, second.node, home, second.port, egress_only=True),
        ),
        (
            Leg(there, second.node, second.port, home),
            Leg(here, first.node, away, first.port, egress_only=True),
        ),
        f"a tunnel from {first.node} to {second.node}",
    )
