"""The networks of a cluster in the northbound database of one zone, as OVN-Kubernetes writes them.

In interconnect mode a localnet switch has the ports of the zone's own pods only; a layer2 switch is
a transit switch and has the others' as ports of type remote, with the tunnel keys that they have
in their own zone. In central mode all ports are the one zone's own.
"""

from collections.abc import Sequence

from tests.lab import cluster_example as cx
from tests.lab.cluster_default_rows import insert_default_network, transit_port
from tests.lab.cluster_openvswitch import pod_uid
from tests.lab.hashing import hash_for_ovn
from tests.lab.ovsdb import Named, Transaction, Value

_TRANSIT = {"interconn-ts": cx.LAYER2.switch, "requested-tnl-key": str(cx.LAYER2_KEY)}


def tunnel_key(pod: cx.ClusterPod) -> int:
    """The key of a pod's port on the transit switch (tunnel_id in the pod's annotation)."""
    return cx.PODS.index(pod) + 2


def insert_networks(
    tx: Transaction, nodes: Sequence[cx.Node], zone: str, *, interconnect: bool
) -> None:
    """All rows but the policies' of the zone that has `nodes`."""
    tx.insert("NB_Global", {"name": zone, "options": {"name": zone}})
    for network in cx.NETWORKS:
        _insert_network(tx, network, nodes, interconnect=interconnect)
    insert_default_network(tx, nodes, interconnect=interconnect)


def _insert_network(
    tx: Transaction, network: cx.Network, nodes: Sequence[cx.Node], *, interconnect: bool
) -> None:
    is_transit = interconnect and network.topology == "layer2"
    ports = [
        _pod_port(tx, network, pod, is_remote=pod.node not in nodes, has_key=is_transit)
        for pod in cx.PODS
        if is_transit or pod.node in nodes
    ]
    if network.topology == "localnet":
        ports.append(_localnet_port(tx, network))
    row: dict[str, Value] = {
        "name": network.switch,
        "ports": ports,
        "external_ids": {
            "k8s-ovn-topo-version": "5",
            "k8s.ovn.org/network": network.name,
            "k8s.ovn.org/topology": network.topology,
        },
    }
    if is_transit:
        row["other_config"] = _TRANSIT
    tx.insert("Logical_Switch", row)
    tx.insert(
        "Port_Group",
        {
            "name": hash_for_ovn(f"{network.prefix}{cx.NAMESPACE}"),
            "external_ids": {"k8s.ovn.org/network": network.name, "name": cx.NAMESPACE},
        },
    )


def _localnet_port(tx: Transaction, network: cx.Network) -> Named:
    row: dict[str, Value] = {
        "name": network.localnet_port,
        "type": "localnet",
        "addresses": "unknown",
        "options": {"network_name": network.name},
    }
    if network.vlan is not None:
        row["tag_request"] = network.vlan
    return tx.insert("Logical_Switch_Port", row)


def _pod_port(
    tx: Transaction, network: cx.Network, pod: cx.ClusterPod, *, is_remote: bool, has_key: bool
) -> Named:
    known = f"{pod.mac(network)} {pod.address(network)}"
    options = {"iface-id-ver": pod_uid(pod), "requested-chassis": pod.node.name}
    if has_key:
        options["requested-tnl-key"] = str(tunnel_key(pod))
    row: dict[str, Value] = {
        "name": pod.lsp(network),
        "addresses": known,
        "port_security": known,
        "options": options,
        "external_ids": {
            "k8s.ovn.org/nad": network.nad,
            "k8s.ovn.org/network": network.name,
            "k8s.ovn.org/topology": network.topology,
            "namespace": cx.NAMESPACE,
            "pod": "true",
        },
    }
    if is_remote:
        row["type"] = "remote"
    return tx.insert("Logical_Switch_Port", row)


def remote_chassis_argv(node: cx.Node) -> list[str]:
    """ovn-sbctl's arguments in each other zone: another zone's chassis, and its remote ports on it.

    Before OVN 23.06 ovn-northd binds no remote port, so that is asked for as well.
    """
    argv = [
        "--timeout=10",
        "--", "chassis-add", node.chassis, "geneve", node.tunnel_address,
        "--", "set", "Chassis", node.chassis,
        f"hostname={node.name}", "other_config:is-remote=true",
    ]  # fmt: skip
    ports = [pod.lsp(cx.LAYER2) for pod in cx.pods_of(node)]
    for port in (*ports, transit_port(node)):
        argv += ["--", "--may-exist", "lsp-bind", port, node.chassis]
    return argv
