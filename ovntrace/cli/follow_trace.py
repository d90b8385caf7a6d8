"""`trace --follow`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ovntrace.cli.collect import Say, for_flow
from ovntrace.cli.follow import Question
from ovntrace.follow.cause import answer_of, cause_of
from ovntrace.follow.types import Event, Verdicts
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from ovntrace.view.subject import Query

if TYPE_CHECKING:
    from collectors.base import Collector


@dataclass(frozen=True, slots=True)
class Traced:
    """The views of a flow (and of the other direction), what they are made of, and how to make them
    of something else."""

    views: tuple[TraceView, ...]
    snapshot: Snapshot
    judge: Callable[[Snapshot], Sequence[TraceView]]


def flow_question(
    collector: "Collector", flow: Flow, ends: tuple[Query, Query], *, both: bool, timeout_s: float
) -> Question[Traced]:
    """Verdicts of one flow, and which row turned them."""

    def make(say: Say) -> Traced:
        snapshot, found = for_flow(collector, ends, timeout_s, say)
        one = replace(flow, src=found[0], dst=found[1])
        asked = [one, one.reversed()] if both else [one]

        def judge(of: Snapshot) -> tuple[TraceView, ...]:
            tracer = Tracer(of)
            return tuple(tracer.trace(each, now=time.time()) for each in asked)

        return Traced(judge(snapshot), snapshot, judge)

    return Question(make, _start, _compare)


def _start(traced: Traced, at: float) -> Event:
    flow = traced.views[0].flow
    return Event("start", at, f"{flow['src']} -> {flow['dst']}", new=_verdicts(traced))


def _compare(old: Traced, new: Traced, at: float) -> Event | None:
    if answer_of(old.views) == answer_of(new.views):
        return None
    cause = cause_of(old.snapshot, new.snapshot, old.views, new.views, new.judge)
    return Event("flip", at, old=_verdicts(old), new=_verdicts(new), cause=cause)


def _verdicts(traced: Traced) -> tuple[Verdicts, ...]:
    return tuple(
        Verdicts(
            view.verdict,
            view.reason,
            view.deciding,
            None if view.reply is None else view.reply.verdict,
            "" if view.reply is None else view.reply.reason,
        )
        for view in traced.views
    )
