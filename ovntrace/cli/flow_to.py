"""The flow of `explain --to`: judged over what explain has read, and what it needs besides."""

import time

from collectors.base import Collector
from ovntrace.cli.collect import Say, for_flow
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from ovntrace.view.subject import Query


def trace_to(
    collector: Collector,
    known: Snapshot,
    ends: tuple[Query, Query],
    asked: tuple[str, int | None, str | None],
    timeout_s: float,
    progress: Say,
) -> TraceView:
    """The answer for a flow between two ends; `asked` is its protocol, destination port and
    network. Raises WrongQuestionError and NoAnswerError as `for_flow` does."""
    snapshot, (src, dst) = for_flow(collector, ends, timeout_s, progress, known)
    proto, dport, network = asked
    flow = Flow(src, dst, proto, dport, network=network)
    return Tracer(snapshot).trace(flow, now=time.time())
