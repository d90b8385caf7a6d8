"""One ACL row, with the columns that all of OVN-Kubernetes' ACLs share."""

from collections.abc import Mapping

from tests.lab.ovsdb import Named, Transaction, Value

EGRESS = "Egress"
INGRESS = "Ingress"


def insert_acl(
    tx: Transaction,
    *,
    direction: str,
    priority: int,
    match: str,
    action: str,
    external_ids: Mapping[str, str],
    name: str = "",
    tiers: bool,
) -> Named:
    """Insert an ACL; an egress policy is judged after load balancing.

    `tiers`: this OVN's ACLs have tiers, and OVN-Kubernetes puts its policies into the second.
    """
    egress = direction == EGRESS
    row: dict[str, Value] = {
        "direction": "from-lport" if egress else "to-lport",
        "priority": priority,
        "match": match,
        "action": action,
        "external_ids": external_ids,
        "meter": "acl-logging",
        "options": {"apply-after-lb": "true"} if egress else {},
    }
    if name:
        row["name"] = name
    if tiers:
        row["tier"] = 2
    return tx.insert("ACL", row)
