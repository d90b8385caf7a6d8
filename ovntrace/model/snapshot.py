"""What was known at one time: tables by node, Kubernetes objects, links, and what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ovntrace.model.capture import Missing
from ovntrace.model.kube import Kube
from ovntrace.model.links import Links
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.southbound import Southbound

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part came from: `prefix` stands before a tool's own arguments (`kubectl exec … --`),
    so that a person can paste `prefix` + a command. `file` is the place in a dump, `netns` the
    namespace that was entered from its node."""

    prefix: str = ""
    file: str | None = None
    netns: str = ""
    taken_at: float | None = None  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Vswitchd:
    """Whether a node's ovs-vswitchd answered when its bridge was asked for.

    `alive` is None where nobody could ask. `detail` is what the tool said.
    """

    alive: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parts by node (or by pod, or by plural). A part that is not there has its reason in
    `missing`, or was never asked for."""

    source_kind: str  # kube | local | ssh | ovsdb | dump
    place: str
    kube: Kube = field(default_factory=lambda: Kube({}))
    nb: Mapping[str, Northbound] = field(default_factory=dict)
    sb: Mapping[str, Southbound] = field(default_factory=dict)
    ovs: Mapping[str, OpenVswitch] = field(default_factory=dict)
    vswitchd: Mapping[str, Vswitchd] = field(default_factory=dict)
    node_links: Mapping[str, Links] = field(default_factory=dict)
    node_netns: Mapping[str, Mapping[int, str]] = field(default_factory=dict)  # nsid -> name
    pod_links: Mapping[tuple[str, str], Links] = field(default_factory=dict)
    origins: Mapping[tuple[str, str], Origin] = field(default_factory=dict)  # (artefact, place)
    missing: tuple[Missing, ...] = ()

    def with_(self, other: "Snapshot") -> "Snapshot":
        """Both together; where both have a part, the other's is kept."""
        return replace(self, **_joined((self, other)))

    def without(self, missing: Missing) -> "Snapshot":
        """The same, where another way to the missing part was found."""
        return replace(self, missing=tuple(item for item in self.missing if item != missing))

    def missing_of(self, artefact: str, place: str) -> Missing | None:
        """Why an artefact of a place ("node" or "namespace/pod") is not there."""
        for item in self.missing:
            if item.artefact == artefact and place in (str(item.target), item.target.node):
                return item
        return None

    def origin(self, artefact: str, place: str) -> Origin:
        """Where that part came from; an empty origin if it is not known."""
        return self.origins.get((artefact, place), Origin())

    @property
    def taken_at(self) -> float | None:
        """The time of the oldest part, seconds since the epoch; None if no part says."""
        times = [o.taken_at for o in self.origins.values() if o.taken_at is not None]
        return min(times) if times else None


def together(source_kind: str, place: str, parts: Sequence[Snapshot]) -> Snapshot:
    """All parts as one; where several have the same, the last one's is kept."""
    return Snapshot(source_kind, place, **_joined(parts))


def _joined(parts: Sequence[Snapshot]) -> dict[str, Any]:
    return {
        "kube": Kube(_merged(part.kube.lists() for part in parts)),
        "nb": _merged(part.nb for part in parts),
        "sb": _merged(part.sb for part in parts),
        "ovs": _merged(part.ovs for part in parts),
        "vswitchd": _merged(part.vswitchd for part in parts),
        "node_links": _merged(part.node_links for part in parts),
        "node_netns": _merged(part.node_netns for part in parts),
        "pod_links": _merged(part.pod_links for part in parts),
        "origins": _merged(part.origins for part in parts),
        "missing": tuple(dict.fromkeys(one for part in parts for one in part.missing)),
    }


def _merged(maps: Iterable[Mapping[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for one in maps:
        found.update(one)
    return found
