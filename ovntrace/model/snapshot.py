"""What was known at one time: tables by node, Kubernetes objects, links, and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ovntrace.model.capture import Missing
from ovntrace.model.kube import Kube
from ovntrace.model.links import Links
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.southbound import Southbound


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
        lists = {**self.kube.lists(), **other.kube.lists()}
        return replace(
            self,
            kube=Kube(lists),
            nb={**self.nb, **other.nb},
            sb={**self.sb, **other.sb},
            ovs={**self.ovs, **other.ovs},
            vswitchd={**self.vswitchd, **other.vswitchd},
            node_links={**self.node_links, **other.node_links},
            node_netns={**self.node_netns, **other.node_netns},
            pod_links={**self.pod_links, **other.pod_links},
            origins={**self.origins, **other.origins},
            missing=tuple(dict.fromkeys((*self.missing, *other.missing))),
        )

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
