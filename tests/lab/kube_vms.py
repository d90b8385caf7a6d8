"""VirtualMachine and VirtualMachineInstance objects of the running example."""

from typing import Any

from tests.lab import example as ex

Manifest = dict[str, Any]

_CREATED = "2024-07-19T06:57:33Z"


def _spec(vm: ex.Vm, mac: str) -> Manifest:
    """What a VM's template and its instance's spec have in common."""
    return {
        "architecture": "amd64",
        "domain": {
            "cpu": {"cores": 1, "sockets": 1, "threads": 1},
            "devices": {
                "disks": [
                    {"disk": {"bus": "virtio"}, "name": "rootdisk"},
                    {"disk": {"bus": "virtio"}, "name": "cloudinitdisk"},
                ],
                "interfaces": [
                    {"bridge": {}, "macAddress": mac, "model": "virtio", "name": vm.network}
                ],
                "networkInterfaceMultiqueue": True,
                "rng": {},
            },
            "machine": {"type": "pc-q35-rhel9.2.0"},
            "memory": {"guest": "2Gi"},
            "resources": {},
        },
        "networks": [{"multus": {"networkName": ex.NAD.split("/")[1]}, "name": vm.network}],
        "terminationGracePeriodSeconds": 180,
    }


def _domain_labels(vm: ex.Vm) -> dict[str, str]:
    return {"kubevirt.io/domain": vm.name, "kubevirt.io/size": "small"}


def vm_object(vm: ex.Vm, mac: str) -> Manifest:
    """The VirtualMachine."""
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "metadata": {
            "name": vm.name,
            "namespace": ex.NAMESPACE,
            "uid": vm.vm_uid,
            "creationTimestamp": _CREATED,
            "generation": 1,
            "labels": {
                "app": vm.name,
                "vm.kubevirt.io/template": "centos-stream9-server-small",
                "vm.kubevirt.io/template.namespace": "openshift",
            },
        },
        "spec": {
            "running": True,
            "template": {
                "metadata": {
                    "annotations": {"vm.kubevirt.io/os": "centos-stream9"},
                    "labels": _domain_labels(vm),
                },
                "spec": _spec(vm, mac),
            },
        },
        "status": {
            "created": True,
            "ready": True,
            "printableStatus": "Running",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "lastProbeTime": None,
                    "lastTransitionTime": "2024-07-23T06:22:50Z",
                }
            ],
        },
    }


def vmi_object(vm: ex.Vm, mac: str) -> Manifest:
    """The VirtualMachineInstance, with what is known of its interface."""
    return {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachineInstance",
        "metadata": {
            "name": vm.name,
            "namespace": ex.NAMESPACE,
            "uid": vm.vmi_uid,
            "creationTimestamp": "2024-07-23T03:56:15Z",
            "generation": 12,
            "labels": {**_domain_labels(vm), "kubevirt.io/nodeName": ex.NODE},
            "ownerReferences": [
                {
                    "apiVersion": "kubevirt.io/v1",
                    "kind": "VirtualMachine",
                    "name": vm.name,
                    "uid": vm.vm_uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": _spec(vm, mac),
        "status": {
            "phase": "Running",
            "nodeName": ex.NODE,
            "guestOSInfo": {"id": "centos", "prettyName": "CentOS Stream 9"},
            "interfaces": [
                {
                    "infoSource": "domain, guest-agent, multus-status",
                    "interfaceName": "eth0",
                    "ipAddress": vm.address,
                    "ipAddresses": [vm.address],
                    "mac": mac,
                    "name": vm.network,
                    "queueCount": 1,
                }
            ],
        },
    }
