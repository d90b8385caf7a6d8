"""Where a switch sends a frame: the look-up of its destination (northd.c, ls_in_l2_lkup)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ovntrace.match import Packet, Version
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.stand_ins import has_stand_in
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.macs import mac_text
from ovntrace.verdict.switch import SwitchModel

# Since then group frames other than ARP and neighbour advertisements, router advertisements and
# solicitations no longer go to routers.
_GROUPS_SPARE_ROUTERS: Final = Version(25, 9)
# Since then a copy for a gateway's port has the name of the port that redirects to its chassis.
_REDIRECTS: Final = Version(25, 3)
_FROM_ROUTER: Final = "arp.op == 1 || rarp.op == 3 || nd_ns"
_TO_ROUTERS_TOO: Final = "arp || nd_na || nd_rs || nd_ra"
_BROADCAST: Final = 0xFFFFFFFFFFFF

Ports = tuple[LogicalSwitchPort, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Ports that a frame goes to. `decision` is what the look-up found in a word or a port's name;
    `drop` where it goes nowhere, `unknown` where that can't be told. `outports` are names of ports
    on the way out where they are not their own."""

    name: str
    decision: str
    rule: str
    ports: Ports = ()
    outports: Mapping[str, str] = field(default_factory=dict)


def find(model: SwitchModel, inport: LogicalSwitchPort, packet: Packet) -> Found:
    """The ports that the frame's destination leads to, without the one that it came from."""
    fields = PacketFields(packet)
    mac = fields.number("eth.dst")
    name = mac_text(mac)
    if mac == model.monitor_mac and model.predicate("tcp || icmp", packet):
        return Found(name, "drop", "a load balancer's health check: ovn-controller takes it")
    found = _router_request(model, inport, packet, fields, name)
    if found is not None:
        return found
    if mac >> 40 & 1:
        return _group(model, inport, packet, fields, name)
    return _single(model, inport, mac, name)


def _router_request(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    fields: PacketFields,
    name: str,
) -> Found | None:
    """ARP and neighbour solicitations for a router's address go to it and to all but routers;
    those that a router sends go to all but routers."""
    ports = model.switch_ports
    target = None
    if model.predicate("arp.op == 1", packet):
        target = ports.router_ips.get(fields.number("arp.tpa"))
    elif model.predicate("nd_ns", packet):
        target = ports.router_ips.get(fields.number("nd.target"))
    if target is not None:
        rule = f"asks for an address of the router behind {target.name}"
        return Found(name, "flood", rule, _others(inport, (target, *_without_routers(model))))
    is_routers = fields.number("eth.src") in ports.router_macs
    if is_routers and model.version >= _GROUPS_SPARE_ROUTERS:
        is_routers = fields.number("eth.dst") == _BROADCAST
    if is_routers and model.predicate(_FROM_ROUTER, packet):
        rule = "a router asks: to every port but routers"
        return Found(name, "flood", rule, _others(inport, _without_routers(model)))
    return None


def _without_routers(model: SwitchModel) -> Ports:
    return tuple(port for port in model.switch_ports.enabled if port.type != "router")


def _others(inport: LogicalSwitchPort, ports: Ports) -> Ports:
    return tuple(port for port in ports if port.uuid != inport.uuid)


def _group(
    model: SwitchModel,
    inport: LogicalSwitchPort,
    packet: Packet,
    fields: PacketFields,
    name: str,
) -> Found:
    options = model.switch.other_config
    snoops = options.get("mcast_snoop") == "true"
    if snoops and fields.number("eth.dst") != _BROADCAST and model.predicate("ip", packet):
        return Found(name, "unknown", "the switch snoops multicast: who listens is not known")
    if options.get("broadcast-arps-to-all-routers") == "false" and model.predicate(
        "arp.op == 1 || nd_ns", packet
    ):
        rule = "a request for an address that no router has: to the ports for unknown MACs"
        return Found(name, "unknown-ports", rule, _others(inport, model.switch_ports.unknown))
    spares = model.version >= _GROUPS_SPARE_ROUTERS and not model.predicate(_TO_ROUTERS_TOO, packet)
    ports = _without_routers(model) if spares else model.switch_ports.enabled
    redirected = model.switch_ports.redirected if model.version >= _REDIRECTS else {}
    rule = "a group address: to every port"
    return Found(name, "flood", rule, _others(inport, ports), redirected)


def _is_cleaned(model: SwitchModel) -> bool:
    ports = model.switch_ports.enabled
    return any(has_stand_in(word) for port in ports for word in port.addresses)


def _single(model: SwitchModel, inport: LogicalSwitchPort, mac: int, name: str) -> Found:
    port = model.switch_ports.of_mac(mac)
    if port is not None and port.enabled is False:
        return Found(name, "drop", f"the port {port.name} is disabled")
    if port is not None and port.uuid == inport.uuid:
        rule = "its destination is the port that it came from: OVN does not send it back"
        return Found(name, "drop", rule)
    if port is not None:
        return Found(name, port.name, f"the MAC of {port.name}", (port,))
    if _is_cleaned(model):
        return Found(name, "unknown", "MACs of the switch's ports were taken out of the data")
    unknown = _others(inport, model.switch_ports.unknown)
    if not unknown:
        rule = "no port of the switch has this MAC, and none takes unknown ones"
        return Found(name, "drop", rule)
    names = ", ".join(one.name for one in unknown[:3])
    rule = f"no port has this MAC: to the ports for unknown ones ({names})"
    return Found(name, "unknown-ports", rule, unknown)
