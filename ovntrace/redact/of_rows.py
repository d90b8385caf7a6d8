"""Names in rows of OVN's and OVS' databases, as OVN-Kubernetes writes them and as others do."""

from collections.abc import Mapping
from typing import Any, Final

from ovntrace.policy.naming import hash_for_ovn, network_prefix
from ovntrace.redact.originals import Originals

_ACL_NAME_LIMIT = 63  # go-controller/pkg/libovsdb/ops/acl.go cuts an ACL's name there

# Keys of maps whose values hold names, by what a stand-in begins with.
_KINDS: Final = {
    "namespace": "ns",
    "name": "name",
    "policy": "pol",
    "network": "net",
    "network_name": "net",
    "hostname": "node",
    "requested-chassis": "node",
    "ovn-bridge-mappings": "net",
    "k8s.ovn.org/name": "name",
    "k8s.ovn.org/network": "net",
    "k8s.ovn.org/nad": "net",
    "k8s.ovn.org/owner": "name",
    "AdminNetworkPolicy": "pol",
    "BaselineAdminNetworkPolicy": "pol",
    "vm-id": "vm",
    "vm-name": "vm",
    "neutron:port_name": "name",
    "neutron:network_name": "net",
    "neutron:device_id": "vm",
    "neutron:host_id": "node",
    "neutron:project_id": "prj",
    "neutron:router_name": "name",
    "neutron:fip_network_name": "net",
    # Kube-OVN's, of which `pod` is namespace and name (pkg/ovs/ovn-nb-logical_switch_port.go).
    "pod": "pod",
    "ls": "net",
    "lr": "name",
    "np": "pol",
    "sg": "name",
}
# Owner types whose objects are OVN-Kubernetes' own (libovsdb/ops/db_object_types.go).
_OWN: Final = frozenset(
    (
        "Cluster",
        "NetpolDefault",
        "MulticastCluster",
        "UDNIsolation",
        "UDNEnabledService",
        "EgressIP",
        "EgressService",
        "HybridNodeRoute",
        "AdvertisedNetwork",
        "ClusterNetworkConnect",
    )
)
# Columns that are a name. Others' names (a router's port, a patch port) are made of these.
_COLUMNS: Final = {
    "Chassis": ("hostname",),
    "NB_Global": ("name",),
}
_NAMED_KEYS: Final = ("ct-zone-",)  # a port's name follows (ovn:controller/ovn-controller.c)
_NAMED: Final = ("Logical_Switch", "Logical_Switch_Port", "Logical_Router", "Bridge")


def names_of_row(table: str, row: Mapping[str, Any], found: Originals) -> None:
    """Add what one row names: column to value in OVSDB's JSON notation (RFC 7047, 5.1)."""
    found.words.add(table)
    found.words.update(row)
    ids = _map(row.get("external_ids"))
    if table in ("NB_Global", "SB_Global"):
        found.add(_map(row.get("options")).get("name", ""), "node")  # the zone's, which is a node's
    for column in _COLUMNS.get(table, ()):
        if isinstance(text := row.get(column), str):
            found.add(text, "node")
    for value in row.values():
        _take_map(_map(value), found)
    name = row.get("name")
    if isinstance(name, str):
        _take_name(table, name, ids, found)


def _take_map(pairs: Mapping[str, str], found: Originals) -> None:
    for key, value in pairs.items():
        if not key.startswith(_NAMED_KEYS):
            found.words.add(key)
        if key in _KINDS and _is_users(key, pairs):
            found.add_parts(value, _KINDS[key])


def _is_users(key: str, pairs: Mapping[str, str]) -> bool:
    """False for a name that OVN-Kubernetes gave to what is its own (`clusterPortGroup`), and for
    its mark of a pod's port."""
    if key == "pod":
        return pairs[key] != "true"
    if key not in ("name", "k8s.ovn.org/name"):
        return True
    return pairs.get("k8s.ovn.org/owner-type") not in _OWN


def _take_name(table: str, name: str, ids: Mapping[str, str], found: Originals) -> None:
    if table == "Logical_Switch_Port" and ids.get("pod") == "true":
        found.add(name.rpartition("_")[2], "pod")
    elif table in _NAMED:
        found.wholes[name] = None
    elif table == "ACL" and len(name) == _ACL_NAME_LIMIT:
        found.add(name.rpartition(":")[2].rpartition("_")[2], "name")
    for origin in _origins(ids):
        if hash_for_ovn(origin) == name.partition("_")[0]:
            found.made[hash_for_ovn(origin)] = origin


def _origins(ids: Mapping[str, str]) -> list[str]:
    """What the name of a port group or an address set may be the hash of (policy/effect.py tells
    the same names in the other direction)."""
    prefix = network_prefix(net) if (net := ids.get("k8s.ovn.org/network")) else ""
    name = ids.get("name", "")
    plain = name.removesuffix("_ingressDefaultDeny").removesuffix("_egressDefaultDeny")
    given = [ids.get("k8s.ovn.org/id", ""), name, plain, prefix + name, prefix + plain, net or ""]
    return [origin for origin in dict.fromkeys(given) if origin]


def _map(value: Any) -> Mapping[str, str]:
    if isinstance(value, list) and len(value) == 2 and value[0] == "map":
        pairs = value[1] if isinstance(value[1], list) else []
        return {
            pair[0]: pair[1]
            for pair in pairs
            if isinstance(pair, list)
            and len(pair) == 2
            and isinstance(pair[0], str)
            and isinstance(pair[1], str)
        }
    return {}
