"""How often it is asked and what is told of it: with a clock and a way in that are played."""

import gc
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from collectors.base import Lost
from ovntrace.cli.follow import SHORTEST_S, Follower, Question, _Clock, changes_of
from ovntrace.errors import WrongQuestionError
from ovntrace.follow.types import Event

DEAD = Lost("sb", "n1", "tcp:10.0.0.1:6642", "connection refused")


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


class Played:
    """Changes at these times, and what is lost at a time."""

    def __init__(self, time: Time, at: Iterator[float]) -> None:
        self._time = time
        self._at = at
        self._next = next(at, None)
        self.lost_at: Callable[[float], Sequence[Lost]] = lambda _now: ()

    def wait(self, timeout_s: float) -> bool:
        if self._next is None or self._next > self._time.now + timeout_s:
            self._time.now += timeout_s
            return False
        self._time.now = max(self._time.now, self._next)
        while self._next is not None and self._next <= self._time.now:
            self._next = next(self._at, None)
        return True

    def lost(self) -> Sequence[Lost]:
        return self.lost_at(self._time.now)


class Sink:
    """Keeps what it is told, and hears for so many events."""

    def __init__(self, n_heard: float = float("inf")) -> None:
        self.told: list[tuple[str, str]] = []
        self.refreshed: list[object] = []
        self.lost: Sequence[Lost] = ()
        self._n_heard = n_heard

    def tell(self, event: Event, answer: object, lost: Sequence[Lost]) -> None:
        del answer
        self.told.append((event.event, event.detail))
        self.lost = lost

    def refresh(self, answer: object, lost: Sequence[Lost]) -> None:
        self.refreshed.append(answer)
        self.lost = lost

    def is_heard(self) -> bool:
        return len(self.told) < self._n_heard


class Stage:
    """A question that is a number, which takes `takes_s` to answer."""

    def __init__(self, *at: float, takes_s: float = 0.01) -> None:
        self.time = Time()
        self.asked: list[float] = []
        self.forgotten = 0
        self.answers: Iterator[int | str] = itertools.count(1)
        self.takes_s = takes_s
        self.changes = Played(self.time, iter([1000.0 + one for one in at]))
        self.sink = Sink()

    def forget(self) -> None:
        self.forgotten += 1

    def ask(self) -> int:
        self.asked.append(self.time.now - 1000.0)
        self.time.now += self.takes_s
        answer = next(self.answers)
        if isinstance(answer, str):
            raise WrongQuestionError(answer)
        return answer

    def run(self, for_s: float) -> int:
        collector: Any = self
        question: Question[int] = Question(
            lambda _say: self.ask(),
            lambda answer, at: Event("start", at, str(answer)),
            lambda old, new, at: Event("change", at, f"{old}-{new}") if old != new else None,
        )
        follower = Follower(
            collector,
            self.changes,
            question,
            self.sink,
            now=self.time.clock,
            clock=self.time.clock,
            sleep=self.time.sleep,
        )
        return follower.run(0, for_s)


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


def test_each_change_is_told() -> None:
    stage = Stage(1, 2, 3)
    assert stage.run(5) == 3
    assert stage.sink.told == [
        ("start", "0"),
        ("change", "0-1"),
        ("change", "1-2"),
        ("change", "2-3"),
    ]
    assert [round(at, 2) for at in stage.asked] == [1, 2, 3]
    assert stage.forgotten == 3
    assert stage.time.now == pytest.approx(1005, abs=0.1)


def test_no_more_than_five_answers_a_second_however_many_changes() -> None:
    stage = Stage(*(n / 1000 for n in range(4000)))
    stage.run(4)
    assert 18 <= len(stage.asked) <= 20
    gaps = [b - a for a, b in itertools.pairwise(stage.asked)]
    assert min(gaps) >= SHORTEST_S - 1e-6
    assert len(stage.sink.told) == 1 + len(stage.asked)


def test_the_first_change_is_not_held_back() -> None:
    stage = Stage(2.0)
    stage.run(4)
    assert stage.asked == pytest.approx([2.0])


def test_what_takes_long_to_answer_gets_half_of_the_time() -> None:
    stage = Stage(*(n / 100 for n in range(2000)), takes_s=1.0)
    stage.run(20)
    gaps = [b - a for a, b in itertools.pairwise(stage.asked)]
    assert min(gaps) >= 2.0
    assert len(gaps) >= 8


def test_an_answer_that_is_the_same_is_no_event() -> None:
    stage = Stage(1, 2)
    stage.answers = iter([0, 0])
    stage.run(3)
    assert stage.sink.told == [("start", "0")]
    assert len(stage.asked) == 2


def test_gone_is_told_once_and_back_with_what_has_changed() -> None:
    stage = Stage(1, 2, 3, 4)
    stage.answers = iter(["no workload 'x'", "no workload 'x'", "nothing can be read", 7])
    assert stage.run(5) == 7
    assert stage.sink.told[1:] == [
        ("gone", "no workload 'x'"),
        ("gone", "nothing can be read"),
        ("back", "it is there again"),
        ("change", "0-7"),
    ]


def test_gone_until_the_end_leaves_the_last_answer() -> None:
    stage = Stage(1, 2)
    stage.answers = iter([5, "gone"])
    assert stage.run(3) == 5


def test_lost_and_met_also_where_nothing_else_happens() -> None:
    stage = Stage()
    stage.changes.lost_at = lambda now: (DEAD,) if 1002 <= now < 1004 else ()
    stage.run(8)
    assert stage.sink.told[1:] == [
        ("lost", "sb of n1: connection refused"),
        ("met", "sb of n1 tells changes again"),
    ]
    assert stage.sink.lost == ()
    assert stage.asked == []


def test_a_database_of_all_nodes_is_named_by_its_place() -> None:
    stage = Stage()
    shared = Lost("nb", "", "tcp:10.0.0.1:6641", "it has fallen silent")
    stage.changes.lost_at = lambda _now: (shared,)
    stage.run(2)
    assert stage.sink.told[1:] == [("lost", "nb at tcp:10.0.0.1:6641: it has fallen silent")]
    assert stage.sink.lost == (shared,)


def test_it_ends_when_nobody_reads() -> None:
    stage = Stage(*range(1, 100))
    stage.sink = Sink(n_heard=3)
    assert stage.run(1000) == 2
    assert stage.time.now < 1003


def test_garbage_is_collected_meanwhile() -> None:
    gc.disable()
    Stage().run(1)
    assert gc.isenabled()


# --- the clock of who has to ask ------------------------------------------------------------------


class Asking:
    """A way in that is told nothing."""

    kind = "kube"


def test_who_is_told_nothing_asks_by_the_clock() -> None:
    collector: Any = Asking()
    assert isinstance(changes_of(collector, 5.0), _Clock)


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.1, 2.0), (1.0, 2.0), (3.0, 6.0)])
def test_the_pause_is_the_interval_or_twice_the_answers_time(took_s: float, pause_s: float) -> None:
    time = Time()
    clock = _Clock(2.0, time.clock, time.sleep)
    time.now += took_s
    clock.answered()
    waited = 0.0
    while not clock.wait(0.5):
        waited += 0.5
    assert waited + 0.5 == pytest.approx(pause_s)
    assert clock.lost() == ()
