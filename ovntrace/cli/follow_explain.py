"""`explain --follow`."""

import time
from typing import TYPE_CHECKING

from ovntrace.cli.collect import Say, for_workload
from ovntrace.cli.follow import Question
from ovntrace.follow.changes import explain_changes
from ovntrace.follow.types import Event
from ovntrace.view.explain import explain
from ovntrace.view.outcome import overall
from ovntrace.view.subject import Query
from ovntrace.view.types import ExplainView

if TYPE_CHECKING:
    from collectors.base import Collector


def workload_question(
    collector: "Collector",
    query: Query,
    network: str | None,
    interface: str | None,
    timeout_s: float,
) -> Question[ExplainView]:
    """Views of one workload, and what differs between them."""

    def make(say: Say) -> ExplainView:
        snapshot, subject = for_workload(collector, query, timeout_s, say)
        return explain(snapshot, subject, network=network, interface=interface, now=time.time())

    return Question(make, _start, _compare)


def _start(view: ExplainView, at: float) -> Event:
    one = view.workload
    name = "/".join(part for part in (one.namespace, one.name) if part)
    node = f" on node {one.node}" if one.node else ""
    return Event("start", at, f"{one.kind} {name}{node} is {overall(view)}")


def _compare(old: ExplainView, new: ExplainView, at: float) -> Event | None:
    changes = explain_changes(old, new)
    return Event("change", at, changes=changes) if changes else None
