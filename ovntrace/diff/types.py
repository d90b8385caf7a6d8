"""What differs between two snapshots. JSON names are these names (docs/diff.md).

`old` is of the first snapshot (A), `new` of the second (B); None where there is none on that side.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ovntrace.model.capture import Gap
from ovntrace.view.types import AclView, Fact, PolicyRef, Source

# The words of `change`. `moved` is of workloads, `uuids` of equal rows under other uuids (noise).
CAME, WENT, MOVED, CHANGED = "came", "went", "moved", "changed"
SIDES = ("A", "B")


@dataclass(frozen=True, slots=True, order=True)
class WorkloadKey:
    """Which workload, whatever pod and node it has."""

    kind: str  # pod | vm | port
    namespace: str | None
    name: str

    def __str__(self) -> str:
        parts = (self.kind, self.namespace, self.name)
        return "/".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that differs; None is "not known", or that there is none."""

    name: str
    old: Fact
    new: Fact


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workload is."""

    node: str | None
    pod: str | None
    phase: str | None


@dataclass(frozen=True, slots=True)
class HopChange:
    """A hop of one attachment. Names, nodes and states are None on the side that has no such hop;
    `why` are the titles of what is wrong there."""

    change: str  # came | went | changed
    kind: str
    old_name: str | None
    new_name: str | None
    old_node: str | None
    new_node: str | None
    old_state: str | None
    new_state: str | None
    facts: tuple[FactChange, ...]
    old_why: tuple[str, ...] = ()
    new_why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentChange:
    """An attachment of a workload that is on both sides."""

    change: str  # came | went | changed
    interface: str
    nad: str
    network: str
    facts: tuple[FactChange, ...]
    hops: tuple[HopChange, ...]


@dataclass(frozen=True, slots=True)
class WorkloadChange:
    """A workload. `networks` are those that it is attached to (where it is there). `ports_left`
    are logical ports that one that went has left behind."""

    change: str  # came | went | moved | changed
    workload: WorkloadKey
    old: Place | None
    new: Place | None
    networks: tuple[str, ...]
    attachments: tuple[AttachmentChange, ...]
    ports_left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A node of which one side has everything and the other no trace."""

    change: str  # came | went
    node: str


@dataclass(frozen=True, slots=True)
class Member:
    """A port in a port group. `workload` is None for a port of no workload. `follows`: it is not a
    change of its own, the workload came, went or changed its attachments."""

    port: str
    workload: WorkloadKey | None
    nad: str | None
    follows: bool


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A port group. A group that came or went has all its ports in `entered` or `left`."""

    change: str  # came | went | changed
    owner: PolicyRef | None
    network: str | None
    old_name: str | None
    new_name: str | None
    entered: tuple[Member, ...]
    left: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class SetAddress:
    """An address in an address set; `follows` as for Member."""

    address: str
    follows: bool


@dataclass(frozen=True, slots=True)
class SetChange:
    """An address set that matches name."""

    change: str  # came | went | changed
    title: str  # what it is of, as its owner ids say
    network: str | None
    old_name: str | None
    new_name: str | None
    entered: tuple[SetAddress, ...]
    left: tuple[SetAddress, ...]


@dataclass(frozen=True, slots=True)
class AclChange:
    """An ACL, with the nodes in whose zones it is the same change."""

    change: str  # came | went | changed
    nodes: tuple[str, ...]
    network: str | None
    old: AclView | None
    new: AclView | None
    facts: tuple[FactChange, ...]  # of a changed one: what differs


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """A policy or a network's definition in Kubernetes. `told_by` is `api`, or `acls` where only
    the ACLs of the databases tell of it."""

    change: str  # came | went | changed
    kind: str
    namespace: str | None
    name: str
    told_by: str
    facts: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a flow on one side. `reply` is None where there is none."""

    verdict: str
    reason: str
    deciding: AclView | None
    reply: str | None = None
    reply_reason: str = ""
    reply_deciding: AclView | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A flow whose verdict, or whose reply's, is another one. `asked`: it was in the file."""

    flow: Mapping[str, Fact]
    asked: bool
    old: Judged
    new: Judged


@dataclass(frozen=True, slots=True)
class FlowsSeen:
    """How many flows there are and how many were judged on both sides. `open` are those of them
    that are not decided on one side or on both; `lost` of these those decided on the other side."""

    possible: int
    judged: int
    asked: int
    open: int
    lost: int


@dataclass(frozen=True, slots=True)
class SideGap:
    """What one side lacks. `hides`: without it there may be differences that nobody can see."""

    side: str  # A | B
    gap: Gap
    hides: bool


@dataclass(frozen=True, slots=True)
class NoiseChange:
    """What differs and means nothing by itself: counters, nb_cfg, uuids, numbers of interfaces."""

    node: str
    what: str
    name: str
    facts: tuple[FactChange, ...]


@dataclass(frozen=True, slots=True)
class DiffView:
    """The answer of `ovntrace diff`. `noise` is None if it was not asked for; `limits` say in words
    what was left out for the sake of time."""

    old: Source
    new: Source
    workload: WorkloadKey | None
    nodes: tuple[NodeChange, ...]
    workloads: tuple[WorkloadChange, ...]
    policies: tuple[ObjectChange, ...]
    acls: tuple[AclChange, ...]
    groups: tuple[GroupChange, ...]
    sets: tuple[SetChange, ...]
    flips: tuple[Flip, ...]
    flows: FlowsSeen
    noise: tuple[NoiseChange, ...] | None
    gaps: tuple[SideGap, ...]
    limits: tuple[str, ...]
