"""A cluster of many nodes behind the stand-in API server: latency, dead nodes, slow nodes.

`python -m tests.cli.many_nodes_stage FOLDER` serves it until a signal comes. Each node answers exec
with the tables of the running example and a database's own file, its name put in, as a program in a
process of its own; FOLDER/stats.json has what was executed, and how much of it at once.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from collectors.artifacts import NB_TABLES, OVS_TABLES, SB_TABLES
from tests.lab.api.fixtures import write_lists
from tests.lab.api.places import ExecPlace
from tests.lab.api.server import ApiServer

NAMESPACE = "llm-demo"
OVN_NAMESPACE = "openshift-ovn-kubernetes"
_REPOSITORY = Path(__file__).parents[2]
_EXAMPLE = _REPOSITORY / "examples" / "llm-demo.tar.gz"
_DATABASES = _REPOSITORY / "tests" / "captures" / "databases"
_CAPTURE = "ovn-kubernetes-2023-12-running-example.worker-0"
_NODE, _POD = "master-01-demo", "tinypod"
_FLOW = (
    " cookie=0x{0:x}, duration=86400.1s, table={1}, n_packets={0}, n_bytes=0, "
    "priority=1001,reg14=0x{1:x},metadata=0x2 actions=resubmit(,{1})\n"
)
# The same program under each name: how it is called says which answer is meant.
_PROGRAM = """#!/bin/sh
[ -e "$ANSWERS/hangs" ] && exec /bin/sleep 600
case "${0##*/} $*" in
*ovnnb_db.db) answer=nb.gz ;;
*ovnsb_db.db) answer=sb.gz ;;
ovn-nbctl*) answer=nb.json ;;
ovn-sbctl*) answer=sb.json ;;
ovs-vsctl*) answer=ovs.json ;;
*dump-flows*) answer=flows.txt ;;
ovs-ofctl*) answer=frags.txt ;;
*netns*) answer=ip_netns.json ;;
ip*) answer=ip.json ;;
*) echo "${0##*/}: not here: $*" >&2; exit 1 ;;
esac
exec /bin/cat "$ANSWERS/$answer"
"""
_TOOLS = ("ovn-nbctl", "ovn-sbctl", "ovs-vsctl", "ovs-ofctl", "ip", "timeout")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the cluster is like. Dead and slow nodes are spread over it."""

    nodes: int = 100
    dead: int = 5
    slow: int = 5
    latency_s: float = 0.05
    slow_s: float = 3.0

    @property
    def names(self) -> list[str]:
        """All nodes."""
        return [node_name(number) for number in range(self.nodes)]

    @property
    def dead_nodes(self) -> list[str]:
        """In turn: the kubelet refuses, exec hangs before its upgrade, exec hangs after it."""
        return self._spread(self.dead, 1)

    @property
    def slow_nodes(self) -> list[str]:
        """Those of which each exec takes `slow_s` longer."""
        return self._spread(self.slow, 2)

    def _spread(self, count: int, offset: int) -> list[str]:
        step = self.nodes // max(1, count)
        return [node_name(offset + step * at) for at in range(count)]


def node_name(number: int) -> str:
    """The name of a node."""
    return f"worker-{number:03}"


def pod_name(node: str) -> str:
    """The first pod of a node."""
    return f"{_POD}-on-{node}"


def agent_name(node: str) -> str:
    """The ovnkube-node pod of a node."""
    return f"ovnkube-node-{node}"


# --- what is served ----------------------------------------------------------------------------


def make(folder: Path, plan: Plan) -> None:
    """Write the objects, the answers of each node, and the faults."""
    with tarfile.open(_EXAMPLE) as tar:
        example = {
            member.name.partition("/")[2]: tar.extractfile(member).read().decode()  # type: ignore[union-attr]
            for member in tar
            if member.isfile()
        }
    _write_objects(folder / "kube", plan, example)
    tools = folder / "tools"
    tools.mkdir()
    for name in _TOOLS:
        (tools / name).write_text(_PROGRAM)
        (tools / name).chmod(0o755)
    for number, node in enumerate(plan.names):
        _write_answers(folder / "answers" / node, number, node, example)
    for node in plan.dead_nodes[2::3]:
        (folder / "answers" / node / "hangs").touch()
    (folder / "faults.json").write_text(json.dumps(_faults(plan)))


def _write_objects(folder: Path, plan: Plan, example: dict[str, str]) -> None:
    lists: dict[str, list[dict[str, Any]]] = {}
    for name in ("nodes", "pods"):
        text = example[f"kube/{name}.json"]
        items = (json.loads(_on(text, node))["items"] for node in plan.names)
        lists[name] = [one for some in items for one in some]
    kept = {pod_name(node) for node in plan.names}
    lists["pods"] = [
        one
        for one in lists["pods"]
        if one["metadata"]["name"] in kept or one["metadata"]["namespace"] == OVN_NAMESPACE
    ]
    for one in lists["pods"]:
        one |= {"apiVersion": "v1", "kind": "Pod"}  # kubectl wants it of a single object
    for one in lists["pods"]:
        if one["metadata"]["namespace"] == OVN_NAMESPACE:
            one["metadata"]["name"] = agent_name(one["spec"]["nodeName"])
    for name in ("namespaces", "network-attachment-definitions", "networkpolicies"):
        lists[name] = json.loads(example[f"kube/{name}.json"])["items"]
    write_lists(folder, lists)


