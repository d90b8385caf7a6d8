"""Results one by one: nothing is kept, more may be asked for, few large ones at once."""

import threading
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from collectors.artifacts import BY_NAME
from collectors.gather import Limits, Progress, Want, gather, stream
from ovntrace.model.capture import Capture, Missing, Target
from tests.collectors.test_gather import Scripted, answer

NB, OVS = BY_NAME["nb"], BY_NAME["ovs"]


class Any(Scripted):
    """Answers whatever is asked."""

    def fetch(self, target: Target, artefact: object, timeout_s: float) -> Capture | Missing:
        del artefact, timeout_s
        return self.act(target)


def test_each_result_is_handed_on_in_this_thread_and_forgotten() -> None:
    ended: list[str] = []

    class Bytes(bytes):
        """Bytes whose end can be seen."""

        def __del__(self) -> None:
            ended.append(self.decode())

    made: list[str] = []
    most = 0

    def act(target: Target) -> Capture:
        made.append(target.node)
        return Capture(target, "nb", Bytes(target.node.encode()), "file")

    def take(want: Want, result: Capture | Missing) -> Iterable[Want]:
        nonlocal most
        assert threading.current_thread() is threading.main_thread()
        assert isinstance(result, Capture)
        assert result.data == want[0].node.encode()
        most = max(most, len(made) - len(ended))
        return ()

    wants = [(Target(node=str(number)), NB) for number in range(40)]
    stream(Any(act), wants, take, timeout_s=5, parallel=3)
    assert len(made) == len(ended) == 40
    assert most <= 4


def test_more_can_be_asked_for_and_comes_first() -> None:
    order: list[str] = []
    steps: list[Progress] = []

    def take(want: Want, _result: Capture | Missing) -> Iterable[Want]:
        node = want[0].node
        order.append(node)
        return [(Target(node=f"{node}.{n}"), NB) for n in (1, 2)] if "." not in node else ()

    wants = [(Target(node=node), NB) for node in ("a", "b")]
    stream(Any(answer), wants, take, timeout_s=5, parallel=1, progress=steps.append)
    assert order == ["a", "a.1", "a.2", "b", "b.1", "b.2"]
    assert (steps[-1].done, steps[-1].total) == (6, 6)


class Counting(Scripted):
    """Counts who is at work at once, by artefact and by node."""

    def __init__(self, size: int) -> None:
        super().__init__(answer)
        self.size = size
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()

    def fetch(self, target: Target, artefact: object, timeout_s: float) -> Capture | Missing:
        del timeout_s
        name = getattr(artefact, "name", "")
        for sign in (1, -1):
            with self._lock:
                for key in (name, f"node {target.node}", "all"):
                    self._now[key] += sign
                    self.most[key] = max(self.most[key], self._now[key])
            time.sleep(0.02 * (sign > 0))
        return Capture(target, name, bytes(self.size), "")


@pytest.mark.parametrize(("size", "most"), [(50_000_000, 2), (1_000, 6)])
def test_few_large_ones_at_once_until_they_turn_out_to_be_small(size: int, most: int) -> None:
    wants = [(Target(node=str(n)), row) for n in range(24) for row in (NB, OVS)]
    assert NB.heavy
    assert not OVS.heavy
    collector = Counting(size)
    stream(collector, wants, lambda *_: (), timeout_s=5, limits=Limits(6, heavy=2))
    assert collector.most["nb"] == most
    assert collector.most["ovs"] >= 4
    assert collector.most["all"] == 6


def test_no_node_is_asked_too_much_at_once() -> None:
    pods = [(Target(node=n, pod=str(at)), OVS) for n in "abc" for at in range(20)]
    collector = Counting(1)
    stream(collector, pods, lambda *_: (), timeout_s=5, limits=Limits(8, per_node=3))
    assert collector.most["all"] == 8
    assert {collector.most[f"node {node}"] for node in "abc"} == {3}


def test_what_is_asked_first_leaves_room_for_the_rest() -> None:
    """Those that hang hold no more than their part."""
    order: list[str] = []
    hangs = threading.Event()

    def act(target: Target) -> Capture:
        if target.node.startswith("dead"):
            assert hangs.wait(5)
        return Capture(target, "ovs", b"", "")

    def take(want: Want, _result: Capture | Missing) -> Iterable[Want]:
        order.append(want[0].node)
        if want[0].node == "last":
            hangs.set()
        return ()

    probes = [(Target(node=f"dead-{number}"), OVS) for number in range(6)]
    rest = [(Target(node=node), OVS) for node in ("one", "two", "last")]
    stream(Any(act), rest, take, timeout_s=9, limits=Limits(4, first=3), first=probes)
    assert order[:3] == ["one", "two", "last"]
    assert len(order) == 9


def test_silence_is_told() -> None:
    steps: list[Progress] = []

    def act(target: Target) -> Capture:
        time.sleep(1.3)
        return Capture(target, "ovs", b"", "")

    one = [(Target(node="a"), OVS)]
    stream(Any(act), one, lambda *_: (), timeout_s=20, progress=steps.append)
    assert [step.state for step in steps] == ["started", "waiting", "got"]
    assert 17 < steps[1].at_most_s < 20
    assert steps[2].at_most_s == 0


def test_places_that_hang_do_not_hold_up_the_rest() -> None:
    done = threading.Event()

    def act(target: Target) -> Capture:
        if target.node.startswith("dead"):
            assert done.wait(4)
        elif target.node == "last":
            done.set()
        return Capture(target, "ovs", b"", "")

    nodes = ("dead-1", "dead-2", "one", "two", "last")
    results = gather(Any(act), [(Target(node=n), OVS) for n in nodes], timeout_s=9, parallel=2)
    assert [result.target.node for result in results] == list(nodes)
    assert all(isinstance(result, Capture) for result in results)


def test_what_came_while_another_was_taken_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the first lasts longer than any fetch may; the second has long been here."""
    monkeypatch.setattr("collectors.gather._GRACE_S", 0.0)
    both = threading.Barrier(2)
    results: list[Capture | Missing] = []

    def act(target: Target) -> Capture:
        both.wait(5)
        return Capture(target, "ovs", b"", "")

    def take(_want: Want, result: Capture | Missing) -> Iterable[Want]:
        time.sleep(0.5)
        results.append(result)
        return ()

    wants = [(Target(node=node), OVS) for node in ("a", "b")]
    stream(Any(act), wants, take, timeout_s=0.2, parallel=2)
    assert [type(result) for result in results] == [Capture, Capture]
