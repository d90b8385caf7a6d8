"""Many artefacts at once: bounded, in order, nothing lost, and stopped at once by Ctrl-C."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from collectors.artifacts import Artefact
from collectors.base import Collector
from ovntrace.model.capture import Capture, Missing, Reason, Target

Want = tuple[Target, Artefact]
Take = Callable[[Want, Capture | Missing], Iterable[Want]]

# A collector keeps its own time limit. One that does not is given up this much later.
_GRACE_S = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of the collection: `started`, then `got` or `missing`."""

    state: Literal["started", "got", "missing"]
    target: Target
    artefact: str
    done: int
    total: int
    seconds: float = 0.0
    detail: str = ""


def gather(
    collector: Collector,
    wants: Sequence[Want],
    *,
    timeout_s: float,
    parallel: int = 8,
    progress: Callable[[Progress], None] | None = None,
) -> list[Capture | Missing]:
    """A result for each want, in their order; equal wants are fetched once.

    `timeout_s` is for each fetch. What a collector raises becomes a Missing. On Ctrl-C (or any
    other exception in this thread) the collector is closed and the exception goes on at once.
    """
    results: dict[Want, Capture | Missing] = {}

    def keep(want: Want, result: Capture | Missing) -> tuple[Want, ...]:
        results[want] = result
        return ()

    distinct = list(dict.fromkeys(wants))
    stream(collector, distinct, keep, timeout_s=timeout_s, parallel=parallel, progress=progress)
    return [results[want] for want in wants]


def stream(
    collector: Collector,
    wants: Sequence[Want],
    take: Take,
    *,
    timeout_s: float,
    parallel: int = 8,
    heavy: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """The same, where nothing is kept: `take` gets each result in this thread when it arrives, and
    may ask for more, which comes first then. No want may stand there twice.

    No more than `parallel` results exist at a time, no more than `heavy` of heavy artefacts.
    """
    most = max(1, parallel)
    limits = (most, max(1, most if heavy is None else heavy))
    rounds = _Rounds(collector, take, limits, timeout_s, progress or _silent)
    try:
        rounds.run(wants)
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
        limits: tuple[int, int],
        timeout_s: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._collector = collector
        self._take = take
        self._parallel, self._heavy = limits
        self._waiting: deque[Want] = deque()
        self._waiting_heavy: deque[Want] = deque()
        self._done = 0
        self._timeout_s = timeout_s
        self._progress = progress
        self._began: dict[Want, float] = {}
        self._arrivals: queue.SimpleQueue[tuple[Want, Capture | Missing]] = queue.SimpleQueue()

    def run(self, wants: Iterable[Want]) -> None:
        self._queue(wants)
        while self._waiting or self._waiting_heavy or self._began:
            while len(self._began) < self._parallel and (want := self._next()) is not None:
                self._start(want)
            self._take_one()
            self._give_up_overdue()

    def _queue(self, wants: Iterable[Want]) -> None:
        # What was begun is brought to its end before something new: less has to be remembered.
        for want in reversed(list(wants)):
            parted = self._heavy < self._parallel and want[1].heavy
            (self._waiting_heavy if parted else self._waiting).appendleft(want)

    def _next(self) -> Want | None:
        """A heavy one first, if there may be another: it takes longest."""
        if self._waiting_heavy and sum(want[1].heavy for want in self._began) < self._heavy:
            return self._waiting_heavy.popleft()
        return self._waiting.popleft() if self._waiting else None

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
        first = min(self._began.values())
        wait = max(0.0, first + self._timeout_s + _GRACE_S - time.monotonic())
        try:
            want, result = self._arrivals.get(timeout=wait)
        except queue.Empty:
            return
        if want in self._began:  # else it was given up before
            self._settle(want, result)

    def _give_up_overdue(self) -> None:
        limit = time.monotonic() - self._timeout_s - _GRACE_S
        for want in [want for want, began in self._began.items() if began <= limit]:
            detail = f"no answer within {self._timeout_s:g} s, and no end"
            missing = Missing(want[0], want[1].name, Reason.TIMEOUT, detail)
            self._settle(want, missing)

    def _settle(self, want: Want, result: Capture | Missing) -> None:
        seconds = time.monotonic() - self._began.pop(want)
        self._done += 1
        self._queue(self._take(want, result))
        if isinstance(result, Missing):
            self._tell("missing", want, seconds, result.detail)
        else:
            self._tell("got", want, seconds)

    def _tell(
        self,
        state: Literal["started", "got", "missing"],
        want: Want,
        seconds: float = 0.0,
        detail: str = "",
    ) -> None:
        total = self._done + len(self._began) + len(self._waiting) + len(self._waiting_heavy)
        self._progress(Progress(state, want[0], want[1].name, self._done, total, seconds, detail))


def _raised(want: Want, error: BaseException) -> Missing:
    said = " ".join(str(error).split()) or "no message"
    detail = f"the collector failed: {type(error).__name__}: {said}"
    return Missing(want[0], want[1].name, Reason.UNREACHABLE, detail)
