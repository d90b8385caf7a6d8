"""Who may begin next, of many."""

import time

from collectors.artifacts import BY_NAME
from collectors.waiting import Limits, Waiting, Want
from ovntrace.model.capture import Target

NB, SB, OVS = BY_NAME["nb"], BY_NAME["sb"], BY_NAME["ovs"]


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def of(*nodes: str) -> list[Want]:
    return [(Target(node=node), OVS) for node in nodes]


def begun(waiting: Waiting) -> list[str]:
    """All that may begin now."""
    found = []
    while (want := waiting.begin()) is not None:
        found.append(f"{want[1].name} {want[0].node}")
    return found


def test_those_that_take_long_make_room_up_to_a_limit() -> None:
    clock = Clock()
    waiting = Waiting(Limits(parallel=2, most=5), clock)
    waiting.add(of(*"abcdefgh"))
    assert begun(waiting) == ["ovs a", "ovs b"]
    clock.now = 0.9
    assert begun(waiting) == []
    waiting.end(of("a")[0], 1)
    assert begun(waiting) == ["ovs c"]
    clock.now = 1.1  # b takes long, c does not yet
    assert begun(waiting) == ["ovs d"]
    clock.now = 5.0
    assert begun(waiting) == ["ovs e", "ovs f"]
    clock.now = 50.0
    assert begun(waiting) == []
    waiting.end(of("f")[0], None)
    assert begun(waiting) == ["ovs g"]
    assert len(waiting) == 1


def test_what_was_begun_comes_before_what_waits() -> None:
    waiting = Waiting(Limits(parallel=1))
    waiting.add(of("a", "b"))
    assert begun(waiting) == ["ovs a"]
    waiting.add([(Target(node="c"), NB), (Target(node="a", pod="p"), OVS)])
    order = []
    last: Want | None = of("a")[0]
    while last is not None:
        waiting.end(last, 1)
        last = waiting.begin()
        order += [last[0].node + last[0].pod] if last is not None else []
    assert order == ["c", "ap", "b"]


def test_a_heavy_one_of_unknown_size_keeps_its_place() -> None:
    """Sizes are by name: that nb is small here says nothing of sb."""
    waiting = Waiting(Limits(parallel=9, heavy=1))
    for node in "abc":
        waiting.add([(Target(node=node), NB)])
        want = waiting.begin()
        assert want is not None
        waiting.end(want, 1_000_000)
    waiting.add([(Target(node=node), row) for node in "de" for row in (NB, SB)])
    assert begun(waiting) == ["nb d"]
    waiting.end((Target(node="d"), NB), 1_000_000)
    assert begun(waiting) == ["sb d"]


def test_of_many_each_step_takes_the_same_time() -> None:
    def seconds(n_nodes: int) -> float:
        waiting = Waiting(Limits(parallel=12, most=32, heavy=3, per_node=4, first=20))
        waiting.add_first(of(*map(str, range(n_nodes))))
        began = time.perf_counter()
        ended = 0
        running: list[Want] = []
        while waiting or running:
            while (want := waiting.begin()) is not None:
                running.append(want)
            want = running.pop(0)
            waiting.end(want, 1000)
            ended += 1
            if want[1] is OVS and not want[0].pod:
                node = want[0].node
                waiting.add([(Target(node=node), NB), (Target(node=node), SB)])
                waiting.add([(Target(node=node, pod=str(at)), OVS) for at in range(5)])
        assert ended == 8 * n_nodes
        return time.perf_counter() - began

    few, many = (min(seconds(number) for _ in range(3)) for number in (100, 1_000))
    assert many < 25 * few


def test_what_has_come_and_is_not_taken_makes_no_room() -> None:
    clock = Clock()
    waiting = Waiting(Limits(parallel=2, most=5), clock)
    waiting.add(of(*"abcdefgh"))
    assert begun(waiting) == ["ovs a", "ovs b"]
    waiting.came(of("a")[0])
    waiting.came(of("nobody")[0])
    clock.now = 60.0
    # `b` takes long and has brought nothing; `a` has its bytes in memory.
    assert begun(waiting) == ["ovs c"]
    waiting.end(of("a")[0], 1)
    assert begun(waiting) == ["ovs d"]
