"""Pod objects of the running example, as the API server of the cluster would give them."""

import json
from typing import Any

from tests.lab import example as ex

Manifest = dict[str, Any]

CREATED = "2024-07-23T03:56:16Z"
STARTED = "2024-07-23T03:56:19Z"
_IMAGES = {
    "agnhost-container": "quay.io/wangzheng422/qimgs:rocky9-test-2024.06.17.v01",
    "compute": "registry.redhat.io/container-native-virtualization/virt-launcher-rhel9"
    "@sha256:e73d2aaf9fe0833be3c8aa96ecc40366a8c6cc247820af793f12f0d3eeceea81",
}


def container_of(pod: ex.Pod) -> str:
    """The name of the pod's only container."""
    return "compute" if pod.vm else "agnhost-container"


def status(containers: dict[str, str], address: str) -> Manifest:
    """status of a running pod; `containers`: name to image."""
    ready = ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    return {
        "phase": "Running",
        "conditions": [
            {
                "type": kind,
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": STARTED,
            }
            for kind in ready
        ],
        "hostIP": ex.NODE_ADDRESS,
        "hostIPs": [{"ip": ex.NODE_ADDRESS}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": CREATED,
        "containerStatuses": [
            {
                "name": name,
                "image": image,
                "imageID": image,
                "containerID": f"cri-o://{ex.digest(f'{address} {name}')}",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "lastState": {},
                "state": {"running": {"startedAt": STARTED}},
            }
            for name, image in containers.items()
        ],
        "qosClass": "Burstable",
    }


def _pod_networks(pod: ex.Pod) -> str:
    default_address = f"{pod.eth0_address}/23"
    gateway = ex.NODE_SUBNET_GATEWAY
    routed = (ex.CLUSTER_SUBNET, ex.SERVICE_SUBNET, ex.JOIN_SUBNET)
    second: dict[str, Any] = {"ip_addresses": None, "mac_address": pod.mac}
    if pod.address:
        address = f"{pod.address}/24"
        second = {"ip_addresses": [address], "mac_address": pod.mac, "ip_address": address}
    networks = {
        "default": {
            "ip_addresses": [default_address],
            "mac_address": pod.eth0_mac,
            "gateway_ips": [gateway],
            "routes": [{"dest": subnet, "nextHop": gateway} for subnet in routed],
            "ip_address": default_address,
            "gateway_ip": gateway,
        },
        ex.NAD: second,
    }
    return json.dumps(networks, separators=(",", ":"))


def _network_status(pod: ex.Pod) -> str:
    second: dict[str, Any] = {"name": ex.NAD, "interface": pod.interface}
    if pod.address:
        second["ips"] = [pod.address]
    entries = [
        {
            "name": "ovn-kubernetes",
            "interface": "eth0",
            "ips": [pod.eth0_address],
            "mac": pod.eth0_mac,
            "default": True,
            "dns": {},
        },
        {**second, "mac": pod.mac, "dns": {}},
    ]
    return json.dumps(entries, indent=4)


def _networks(pod: ex.Pod) -> str:
    name = ex.NAD.split("/")[1]
    if pod.vm:
        asked = {
            "name": name,
            "namespace": pod.namespace,
            "mac": pod.mac,
            "interface": pod.interface,
        }
        return json.dumps([asked], separators=(",", ":"))
    ignored = {"_mac": "02:03:04:05:06:07", "_interface": "myiface1"}
    return json.dumps([{"name": name, **ignored, "ips": [f"{pod.address}/24"]}])


def _annotations(pod: ex.Pod) -> dict[str, str]:
    annotations = {
        "k8s.ovn.org/pod-networks": _pod_networks(pod),
        "k8s.v1.cni.cncf.io/network-status": _network_status(pod),
        "k8s.v1.cni.cncf.io/networks": _networks(pod),
    }
    if pod.vm:
        annotations["kubectl.kubernetes.io/default-container"] = "compute"
        annotations["kubevirt.io/domain"] = pod.vm.name
        annotations["kubevirt.io/vm-generation"] = "1"
        annotations["vm.kubevirt.io/os"] = "centos-stream9"
    return annotations


def pod_object(pod: ex.Pod) -> Manifest:
    """The Pod; a launcher belongs to its VirtualMachineInstance."""
    container = container_of(pod)
    metadata: Manifest = {
        "name": pod.name,
        "namespace": pod.namespace,
        "uid": pod.uid,
        "creationTimestamp": CREATED,
        "labels": pod.labels,
        "annotations": _annotations(pod),
    }
    if pod.vm:
        metadata["generateName"] = pod.name.rpartition("-")[0] + "-"
        metadata["ownerReferences"] = [
            {
                "apiVersion": "kubevirt.io/v1",
                "kind": "VirtualMachineInstance",
                "name": pod.vm.name,
                "uid": pod.vm.vmi_uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "containers": [
                {
                    "name": container,
                    "image": _IMAGES[container],
                    "imagePullPolicy": "IfNotPresent",
                    "resources": {},
                }
            ],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": True,
            "nodeName": ex.NODE,
            "restartPolicy": "Never" if pod.vm else "Always",
            "schedulerName": "default-scheduler",
            "serviceAccountName": "default",
        },
        "status": status({container: _IMAGES[container]}, pod.eth0_address),
    }
