"""What OVN-Kubernetes of December 2023 makes of a MultiNetworkPolicy in the northbound database.

One port group for the policy, one ACL for each ipBlock of each rule, and for the namespace a
default-deny group in each direction, with the ports of those pods that some policy isolates.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab import example as ex
from tests.lab.acl_row import EGRESS, INGRESS, insert_acl
from tests.lab.hashing import hash_for_ovn
from tests.lab.ovsdb import Named, Transaction, Uuid
from tests.lab.policies import Manifest, refused

_CONTROLLER = f"{ex.NETWORK}-network-controller"
_DENY_GROUPS = {
    INGRESS: f"{hash_for_ovn(ex.NETWORK_PREFIX + ex.NAMESPACE)}_ingressDefaultDeny",
    EGRESS: f"{hash_for_ovn(ex.NETWORK_PREFIX + ex.NAMESPACE)}_egressDefaultDeny",
}


def group_name(policy: str) -> str:
    """The port group of a policy of the example's namespace on its localnet network."""
    return hash_for_ovn(f"{ex.NETWORK_PREFIX}{ex.NAMESPACE}_{policy}")


def _selected(policy: Manifest, pods: Sequence[ex.Pod]) -> list[ex.Pod]:
    wanted = policy["spec"]["podSelector"].get("matchLabels", {})
    return [pod for pod in pods if wanted.items() <= pod.labels.items()]


def _port_word(direction: str) -> str:
    return "outport" if direction == INGRESS else "inport"


def _match(block: Mapping[str, Any], direction: str, group: str) -> str:
    word = "ip4.src" if direction == INGRESS else "ip4.dst"
    match = f"{word} == {block['cidr']}"
    if block.get("except"):
        match += f" && {word} != {{{', '.join(block['except'])}}}"
    return f"{match} && {_port_word(direction)} == @{group}"


def _rule_acls(tx: Transaction, policy: Manifest, direction: str, tiers: bool) -> list[Named]:
    name = policy["metadata"]["name"]
    rules, peers_word = ("ingress", "from") if direction == INGRESS else ("egress", "to")
    acls = []
    for gress_index, rule in enumerate(policy["spec"].get(rules, [])):
        for block_index, peer in enumerate(rule[peers_word]):
            keys = f"{ex.NAMESPACE}:{name}:{direction}:{gress_index}:None:{block_index}"
            acl = insert_acl(
                tx,
                direction=direction,
                priority=1001,
                match=_match(peer["ipBlock"], direction, group_name(name)),
                action="allow-related",
                name=f"NP:{ex.NAMESPACE}:{name}:{direction}:{gress_index}"[:63],
                external_ids={
                    "direction": direction,
                    "gress-index": str(gress_index),
                    "ip-block-index": str(block_index),
                    "k8s.ovn.org/id": f"{_CONTROLLER}:NetworkPolicy:{keys}",
                    "k8s.ovn.org/name": f"{ex.NAMESPACE}:{name}",
                    "k8s.ovn.org/owner-controller": _CONTROLLER,
                    "k8s.ovn.org/owner-type": "NetworkPolicy",
                    "port-policy-protocol": "None",
                },
                tiers=tiers,
            )
            acls.append(acl)
    return acls


def _deny_acls(tx: Transaction, direction: str, tiers: bool) -> list[Named]:
    group = f"{_port_word(direction)} == @{_DENY_GROUPS[direction]}"
    kinds = (
        ("defaultDeny", 1000, "drop", group),
        ("arpAllow", 1001, "allow", f"{group} && (arp || nd)"),
    )
    return [
        insert_acl(
            tx,
            direction=direction,
            priority=priority,
            match=match,
            action=action,
            name=f"NP:{ex.NAMESPACE}:{direction}",
            external_ids={
                "direction": direction,
                "k8s.ovn.org/id": (
                    f"{_CONTROLLER}:NetpolNamespace:{ex.NAMESPACE}:{direction}:{kind}"
                ),
                "k8s.ovn.org/name": ex.NAMESPACE,
                "k8s.ovn.org/owner-controller": _CONTROLLER,
                "k8s.ovn.org/owner-type": "NetpolNamespace",
                "type": kind,
            },
            tiers=tiers,
        )
        for kind, priority, action, match in kinds
    ]


def insert_policies(
    tx: Transaction,
    policies: Sequence[Manifest],
    pods: Sequence[ex.Pod],
    ports: Mapping[str, Uuid],
    *,
    tiers: bool,
) -> None:
    """Rows of all policies; a refused one leaves none. `ports`: logical port name to row."""
    applied = [policy for policy in policies if not refused(policy)]
    for policy in applied:
        name = policy["metadata"]["name"]
        acls = [
            acl
            for direction in (INGRESS, EGRESS)
            for acl in _rule_acls(tx, policy, direction, tiers)
        ]
        _insert_group(
            tx,
            group_name(name),
            f"{ex.NAMESPACE}_{name}",
            [ports[pod.lsp] for pod in _selected(policy, pods)],
            acls,
        )
    for direction, group in _DENY_GROUPS.items():
        isolated = {
            pod.lsp: ports[pod.lsp]
            for policy in applied
            if direction in policy["spec"]["policyTypes"]
            for pod in _selected(policy, pods)
        }
        acls = _deny_acls(tx, direction, tiers)
        _insert_group(tx, group, group, list(isolated.values()), acls)


def _insert_group(
    tx: Transaction, name: str, label: str, ports: Sequence[Uuid], acls: Sequence[Named]
) -> None:
    tx.insert(
        "Port_Group",
        {
            "name": name,
            "ports": ports,
            "acls": acls,
            "external_ids": {"k8s.ovn.org/network": ex.NETWORK, "name": label},
        },
    )


def delete_policies(tx: Transaction, policies: Sequence[Manifest]) -> None:
    """Delete what `insert_policies` inserted; ACLs that no group has go with their group."""
    for policy in policies:
        tx.delete("Port_Group", group_name(policy["metadata"]["name"]))
    for group in _DENY_GROUPS.values():
        tx.delete("Port_Group", group)
