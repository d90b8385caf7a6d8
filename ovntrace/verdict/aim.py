"""The part of a rule that a packet is for: the peer with its address, the ports with its port."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from ovntrace.match import Packet
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl
from ovntrace.policy.owner import AclOwner
from ovntrace.policy.part import Aim, rule_part
from ovntrace.view.types import AclView

_FAMILIES: Final = {0x0800: "ip4", 0x86DD: "ip6"}
_PROTOCOLS: Final = {6: "tcp", 17: "udp", 132: "sctp"}


def aimed(view: AclView, acl: Acl, packet: Packet, kube: Kube) -> AclView:
    """An ACL as shown for a packet that it matched: where it is for many peers or ports of its
    rule, with the one that the packet is for, if it is one alone."""
    policy = view.policy
    if policy is None or policy.rule is None:
        return view
    owner = AclOwner(policy.kind, policy.namespace, policy.name, policy.direction, policy.rule)
    part = rule_part(acl, owner, kube, _aim(packet, policy.direction))
    if (part.peer, part.cidr, part.ports) == (policy.peer, policy.cidr, policy.ports):
        return view
    ref = replace(policy, peer=part.peer, cidr=part.cidr, ports=part.ports)
    return replace(view, policy=ref)


def _aim(packet: Packet, direction: str | None) -> Aim:
    """The peer is where the packet comes from for an ingress rule, else where it goes."""
    family = _FAMILIES.get(_number(packet, "eth.type"))
    if family is None:
        return Aim(None, None, 0)
    raw = _number(packet, f"{family}.{'src' if direction == 'Ingress' else 'dst'}")
    address = ip_address(raw.to_bytes(4 if family == "ip4" else 16, "big"))
    protocol = _PROTOCOLS.get(_number(packet, "ip.proto"))
    if protocol is None:
        return Aim(address, None, 0)
    return Aim(address, protocol.upper(), _number(packet, f"{protocol}.dst"))


def _number(packet: Packet, name: str) -> int:
    return packet.number(packet.table[name])[0]
