"""Where a container's commands are executed: a network namespace and environment of the lab."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from tests.lab.api.store import Object, Store

IP: Final = "/usr/sbin/ip"
_DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Runtime(StrEnum):
    """Container runtimes, which differ in how they report a program that is not there."""

    CONTAINERD = "containerd"
    CRIO_RUNC = "crio-runc"
    CRIO_CRUN = "crio-crun"


@dataclass(frozen=True, slots=True)
class ExecPlace:
    """How to execute in a container: the command comes after `argv_prefix`, in just that `env`.

    The program is looked up in PATH of `env`; `argv_prefix` begins with an absolute path.
    """

    argv_prefix: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: {"PATH": _DEFAULT_PATH})
    runtime: Runtime = Runtime.CONTAINERD


Resolver = Callable[[str, str, str], ExecPlace | None]
"""Namespace, pod and container to the place; None where no such container runs."""


def lab_resolver(file: Path, store: Store) -> Resolver:
    """The places that lab.json tells: {nodes: {NAME: {netns, env}}, pods: {NS/NAME: {node, netns,
    path, runtime}}}; read at each exec.

    A pod that it does not name and that uses its node's network (or is an ovnkube-node pod)
    executes in its node's namespace and environment.
    """

    def resolve(namespace: str, pod: str, _container: str) -> ExecPlace | None:
        lab = json.loads(file.read_bytes())
        entry = (lab.get("pods") or {}).get(f"{namespace}/{pod}")
        if entry is not None:
            return _pod_place(entry)
        found = store.pod(namespace, pod)
        if found is None or not _on_node_network(found):
            return None
        nodes = lab.get("nodes") or lab.get("node") or {}
        node = nodes.get(found["spec"].get("nodeName", ""))
        return None if node is None else _node_place(node)

    return resolve


def _pod_place(entry: Mapping[str, Any]) -> ExecPlace:
    env = {"PATH": str(entry.get("path") or _DEFAULT_PATH), "HOME": "/", **(entry.get("env") or {})}
    return ExecPlace(_netns_prefix(entry), env, Runtime(entry.get("runtime", Runtime.CONTAINERD)))


def _node_place(node: Mapping[str, Any]) -> ExecPlace:
    env = {"PATH": _DEFAULT_PATH, "HOME": "/root", **(node.get("env") or {})}
    return ExecPlace(_netns_prefix(node), env, Runtime(node.get("runtime", Runtime.CONTAINERD)))


def _netns_prefix(entry: Mapping[str, Any]) -> tuple[str, ...]:
    netns = entry.get("netns")
    return (IP, "netns", "exec", str(netns)) if netns else ()


def _on_node_network(pod: Object) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return bool(pod["spec"].get("hostNetwork")) or labels.get("app") == "ovnkube-node"
