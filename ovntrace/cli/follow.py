"""`--follow`: ask again whenever something changes, and tell what has."""

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from collectors.base import Changes, Lost, Remembers, TellsChanges
from ovntrace.cli.collect import Say
from ovntrace.errors import OvntraceError
from ovntrace.follow.types import Event

if TYPE_CHECKING:
    from collectors.base import Collector

V = TypeVar("V")
Told = TypeVar("Told", contravariant=True)

# From one answer to the next at least so long, and twice as long as it takes to make one: what
# changes all the time costs half of the time at most.
SHORTEST_S = 0.2
_OF_ANSWER = 2
_TICK_S = 1.0


class Sink(Protocol[Told]):
    """Where it is told. `answer` is the last one; `lost` are databases that tell nothing now."""

    def tell(self, event: Event, answer: Told, lost: Sequence[Lost]) -> None:
        """Something has happened."""
        ...

    def refresh(self, answer: Told, lost: Sequence[Lost]) -> None:
        """The answer is newer, and nothing worth a word has changed."""
        ...

    def is_heard(self) -> bool:
        """False once nobody reads any more."""
        ...


@dataclass(frozen=True, slots=True)
class Question(Generic[V]):
    """`ask` makes an answer, saying what it waits for, or raises OvntraceError; `first` and
    `compare` say what is told of the first one and of a newer one (None: nothing)."""

    ask: Callable[[Say], V]
    first: Callable[[V, float], Event]
    compare: Callable[[V, V, float], Event | None]


def changes_of(collector: "Collector", interval_s: float) -> Changes:
    """What the way in is told, or a clock where it has to ask again."""
    if isinstance(collector, TellsChanges):
        return collector.follow()
    return _Clock(interval_s)


class _Clock:
    """After each answer a pause of the interval, or of twice the time that the answer took: a
    cluster is asked for a third of the time at most."""

    def __init__(
        self,
        interval_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep
        self._since = clock()
        self._next = 0.0

    def answered(self) -> None:
        now = self._clock()
        self._next = now + max(self._interval_s, 2 * (now - self._since))

    def wait(self, timeout_s: float) -> bool:
        left = self._next - self._clock()
        self._sleep(max(0.0, min(left, timeout_s)))
        if left > timeout_s:
            return False
        self._since = self._clock()
        return True

    def lost(self) -> Sequence[Lost]:
        return ()


class Follower(Generic[V]):
    """Asks a question again and again. Call `run`."""

    def __init__(
        self,
        collector: "Collector",
        changes: Changes,
        question: Question[V],
        sink: Sink[V],
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now` is for the events; `clock` and `sleep` are for how often it is asked."""
        self._collector = collector
        self._changes = changes
        self._question = question
        self._sink = sink
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._lost: dict[tuple[str, str], Lost] = {}
        self._gone = ""

    def run(self, first: V, for_s: float | None) -> V:
        """Until `for_s` seconds have gone (None: without end), or nobody reads; the last answer.
        `first` is told first."""
        # What is made again and again must be cleared away, other than what is made once.
        gc.enable()
        answer = first
        self._sink.tell(self._question.first(answer, self._now()), answer, ())
        ends_at = math.inf if for_s is None else self._clock() + for_s
        self._answered()
        next_at = self._clock() + SHORTEST_S
        while self._sink.is_heard():
            left = min(_TICK_S, ends_at - self._clock())
            if left <= 0:
                break
            if self._changes.wait(left):
                self._sleep(max(0.0, next_at - self._clock()))
                began = self._clock()
                answer = self._again(answer)
                next_at = began + max(SHORTEST_S, _OF_ANSWER * (self._clock() - began))
                self._answered()
            else:
                self._tell_lost(answer)
                self._sink.refresh(answer, tuple(self._lost.values()))
        return answer

    def _answered(self) -> None:
        if isinstance(self._changes, _Clock):
            self._changes.answered()

    def _again(self, old: V) -> V:
        self._tell_lost(old)
        if isinstance(self._collector, Remembers):
            self._collector.forget()
        try:
            new = self._question.ask(_quiet)
        except OvntraceError as error:
            if error.message != self._gone:
                self._gone = error.message
                self._tell(Event("gone", self._now(), error.message), old)
            return old
        if self._gone:
            self._gone = ""
            self._tell(Event("back", self._now(), "it is there again"), new)
        event = self._question.compare(old, new, self._now())
        if event is None:
            self._sink.refresh(new, tuple(self._lost.values()))
        else:
            self._tell(event, new)
        return new

    def _tell(self, event: Event, answer: V) -> None:
        self._sink.tell(event, answer, tuple(self._lost.values()))

    def _tell_lost(self, answer: V) -> None:
        """Which databases have fallen silent, and which speak again."""
        now = {(one.database, one.place): one for one in self._changes.lost()}
        before, self._lost = self._lost, now
        for key, one in now.items():
            if key not in before:
                self._tell(Event("lost", self._now(), f"{_named(one)}: {one.detail}"), answer)
        for key, one in before.items():
            if key not in now:
                self._tell(Event("met", self._now(), f"{_named(one)} tells changes again"), answer)


def _named(one: Lost) -> str:
    return f"{one.database} of {one.node}" if one.node else f"{one.database} at {one.place}"


def _quiet(_line: str) -> None:
    """What is shown is the answer's place."""
