"""Which part of a policy's rule an ACL carries out: the peer and the ports.

OVN-Kubernetes makes several ACLs of a rule (go-controller/pkg/ovn/gress_policy.go): one for all its
selectors, one for each ipBlock (from 2026-02 on one for all of them), each once for a protocol. The
ids count the ipBlocks alone, so the object is needed to say which entry of `from` or `to` it is;
and it must be the one that OVN has, so what it says must stand in the ACL's match too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any, Final

from ovntrace.model.kube import Kube, Object, field, list_at, text_at
from ovntrace.model.northbound import Acl
from ovntrace.policy.owner import AclOwner, index_of
from ovntrace.policy.ports import port_at, ports_of, ports_with, protocol_of
from ovntrace.policy.ruleport import RulePort

# The list of the API that has the owners of a kind.
LIST_OF_KIND: Final[Mapping[str, str]] = {
    "NetworkPolicy": "networkpolicies",
    "MultiNetworkPolicy": "multi-networkpolicies",
    "AdminNetworkPolicy": "adminnetworkpolicies",
    "BaselineAdminNetworkPolicy": "baselineadminnetworkpolicies",
    "EgressFirewall": "egressfirewalls",
}
_OF_CLUSTER: Final = frozenset({"AdminNetworkPolicy", "BaselineAdminNetworkPolicy"})
_SELECTORS: Final = -1
_ALL_BLOCKS: Final = -2
_CIDR = re.compile(r"== *([0-9A-Fa-f.:]+/[0-9]+)")

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class RulePart:
    """A part of a rule. None is not known, or not one alone.

    `peer` is the index in the rule's `from` or `to`; `cidr` is the ipBlock of that peer, or the
    cidrSelector of an EgressFirewall's rule, which has one peer without an index. `protocol` is
    TCP, UDP or SCTP. `ports` are the entries of the rule's `ports`, empty for a rule without.
    """

    peer: int | None = None
    cidr: str | None = None
    protocol: str | None = None
    ports: tuple[RulePort, ...] | None = None


@dataclass(frozen=True, slots=True)
class Aim:
    """What a packet shows to a rule: the peer's address, protocol (TCP, UDP, SCTP) and port."""

    address: Address | None
    protocol: str | None
    port: int


UNKNOWN_PART: Final = RulePart()


def rule_part(acl: Acl, owner: AclOwner | None, kube: Kube, aim: Aim | None = None) -> RulePart:
    """The part of its owner's rule that an ACL carries out.

    With `aim`, a packet that it matched, the peer of an ACL for many ipBlocks is the one that has
    the packet's address, and the ports are those that have its port.
    """
    plural = LIST_OF_KIND.get(owner.kind) if owner is not None else None
    if owner is None or plural is None or owner.rule is None:
        return UNKNOWN_PART
    word = acl.external_ids.get("port-policy-protocol")
    protocol = protocol_of(word, acl.match)
    namespace = "" if owner.kind in _OF_CLUSTER else owner.namespace or ""
    policy = kube.get(plural, namespace, owner.name)
    rule = _rule(policy, owner) if policy is not None else None
    if rule is None:
        return RulePart(protocol=protocol)
    peer, cidr = _peer(acl, owner, rule, aim)
    at = index_of(acl.external_ids.get("port-policy-index"))
    entries = list_at(rule, "ports")
    ports = ports_of(entries, word, acl.match, protocol) if at is None else port_at(entries, at)
    if ports and aim is not None and aim.protocol is not None:
        ports = ports_with(ports, aim.protocol, aim.port)
    return RulePart(peer, cidr, protocol, ports)


def _rule(policy: Object, owner: AclOwner) -> Any:
    if owner.rule is None or owner.direction not in ("Ingress", "Egress"):
        return None
    rules = list_at(policy, "spec", owner.direction.lower())
    return rules[owner.rule] if 0 <= owner.rule < len(rules) else None


def _peer(acl: Acl, owner: AclOwner, rule: Any, aim: Aim | None) -> tuple[int | None, str | None]:
    written = frozenset(_CIDR.findall(acl.match))
    if owner.kind == "EgressFirewall":
        cidr = text_at(rule, "to", "cidrSelector")
        return None, cidr if cidr in written else None
    peers = list_at(rule, "from" if owner.direction == "Ingress" else "to")
    if owner.kind in _OF_CLUSTER:
        return (0 if len(peers) == 1 else None), None
    # A peer with an ipBlock is that alone: OVN-Kubernetes passes over its selectors.
    blocks = [(at, peer) for at, peer in enumerate(peers) if field(peer, "ipBlock") is not None]
    index = _block_index(acl.external_ids)
    if index == _SELECTORS:
        others = [at for at, peer in enumerate(peers) if field(peer, "ipBlock") is None]
        return (others[0] if len(others) == 1 and "$" in acl.match else None), None
    if index == _ALL_BLOCKS:
        if {text_at(peer, "ipBlock", "cidr") for _, peer in blocks} - written:
            return None, None
        found = blocks if len(blocks) == 1 else _with_address(blocks, aim)
    else:
        found = blocks[index : index + 1] if index is not None and index >= 0 else []
    if len(found) != 1:
        return None, None
    cidr = text_at(found[0][1], "ipBlock", "cidr")
    return (found[0][0], cidr) if cidr in written else (None, None)


def _block_index(ids: Mapping[str, str]) -> int | None:
    """Which ipBlock of the rule: its number among them, -1 for the selectors, -2 for all. Before
    2023-05 `ipblock_cidr` was `false` for the selectors, `true` for the first, then 2 and up."""
    old = ids.get("ipblock_cidr")
    if old is None:
        return index_of(ids.get("ip-block-index"))
    if old in ("false", "true"):
        return _SELECTORS if old == "false" else 0
    number = index_of(old)
    return None if number is None else number - 1


def _with_address(blocks: Sequence[tuple[int, Any]], aim: Aim | None) -> list[tuple[int, Any]]:
    if aim is None or aim.address is None:
        return []
    return [(at, peer) for at, peer in blocks if _has(peer, aim.address)]


def _has(peer: Any, address: Address) -> bool:
    cidr = text_at(peer, "ipBlock", "cidr")
    if cidr is None or not _within(address, cidr):
        return False
    excepts = [one for one in list_at(peer, "ipBlock", "except") if isinstance(one, str)]
    return not any(_within(address, one) for one in excepts)


def _within(address: Address, cidr: str) -> bool:
    try:
        return address in ip_network(cidr, strict=False)
    except ValueError:
        return False
