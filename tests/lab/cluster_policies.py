"""A cluster's MultiNetworkPolicies, and what OVN-Kubernetes of December 2023 makes of them.

Each zone has all ACLs; its port groups have only the ports of its own pods. An address set has the
addresses of all pods that a selector means, wherever they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab import cluster_example as cx
from tests.lab.acl_row import EGRESS, INGRESS, insert_acl
from tests.lab.hashing import hash_for_ovn
from tests.lab.ovsdb import Named, Transaction, Uuid, Value

Manifest = dict[str, Any]

_PEERS = {INGRESS: ("ingress", "from"), EGRESS: ("egress", "to")}


def _policy(network: cx.Network, name: str, app: str, **rules: Sequence[Any]) -> Manifest:
    """A policy for the pods of an app; `rules` are those of ingress, or egress, or both."""
    return {
        "apiVersion": "k8s.cni.cncf.io/v1beta1",
        "kind": "MultiNetworkPolicy",
        "metadata": {
            "annotations": {"k8s.v1.cni.cncf.io/policy-for": network.nad},
            "creationTimestamp": "2024-07-19T07:21:44Z",
            "generation": 1,
            "name": name,
            "namespace": cx.NAMESPACE,
        },
        "spec": {
            "podSelector": {"matchLabels": {"app": app}},
            "policyTypes": [word.title() for word in rules],
            **rules,
        },
    }


def _blocks(network: cx.Network, *apps_and_nodes: str) -> list[Manifest]:
    """The addresses of pods by their names, as blocks of one."""
    found = {pod.name: pod.address(network) for pod in cx.PODS}
    return [{"ipBlock": {"cidr": f"{found[name]}/32"}} for name in apps_and_nodes]


def _app(name: str) -> Manifest:
    return {"podSelector": {"matchLabels": {"app": name}}}


POLICIES: tuple[Manifest, ...] = (
    # On the localnet: a drop on the way out, and one on the way in.
    _policy(
        cx.LOCALNET,
        "web-from-few",
        "web",
        ingress=[{"from": _blocks(cx.LOCALNET, "db-1", "web-2", "db-3")}],
    ),
    _policy(
        cx.LOCALNET,
        "db-to-few",
        "db",
        egress=[{"to": _blocks(cx.LOCALNET, "web-1", "web-2", "db-2")}],
    ),
    # Nothing is answered: this denies in both directions.
    _policy(cx.VLAN, "db-alone", "db", ingress=[], egress=[]),
    _policy(
        cx.VLAN,
        "web-from-block",
        "web",
        ingress=[{"from": [{"ipBlock": {"cidr": f"{cx.VLAN.subnet}.92/30"}}]}],
    ),
    _policy(cx.LAYER2, "web-from-db", "web", ingress=[{"from": [_app("db")]}]),
    _policy(
        cx.LAYER2,
        "db-to-some",
        "db",
        ingress=[{"from": _blocks(cx.LAYER2, "db-1", "web-2", "web-3")}],
        egress=[{"to": [*_blocks(cx.LAYER2, "db-2", "db-3"), _app("web")]}],
    ),
)


def _network(policy: Manifest) -> cx.Network:
    wanted = policy["metadata"]["annotations"]["k8s.v1.cni.cncf.io/policy-for"]
    return next(network for network in cx.NETWORKS if network.nad == wanted)


def _selected(policy: Manifest, pods: Sequence[cx.ClusterPod]) -> list[cx.ClusterPod]:
    wanted = policy["spec"]["podSelector"]["matchLabels"]
    return [pod for pod in pods if wanted.items() <= pod.labels.items()]


def _group(policy: Manifest) -> str:
    name = policy["metadata"]["name"]
    return hash_for_ovn(f"{_network(policy).prefix}{cx.NAMESPACE}_{name}")


def _deny_group(network: cx.Network, direction: str) -> str:
    hashed = hash_for_ovn(f"{network.prefix}{cx.NAMESPACE}")
    return f"{hashed}_{direction.lower()}DefaultDeny"


def _ids(network: cx.Network, owner_type: str, *keys: str, **more: str) -> dict[str, str]:
    controller = f"{network.name}-network-controller"
    return {
        "k8s.ovn.org/id": ":".join([controller, owner_type, *keys]),
        "k8s.ovn.org/owner-controller": controller,
        "k8s.ovn.org/owner-type": owner_type,
        **more,
    }


def _set_ids(network: cx.Network, app: str) -> dict[str, str]:
    """external_ids of the address set of a selector that means an app in the namespace."""
    key = f"{cx.NAMESPACE}_LS{{ML:{{app: {app},}},}}"
    ids = _ids(network, "PodSelector", key, "v4")
    return {**ids, "ip-family": "v4", "k8s.ovn.org/name": key}


def insert_cluster_policies(
    tx: Transaction, pods: Sequence[cx.ClusterPod], ports: Mapping[str, Uuid], *, tiers: bool
) -> None:
    """Rows of all policies in the zone that has `pods`. `ports`: logical port name to row."""
    for network in cx.NETWORKS:
        policies = [policy for policy in POLICIES if _network(policy) == network]
        rows = _Rows(tx, network, pods, ports, tiers)
        for policy in policies:
            rows.policy(policy)
        for direction in (INGRESS, EGRESS):
            rows.deny(direction, policies)


class _Rows:
    """Writes the rows of one network's policies."""

    def __init__(
        self,
        tx: Transaction,
        network: cx.Network,
        pods: Sequence[cx.ClusterPod],
        ports: Mapping[str, Uuid],
        tiers: bool,
    ) -> None:
        self._tx = tx
        self._network = network
        self._pods = pods
        self._ports = ports
        self._tiers = tiers
        self._sets: set[str] = set()

    def policy(self, policy: Manifest) -> None:
        """The port group and the ACLs of a policy's rules."""
        name = policy["metadata"]["name"]
        acls = []
        for direction, (rules, peers) in _PEERS.items():
            for index, rule in enumerate(policy["spec"].get(rules, [])):
                acls += self._rule(policy, direction, index, rule[peers])
        selected = _selected(policy, self._pods)
        self._insert_group(_group(policy), f"{cx.NAMESPACE}_{name}", selected, acls)

    def deny(self, direction: str, policies: Sequence[Manifest]) -> None:
        """The namespace's default deny in a direction."""
        isolated: dict[str, cx.ClusterPod] = {}
        for policy in policies:
            if direction in policy["spec"]["policyTypes"]:
                isolated |= {pod.name: pod for pod in _selected(policy, self._pods)}
        group = _deny_group(self._network, direction)
        at = f"{_port_word(direction)} == @{group}"
        kinds = (
            ("defaultDeny", 1000, "drop", at),
            ("arpAllow", 1001, "allow", f"{at} && (arp || nd)"),
        )
        acls = [
            insert_acl(
                self._tx,
                direction=direction,
                priority=priority,
                match=match,
                action=action,
                name=f"NP:{cx.NAMESPACE}:{direction}",
                external_ids={
                    **_ids(self._network, "NetpolNamespace", cx.NAMESPACE, direction, kind),
                    "direction": direction,
                    "k8s.ovn.org/name": cx.NAMESPACE,
                    "type": kind,
                },
                tiers=self._tiers,
            )
            for kind, priority, action, match in kinds
        ]
        self._insert_group(group, group, list(isolated.values()), acls)

    def _rule(
        self, policy: Manifest, direction: str, index: int, peers: Sequence[Manifest]
    ) -> list[Named]:
        word = "ip4.src" if direction == INGRESS else "ip4.dst"
        at = f"{_port_word(direction)} == @{_group(policy)}"
        blocks = [peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer]
        acls = [
            self._allow(policy, direction, index, block, f"{word} == {cidr} && {at}")
            for block, cidr in enumerate(blocks)
        ]
        apps = [
            peer["podSelector"]["matchLabels"]["app"] for peer in peers if "podSelector" in peer
        ]
        if apps:
            sets = ", ".join(f"${self._address_set(app)}" for app in apps)
            acls.append(self._allow(policy, direction, index, -1, f"{word} == {{{sets}}} && {at}"))
        return acls

    def _allow(self, policy: Manifest, direction: str, index: int, block: int, match: str) -> Named:
        name = policy["metadata"]["name"]
        keys = (cx.NAMESPACE, name, direction, str(index), "None", str(block))
        return insert_acl(
            self._tx,
            direction=direction,
            priority=1001,
            match=match,
            action="allow-related",
            name=f"NP:{cx.NAMESPACE}:{name}:{direction}:{index}",
            external_ids={
                **_ids(self._network, "NetworkPolicy", *keys),
                "direction": direction,
                "gress-index": str(index),
                "ip-block-index": str(block),
                "k8s.ovn.org/name": f"{cx.NAMESPACE}:{name}",
                "port-policy-protocol": "None",
            },
            tiers=self._tiers,
        )

    def _address_set(self, app: str) -> str:
        """The set of the addresses of an app's pods, made when it is first asked for; its name."""
        ids = _set_ids(self._network, app)
        name = hash_for_ovn(ids["k8s.ovn.org/id"])
        if name not in self._sets:
            self._sets.add(name)
            addresses = [pod.address(self._network) for pod in cx.PODS if pod.app == app]
            row: dict[str, Value] = {"name": name, "addresses": addresses, "external_ids": ids}
            self._tx.insert("Address_Set", row)
        return name

    def _insert_group(
        self, name: str, label: str, pods: Sequence[cx.ClusterPod], acls: Sequence[Named]
    ) -> None:
        self._tx.insert(
            "Port_Group",
            {
                "name": name,
                "ports": [self._ports[pod.lsp(self._network)] for pod in pods],
                "acls": acls,
                "external_ids": {"k8s.ovn.org/network": self._network.name, "name": label},
            },
        )


def _port_word(direction: str) -> str:
    return "outport" if direction == INGRESS else "inport"


def delete_cluster_policies(tx: Transaction) -> None:
    """Delete what `insert_cluster_policies` inserted; ACLs go with the group that has them."""
    for policy in POLICIES:
        tx.delete("Port_Group", _group(policy))
    for network in cx.NETWORKS:
        for direction in (INGRESS, EGRESS):
            tx.delete("Port_Group", _deny_group(network, direction))
        for app in {pod.app for pod in cx.PODS}:
            tx.delete("Address_Set", hash_for_ovn(_set_ids(network, app)["k8s.ovn.org/id"]))
