"""Many artefacts at once: bounded, in order, nothing lost, and stopped at once by Ctrl-C."""

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from collectors.base import Collector
from collectors.waiting import Limits, Waiting, Want
from ovntrace.model.capture import Capture, Missing, Reason, Target

__all__ = ["Limits", "Progress", "Want", "gather", "stream"]

Take = Callable[[Want, Capture | Missing], Iterable[Want]]

# A collector keeps its own time limit. One that does not is given up this much later.
_GRACE_S = 3.0
# Among many places some are slow or dead: so many times more may be under way, counting those.
_LONG_FACTOR = 4
# How long nothing may come before that is told, too.
_SILENCE_S = 1.0


State = Literal["started", "got", "missing", "waiting"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of the collection: `started`, then `got` or `missing`; `waiting` each second in which
    nothing comes, for what is waited for longest.

    `queued` are those not begun yet; `at_most_s` is when all that are under way will have ended.
    """

    state: State
    target: Target
    artefact: str
    done: int
    total: int
    seconds: float = 0.0
    detail: str = ""
    queued: int = 0
    at_most_s: float = 0.0


def gather(
    collector: Collector,
    wants: Sequence[Want],
    *,
    timeout_s: float,
    parallel: int = 8,
    progress: Callable[[Progress], None] | None = None,
) -> list[Capture | Missing]:
    """A result for each want, in their order; equal wants are fetched once.

    `parallel` is how many are fetched at once, not counting those that take more than a second.
    `timeout_s` is for each fetch. What a collector raises becomes a Missing. On Ctrl-C (or any
    other exception in this thread) the collector is closed and the exception goes on at once.
    """
    results: dict[Want, Capture | Missing] = {}

    def keep(want: Want, result: Capture | Missing) -> tuple[Want, ...]:
        results[want] = result
        return ()

    distinct = list(dict.fromkeys(wants))
    limits = Limits(max(1, parallel), most=_LONG_FACTOR * max(1, parallel))
    stream(collector, distinct, keep, timeout_s=timeout_s, limits=limits, progress=progress)
    return [results[want] for want in wants]


def stream(
    collector: Collector,
    wants: Iterable[Want],
    take: Take,
    *,
    timeout_s: float,
    parallel: int = 8,
    limits: Limits | None = None,
    first: Iterable[Want] = (),
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """The same, where nothing is kept: `take` gets each result in this thread when it arrives, and
    may ask for more, which comes before what waits. No want may stand there twice.

    `first` is asked before all else. No more results exist at a time than `limits` (or `parallel`)
    allow.
    """
    limits = limits or Limits(max(1, parallel))
    rounds = _Rounds(collector, take, limits, timeout_s, progress or _silent)
    try:
        rounds.run(first, wants)
    except BaseException:
        # Daemon threads: what still waits there ends with its connection, or with the process.
        collector.close()
        raise


def _silent(_step: Progress) -> None:
    """Nobody watches."""


class _Rounds:
    """One thread a fetch, so many of them at a time."""

    def __init__(
        self,
        collector: Collector,
        take: Take,
        limits: Limits,
        timeout_s: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._collector = collector
        self._take = take
        self._waiting = Waiting(limits)
        self._done = 0
        self._timeout_s = timeout_s
        self._progress = progress
        self._began: dict[Want, float] = {}  # in the order in which they were begun
        self._arrivals: queue.SimpleQueue[tuple[Want, Capture | Missing]] = queue.SimpleQueue()
        self._arrived: deque[tuple[Want, Capture | Missing]] = deque()

    def run(self, first: Iterable[Want], wants: Iterable[Want]) -> None:
        self._waiting.add_first(first)
        self._waiting.add(wants)
        while self._waiting or self._began:
            while (want := self._waiting.begin()) is not None:
                self._start(want)
            self._take_one()
            self._give_up_overdue()

    def _start(self, want: Want) -> None:
        self._began[want] = time.monotonic()
        self._tell("started", want)
        name = f"fetch {want[1].name} of {want[0]}"
        threading.Thread(target=self._fetch, args=(want,), name=name, daemon=True).start()

    def _fetch(self, want: Want) -> None:
        target, artefact = want
        result: Capture | Missing
        try:
            result = self._collector.fetch(target, artefact, self._timeout_s)
        except BaseException as error:  # a thread that dies silently would lose its answer
            result = _raised(want, error)
        self._arrivals.put((want, result))

    def _take_one(self) -> None:
        oldest, began = next(iter(self._began.items()))
        now = time.monotonic()
        overdue = max(0.0, began + self._timeout_s + _GRACE_S - now)
        try:
            want, result = self._next_arrival(min(overdue, _SILENCE_S))
        except queue.Empty:
            if overdue > _SILENCE_S:
                self._tell("waiting", oldest, now - began)
            return
        if want in self._began:  # else it was given up before
            self._settle(want, result)

    def _next_arrival(self, timeout_s: float) -> tuple[Want, Capture | Missing]:
        """Raises queue.Empty."""
        if self._arrived:
            return self._arrived.popleft()
        return self._arrivals.get(timeout=timeout_s)

    def _note_arrivals(self) -> None:
        """What has come while another result was taken: it waits here, and is not late."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._arrived.append(self._arrivals.get_nowait())
                self._waiting.came(self._arrived[-1][0])

    def _give_up_overdue(self) -> None:
        self._note_arrivals()
        come = {want for want, _ in self._arrived}
        limit = time.monotonic() - self._timeout_s - _GRACE_S
        overdue = (want for want, began in self._began.items() if began <= limit)
        for want in [want for want in overdue if want not in come]:
            detail = f"no answer within {self._timeout_s:g} s, and no end"
            self._settle(want, Missing(want[0], want[1].name, Reason.TIMEOUT, detail))

    def _settle(self, want: Want, result: Capture | Missing) -> None:
        seconds = time.monotonic() - self._began.pop(want)
        self._waiting.end(want, None if isinstance(result, Missing) else len(result.data))
        self._done += 1
        self._waiting.add(self._take(want, result))
        if isinstance(result, Missing):
            self._tell("missing", want, seconds, result.detail)
        else:
            self._tell("got", want, seconds)

    def _tell(self, state: State, want: Want, seconds: float = 0.0, detail: str = "") -> None:
        queued = len(self._waiting)
        total = self._done + len(self._began) + queued
        latest = next(reversed(self._began.values()), 0.0) + self._timeout_s - time.monotonic()
        self._progress(
            Progress(
                state,
                want[0],
                want[1].name,
                self._done,
                total,
                seconds,
                detail,
                queued,
                max(0.0, latest) if self._began else 0.0,
            )
        )


def _raised(want: Want, error: BaseException) -> Missing:
    said = " ".join(str(error).split()) or "no message"
    detail = f"the collector failed: {type(error).__name__}: {said}"
    return Missing(want[0], want[1].name, Reason.UNREACHABLE, detail)
