"""Whose an ACL is, from its external_ids.

Sources: OVN-Kubernetes go-controller/pkg/libovsdb/ops/db_object_types.go and db_object_ids.go
(k8s.ovn.org/owner-type and the keys of each type); before 2023-05 the keys were `policy`,
`namespace`, `policy_type`, `Ingress_num`, `Egress_num` and `default-deny-policy-type`.
"""

from collections.abc import Mapping
from typing import Final

from ovntrace.cms.known import acl_owner as owner_in_other_cms
from ovntrace.cms.types import AclOwner as AclOwner
from ovntrace.model.northbound import Acl, PortGroup

OWNER_TYPE: Final = "k8s.ovn.org/owner-type"
OWNER_CONTROLLER: Final = "k8s.ovn.org/owner-controller"
OWNER_NAME: Final = "k8s.ovn.org/name"
DEFAULT_CONTROLLER: Final = "default-network-controller"

# Owners that are no policy of a user: the kind says what they are for.
_KINDS: Final[Mapping[str, str]] = {
    "NetpolNode": "node",
    "NetpolDefault": "hairpin",
    "MulticastNS": "multicast",
    "MulticastCluster": "multicast",
    "UDNIsolation": "udn-isolation",
    "AdvertisedNetwork": "advertised-network",
    "ClusterNetworkConnect": "cluster-network-connect",
}
_NAMESPACED: Final = frozenset({"MulticastNS"})
_LONGEST: Final = 9  # characters of an index; no object has so many rules


def owner_of_acl(acl: Acl, group: PortGroup | None, *, primary_network: bool) -> AclOwner | None:
    """The owner, in OVN-Kubernetes or in another CMS; None if it is not known. `group` is the port
    group that has the ACL, None where a switch itself has it: other CMSs tell the owner by that.
    """
    return acl_owner(acl, primary_network=primary_network) or owner_in_other_cms(acl, group)


def acl_owner(acl: Acl, *, primary_network: bool) -> AclOwner | None:
    """The owner in OVN-Kubernetes; None if it is not known.

    A policy of a network's own controller is a MultiNetworkPolicy, but on a primary user-defined
    network it is a NetworkPolicy (`primary_network`).
    """
    ids = acl.external_ids
    kind = ids.get(OWNER_TYPE)
    if kind is None:
        return _old_owner(ids)
    name = ids.get(OWNER_NAME, "")
    direction = ids.get("direction")
    if kind in ("NetworkPolicy", "NetworkPolicyPortIndexOwnerType", "NetworkPolicyPortIndex"):
        own = ids.get(OWNER_CONTROLLER) not in (None, DEFAULT_CONTROLLER)
        namespace, _, policy = name.partition(":")
        word = "MultiNetworkPolicy" if own and not primary_network else "NetworkPolicy"
        return AclOwner(word, namespace, policy, direction, _rule_index(ids.get("gress-index")))
    if kind == "NetpolNamespace":
        return AclOwner("default-deny", name, "", direction, None)
    if kind in ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy"):
        return AclOwner(kind, None, name, direction, _rule_index(ids.get("gress-index")))
    if kind == "EgressFirewall":
        # The ids have the namespace alone; the API takes one object a namespace, named `default`.
        return AclOwner(kind, name, "default", "Egress", _rule_index(ids.get("rule-index")))
    word = _KINDS.get(kind, kind)
    namespace_or_none = name if kind in _NAMESPACED else None
    return AclOwner(word, namespace_or_none, name, direction, _rule_index(ids.get("rule-index")))


def _rule_index(text: str | None) -> int | None:
    number = index_of(text)
    return number if number is not None and number >= 0 else None


def _old_owner(ids: Mapping[str, str]) -> AclOwner | None:
    if "default-deny-policy-type" in ids:
        return AclOwner("default-deny", None, "", ids["default-deny-policy-type"], None)
    policy = ids.get("policy")
    if policy is None:
        return None
    direction = ids.get("policy_type")
    number = ids.get(f"{direction}_num")
    return AclOwner("NetworkPolicy", ids.get("namespace"), policy, direction, _rule_index(number))


def index_of(text: str | None) -> int | None:
    """A number of an ACL's external_ids (OVN-Kubernetes writes -1 and -2 too); None if it is
    none."""
    if text is None or len(text) > _LONGEST or not text.removeprefix("-").isdecimal():
        return None
    return int(text)
