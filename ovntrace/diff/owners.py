"""Who made a row, as keys that outlive its uuid, a restart and an upgrade of OVN-Kubernetes.

Since 2024-04 port groups have the owner ids that ACLs have had since 2023-05 (k8s.ovn.org/id and
its parts, go-controller/pkg/libovsdb/ops/db_object_types.go). Before that a group has a `name`
(`NS`, `NS_POLICY`) and its network; the rest is told by its ACLs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, Northbound
from ovntrace.policy.owner import (
    DEFAULT_CONTROLLER,
    OWNER_CONTROLLER,
    OWNER_NAME,
    OWNER_TYPE,
    AclOwner,
    acl_owner,
)
from ovntrace.policy.part import rule_part
from ovntrace.view.acls import policy_ref
from ovntrace.view.types import PolicyRef

Ids = Mapping[str, str]
Key = tuple[str, ...]

_NETWORK: Final = "k8s.ovn.org/network"
_SUFFIX: Final = "-network-controller"
_DENY: Final = "DefaultDeny"
_DENIES: Final = "NetpolNamespace"


@dataclass(frozen=True, slots=True)
class Owned:
    """A row's owner: the key that is the same on both sides, and what a person calls it."""

    key: Key
    policy: PolicyRef | None
    network: str | None


def primary_networks(nb: Northbound) -> frozenset[str]:
    """User-defined networks that are primary: their policies are NetworkPolicies."""
    found = (switch.external_ids for switch in nb.switches)
    return frozenset(
        ids[_NETWORK]
        for ids in found
        if ids.get("k8s.ovn.org/role") == "primary" and _NETWORK in ids
    )


def network_of_ids(ids: Ids) -> str | None:
    """The network whose controller made the row; None if nothing tells."""
    controller = ids.get(OWNER_CONTROLLER)
    if controller is None:
        return ids.get(_NETWORK)
    return controller.removesuffix(_SUFFIX) if controller.endswith(_SUFFIX) else None


def owner_of_acl(acl: Acl, primary: frozenset[str], kube: Kube) -> Owned:
    """Of an ACL: the key is the owner and the rule, without what tells the rule's ACLs apart.
    `kube` has the policies, if they were read."""
    ids = acl.external_ids
    owner = acl_owner(acl, primary_network=network_of_ids(ids) in primary)
    policy = policy_ref(owner, None, _name, rule_part(acl, owner, kube))
    if policy is None:
        return Owned(("acl", acl.name or ""), None, network_of_ids(ids))
    rule = "" if policy.rule is None else str(policy.rule)
    parts = (policy.kind, policy.namespace or "", policy.name, policy.direction or "", rule)
    return Owned(
        (ids.get(OWNER_CONTROLLER, ""), *parts, ids.get("type", "")), policy, network_of_ids(ids)
    )


def owner_of_group(name: str, ids: Ids, acls: list[Acl], primary: frozenset[str]) -> Owned:
    """Of a port group; `acls` are its own."""
    full = ids if OWNER_TYPE in ids else _told_ids(name, ids, acls)
    if full is None:
        return Owned(("group", name), None, ids.get(_NETWORK))
    keys = (OWNER_CONTROLLER, OWNER_TYPE, OWNER_NAME, "direction")
    key = tuple(full.get(one, "") for one in keys)
    return Owned(key, _policy(full, primary), network_of_ids(full))


def owner_of_set(name: str, ids: Ids) -> Owned:
    """Of an address set."""
    if OWNER_TYPE not in ids:
        return Owned(("set", name), None, None)
    kept = {key: value for key, value in ids.items() if key != "k8s.ovn.org/id"}
    return Owned(fine_key(kept), None, network_of_ids(ids))


def title_of_set(name: str, ids: Ids) -> str:
    """What an address set is of: `Namespace team-a v4`."""
    if OWNER_TYPE not in ids:
        return f"address set {name}"
    words = [ids[OWNER_TYPE], ids.get(OWNER_NAME, "")]
    words += [ids[key] for key in ("direction",) if key in ids]
    words += [f"rule {ids['gress-index']}"] if "gress-index" in ids else []
    return " ".join(word for word in (*words, ids.get("ip-family", "")) if word)


def fine_key(ids: Ids) -> Key:
    """All ids of a row, which tell it from the others of its owner."""
    return tuple(f"{key}={value}" for key, value in sorted(ids.items()))


def _policy(ids: Ids, primary: frozenset[str]) -> PolicyRef | None:
    network = network_of_ids(ids)
    bare = Acl("", None, "", 0, 0, "", "", {}, ids)
    owner = acl_owner(bare, primary_network=network in primary)
    return policy_ref(owner, None, _name)


def _name(owner: AclOwner, _group: object) -> str:
    """Which policies a default deny stands for is told by the policies' own changes."""
    return owner.name


def _told_ids(name: str, ids: Ids, acls: list[Acl]) -> dict[str, str] | None:
    """The ids that a group would have today."""
    said = ids.get("name", "")
    network = ids.get(_NETWORK)
    controller = f"{network}{_SUFFIX}" if network else DEFAULT_CONTROLLER
    if not said:
        return None
    if said.endswith(_DENY):
        return _ids_of_acls(acls)
    for kind in ("BaselineAdminNetworkPolicy", "AdminNetworkPolicy"):
        if kind in ids:
            return _ids(DEFAULT_CONTROLLER, kind, ids[kind])
    if said == name:
        return _ids(controller, "Cluster", said)
    # Kubernetes' names have no underscore.
    namespace, joined, policy = said.partition("_")
    if joined:
        return _ids(controller, "NetworkPolicy", f"{namespace}:{policy}")
    return _ids(controller, "Namespace", said)


def _ids_of_acls(acls: list[Acl]) -> dict[str, str] | None:
    keys = (OWNER_CONTROLLER, OWNER_TYPE, OWNER_NAME, "direction")
    found = {tuple(acl.external_ids.get(key, "") for key in keys) for acl in acls}
    if len(found) != 1:
        return None
    told = dict(zip(keys, found.pop(), strict=True))
    return told if told[OWNER_TYPE] == _DENIES else None


def _ids(controller: str, kind: str, name: str) -> dict[str, str]:
    return {OWNER_CONTROLLER: controller, OWNER_TYPE: kind, OWNER_NAME: name}
