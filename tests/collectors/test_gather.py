"""Many artefacts at once: order, bounds, nothing lost, stopped at once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from collectors import gather as module
from collectors.artifacts import BY_NAME, Artefact
from collectors.gather import Progress, gather
from ovntrace.model.capture import Capture, Missing, Reason, Target

NB = BY_NAME["nb"]


class Scripted:
    """A collector that does what `act` says."""

    kind = "local"
    place = "here"

    def __init__(self, act: Callable[[Target], Capture | Missing]) -> None:
        self.act = act
        self.closed = threading.Event()

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str]:
        return ()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        assert artefact is NB
        assert timeout_s > 0
        return self.act(target)

    def close(self) -> None:
        self.closed.set()


def answer(target: Target) -> Capture:
    return Capture(target, "nb", target.node.encode(), "file")


def wants(count: int) -> list[tuple[Target, Artefact]]:
    return [(Target(node=f"node-{number}"), NB) for number in range(count)]


def test_results_are_in_the_order_of_the_wants() -> None:
    def act(target: Target) -> Capture:
        time.sleep(0.02 if target.node.endswith(("0", "2", "4")) else 0)
        return answer(target)

    results = gather(Scripted(act), wants(6), timeout_s=5, parallel=3)
    assert [str(result.target) for result in results] == [f"node-{n}" for n in range(6)]


@pytest.mark.parametrize("parallel", [1, 3])
def test_no_more_at_once_than_allowed(parallel: int) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def act(target: Target) -> Capture:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return answer(target)

    gather(Scripted(act), wants(12), timeout_s=5, parallel=parallel)
    assert most == parallel


def test_equal_wants_are_fetched_once() -> None:
    asked: list[Target] = []

    def act(target: Target) -> Capture:
        asked.append(target)
        return answer(target)

    results = gather(Scripted(act), [*wants(2), *wants(2)], timeout_s=5)
    assert len(asked) == 2
    assert results[:2] == results[2:]


def test_what_a_collector_raises_is_a_missing_artefact() -> None:
    def act(target: Target) -> Capture:
        if target.node == "node-1":
            raise BrokenPipeError(32, "Broken\npipe")
        if target.node == "node-2":
            raise SystemExit(3)
        return answer(target)

    first, broken, exited = gather(Scripted(act), wants(3), timeout_s=5)
    assert isinstance(first, Capture)
    assert isinstance(broken, Missing)
    assert broken.reason is Reason.UNREACHABLE
    assert "BrokenPipeError" in broken.detail
    assert "\n" not in broken.detail
    assert isinstance(exited, Missing)


def test_a_collector_without_end_is_given_up_and_holds_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_GRACE_S", 0.1)
    release = threading.Event()

    def act(target: Target) -> Capture:
        if target.node == "node-0":
            release.wait(30)
        return answer(target)

    began = time.monotonic()
    results = gather(Scripted(act), wants(4), timeout_s=0.2, parallel=1)
    release.set()
    assert time.monotonic() - began < 3
    assert isinstance(results[0], Missing)
    assert results[0].reason is Reason.TIMEOUT
    assert all(isinstance(result, Capture) for result in results[1:])


def test_progress_tells_each_begin_and_end() -> None:
    def act(target: Target) -> Capture | Missing:
        if target.node == "node-1":
            return Missing(target, "nb", Reason.DENIED, "refused")
        return answer(target)

    steps: list[Progress] = []
    threads: set[int] = set()

    def watch(step: Progress) -> None:
        steps.append(step)
        threads.add(threading.get_ident())

    gather(Scripted(act), wants(2), timeout_s=5, parallel=1, progress=watch)
    assert [(step.state, step.target.node, step.done, step.total) for step in steps] == [
        ("started", "node-0", 0, 2),
        ("got", "node-0", 1, 2),
        ("started", "node-1", 1, 2),
        ("missing", "node-1", 2, 2),
    ]
    assert steps[-1].detail == "refused"
    assert threads == {threading.get_ident()}


def test_ctrl_c_closes_the_collector_and_does_not_wait() -> None:
    release = threading.Event()

    def act(target: Target) -> Capture:
        release.wait(30)
        return answer(target)

    collector = Scripted(act)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            gather(collector, wants(3), timeout_s=30, parallel=2)
        assert time.monotonic() - began < 2
        assert collector.closed.is_set()
    finally:
        timer.join()
        release.set()


def test_nothing_wanted() -> None:
    assert gather(Scripted(answer), [], timeout_s=1) == []
