"""A few made-up objects, for tests that need a cluster but no OVN."""

from collections.abc import Mapping
from typing import Any

from tests.lab.api.status import Json

CREATED = "2024-03-05T10:00:00Z"


def pod(
    name: str,
    namespace: str = "demo",
    *,
    node: str | None = "node-1",
    phase: str = "Running",
    labels: Mapping[str, str] | None = None,
    containers: tuple[str, ...] = ("main",),
) -> Json:
    """A pod with what lists, tables and exec look at."""
    running = phase == "Running"
    spec: Json = {"containers": [{"name": one, "image": "demo"} for one in containers]}
    if node is not None:
        spec["nodeName"] = node
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels or {}),
            "creationTimestamp": CREATED,
        },
        "spec": spec,
        "status": {
            "phase": phase,
            "podIP": "10.128.0.7" if running else None,
            "containerStatuses": [
                {"name": one, "image": "demo", "imageID": "", "ready": running, "restartCount": 1}
                for one in containers
            ],
        },
    }


def plain(kind: str, name: str, api_version: str = "v1", namespace: str = "") -> Json:
    """An object that has little more than a name."""
    metadata = {"name": name, "creationTimestamp": CREATED}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def cluster() -> dict[str, list[dict[str, Any]]]:
    """Lists by plural name: two namespaces, five pods, a node, an event, two NADs."""
    nad = ("NetworkAttachmentDefinition", "localnet", "k8s.cni.cncf.io/v1")
    event = plain("Event", "stuck.1", namespace="demo")
    event |= {
        "involvedObject": {"kind": "Pod", "namespace": "demo", "name": "stuck"},
        "type": "Warning",
        "reason": "FailedCreatePodSandBox",
        "message": "CNI request failed",
        "lastTimestamp": CREATED,
    }
    return {
        "namespaces": [plain("Namespace", "demo"), plain("Namespace", "other")],
        "nodes": [plain("Node", "node-1")],
        "pods": [
            pod("web-1", labels={"app": "web", "tier": "front"}),
            pod("web-2", labels={"app": "web"}, node="node-2"),
            pod("two", containers=("main", "side")),
            pod("stuck", phase="Pending"),
            pod("web-1", "other", labels={"app": "web", "tier": "back"}),
        ],
        "events": [event],
        "network-attachment-definitions": [
            plain(*nad, namespace="demo"),
            plain(*nad, namespace="other"),
        ],
    }
