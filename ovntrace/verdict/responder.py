"""OVN's own answers to ARP and neighbour solicitations (northd.c, ls_in_arp_rsp)."""

from dataclasses import dataclass
from typing import Final

from ovntrace.match import Packet, Version
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.ports import Owner
from ovntrace.verdict.switch import SwitchModel

_BROADCAST: Final = 0xFFFFFFFFFFFF
_SOLICITED: Final = 0xFF02 << 112 | 1 << 32 | 0xFF << 24
# Since then only requests to a group are answered (the symbol nd_ns_mcast came with it).
_GROUPS_ONLY: Final = Version(24, 9)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that goes back to the port that asked, and whose address was asked for."""

    packet: Packet
    owner: LogicalSwitchPort


def answer(model: SwitchModel, inport: LogicalSwitchPort, packet: Packet) -> Answer | None:
    """What the switch itself answers; None if it lets the packet go on.

    It answers for all addresses that it knows, also those of disabled ports. What comes in by a
    localnet port goes on: others on that network may have the answer.
    """
    if inport.type in ("localnet", "vtep"):
        return None
    fields = PacketFields(packet)
    if fields.number("eth.type") == 0x0806:
        return _arp(model, inport, packet, fields)
    if model.predicate("nd_ns", packet):
        return _solicitation(model, inport, packet, fields)
    return None


def _owner(model: SwitchModel, inport: LogicalSwitchPort, ip: int) -> Owner | None:
    owner = model.switch_ports.by_ip.get(ip)
    return None if owner is None or owner.port.uuid == inport.uuid else owner


def _arp(
    model: SwitchModel, inport: LogicalSwitchPort, packet: Packet, fields: PacketFields
) -> Answer | None:
    if fields.number("arp.op") != 1:
        return None
    if model.version >= _GROUPS_ONLY and fields.number("eth.dst") != _BROADCAST:
        return None
    target = fields.number("arp.tpa")
    owner = _owner(model, inport, target)
    if owner is None:
        return None
    reply = packet.with_fields(
        {
            "eth.dst": fields.number("eth.src"),
            "eth.src": owner.mac,
            "arp.op": 2,
            "arp.tha": fields.number("arp.sha"),
            "arp.sha": owner.mac,
            "arp.tpa": fields.number("arp.spa"),
            "arp.spa": target,
        }
    )
    return Answer(reply, owner.port)


def _solicitation(
    model: SwitchModel, inport: LogicalSwitchPort, packet: Packet, fields: PacketFields
) -> Answer | None:
    target = fields.number("nd.target")
    to = fields.number("ip6.dst")
    group = _SOLICITED | target & 0xFFFFFF
    if model.version >= _GROUPS_ONLY:
        is_asked = to == group and fields.number("eth.dst") >> 32 == 0x3333
    else:
        is_asked = to in (group, target)
    owner = _owner(model, inport, target) if is_asked else None
    if owner is None:
        return None
    reply = packet.with_fields(
        {
            "eth.dst": fields.number("eth.src"),
            "eth.src": owner.mac,
            "ip6.dst": fields.number("ip6.src"),
            "ip6.src": target,
            "icmp6.type": 136,
            "nd.tll": owner.mac,
        }
    )
    return Answer(reply, owner.port)
