"""The packet between two nodes with routers between: asked about, though there is no verdict."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ovntrace.model.northbound import LogicalSwitch, LogicalSwitchPort, Northbound
from ovntrace.verdict.confirm_packet import Probe, Probes
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.ends import End
from ovntrace.verdict.packets import Wire
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.ways import Leg, Models
from ovntrace.view.types import AclView

Show = Callable[[Leg, SwitchAcl], AclView]

_SWITCHED = ("localnet", "layer2")


def routed_probes(
    source: End, target: End, models: Models, wire: Wire, state: CtState, show: Show
) -> Probes | None:
    """From a pod to its node's router, and out of the other node's router to the pod there. None
    where that is not the way."""
    first, second = _leg(source, models), _leg(target, models)
    if first is None or second is None or first.node == second.node:
        return None
    if source.attachment is None or target.attachment is None:
        return None
    is_one_network = source.attachment.network == target.attachment.network
    if not is_one_network or source.attachment.topology in _SWITCHED:
        return None
    mac = _router_mac(first.model.nb, first.wanted)
    if mac is None:
        return None
    into = Leg(second.model, second.node, second.wanted, second.inport, egress_only=True)
    sent = replace(wire, dst_mac=mac)
    here, there = (
        Probe(leg, sent, state, "unknown", None, is_whole=False, show=partial(show, leg))
        for leg in (first, into)
    )
    return Probes(here, there, is_routed=True)


def _leg(end: End, models: Models) -> Leg | None:
    """From the pod to the router."""
    if end.nb is None or end.switch is None or end.port is None or end.port.type:
        return None
    router = _router_port(end.nb, end.switch)
    if router is None:
        return None
    return Leg(models(end.node, end.nb, end.switch), end.node, end.port, router)


def _router_port(nb: Northbound, switch: LogicalSwitch) -> LogicalSwitchPort | None:
    ports = nb.ports_of_type(switch, "router")
    return next((port for port in ports if _router_mac(nb, port) is not None), None)


def _router_mac(nb: Northbound, port: LogicalSwitchPort) -> str | None:
    found = nb.router_of_port(port.options.get("router-port", ""))
    return found[1].mac if found else None
