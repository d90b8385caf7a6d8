"""Many artefacts at once: bounded, in order, nothing lost, and stopped at once by Ctrl-C."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from collectors.artifacts import Artefact
from collectors.base import Collector
from ovntrace.model.capture import Capture, Missing, Reason, Target

Want = tuple[Target, Artefact]

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
    distinct = list(dict.fromkeys(wants))
    rounds = _Rounds(collector, distinct, timeout_s, progress or _silent)
    try:
        results = rounds.run(max(1, parallel))
    except BaseException:
        # Daemon threads: what still waits there ends with its connection, or with the process.
        collector.close()
        raise
    return [results[want] for want in wants]


def _silent(_step: Progress) -> None:
    """Nobody watches."""


class _Rounds:
    """One thread a fetch, `parallel` of them at a time."""

    def __init__(
        self,
        collector: Collector,
        wants: Sequence[Want],
        timeout_s: float,
        progress: Callable[[Progress], None],
    ) -> None:
        self._collector = collector
        self._waiting = list(reversed(wants))
        self._total = len(wants)
        self._timeout_s = timeout_s
        self._progress = progress
        self._began: dict[Want, float] = {}
        self._arrivals: queue.SimpleQueue[tuple[Want, Capture | Missing]] = queue.SimpleQueue()
        self._results: dict[Want, Capture | Missing] = {}

    def run(self, parallel: int) -> dict[Want, Capture | Missing]:
        while self._waiting or self._began:
            while self._waiting and len(self._began) < parallel:
                self._start(self._waiting.pop())
            self._take_one()
            self._give_up_overdue()
        return self._results

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
        self._results[want] = result
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
        done = len(self._results)
        self._progress(Progress(state, want[0], want[1].name, done, self._total, seconds, detail))


def _raised(want: Want, error: BaseException) -> Missing:
    said = " ".join(str(error).split()) or "no message"
    detail = f"the collector failed: {type(error).__name__}: {said}"
    return Missing(want[0], want[1].name, Reason.UNREACHABLE, detail)
