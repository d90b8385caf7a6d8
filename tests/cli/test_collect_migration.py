"""What is read of a VM that migrates: both nodes' zones, at once, and no third."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.dump.writer import DumpWriter
from ovntrace.cli.collect import for_flow, for_workload
from ovntrace.cli.collect_dump import Asked, Collection
from ovntrace.errors import ExitCode
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.view.explain import explain
from ovntrace.view.outcome import exit_code
from ovntrace.view.subject import Query
from tests.captured import FOLDER, NOW
from tests.view.migrating import CAPTURE, HERE, NAD, THERE, VM, migrating

_LISTS = ("pods", "virtualmachineinstances")
MOVED = {"targetNodeDomainReadyTimestamp": "2030-01-01T00:00:09Z"}


class Place:
    """The capture's dump, with other lists of objects, and a node that may not answer. It writes
    down what was asked for."""

    kind = "kube"
    place = "https://api.example:6443"

    def __init__(self, lists: dict[str, Any], dead: str = "") -> None:
        self._dump = Dump(FOLDER / f"{CAPTURE}.tar.gz")
        self._lists = lists
        self._dead = dead
        self.asked: list[tuple[str, str]] = []

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str] | Missing:
        return self._dump.nodes()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        self.asked.append((str(target), artefact.name))
        if artefact.name in self._lists:
            data = json.dumps({"items": self._lists[artefact.name]}).encode()
            return Capture(target, artefact.name, data, "kubectl get")
        if target.node and target.node == self._dead:
            return Missing(target, artefact.name, Reason.TIMEOUT, "no answer within 10 s")
        return self._dump.fetch(target, artefact, timeout_s)

    def close(self) -> None:
        self._dump.close()

    def of(self, node: str) -> set[str]:
        """The artefacts of a node that were asked for."""
        return {name for place, name in self.asked if place == node}


def _place(dead: str = "", **given: Any) -> Place:
    kube = migrating(**given).kube
    return Place({name: list(kube.items(name)) for name in _LISTS}, dead)


def _quiet(_line: str) -> None:
    """Nobody watches."""


def _asked(place: Place) -> None:
    for_workload(place, Query(f"vm/{VM}"), 10, _quiet)


def test_at_rest_its_node_alone() -> None:
    place = _place(target_phase=None)
    _asked(place)
    assert place.of(THERE) == set()
    assert {"nb", "sb", "ovs"} <= place.of(HERE)


@pytest.mark.parametrize(("state", "other"), [({}, THERE), (MOVED, HERE)])
def test_of_the_other_node_its_zone(state: dict[str, Any], other: str) -> None:
    place = _place(state=state)
    _asked(place)
    assert place.of(other) == {"nb", "sb"}
    active = HERE if other == THERE else THERE
    assert {"nb", "sb", "ovs"} <= place.of(active)
    # In the same round as the active one's: before what is read of the node with that.
    asked = [name for _, name in place.asked]
    assert len(asked) == len(set(place.asked))


def test_a_node_that_does_not_answer_is_a_gap() -> None:
    place = _place(dead=THERE, state={})
    snapshot, subject = for_workload(place, Query(f"vm/{VM}"), 10, _quiet)
    view = explain(snapshot, subject, NAD, now=NOW)
    assert {gap.artefact for gap in view.gaps if gap.node == THERE} == {"nb", "sb"}
    assert view.migration is not None
    assert [side.ports[0].exists for side in view.migration.sides] == [True, None]
    assert [one.id for one in view.findings if one.id.startswith("OVT42")] == []
    assert exit_code(view) is ExitCode.NO_ANSWER


@pytest.mark.parametrize(("state", "active"), [({}, HERE), (MOVED, THERE)])
def test_a_flow_is_of_the_active_launcher(state: dict[str, Any], active: str) -> None:
    place = _place(state=state)
    ends = (Query("pod/tinypod", "llm-demo"), Query(f"vm/{VM}"))
    snapshot, _ = for_flow(place, ends, 10, _quiet)
    assert active in snapshot.nb
    assert BY_NAME["nb"].name in place.of(active)


@pytest.mark.parametrize("state", [{}, MOVED])
def test_a_dump_of_the_vm_has_both_nodes(state: dict[str, Any], tmp_path: Path) -> None:
    place = _place(state=state)
    with DumpWriter(tmp_path / "dump") as writer:
        collection = Collection(place, writer, 5.0, _quiet, contextlib.nullcontext)
        collection.run(Asked(workloads=(f"vm/{VM}",)))
    assert collection.nodes == (HERE, THERE)
    for node in (HERE, THERE):
        assert {"nb", "sb"} <= place.of(node)


def test_a_dump_of_the_vm_at_rest_has_its_node(tmp_path: Path) -> None:
    place = _place(target_phase=None)
    with DumpWriter(tmp_path / "dump") as writer:
        collection = Collection(place, writer, 5.0, _quiet, contextlib.nullcontext)
        collection.run(Asked(workloads=(f"vm/{VM}",)))
    assert collection.nodes == (HERE,)
    assert place.of(THERE) == set()
