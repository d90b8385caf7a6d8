"""The answer of `ovntrace diff`."""

from collections.abc import Iterable, Iterator, Sequence

from ovntrace.diff.acls import acl_changes
from ovntrace.diff.gaps import side_gaps
from ovntrace.diff.groups import group_changes, set_changes
from ovntrace.diff.noise import noise_changes
from ovntrace.diff.policies import policy_changes
from ovntrace.diff.scope import scope_of
from ovntrace.diff.sides import Side, Sides
from ovntrace.diff.types import (
    CAME,
    SIDES,
    WENT,
    DiffView,
    NodeChange,
    WorkloadChange,
    WorkloadKey,
)
from ovntrace.diff.verdicts import Asked, touched_workloads, verdict_changes
from ovntrace.diff.workloads import workload_changes
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.attachments import wishes_of
from ovntrace.view.source import source_of

MAX_FLOWS = 1000


def diff(
    old: Snapshot,
    new: Snapshot,
    workload: WorkloadKey | None = None,
    *,
    flows: Sequence[Asked] = (),
    noise: bool = False,
    max_flows: int = MAX_FLOWS,
    now: float,
) -> DiffView:
    """What differs between two snapshots, of one workload or of all.

    `flows` are questions as FlowJudge takes them, judged beside the flows between workloads, of
    which `max_flows` are. `now` is seconds since the epoch. Raises NoAnswerError if one side has
    nothing that could be compared, WrongQuestionError if no side has the workload.
    """
    sides = Sides(Side(SIDES[0], old), Side(SIDES[1], new))
    for side in (sides.old, sides.new):
        _require(side)
    if workload and workload not in {*sides.old.subjects, *sides.new.subjects}:
        raise WrongQuestionError(f"{workload} has no port in OVN on either side")
    found = workload_changes(sides, workload)
    following = {one.workload for one in found.changes if _brings_ports(one)}
    scope = scope_of(sides, workload) if workload else None
    changed = {one.workload for one in found.changes}
    groups, renewed_groups = group_changes(sides, following)
    acls, renewed_acls = acl_changes(sides, scope.acls if scope else None)
    sets = set_changes(sides, _addresses(sides, changed))
    policies = policy_changes(sides)
    if scope is not None:
        groups = tuple(scope.groups_of(groups))
        sets = tuple(scope.sets_of(sets))
        policies = tuple(scope.policies_of(policies, acls))
    touched = touched_workloads(changed, groups, acls, sides)
    verdicts = verdict_changes(sides, workload, touched, flows, max_flows, now=now)
    told = (*found.noise, *renewed_groups, *renewed_acls)
    return DiffView(
        old=source_of(old, None, now),
        new=source_of(new, None, now),
        workload=workload,
        nodes=tuple(_nodes(sides)),
        workloads=found.changes,
        policies=policies,
        acls=acls,
        groups=groups,
        sets=sets,
        flips=verdicts.flips,
        flows=verdicts.seen,
        noise=(*told, *noise_changes(sides)) if noise else None,
        gaps=side_gaps(sides),
        limits=(*found.limits, *verdicts.limits),
    )


def _require(side: Side) -> None:
    one = side.snapshot
    if one.nb or one.kube.has("pods"):
        return
    why = next((m for m in one.missing if m.artefact in ("nb", "pods")), None)
    if why is None:
        raise NoAnswerError("neither pods nor a northbound database are there", place=one.place)
    raise NoAnswerError(f"{why.artefact}: {why.detail}", place=one.place, hint=why.hint)


def _nodes(sides: Sides) -> Iterator[NodeChange]:
    for node in sorted(sides.old.nodes ^ sides.new.nodes):
        side, change = (sides.new, WENT) if node in sides.old.nodes else (sides.old, CAME)
        if side.lacks_node(node):
            yield NodeChange(change, node)


def _brings_ports(change: WorkloadChange) -> bool:
    """True if ports of the workload come and go with it or with its attachments."""
    lone = any(one.change in (CAME, WENT) for one in change.attachments)
    return change.change in (CAME, WENT) or lone


def _addresses(sides: Sides, keys: Iterable[WorkloadKey]) -> set[str]:
    """All addresses of some workloads on both sides."""
    found: set[str] = set()
    for key in keys:
        for side in (sides.old, sides.new):
            subject = side.subjects.get(key)
            if subject is None:
                continue
            one = side.snapshot
            for wish in wishes_of(one, subject, one.nb.get(subject.node or "")):
                found |= {address.partition("/")[0].lower() for address in wish.addresses}
    return found
