"""Whatever changes: the mirrored question has the mirrored answer, and no question none."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ovntrace.diff.compare import diff
from ovntrace.diff.outcome import differs
from ovntrace.diff.types import DiffView, GroupChange, WorkloadChange
from tests.captured import NOW
from tests.diff import changes
from tests.diff.cluster import Cluster

CHANGES: tuple[Callable[[Cluster], None], ...] = (
    changes.acl_acts_otherwise,
    changes.acl_matches_otherwise,
    changes.numbers_grow,
    changes.policy_is_edited,
    changes.port_is_disabled,
    changes.port_leaves_deny,
    changes.port_leaves_group,
    changes.vm_is_rolled,
    Cluster.renew_uuids,
)
# These leave nothing of what the others want to change: one of them comes last.
LAST: tuple[Callable[[Cluster], None], ...] = (
    lambda _cluster: None,
    changes.pod_goes,
    changes.pod_moves,
    changes.pod_is_unplugged_late,
    changes.policy_is_deleted,
)
SWAPPED = {"came": "went", "went": "came", "moved": "moved", "changed": "changed"}

some = st.lists(st.sampled_from(CHANGES), unique=True, max_size=4)
last = st.sampled_from(LAST)


def changed(chosen: list[Callable[[Cluster], None]], end: Callable[[Cluster], None]) -> Cluster:
    cluster = Cluster()
    for change in chosen:
        change(cluster)
    end(cluster)
    return cluster


@settings(max_examples=4, deadline=None)
@given(some, last)
def test_a_snapshot_is_like_itself(
    chosen: list[Callable[[Cluster], None]], end: Callable[[Cluster], None]
) -> None:
    one = changed(chosen, end).snapshot()
    view = diff(one, one, now=NOW, noise=True, max_flows=10)
    assert not differs(view)
    assert view.noise == ()


@settings(max_examples=6, deadline=None)
@given(some, last)
def test_the_mirror(
    chosen: list[Callable[[Cluster], None]], end: Callable[[Cluster], None]
) -> None:
    old, new = Cluster().snapshot(), changed(chosen, end).snapshot()
    there = diff(old, new, now=NOW, max_flows=20)
    back = diff(new, old, now=NOW, max_flows=20)
    assert mirrored(there) == told(back)
    assert differs(there) == differs(back)


def told(view: DiffView) -> dict[str, Any]:
    """What a view says, in order and in plain values."""
    return {
        "nodes": [(one.change, one.node) for one in view.nodes],
        "workloads": [_workload(one) for one in view.workloads],
        "policies": [
            (one.change, one.kind, one.name, [(f.name, f.old, f.new) for f in one.facts])
            for one in view.policies
        ],
        "acls": sorted(
            (one.change, one.nodes, str(one.old), str(one.new), str(one.facts)) for one in view.acls
        ),
        "groups": [_group(one) for one in view.groups],
        "sets": [(one.change, one.title, one.entered, one.left) for one in view.sets],
        "flips": sorted((str(one.flow), str(one.old), str(one.new)) for one in view.flips),
        "flows": view.flows,
    }


def _workload(one: WorkloadChange) -> tuple[Any, ...]:
    hops = [
        (a.nad, hop.kind, hop.change, hop.old_state, hop.new_state)
        for a in one.attachments
        for hop in a.hops
    ]
    return one.change, one.workload, one.old, one.new, sorted(hops, key=str)


def _group(one: GroupChange) -> tuple[Any, ...]:
    return one.change, one.owner, one.old_name, one.new_name, one.entered, one.left


def mirrored(view: DiffView) -> dict[str, Any]:
    """What the view of the mirrored question has to say."""
    return {
        "nodes": [(SWAPPED[one.change], one.node) for one in view.nodes],
        "workloads": [_mirrored_workload(one) for one in view.workloads],
        "policies": [
            (SWAPPED[one.change], one.kind, one.name, [(f.name, f.new, f.old) for f in one.facts])
            for one in view.policies
        ],
        "acls": sorted(
            (
                SWAPPED[one.change],
                one.nodes,
                str(one.new),
                str(one.old),
                str(tuple(type(f)(f.name, f.new, f.old) for f in one.facts)),
            )
            for one in view.acls
        ),
        "groups": [
            (SWAPPED[g.change], g.owner, g.new_name, g.old_name, g.left, g.entered)
            for g in view.groups
        ],
        "sets": [(SWAPPED[one.change], one.title, one.left, one.entered) for one in view.sets],
        "flips": sorted((str(one.flow), str(one.new), str(one.old)) for one in view.flips),
        "flows": view.flows,
    }


def _mirrored_workload(one: WorkloadChange) -> tuple[Any, ...]:
    hops = [
        (a.nad, hop.kind, SWAPPED[hop.change], hop.new_state, hop.old_state)
        for a in one.attachments
        for hop in a.hops
    ]
    return SWAPPED[one.change], one.workload, one.new, one.old, sorted(hops, key=str)
