"""What crictl prints: the containers of OVN-Kubernetes on a node, and a pod's namespace."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.container_rows import CONTAINER_ID, NETNS_PATH

# Labels that the kubelet gives to each container and sandbox.
_NAMESPACE = "io.kubernetes.pod.namespace"
_POD = "io.kubernetes.pod.name"
_CONTAINER = "io.kubernetes.container.name"


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """A container that runs on the node."""

    id: str
    name: str
    pod: str


def ovn_containers(data: bytes, namespaces: Collection[str]) -> tuple[FoundContainer, ...] | None:
    """Those of the pods in `namespaces`, from `crictl ps -o json`; None if it is not that.

    The namespace counts, not the pod's name: anybody may name a pod ovnkube-node.
    """
    listed = _listed(data, "containers")
    if listed is None:
        return None
    found = []
    for one in listed:
        labels = _map(one.get("labels"))
        if labels.get(_NAMESPACE) not in namespaces:
            continue
        container = FoundContainer(
            str(one.get("id")), str(labels.get(_CONTAINER)), str(labels.get(_POD))
        )
        if CONTAINER_ID.fullmatch(container.id):
            found.append(container)
    return tuple(found)


def sandbox_of(data: bytes, namespace: str, pod: str) -> str | None:
    """The sandbox's id of a pod, from `crictl pods -o json`; None if it has none there.

    Of several (a pod that was just made anew) the first, which is the newest.
    """
    for one in _listed(data, "items") or ():
        labels = _map(one.get("labels"))
        is_it = (labels.get(_NAMESPACE), labels.get(_POD)) == (namespace, pod)
        if is_it and CONTAINER_ID.fullmatch(str(one.get("id"))):
            return str(one["id"])
    return None


def netns_path(data: bytes) -> str | None:
    """The path of a sandbox's network namespace, from `crictl inspectp -o json`.

    None if it has none of its own (it is on the host's network), or if that is no such path.
    """
    runtime = _map(_map(_map(_document(data)).get("info")).get("runtimeSpec"))
    namespaces = _map(runtime.get("linux")).get("namespaces")
    for one in _maps(namespaces):
        path = one.get("path")
        if one.get("type") == "network" and isinstance(path, str) and NETNS_PATH.fullmatch(path):
            return path
    return None


def _listed(data: bytes, key: str) -> list[Mapping[str, Any]] | None:
    listed = _map(_document(data)).get(key)
    return list(_maps(listed)) if isinstance(listed, list) else None


def _document(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> Iterator[Mapping[str, Any]]:
    return (
        (item for item in value if isinstance(item, Mapping))
        if isinstance(value, list)
        else iter(())
    )