def _write_answers(folder: Path, number: int, node: str, example: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    place = f"{_NODE}/"
    for file, tool, tables in (
        ("nb", "nbctl", NB_TABLES),
        ("sb", "sbctl", SB_TABLES),
        ("ovs", "ovs", OVS_TABLES),
    ):
        texts = (example[f"{place}{tool}/{table}.json"].strip() for table in tables)
        (folder / f"{file}.json").write_text("".join(f"{_on(text, node)}\n" for text in texts))
    for file in ("nb", "sb"):
        packed = bytearray((_DATABASES / f"{_CAPTURE}.ovn{file}_db.db.gz").read_bytes())
        packed[4:8] = number.to_bytes(4, "little")  # gzip's time of change: no two are the same
        (folder / f"{file}.gz").write_bytes(packed)
    (folder / "flows.txt").write_text("".join(_FLOW.format(at, at % 80) for at in range(1000)))
    (folder / "frags.txt").write_text(example[f"{place}ovs-ofctl_get-frags_br-int.txt"])
    for file in ("ip", "ip_netns"):
        (folder / f"{file}.json").write_text(example[f"{place}{file}.json"])
    pod = folder / "pod"
    pod.mkdir()
    (pod / "ip.json").write_text(example[f"{place}pods/{NAMESPACE}/{_POD}/ip.json"])


def _on(text: str, node: str) -> str:
    return text.replace(_NODE, node).replace(_POD, pod_name(node))


def _faults(plan: Plan) -> list[dict[str, Any]]:
    def of(nodes: list[str]) -> str:
        return f"({'|'.join(nodes) or 'nobody'})[^/]*/exec"

    refused, hanging = plan.dead_nodes[0::3], plan.dead_nodes[1::3]
    return [
        {"kind": "slow", "seconds": plan.latency_s},
        {"kind": "slow", "path": of(plan.slow_nodes), "seconds": plan.slow_s},
        {"kind": "slow", "path": of(hanging), "seconds": 600},
        {
            "kind": "status",
            "path": of(refused),
            "code": 500,
            "message": "error dialing backend: dial tcp 10.0.0.9:10250: connect: "
            "connection refused",
        },
    ]


# --- the server --------------------------------------------------------------------------------


@dataclass(slots=True)
class Stats:
    """What was executed: sessions at once, and how many of each node."""

    now: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    count: Counter[str] = field(default_factory=Counter)

    def change(self, node: str, by: int) -> None:
        """A session begins (1) or ends (-1)."""
        for key in (node, "all"):
            self.now[key] += by
            self.most[key] = max(self.most[key], self.now[key])
            self.count[key] += max(0, by)


class CountingServer(ApiServer):
    """Knows how many sessions of exec there are."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "kube", resolver=self._place, fault_file=folder / "faults.json")
        self._folder = folder
        self.stats = Stats()

    def _place(self, _namespace: str, pod: str, _container: str) -> ExecPlace:
        answers = self._folder / "answers" / node_of(pod)
        if not pod.startswith("ovnkube"):
            answers /= "pod"
        env = {"PATH": str(self._folder / "tools"), "ANSWERS": str(answers)}
        return ExecPlace(env=env)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/exec"):
            return await super()._answer(request)
        node = node_of(request.path)
        self._change(node, 1)
        try:
            return await super()._answer(request)
        finally:
            self._change(node, -1)

    def _change(self, node: str, by: int) -> None:
        self.stats.change(node, by)
        draft = self._folder / "stats.draft"
        draft.write_text(json.dumps({"most": self.stats.most, "count": self.stats.count}))
        draft.rename(self._folder / "stats.json")


def node_of(text: str) -> str:
    """The node that a pod's name tells."""
    found = re.search(r"worker-\d{3}", text)
    return found[0] if found else ""


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with CountingServer(folder) as server:
        server.write_kubeconfig(folder / "kubeconfig")
        stop.wait()
    return 0


@contextmanager
def served(folder: Path, plan: Plan) -> Iterator[Path]:
    """The cluster in a process of its own: its kubeconfig."""
    make(folder, plan)
    command = [sys.executable, "-m", "tests.cli.many_nodes_stage", str(folder)]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=_REPOSITORY, stdout=log, stderr=log)
    try:
        limit = time.monotonic() + 20
        while not (folder / "kubeconfig").exists():
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError((folder / "server.log").read_text())
            time.sleep(0.02)
        yield folder / "kubeconfig"
    finally:
        process.terminate()
        process.wait(20)


def stats(folder: Path) -> dict[str, Counter[str]]:
    """`most` at once and `count`, by node and of "all"."""
    try:
        found = json.loads((folder / "stats.json").read_bytes())
    except FileNotFoundError:
        found = {"most": {}, "count": {}}
    return {name: Counter(values) for name, values in found.items()}


if __name__ == "__main__":
    sys.exit(main())
