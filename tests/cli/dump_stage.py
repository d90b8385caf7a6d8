"""The real `ovntrace dump` before a staged cluster of three nodes with a pod each.

`python -m tests.cli.dump_stage SCENE ARGUMENTS…` runs the real entry point in a process of its own;
only the collector is played.
"""

import gzip
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collectors.artefact import Artefact, Where
from collectors.artifacts import BY_NAME, DATABASE_FILES
from collectors.tool_failure import not_installed
from ovntrace.cli import way_in
from ovntrace.cli.main import run
from ovntrace.cli.options import WayIn
from ovntrace.model.capture import Capture, Missing, Reason, Target

FILE = b"OVSDB JSON 2 0000000000000000000000000000000000000000\n{}\n"
NODES = ("worker-0", "worker-1", "worker-2")
FOLDERS = ("/etc/ovn", "/var/lib/ovn")
LARGE_BYTES = 45_000_000
EVIL = ("../../evil", "a/b", "..", "x\x1b[2J", "-rf", "", "$(reboot)", "n" * 300, "manifest.json")

_HEADINGS = ["_uuid", "name", "external_ids"]


def _table(*rows: tuple[str, str, dict[str, str]]) -> bytes:
    data = [
        [["uuid", f"00000000-0000-4000-8000-{at:012}"], name, ["map", sorted(ids.items())]]
        for at, (name, _, ids) in enumerate(rows)
    ]
    return json.dumps({"headings": _HEADINGS, "data": data}).encode() + b"\n"


OVS = (
    _table(("", "", {"ovn-bridge-mappings": "physnet:br-ex,gone:br-gone"}))
    + _table(("br-int", "", {}), ("br-ex", "", {}), ("br-other", "", {}))
    + _table()
    + _table()
)


def pod(namespace: str, name: str, node: str, **spec: Any) -> dict[str, Any]:
    """A pod as the API has it."""
    return {
        "metadata": {"namespace": namespace, "name": name},
        "spec": {"nodeName": node, **spec},
    }


PODS = [
    pod("demo", "web", "worker-0"),
    pod("demo", "db", "worker-1"),
    pod("other", "web-2", "worker-2"),
    pod("ovn", "agent", "worker-2", hostNetwork=True),
    pod("demo", "pending", ""),
]


class StagedCluster:
    """Answers at once, and remembers what it was asked."""

    kind = "kube"
    place = "https://staged.example:6443"

    def __init__(self, scene: str) -> None:
        self.scene = scene
        self.asked: list[tuple[str, str]] = []

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str] | Missing:
        if self.scene == "no-nodes":
            return Missing(Target(), "pods", Reason.UNREACHABLE, "no ovnkube-node pods", "is it?")
        return (*NODES, *EVIL) if self.scene == "hostile" else NODES

    def database_files(self, artefact: str) -> Sequence[str]:
        return [f"{folder}/{DATABASE_FILES[artefact]}" for folder in FOLDERS]

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        del timeout_s
        argv = artefact.command(10, target.netns) if artefact.argv else ()
        self.asked.append((target.node or target.namespace, artefact.name))
        origin = f"kubectl exec -n ovn agent -c c -- {' '.join(argv)}"
        if artefact.where is Where.API:
            origin = f"GET {artefact.path(target.namespace)}"
        answer = self._answer(target, artefact)
        if isinstance(answer, bytes):
            return Capture(target, artefact.name, answer, origin, time.time(), 0.1, argv=argv)
        return replace(answer, origin=origin)

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, target: Target, artefact: Artefact) -> bytes | Missing:
        def no(reason: Reason, detail: str) -> Missing:
            return Missing(target, artefact.name, reason, detail)

        name = artefact.name
        if self.scene == "dead" and target.node == "worker-1":
            return no(Reason.UNREACHABLE, "the kubelet does not answer")
        hangs = self.scene == "hang-first" or (self.scene == "hang" and target.node == NODES[2])
        if hangs and (artefact.heavy or self.scene == "hang-first"):
            os.write(2, b"waiting\n")  # in one piece: several threads wait
            time.sleep(60)
        if self.scene == "hang-first":
            return no(Reason.UNREACHABLE, "nothing comes")
        if name in ("pods", "nodes"):
            return self._list(name, no)
        if artefact.where is Where.API:
            if artefact.optional:
                return no(Reason.ABSENT, "the cluster has none")
            return json.dumps({"items": []}).encode()
        if artefact.name.partition("-")[2].startswith("file"):
            return self._file(target, artefact, no)
        if name == "pod-links":
            return no(Reason.DENIED, "no exec") if self.scene == "no-exec" else b"[]"
        if artefact.tables and name != "ovs":
            return b'{"headings":["_uuid"],"data":[]}\n' * len(BY_NAME[name].tables)
        return {"ovs": OVS, "openflow": b" cookie=0x1\n"}.get(name, b"[]")

    def _list(self, name: str, no: Any) -> bytes | Missing:
        if self.scene == "refused":
            missing: Missing = no(Reason.DENIED, f"not allowed to list {name}")
            return missing
        evil = [pod(one, other, "worker-0") for one in EVIL for other in EVIL]
        items = [*PODS, *(evil if self.scene == "hostile" else [])]
        if name == "nodes":
            items = [{"metadata": {"name": node}} for node in NODES]
        return json.dumps({"items": items}).encode()

    def _file(self, target: Target, artefact: Artefact, no: Any) -> bytes | Missing:
        is_plain = artefact.name.endswith("plain")
        path = dict(artefact.values)["file"][0]
        missing: Missing | None = None
        if self.scene in ("no-gzip", "large") and not is_plain:
            missing = no(Reason.ABSENT, not_installed("gzip").detail)
        elif self.scene == "elsewhere" and path.startswith(FOLDERS[0]):
            missing = no(Reason.ABSENT, f"gzip: exit code 1: {path}: No such file or directory")
        elif self.scene == "unreadable":
            missing = no(Reason.DENIED, f"gzip: exit code 1: {path}: Permission denied")
        elif self.scene == "refused":
            missing = no(Reason.DENIED, "not allowed to get pods/exec")
        if missing is not None:
            return missing
        if self.scene == "no-database":
            return b"<html>"
        own = FILE + target.node.encode()
        if self.scene == "large":
            return own + bytes(LARGE_BYTES)
        return own if is_plain else gzip.compress(own, 1)


def set_stage(scene: str) -> None:
    """The real program, with this cluster as its only way in."""

    def collector(_way: WayIn) -> StagedCluster:
        return StagedCluster(scene)

    vars(way_in)["_collector"] = collector


if __name__ == "__main__":
    set_stage(sys.argv.pop(1))
    run()
