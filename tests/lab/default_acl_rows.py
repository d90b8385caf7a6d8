"""Port groups and ACLs of the default network that are there without any policy."""

from collections.abc import Mapping, Sequence

from tests.lab import example as ex
from tests.lab.acl_row import EGRESS, INGRESS, insert_acl
from tests.lab.hashing import hash_for_ovn
from tests.lab.ovsdb import Named, Transaction, Value

_CONTROLLER = "default-network-controller"
_MULTICAST = "(ip4.mcast || mldv1 || mldv2 || (ip6.dst[120..127] == 0xff && ip6.dst[116] == 1))"
_HAIRPIN_SOURCE = "169.254.169.5"


def _ids(owner_type: str, *keys: str, **more: str) -> Mapping[str, str]:
    return {
        "k8s.ovn.org/id": ":".join([_CONTROLLER, owner_type, *keys]),
        "k8s.ovn.org/owner-controller": _CONTROLLER,
        "k8s.ovn.org/owner-type": owner_type,
        **more,
    }


def node_acl(tx: Transaction, *, tiers: bool) -> Named:
    """The node itself reaches its pods, whatever the policies say (kubelet's probes)."""
    return insert_acl(
        tx,
        direction=INGRESS,
        priority=1001,
        match=f"ip4.src=={ex.MANAGEMENT_ADDRESS}",
        action="allow-related",
        external_ids={
            **_ids("NetpolNode", ex.NODE, ex.MANAGEMENT_ADDRESS),
            "ip": ex.MANAGEMENT_ADDRESS,
            "k8s.ovn.org/name": ex.NODE,
        },
        tiers=tiers,
    )


def _cluster_acls(tx: Transaction, tiers: bool) -> list[Named]:
    acls = []
    for direction in (INGRESS, EGRESS):
        hairpin = _ids("NetpolDefault", "allow-hairpinning", direction, direction=direction)
        acls.append(
            insert_acl(
                tx,
                direction=direction,
                priority=1001,
                match=f"ip4.src == {_HAIRPIN_SOURCE}",
                action="allow-related",
                external_ids={**hairpin, "k8s.ovn.org/name": "allow-hairpinning"},
                tiers=tiers,
            )
        )
        ids = _ids("MulticastCluster", "DefaultDeny", direction, direction=direction)
        acls.append(
            insert_acl(
                tx,
                direction=direction,
                priority=1011,
                match=_MULTICAST,
                action="drop",
                external_ids={**ids, "type": "DefaultDeny"},
                tiers=tiers,
            )
        )
    return acls


def _router_acls(tx: Transaction, tiers: bool) -> list[Named]:
    acls = []
    for direction, port in ((INGRESS, "outport"), (EGRESS, "inport")):
        ids = _ids("MulticastCluster", "AllowInterNode", direction, direction=direction)
        acls.append(
            insert_acl(
                tx,
                direction=direction,
                priority=1012,
                match=f"{port} == @clusterRtrPortGroup && {_MULTICAST}",
                action="allow",
                external_ids={**ids, "type": "AllowInterNode"},
                tiers=tiers,
            )
        )
    return acls


def insert_default_groups(
    tx: Transaction,
    *,
    router: Named,
    management: Named,
    pod_ports: Sequence[Named],
    tiers: bool,
) -> None:
    """The cluster's two port groups, the namespace's, and the meter that all ACLs name."""
    band = tx.insert("Meter_Band", {"action": "drop", "rate": 20})
    meter: dict[str, Value] = {
        "name": "acl-logging",
        "unit": "pktps",
        "fair": True,
        "bands": [band],
    }
    tx.insert("Meter", meter)
    groups: tuple[tuple[str, str, Sequence[Named], Sequence[Named]], ...] = (
        ("clusterPortGroup", "clusterPortGroup", [management], _cluster_acls(tx, tiers)),
        ("clusterRtrPortGroup", "clusterRtrPortGroup", [router], _router_acls(tx, tiers)),
        (hash_for_ovn(ex.NAMESPACE), ex.NAMESPACE, pod_ports, []),
    )
    for name, label, ports, acls in groups:
        row: dict[str, Value] = {
            "name": name,
            "ports": ports,
            "acls": acls,
            "external_ids": {"name": label},
        }
        tx.insert("Port_Group", row)
