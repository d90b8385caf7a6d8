"""Results one by one: nothing is kept, more may be asked for, few large ones at once."""

import threading
import time
from collections.abc import Iterable

from collectors.artifacts import BY_NAME
from collectors.gather import Progress, Want, stream
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


def test_few_large_ones_at_once() -> None:
    lock = threading.Lock()
    now = {"nb": 0, "ovs": 0}
    most = {"nb": 0, "ovs": 0}

    class Counting(Scripted):
        def fetch(self, target: Target, artefact: object, timeout_s: float) -> Capture | Missing:
            del timeout_s
            name = getattr(artefact, "name", "")
            with lock:
                now[name] += 1
                most[name] = max(most[name], now[name])
            time.sleep(0.02)
            with lock:
                now[name] -= 1
            return Capture(target, name, b"", "")

    wants = [(Target(node=str(n)), row) for n in range(12) for row in (NB, OVS)]
    assert NB.heavy
    assert not OVS.heavy
    stream(Counting(answer), wants, lambda *_: (), timeout_s=5, parallel=6, heavy=2)
    assert most["nb"] == 2
    assert most["ovs"] >= 4
