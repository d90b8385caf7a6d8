"""The virt-launcher pods of one VM, and in which of them the guest runs.

A live migration has two: the source's and the target's. Who says which is which, the surest first:
VirtualMachineInstance.status.migrationState (KubeVirt staging/src/kubevirt.io/api/core/v1/types.go,
VirtualMachineInstanceMigrationState), then the target pod's label kubevirt.io/migrationJobUID and
its annotation kubevirt.io/migration-target-ready-timestamp, which OVN-Kubernetes goes by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ovntrace.model.kube import (
    Object,
    annotation,
    field,
    labels_of,
    name_of,
    text_at,
    uid_of,
)
from ovntrace.model.snapshot import Snapshot

SOURCE = "source"
TARGET = "target"
RUNNING = "running"
COMPLETED = "completed"
FAILED = "failed"
UNKNOWN = "unknown"

_READY = "kubevirt.io/migration-target-ready-timestamp"
_JOB = "kubevirt.io/migrationJobUID"
_ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Place:
    """One side of a migration. `item` is the pod's object, None if the API has (or gave) none."""

    pod: str | None
    node: str | None
    item: Object | None

    @property
    def phase(self) -> str | None:
        """The pod's phase."""
        return text_at(self.item, "status", "phase")


@dataclass(frozen=True, slots=True)
class Move:
    """A migration as Kubernetes tells it: `state` is running, completed, failed, or unknown where
    the VMI was not read. `active` is the side in which the guest runs."""

    state: str
    source: Place
    target: Place
    active: str
    why: str  # the field that tells which side is active

    @property
    def place(self) -> Place:
        """The side in which the guest runs."""
        return self.source if self.active == SOURCE else self.target

    @property
    def other(self) -> Place:
        """The side in which it does not."""
        return self.target if self.active == SOURCE else self.source


def has_ended(pod: Object) -> bool:
    """True for a pod whose containers have all come to their end."""
    return text_at(pod, "status", "phase") in _ENDED


def launcher_of(snapshot: Snapshot, namespace: str, name: str) -> Object | None:
    """The launcher pod in which a VM runs: of two in a migration the active one; else the one on
    the VMI's node, or the youngest that has not ended (a stopped VM's may linger)."""
    move = move_of(snapshot, namespace, name)
    if move is not None and move.place.item is not None and not has_ended(move.place.item):
        return move.place.item
    vmi = _vmi(snapshot, namespace, name)
    pods = _own(snapshot, namespace, name, vmi)
    pods = [pod for pod in pods if not has_ended(pod)] or pods
    node = text_at(vmi, "status", "nodeName")
    here = [pod for pod in pods if text_at(pod, "spec", "nodeName") == node]
    return _youngest(here or pods)


def move_of(snapshot: Snapshot, namespace: str, name: str) -> Move | None:
    """The migration of a VM: one that runs, or the last one; None if it was never migrated."""
    vmi = _vmi(snapshot, namespace, name)
    told = field(vmi, "status", "migrationState")
    living = [p for p in _own(snapshot, namespace, name, vmi) if not has_ended(p)]
    named = isinstance(told, dict) and _pod_of(told, TARGET) is not None
    if named and not _is_older(told, living):
        return _told(snapshot, (namespace, name), vmi, told)
    if len(living) < 2:
        return None
    return _beginning(vmi, living)


def launchers_elsewhere(snapshot: Snapshot, namespace: str, name: str) -> tuple[Place, ...]:
    """Where else than in the active launcher something of the VM can be: the other side of its
    migration, and every other launcher pod that lingers, the youngest first."""
    active = launcher_of(snapshot, namespace, name)
    own = name_of(active) if active is not None else None
    places: dict[str | None, Place] = {}
    move = move_of(snapshot, namespace, name)
    if move is not None:
        places[move.other.pod] = move.other
    for pod in _by_age(snapshot.kube.launchers_of(namespace, name)):
        places.setdefault(name_of(pod), _place(pod))
    return tuple(place for pod, place in places.items() if pod is not None and pod != own)


def _vmi(snapshot: Snapshot, namespace: str, name: str) -> Object | None:
    return snapshot.kube.get("virtualmachineinstances", namespace, name)


