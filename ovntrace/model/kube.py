"""Kubernetes objects as the API lists them: read through accessors that trust nothing.

An object is a mapping as JSON gave it. Accessors return None or something empty where a field is
absent or of another type, so that a strange object makes a gap in an answer and never a crash.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

Object = Mapping[str, Any]

POD_NETWORKS = "k8s.ovn.org/pod-networks"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
NETWORK_STATUS = "k8s.v1.cni.cncf.io/network-status"
POLICY_FOR = "k8s.v1.cni.cncf.io/policy-for"


def field(item: Any, *path: str) -> Any:
    """The value under a path of keys; None where one is missing."""
    for key in path:
        if not isinstance(item, Mapping):
            return None
        item = item.get(key)
    return item


def text_at(item: Any, *path: str) -> str | None:
    """A string under a path of keys."""
    value = field(item, *path)
    return value if isinstance(value, str) else None


def list_at(item: Any, *path: str) -> Sequence[Any]:
    """A list under a path of keys; empty if it is none."""
    value = field(item, *path)
    return value if isinstance(value, list) else ()


def texts_at(item: Any, *path: str) -> Mapping[str, str]:
    """A mapping of strings under a path of keys."""
    value = field(item, *path)
    if not isinstance(value, Mapping):
        return {}
    return {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}


def name_of(item: Object) -> str:
    """metadata.name"""
    return text_at(item, "metadata", "name") or ""


def namespace_of(item: Object) -> str:
    """metadata.namespace"""
    return text_at(item, "metadata", "namespace") or ""


def uid_of(item: Object) -> str:
    """metadata.uid"""
    return text_at(item, "metadata", "uid") or ""


def labels_of(item: Object) -> Mapping[str, str]:
    """metadata.labels"""
    return texts_at(item, "metadata", "labels")


def annotation(item: Object, key: str) -> str | None:
    """One of metadata.annotations."""
    return texts_at(item, "metadata", "annotations").get(key)


def annotation_json(item: Object, key: str) -> Any:
    """An annotation that holds JSON; None if it is absent or not JSON."""
    text = annotation(item, key)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class Kube:
    """The objects that were read, by plural resource name. A list that was not read is None."""

    def __init__(self, lists: Mapping[str, Sequence[Object]]) -> None:
        self._lists = {plural: tuple(items) for plural, items in lists.items()}

    def lists(self) -> Mapping[str, Sequence[Object]]:
        """Everything, by plural."""
        return self._lists

    def has(self, plural: str) -> bool:
        """True if the list was read."""
        return plural in self._lists

    def items(self, plural: str) -> Sequence[Object]:
        """The objects of a list, empty if it was not read."""
        return self._lists.get(plural, ())

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], Object]:
        return {
            (plural, namespace_of(item), name_of(item)): item
            for plural, items in self._lists.items()
            for item in items
        }

    def get(self, plural: str, namespace: str, name: str) -> Object | None:
        """One object; `namespace` is empty for what has none."""
        return self._by_name.get((plural, namespace, name))

    @cached_property
    def _pods_by_domain(self) -> Mapping[tuple[str, str], tuple[Object, ...]]:
        found: dict[tuple[str, str], tuple[Object, ...]] = {}
        for pod in self.items("pods"):
            domain = annotation(pod, "kubevirt.io/domain")
            if domain and labels_of(pod).get("kubevirt.io") == "virt-launcher":
                key = (namespace_of(pod), domain)
                found[key] = (*found.get(key, ()), pod)
        return found

    def launchers_of(self, namespace: str, vmi: str) -> tuple[Object, ...]:
        """virt-launcher pods of a VMI (annotation kubevirt.io/domain, which OVN-Kubernetes keys
        on too)."""
        return self._pods_by_domain.get((namespace, vmi), ())

    def launcher_domains(self) -> set[tuple[str, str]]:
        """(namespace, name) of every VMI that a launcher pod names."""
        return set(self._pods_by_domain)

    @cached_property
    def ovnkube_nodes(self) -> tuple[Object, ...]:
        """OVN-Kubernetes' own pods, one on each node."""
        return tuple(
            pod
            for pod in self.items("pods")
            if "ovnkube-node" in (labels_of(pod).get("app"), labels_of(pod).get("name"))
        )

    def pods_of_node(self, node: str) -> Iterator[Object]:
        """Pods whose spec.nodeName is that node."""
        return (pod for pod in self.items("pods") if text_at(pod, "spec", "nodeName") == node)
