"""A cluster's Kubernetes objects: as the one-node lab's, for each node and with all networks."""

import copy
import json
from pathlib import Path
from typing import Any

from tests.lab import cluster_example as cx
from tests.lab.cluster_daemons import Mode
from tests.lab.cluster_openvswitch import pod_uid
from tests.lab.cluster_rows import tunnel_key
from tests.lab.kube_cluster import (
    OVNKUBE_NAMESPACE,
    namespace_objects,
    node_object,
    ovnkube_node_object,
    uid_of,
)
from tests.lab.kube_files import write_list, write_policies
from tests.lab.kube_pods import CREATED, status

Manifest = dict[str, Any]

_IMAGE = "quay.io/wangzheng422/qimgs:rocky9-test-2024.06.17.v01"
_NODE_CONTAINERS = ("ovn-controller", "ovn-acl-logging", "kube-rbac-proxy", "ovnkube-node")
_MASTER_CONTAINERS = ("northd", "nbdb", "kube-rbac-proxy", "sbdb", "ovnkube-master")


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _node(node: cx.Node, mode: Mode) -> Manifest:
    made = copy.deepcopy(node_object())
    zone = node.name if mode is Mode.INTERCONNECT else "global"
    made["metadata"] |= {
        "name": node.name,
        "uid": uid_of("Node", node.name),
        "annotations": {
            "k8s.ovn.org/host-cidrs": _compact([f"{node.address}/24"]),
            "k8s.ovn.org/network-ids": _compact({"default": "0", cx.LAYER2.name: "3"}),
            "k8s.ovn.org/node-chassis-id": node.chassis,
            "k8s.ovn.org/node-id": str(node.number + 1),
            "k8s.ovn.org/node-primary-ifaddr": _compact({"ipv4": f"{node.address}/24"}),
            "k8s.ovn.org/node-subnets": _compact({"default": [node.subnet]}),
            "k8s.ovn.org/node-transit-switch-port-ifaddr": _compact(
                {"ipv4": f"{node.transit_address}/16"}
            ),
            "k8s.ovn.org/zone-name": zone,
        },
    }
    made["metadata"]["labels"]["kubernetes.io/hostname"] = node.name
    made["status"]["addresses"] = [
        {"type": "InternalIP", "address": node.address},
        {"type": "Hostname", "address": node.name},
    ]
    return made


def _nad(network: cx.Network) -> Manifest:
    config: dict[str, Any] = {
        "cniVersion": "0.3.1",
        "name": network.name,
        "type": "ovn-k8s-cni-overlay",
        "topology": network.topology,
        "subnets": f"{network.subnet}.0/24",
        "netAttachDefName": network.nad,
    }
    if network.vlan is not None:
        config["vlanID"] = network.vlan
    namespace, name = network.nad.split("/")
    return {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid_of("NetworkAttachmentDefinition", network.nad),
            "creationTimestamp": CREATED,
            "generation": 1,
        },
        "spec": {"config": json.dumps(config, indent=2)},
    }


def _pod_networks(pod: cx.ClusterPod, mode: Mode) -> str:
    address = pod.interface_address(cx.DEFAULT)
    networks: dict[str, dict[str, Any]] = {
        "default": {
            "ip_addresses": [address],
            "mac_address": pod.mac(cx.DEFAULT),
            "gateway_ips": [pod.node.gateway],
            "ip_address": address,
            "gateway_ip": pod.node.gateway,
        }
    }
    for network in cx.NETWORKS:
        address = pod.interface_address(network)
        entry: dict[str, Any] = {
            "ip_addresses": [address],
            "mac_address": pod.mac(network),
            "ip_address": address,
        }
        if network.topology == "layer2" and mode is Mode.INTERCONNECT:
            entry["tunnel_id"] = tunnel_key(pod)
        networks[network.nad] = entry
    return _compact(networks)


def _network_status(pod: cx.ClusterPod) -> str:
    entries = [
        {
            "name": "ovn-kubernetes" if network == cx.DEFAULT else network.nad,
            "interface": network.interface,
            "ips": [pod.address(network)],
            "mac": pod.mac(network),
            "default": network == cx.DEFAULT,
            "dns": {},
        }
        for network in cx.ALL_NETWORKS
    ]
    return json.dumps(entries, indent=4)


