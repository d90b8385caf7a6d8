"""Which packets go through conntrack on a switch, and in what state ACLs then see them.

ovn-northd, northd/northd.c: build_pre_acls, build_pre_lb, build_stateless_filters.
"""

from collections.abc import Mapping
from typing import Final

from ovntrace.match import MatchError, Packet, Version, truth
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict.conntrack import UNTRACKED, CtState
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.traits import Traits, traits_of

_ROUTER_PORT_ACLS: Final = Version(24, 3)
_SWITCH_PORTS: Final = Version(26, 3)


def ingress_state(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    state: CtState,
    traits: Traits | None = None,
) -> CtState:
    """The state in the zone of the port that a packet enters by: `state`, if it is tracked."""
    if not model.is_stateful:
        return UNTRACKED
    traits = traits or traits_of(model, packet)
    ports = {"inport": inport.name}
    return state if _is_tracked(model, inport, packet, traits, "from-lport", ports) else UNTRACKED


def egress_state(
    model: SwitchModel,
    outport: LogicalSwitchPort,
    packet: Packet,
    before: CtState,
    state: CtState,
    traits: Traits | None = None,
    *,
    inport: LogicalSwitchPort | None = None,
) -> CtState:
    """The state in the zone of the port that a packet leaves by, having entered by `inport` (None:
    the packet's own fields say it). Where it is not tracked there
    nothing clears what the ingress zone has said (`before`), but for router ports of switches
    without stateful ACLs."""
    if not model.is_stateful:
        return before
    traits = traits or traits_of(model, packet)
    ports = {"outport": outport.name} | ({"inport": inport.name} if inport else {})
    if _is_tracked(model, outport, packet, traits, "to-lport", ports):
        return state
    clears = not model.has_stateful_acl and _is_router_port(model, outport)
    return UNTRACKED if clears and not traits.is_exempt else before


def _is_tracked(
    model: SwitchModel,
    port: LogicalSwitchPort,
    packet: Packet,
    traits: Traits,
    direction: str,
    ports: Mapping[str, str],
) -> bool:
    """`ports` are what ACLs see as inport and outport there."""
    if not traits.is_ip or traits.is_exempt or is_monitor(model, traits, direction):
        return False
    if not _asked_by_acls(model, port, traits) and not _asked_by_balancers(model, port):
        return False
    stateless = model.stateless[direction]
    if not stateless:
        return True
    located = packet.with_fields(ports)
    return not any(_matches(model, one, located) for one in stateless)


def is_monitor(model: SwitchModel, traits: Traits, direction: str) -> bool:
    """True for what load balancers' health checks send and are sent."""
    mac = traits.destination if direction == "from-lport" else traits.source
    return mac == model.monitor_mac


def _asked_by_acls(model: SwitchModel, port: LogicalSwitchPort, traits: Traits) -> bool:
    if not model.has_stateful_acl or port.type == "localnet" or traits.is_dhcpv6:
        return False
    return not _is_router_port(model, port) or _obeys_acls(model, port)


def _asked_by_balancers(model: SwitchModel, port: LogicalSwitchPort) -> bool:
    return model.has_vips and not _is_router_port(model, port)


def _is_router_port(model: SwitchModel, port: LogicalSwitchPort) -> bool:
    return port.type == "router" or (port.type == "switch" and model.version >= _SWITCH_PORTS)


def _obeys_acls(model: SwitchModel, port: LogicalSwitchPort) -> bool:
    """enable_router_port_acl, which only holds at a gateway's port."""
    asked = port.options.get("enable_router_port_acl") == "true"
    return asked and model.version >= _ROUTER_PORT_ACLS and model.switch_ports.is_gateway(port)


def _matches(model: SwitchModel, one: SwitchAcl, packet: Packet) -> bool:
    expr = model.compiled_bare(one.acl)
    return not isinstance(expr, MatchError) and bool(truth(expr, packet))
