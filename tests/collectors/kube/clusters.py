"""Made-up clusters behind the stand-in API server, and what a test needs to ask them."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from collectors.kube import Kube
from collectors.kube.access import Access
from collectors.kube.kubeconfig import load
from tests.lab.api.fixtures import write_lists
from tests.lab.api.made_up import pod as plain_pod
from tests.lab.api.server import ApiServer

IC_CONTAINERS = ("ovn-controller", "northd", "nbdb", "sbdb", "ovnkube-controller")
CENTRAL_NODE_CONTAINERS = ("ovn-controller", "ovnkube-node")
OPENSHIFT = "openshift-ovn-kubernetes"


def pod(name: str, namespace: str, *, stopped: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """A pod whose containers run, but for those in `stopped`."""
    made = plain_pod(name, namespace, **more)
    for status in made["status"]["containerStatuses"]:
        runs = made["status"]["phase"] == "Running" and status["name"] not in stopped
        status["state"] = {"running": {}} if runs else {"waiting": {"reason": "ContainerCreating"}}
    return made


def ovnkube_node(node: str, **more: Any) -> dict[str, Any]:
    """An ovnkube-node pod of OpenShift's interconnect mode."""
    defaults = {"labels": {"app": "ovnkube-node"}, "containers": IC_CONTAINERS}
    namespace = more.pop("namespace", OPENSHIFT)
    return pod(f"ovnkube-node-{node}", namespace, node=node, **{**defaults, **more})


def interconnect() -> dict[str, list[Mapping[str, Any]]]:
    """Two nodes in interconnect mode, and workloads."""
    return {
        "pods": [
            ovnkube_node("node-1"),
            ovnkube_node("node-2"),
            pod("web", "demo", node="node-1"),
            pod("stuck", "demo", node="node-1", phase="Pending"),
            pod("virt-launcher-gold-x", "demo", containers=("volume", "compute", "hook")),
        ],
        "nodes": [],
        "namespaces": [],
    }


def folder(path: Path, objects: Mapping[str, Any]) -> Path:
    """The Lists of `objects` as the server reads them."""
    return write_lists(path / "kube", objects)


def access(server: ApiServer, path: Path, context: str | None = None) -> Access:
    """The way to the server by a kubeconfig, as a user has it."""
    return load(str(server.write_kubeconfig(path / "kubeconfig")), context).access


def kube(server: ApiServer, path: Path, context: str | None = None, **more: Any) -> Kube:
    """The collector, opened by a kubeconfig."""
    file = server.write_kubeconfig(path / "kubeconfig")
    return Kube.open(kubeconfig=str(file), context=context, **more)


def execs(server: ApiServer, expected: int) -> list[str]:
    """The execs that were asked for; the server notes one when it is over, so it is waited."""
    deadline = time.monotonic() + 3
    while True:
        asked = [request.path_qs for request in server.requests if "/exec" in request.path_qs]
        if len(asked) >= expected or time.monotonic() > deadline:
            return asked
        time.sleep(0.02)