def _pod(pod: cx.ClusterPod, mode: Mode) -> Manifest:
    names = [{"name": one.nad.split("/")[1], "namespace": cx.NAMESPACE} for one in cx.NETWORKS]
    told = status({"agnhost-container": _IMAGE}, pod.address(cx.DEFAULT))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "namespace": cx.NAMESPACE,
            "uid": pod_uid(pod),
            "creationTimestamp": CREATED,
            "labels": pod.labels,
            "annotations": {
                "k8s.ovn.org/pod-networks": _pod_networks(pod, mode),
                "k8s.v1.cni.cncf.io/network-status": _network_status(pod),
                "k8s.v1.cni.cncf.io/networks": _compact(names),
            },
        },
        "spec": {
            "containers": [{"name": "agnhost-container", "image": _IMAGE, "resources": {}}],
            "nodeName": pod.node.name,
            "restartPolicy": "Always",
            "serviceAccountName": "default",
        },
        "status": _on(pod.node, told),
    }


def _on(node: cx.Node, told: Manifest) -> Manifest:
    return {**told, "hostIP": node.address, "hostIPs": [{"ip": node.address}]}


def ovnkube_name(node: cx.Node) -> str:
    """The ovnkube-node pod of a node."""
    return f"ovnkube-node-{uid_of('ovnkube-node', node.name)[:5]}"


def master_name(node: cx.Node) -> str:
    """The pod with the node's servers of the central databases."""
    return f"ovnkube-master-{uid_of('ovnkube-master', node.name)[:5]}"


def _ovnkube(node: cx.Node, name: str, app: str, containers: tuple[str, ...]) -> Manifest:
    """A pod of OVN-Kubernetes on the node's own network; no containers: those of interconnect."""
    made = copy.deepcopy(ovnkube_node_object())
    made["metadata"] |= {"name": name, "uid": uid_of("Pod", name), "generateName": f"{app}-"}
    made["metadata"]["labels"] |= {"app": app}
    made["metadata"]["ownerReferences"][0] |= {"name": app, "uid": uid_of("DaemonSet", app)}
    made["spec"]["nodeName"] = node.name
    if containers:
        images = dict.fromkeys(containers, made["spec"]["containers"][0]["image"])
        made["metadata"]["annotations"] = {}
        made["spec"]["containers"] = [
            {"name": one, "image": image, "resources": {}} for one, image in images.items()
        ]
        made["status"] = status(images, node.address)
    made["status"] = _on(node, made["status"]) | {
        "podIP": node.address,
        "podIPs": [{"ip": node.address}],
    }
    return made


def _ovnkube_pods(node: cx.Node, mode: Mode) -> list[Manifest]:
    if mode is Mode.INTERCONNECT:
        return [_ovnkube(node, ovnkube_name(node), "ovnkube-node", ())]
    return [
        _ovnkube(node, ovnkube_name(node), "ovnkube-node", _NODE_CONTAINERS),
        _ovnkube(node, master_name(node), "ovnkube-master", _MASTER_CONTAINERS),
    ]


def write_cluster_objects(folder: Path, mode: Mode) -> None:
    """All objects, without policies."""
    folder.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[Manifest]] = {
        "nodes": [_node(node, mode) for node in cx.NODES],
        "namespaces": namespace_objects(),
        "pods": [
            *(_pod(pod, mode) for pod in cx.PODS),
            *(one for node in cx.NODES for one in _ovnkube_pods(node, mode)),
        ],
        "virtualmachines": [],
        "virtualmachineinstances": [],
        "network-attachment-definitions": [_nad(network) for network in cx.NETWORKS],
        "networkpolicies": [],
        "events": [],
    }
    version = 1000
    for name, items in lists.items():
        version = write_list(folder, name, items, version)
    write_policies(folder, [])


def ovnkube_keys(node: cx.Node, mode: Mode) -> list[str]:
    """Namespace and name of each pod of OVN-Kubernetes on a node."""
    names = [one["metadata"]["name"] for one in _ovnkube_pods(node, mode)]
    return [f"{OVNKUBE_NAMESPACE}/{name}" for name in names]
