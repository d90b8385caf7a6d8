"""What a dump costs of its own grows with the nodes and the pods, not with their product."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from collectors.artefact import Artefact, Where
from collectors.artifacts import BY_NAME
from collectors.dump.writer import DumpWriter
from ovntrace.cli.collect_dump import Asked, Collection
from ovntrace.model import kube
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.cli.dump_stage import OVS, pod

NODES, PODS = 30, 4


class ManyPods:
    """Nodes with pods that have no ip of their own, so that other ways are looked for."""

    kind = "kube"
    place = "https://staged.example:6443"

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str]:
        return [f"worker-{number}" for number in range(NODES)]

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        del timeout_s
        if artefact.where is Where.POD:
            return Missing(target, artefact.name, Reason.UNPARSABLE, "not JSON")
        return Capture(target, artefact.name, self._data(artefact), "made up")

    def close(self) -> None:
        """Nothing is open."""

    def _data(self, artefact: Artefact) -> bytes:
        if artefact.name == "pods":
            places = [(node, at) for node in self.nodes() for at in range(PODS)]
            items = [pod("demo", f"pod-{at}-of-{node}", node) for node, at in places]
            return json.dumps({"items": items}).encode()
        if artefact.where is Where.API:
            return b'{"items": []}'
        if artefact.name == "ovs":
            return OVS
        return b'{"headings":["_uuid"],"data":[]}\n' * len(BY_NAME["nb"].tables)


def test_the_lists_are_gone_through_a_few_times_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    original = kube.namespace_of

    def counting(item: kube.Object) -> str:
        nonlocal calls
        calls += 1
        return original(item)

    monkeypatch.setattr(kube, "namespace_of", counting)
    lines: list[str] = []
    with DumpWriter(tmp_path / "dump") as writer:
        collection = Collection(ManyPods(), writer, 5.0, lines.append, contextlib.nullcontext)
        collection.run(Asked(all_nodes=True))
        assert writer.gap_count == NODES * PODS
    assert lines[-1].startswith(f"{NODES}/{NODES} nodes, ")
    assert 0 < calls <= 6 * NODES * PODS
