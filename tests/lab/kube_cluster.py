"""Node, Namespace, NetworkAttachmentDefinition and Event objects, and the ovnkube-node pod."""

import json
from typing import Any

from tests.lab import example as ex
from tests.lab.kube_pods import CREATED, STARTED, container_of, status

Manifest = dict[str, Any]

OVNKUBE_NAMESPACE = "openshift-ovn-kubernetes"
OVNKUBE_NAME = "ovnkube-node-7xk2p"
OVNKUBE_CONTAINERS = (
    "ovn-controller",
    "ovn-acl-logging",
    "kube-rbac-proxy-node",
    "kube-rbac-proxy-ovn-metrics",
    "northd",
    "nbdb",
    "sbdb",
    "ovnkube-controller",
)
_RELEASE = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:"
_NAMESPACES = (ex.NAMESPACE, OVNKUBE_NAMESPACE, "openshift-cnv", "default", "kube-system")


def uid_of(kind: str, name: str) -> str:
    """A uid that is the same in each run."""
    hexes = ex.digest(f"{kind} {name}")
    return f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:32]}"


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _node_annotations() -> dict[str, str]:
    address = f"{ex.NODE_ADDRESS}/{ex.NODE_PREFIX_LENGTH}"
    gateway = {
        "mode": "shared",
        "interface-id": f"br-ex_{ex.NODE}",
        "mac-address": ex.NODE_MAC,
        "ip-addresses": [address],
        "ip-address": address,
        "next-hops": [ex.NODE_GATEWAY],
        "next-hop": ex.NODE_GATEWAY,
        "node-port-enable": "true",
        "vlan-id": "0",
    }
    return {
        "k8s.ovn.org/host-cidrs": _compact([address]),
        "k8s.ovn.org/l3-gateway-config": _compact({"default": gateway}),
        "k8s.ovn.org/network-ids": _compact({"default": "0"}),
        "k8s.ovn.org/node-chassis-id": ex.CHASSIS_ID,
        "k8s.ovn.org/node-gateway-router-lrp-ifaddr": _compact({"ipv4": "100.64.0.2/16"}),
        "k8s.ovn.org/node-id": "2",
        "k8s.ovn.org/node-mgmt-port-mac-address": ex.MANAGEMENT_MAC,
        "k8s.ovn.org/node-primary-ifaddr": _compact({"ipv4": address}),
        "k8s.ovn.org/node-subnets": _compact({"default": [ex.NODE_SUBNET]}),
        "k8s.ovn.org/node-transit-switch-port-ifaddr": _compact({"ipv4": "100.88.0.2/16"}),
        "k8s.ovn.org/remote-zone-migrated": ex.NODE,
        "k8s.ovn.org/zone-name": ex.NODE,
    }


def node_object() -> Manifest:
    """The only node: control plane and worker."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": ex.NODE,
            "uid": uid_of("Node", ex.NODE),
            "creationTimestamp": "2024-07-18T08:12:04Z",
            "annotations": _node_annotations(),
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": ex.NODE,
                "kubernetes.io/os": "linux",
                "node-role.kubernetes.io/master": "",
                "node-role.kubernetes.io/worker": "",
            },
        },
        "spec": {},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": ex.NODE_ADDRESS},
                {"type": "Hostname", "address": ex.NODE},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "kubelet is posting ready status",
                    "lastHeartbeatTime": STARTED,
                    "lastTransitionTime": STARTED,
                }
            ],
            "nodeInfo": {"kubeletVersion": "v1.28.11+add48d0", "operatingSystem": "linux"},
        },
    }


def namespace_objects() -> list[Manifest]:
    """The namespaces that the example knows."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "uid": uid_of("Namespace", name),
                "creationTimestamp": CREATED,
                "labels": {"kubernetes.io/metadata.name": name},
            },
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        for name in _NAMESPACES
    ]


def nad_object() -> Manifest:
    """The NetworkAttachmentDefinition, with the keys that were switched off by an underscore."""
    config = {
        "cniVersion": "0.3.1",
        "name": ex.NETWORK,
        "type": "ovn-k8s-cni-overlay",
        "topology": "localnet",
        "_subnets": "192.168.99.0/24",
        "_vlanID": 33,
        "_mtu": 1500,
        "netAttachDefName": ex.NAD,
        "_excludeSubnets": "10.100.200.0/29",
    }
    namespace, name = ex.NAD.split("/")
    return {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid_of("NetworkAttachmentDefinition", ex.NAD),
            "creationTimestamp": "2024-07-18T09:02:11Z",
            "generation": 1,
        },
        "spec": {"config": json.dumps(config, indent=2)},
    }


def ovnkube_node_object() -> Manifest:
    """The ovnkube-node pod, whose containers see the node's daemons."""
    image = _RELEASE + ex.digest("ovn-kubernetes")
    containers = dict.fromkeys(OVNKUBE_CONTAINERS, image)
    proxy = _RELEASE + ex.digest("kube-rbac-proxy")
    containers |= {name: proxy for name in OVNKUBE_CONTAINERS if name.startswith("kube-rbac")}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": OVNKUBE_NAME,
            "namespace": OVNKUBE_NAMESPACE,
            "uid": uid_of("Pod", OVNKUBE_NAME),
            "generateName": "ovnkube-node-",
            "creationTimestamp": CREATED,
            "labels": {
                "app": "ovnkube-node",
                "component": "network",
                "kubernetes.io/os": "linux",
                "openshift.io/component": "network",
                "pod-template-generation": "1",
                "type": "infra",
            },
            "annotations": {"kubectl.kubernetes.io/default-container": "ovnkube-controller"},
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "DaemonSet",
                    "name": "ovnkube-node",
                    "uid": uid_of("DaemonSet", "ovnkube-node"),
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "containers": [
                {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", "resources": {}}
                for name, image in containers.items()
            ],
            "dnsPolicy": "Default",
            "hostNetwork": True,
            "hostPID": True,
            "nodeName": ex.NODE,
            "restartPolicy": "Always",
            "serviceAccountName": "ovn-kubernetes-node",
        },
        "status": status(containers, ex.NODE_ADDRESS),
    }


def event_objects() -> list[Manifest]:
    """What scheduler, Multus and kubelet said when the pods started."""
    events = []
    for pod in ex.PODS:
        localnet = f"{pod.address}/24" if pod.address else ""
        said = (
            ("default-scheduler", "Scheduled", f"Successfully assigned {pod.key} to {ex.NODE}"),
            ("multus", "AddedInterface", f"Add eth0 [{pod.eth0_address}/23] from ovn-kubernetes"),
            ("multus", "AddedInterface", f"Add {pod.interface} [{localnet}] from {ex.NAD}"),
            ("kubelet", "Started", f"Started container {container_of(pod)}"),
        )
        events += [_event(pod, index, *words) for index, words in enumerate(said)]
    return events


def _event(pod: ex.Pod, index: int, component: str, reason: str, message: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{pod.name}.17e4c0de{index:08x}",
            "namespace": pod.namespace,
            "uid": uid_of("Event", f"{pod.name} {index}"),
            "creationTimestamp": STARTED,
        },
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": pod.name,
            "namespace": pod.namespace,
            "uid": pod.uid,
        },
        "type": "Normal",
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": STARTED,
        "lastTimestamp": STARTED,
        "eventTime": None,
        "reportingComponent": component,
        "reportingInstance": ex.NODE,
        "source": {"component": component, "host": ex.NODE},
    }
