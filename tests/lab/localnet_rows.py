"""The localnet network in the northbound database, as OVN-Kubernetes of December 2023 writes it."""

from collections.abc import Sequence

from tests.lab import example as ex
from tests.lab.hashing import hash_for_ovn
from tests.lab.ovsdb import Named, Transaction


def pod_port_options(pod: ex.Pod) -> dict[str, str]:
    """options of a pod's logical port: who may claim it, and where."""
    return {"iface-id-ver": pod.uid, "requested-chassis": ex.NODE}


def _pod_port(tx: Transaction, pod: ex.Pod) -> Named:
    known = f"{pod.mac} {pod.address}" if pod.address else pod.mac
    return tx.insert(
        "Logical_Switch_Port",
        {
            "name": pod.lsp,
            "addresses": known,
            "port_security": known,
            "options": pod_port_options(pod),
            "external_ids": {
                "k8s.ovn.org/nad": ex.NAD,
                "k8s.ovn.org/network": ex.NETWORK,
                "k8s.ovn.org/topology": "localnet",
                "namespace": pod.namespace,
                "pod": "true",
            },
        },
    )


def insert_localnet(tx: Transaction, pods: Sequence[ex.Pod]) -> None:
    """The switch, its localnet port, the pods' ports and the namespace's port group."""
    localnet = tx.insert(
        "Logical_Switch_Port",
        {
            "name": ex.LOCALNET_PORT,
            "type": "localnet",
            "addresses": "unknown",
            "options": {"network_name": ex.NETWORK},
        },
    )
    ports = [_pod_port(tx, pod) for pod in pods]
    tx.insert(
        "Logical_Switch",
        {
            "name": ex.LOCALNET_SWITCH,
            "ports": [localnet, *ports],
            "external_ids": {
                "k8s-ovn-topo-version": "5",
                "k8s.ovn.org/network": ex.NETWORK,
                "k8s.ovn.org/topology": "localnet",
            },
        },
    )
    tx.insert(
        "Port_Group",
        {
            "name": hash_for_ovn(f"{ex.NETWORK_PREFIX}{ex.NAMESPACE}"),
            "external_ids": {"k8s.ovn.org/network": ex.NETWORK, "name": ex.NAMESPACE},
        },
    )