def _own(snapshot: Snapshot, namespace: str, name: str, vmi: Object | None) -> list[Object]:
    """The launchers of this instance of the VM: one that was started anew has another UID."""
    uid = uid_of(vmi) if vmi else None
    return [
        pod
        for pod in snapshot.kube.launchers_of(namespace, name)
        if not uid or labels_of(pod).get("kubevirt.io/created-by", uid) == uid
    ]


def _is_older(told: Object, living: Sequence[Object]) -> bool:
    """True if migrationState still tells of the migration before the one that now begins: it has
    ended, and a launcher lives that is neither of its two pods."""
    named = {_pod_of(told, SOURCE), _pod_of(told, TARGET)}
    ended = field(told, "completed") is True or field(told, "failed") is True
    strangers = [pod for pod in living if name_of(pod) not in named]
    return ended and len(living) > 1 and bool(strangers)


def _told(snapshot: Snapshot, vm: tuple[str, str], vmi: Object | None, told: Object) -> Move:
    """The migration that migrationState describes."""
    source = _side(snapshot, vm, told, SOURCE)
    target = _side(snapshot, vm, told, TARGET)
    if field(told, "failed") is True:
        return Move(FAILED, source, target, SOURCE, "VMI status.migrationState.failed")
    if field(told, "completed") is True:
        return Move(COMPLETED, source, target, TARGET, "VMI status.migrationState.completed")
    return _running(RUNNING, source, target, vmi, told)


def _beginning(vmi: Object | None, living: Sequence[Object]) -> Move:
    """Two launchers live: the target's pod starts before migrationState names it."""
    node = text_at(vmi, "status", "nodeName")
    jobs = [pod for pod in living if labels_of(pod).get(_JOB)]
    at = next((pod for pod in living if text_at(pod, "spec", "nodeName") == node), None)
    coming = [pod for pod in jobs if pod is not at] or [pod for pod in living if pod is not at]
    target = _youngest(coming)
    source = at or _youngest([pod for pod in living if pod is not target])
    assert target is not None and source is not None  # two live
    state = RUNNING if vmi is not None else UNKNOWN
    return _running(state, _place(source), _place(target), vmi, None)


def _running(
    state: str, source: Place, target: Place, vmi: Object | None, told: Object | None
) -> Move:
    node = text_at(vmi, "status", "nodeName")
    if text_at(told, "targetNodeDomainReadyTimestamp"):
        why = "VMI status.migrationState.targetNodeDomainReadyTimestamp"
    elif target.item is not None and annotation(target.item, _READY):
        why = f"pod annotation {_READY}"
    elif node is not None and node == target.node and node != source.node:
        why = "VMI status.nodeName"
    else:
        return Move(state, source, target, SOURCE, f"no {_READY}: the guest has not moved yet")
    return Move(state, source, target, TARGET, why)


def _pod_of(told: Object, role: str) -> str | None:
    return text_at(told, f"{role}Pod") or text_at(told, f"{role}State", "pod")


def _side(snapshot: Snapshot, vm: tuple[str, str], told: Object, role: str) -> Place:
    pod = _pod_of(told, role)
    node = text_at(told, f"{role}Node") or text_at(told, f"{role}State", "node")
    if pod is None:  # KubeVirt before 1.0 does not name the source's
        others = [
            one
            for one in snapshot.kube.launchers_of(*vm)
            if text_at(one, "spec", "nodeName") == node and name_of(one) != _pod_of(told, TARGET)
        ]
        item = _youngest(others)
        return _place(item) if item is not None else Place(None, node, None)
    item = snapshot.kube.get("pods", vm[0], pod)
    return Place(pod, text_at(item, "spec", "nodeName") or node, item)


def _place(pod: Object) -> Place:
    return Place(name_of(pod), text_at(pod, "spec", "nodeName"), pod)


def _created(pod: Object) -> str:
    return text_at(pod, "metadata", "creationTimestamp") or ""


def _by_age(pods: Sequence[Object]) -> list[Object]:
    return sorted(pods, key=_created, reverse=True)


def _youngest(pods: Sequence[Object]) -> Object | None:
    return max(pods, key=_created, default=None)
