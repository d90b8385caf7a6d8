"""Where an answer's data came from: place, time, age and versions."""

import datetime
from collections.abc import Iterable

from ovntrace.model.kube import list_at, name_of, text_at
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.types import Source


def source_of(snapshot: Snapshot, node: str | None, now: float) -> Source:
    """The source of a snapshot, with the versions of one node (of any, if none is named).

    `now` is seconds since the epoch.
    """
    taken_at = snapshot.taken_at
    return Source(
        kind=snapshot.source_kind,
        place=snapshot.place,
        taken_at=_iso(taken_at) if taken_at is not None else None,
        age_s=max(0.0, round(now - taken_at, 1)) if taken_at is not None else None,
        versions={
            "ovn": _ovn_version(snapshot, node),
            "ovs": _ovs_version(snapshot, node),
            "ovn_kubernetes": _ovn_kubernetes_version(snapshot, node),
        },
    )


def _iso(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _nodes(node: str | None, known: Iterable[str]) -> list[str]:
    names = sorted(known)
    return [name for name in names if node is None or name == node]


def _ovn_version(snapshot: Snapshot, node: str | None) -> str | None:
    """`23.09.6` of northd_internal_version `23.09.6-20.32.0-71.6`."""
    for name in _nodes(node, snapshot.nb):
        version = snapshot.nb[name].northd_version
        if version:
            return version.partition("-")[0]
    return None


def _ovs_version(snapshot: Snapshot, node: str | None) -> str | None:
    for name in _nodes(node, snapshot.ovs):
        version = snapshot.ovs[name].version
        if version:
            return version
    return None


def _ovn_kubernetes_version(snapshot: Snapshot, node: str | None) -> str | None:
    """The tag of the image of an ovnkube-node pod; a digest tells no version."""
    for pod in snapshot.kube.ovnkube_nodes:
        if node is not None and text_at(pod, "spec", "nodeName") != node:
            continue
        for container in list_at(pod, "spec", "containers"):
            if not (text_at(container, "name") or name_of(pod)).startswith("ovn"):
                continue
            image = text_at(container, "image") or ""
            last = image.rpartition("/")[2]
            if "@" not in last and ":" in last:
                return last.partition(":")[2]
    return None
