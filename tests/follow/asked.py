"""What is asked of a capture that changes: a workload's view, and a flow's verdict."""

from collections.abc import Callable, Sequence

from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from ovntrace.view.types import ExplainView
from tests.diff.cluster import Cluster

Change = Callable[[Cluster], object]


def changed(*changes: Change) -> Cluster:
    """The capture after these."""
    cluster = Cluster()
    for change in changes:
        change(cluster)
    return cluster


def view_of(cluster: Cluster, name: str = "llm-demo/tinypod") -> ExplainView:
    """The workload as `explain` has it."""
    snapshot = cluster.snapshot()
    return explain(
        snapshot, find_workload(snapshot, Query(name)), network=None, interface=None, now=0.0
    )


def judge_of(*flows: Flow) -> Callable[[Snapshot], Sequence[TraceView]]:
    """Verdicts of these flows."""
    return lambda snapshot: [Tracer(snapshot).trace(flow, now=0.0) for flow in flows]
