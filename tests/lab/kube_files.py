"""The lab's Kubernetes objects on disk: a List a file, as an API server returns them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab import example as ex
from tests.lab.kube_cluster import (
    event_objects,
    nad_object,
    namespace_objects,
    node_object,
    ovnkube_node_object,
    uid_of,
)
from tests.lab.kube_pods import pod_object
from tests.lab.kube_vms import vm_object, vmi_object

_POLICY_FILE = "multi-networkpolicies"


def write_list(folder: Path, name: str, items: Sequence[Mapping[str, Any]], first: int) -> int:
    """Write one List; resource versions are given from `first` on; the next free one."""
    given = []
    for version, item in enumerate(items, start=first):
        metadata = {**item["metadata"], "resourceVersion": str(version)}
        given.append({**item, "metadata": metadata})
    content = {
        "apiVersion": "v1",
        "kind": "List",
        "metadata": {"resourceVersion": ""},
        "items": given,
    }
    # Readers may be at it: the file is replaced whole.
    draft = folder / f"{name}.json.new"
    draft.write_text(json.dumps(content, indent=1) + "\n")
    draft.replace(folder / f"{name}.json")
    return first + len(items)


def write_kube_objects(folder: Path) -> None:
    """All objects but the policies."""
    folder.mkdir(parents=True, exist_ok=True)
    vms = [(pod.vm, pod.mac) for pod in ex.PODS if pod.vm]
    lists: dict[str, list[Any]] = {
        "nodes": [node_object()],
        "namespaces": namespace_objects(),
        "pods": [*(pod_object(pod) for pod in ex.PODS), ovnkube_node_object()],
        "virtualmachines": [vm_object(vm, mac) for vm, mac in vms],
        "virtualmachineinstances": [vmi_object(vm, mac) for vm, mac in vms],
        "network-attachment-definitions": [nad_object()],
        "networkpolicies": [],
        "events": event_objects(),
    }
    version = 1000
    for name, items in lists.items():
        version = write_list(folder, name, items, version)


def write_policies(folder: Path, policies: Sequence[Mapping[str, Any]]) -> None:
    """The MultiNetworkPolicies that the cluster has now."""
    folder.mkdir(parents=True, exist_ok=True)
    items = []
    for policy in policies:
        uid = uid_of("MultiNetworkPolicy", policy["metadata"]["name"])
        items.append({**policy, "metadata": {**policy["metadata"], "uid": uid}})
    write_list(folder, _POLICY_FILE, items, 2000)
