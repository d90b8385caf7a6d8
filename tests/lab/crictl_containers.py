"""The lab's containers as its node's crictl knows them: ids, pods, what a command gets there."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.lab.kube_cluster import OVNKUBE_CONTAINERS, uid_of
from tests.lab.lab import OVNKUBE_POD, read_record


def write_containers(lab_folder: Path, file: Path) -> None:
    """What runs in the lab now, for `tests/lab/crictl.py`."""
    pods = read_record(lab_folder)["pods"]
    found = [
        _container(key, pod, name)
        for key, pod in pods.items()
        for name in (OVNKUBE_CONTAINERS if key == OVNKUBE_POD else ("compute",))
    ]
    file.write_text(json.dumps(found, indent=1))


def _container(key: str, pod: dict[str, Any], name: str) -> dict[str, Any]:
    namespace, pod_name = key.split("/")
    # The pod of OVN-Kubernetes is on the host's network: it has no namespace of its own.
    netns = "" if key == OVNKUBE_POD else pod["netns"]
    return {
        "id": _id(key, name),
        "sandbox": _id(key),
        "name": name,
        "pod": pod_name,
        "namespace": namespace,
        "uid": uid_of("Pod", pod_name),
        "netns": netns,
        "env": {**pod.get("env", {}), "PATH": pod["path"]},
    }


def _id(*words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()
