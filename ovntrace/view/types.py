"""What every renderer and every check speaks of. JSON names are these names (docs/json.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ovntrace.cms.types import PortIdentity as PortIdentity
from ovntrace.model.capture import Gap
from ovntrace.policy.ruleport import RulePort as RulePort

# A fact's value is what JSON can hold: str, int, float, bool, None, tuples and mappings of them.
# Cluster text stays as it came; renderers escape it.
Fact = object


class State(StrEnum):
    """The state of a hop. `unknown` only if the hop's own row could not be read."""

    OK = "ok"
    WARN = "warn"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """By which row it is known, and what a person can paste to see the same."""

    artefact: str  # nb, sb, ovs, node-links, pod-links, pods, ...
    row: str  # e.g. "Port_Binding 0342ed5c-… logical_port=llm-demo_tinypod"
    command: str  # printed, never run


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, with the rows that show it."""

    id: str
    severity: str  # error | warning | info
    certainty: str  # proven | consistent
    title: str
    where: Mapping[str, str]  # {"hop": kind, "name": name} or {"object": ...}
    evidence: tuple[Evidence, ...]
    remedy: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"finding {self.id} without evidence")


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that a packet of the attachment passes."""

    kind: str
    name: str
    node: str
    state: State
    facts: Mapping[str, Fact] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    watch: str | None = None  # a tcpdump line that would show the packets here, or None


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Whose an ACL is, and which part of the policy it carries out; None is not known.

    `rule` is the index in spec.ingress or spec.egress, `peer` that in the rule's `from` or `to`
    (None also where the ACL is for several of them), `cidr` the peer's ipBlock or cidrSelector.
    `ports` are the entries of the rule's `ports` that the ACL is for, empty for a rule without.
    `rule_id` is the rule's id in a CMS that gives rules ids.
    """

    kind: str
    namespace: str | None
    name: str
    direction: str | None  # Ingress | Egress
    rule: int | None
    peer: int | None = None
    cidr: str | None = None
    protocol: str | None = None  # TCP | UDP | SCTP
    ports: tuple[RulePort, ...] | None = None
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class AclView:
    """An ACL that can concern a port, in the order in which OVN evaluates them."""

    uuid: str
    name: str | None
    direction: str  # from-lport | to-lport
    tier: int
    priority: int
    match: str
    action: str
    stage: str  # ls_in_acl, ls_in_acl_after_lb or ls_out_acl; from OVN 23.06 on with _eval
    policy: PolicyRef | None
    attached_to: str  # "switch NAME" or "port group NAME"


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """A policy object that selects the workload on this network, and what OVN has of it."""

    kind: str
    namespace: str
    name: str
    isolates: tuple[str, ...]  # of Ingress, Egress: directions in which it isolates the port
    effect: str  # applied | partial | none | unknown
    reason: str  # empty when applied


@dataclass(frozen=True, slots=True)
class Attachment:
    """One network interface of a workload."""

    interface: str
    nad: str  # NS/NAME, or "default"
    network: str
    topology: str
    lsp: str | None
    node: str
    mac: str | None
    addresses: tuple[str, ...]
    hops: tuple[Hop, ...]
    acls: tuple[AclView, ...]
    port_groups: tuple[str, ...]
    policies: tuple[PolicyEffect, ...] | None = ()  # None: the objects were not read
    unread: tuple[str, ...] = ()  # tables that have rows we did not see: groups, ACLs may lack some

    @property
    def state(self) -> State:
        """The worst state of its hops."""
        return worst(hop.state for hop in self.hops)


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod, a VM (through its virt-launcher pod) or a logical port.

    `identity` says who it is in another CMS than OVN-Kubernetes; `name` is then the name that it
    has there, or the logical port's where it has none.
    """

    kind: str  # pod | vm | port
    namespace: str | None
    name: str
    node: str | None
    pod: str | None
    phase: str | None = None
    identity: PortIdentity | None = None


@dataclass(frozen=True, slots=True)
class SidePort:
    """A migrating workload's logical port of one network, on one side. None is "not known": the
    side's databases were not read.

    Of a migration by chassis both sides have the same port. `enabled` is what OVN acts on: an empty
    column is true.
    """

    nad: str  # NS/NAME, or "default"
    network: str
    lsp: str
    exists: bool | None
    enabled: bool | None
    addresses: tuple[str, ...] | None
    up: bool | None
    chassis: str | None  # hostname, or name, of the chassis that it is bound to
    activated: bool | None = None  # by its activation-strategy; None where it has none


@dataclass(frozen=True, slots=True)
class MigrationSide:
    """One end of a live migration."""

    role: str  # source | target
    active: bool  # the guest runs here
    pod: str | None
    node: str | None
    phase: str | None  # the pod's; None if there is no pod, or it was not read
    ports: tuple[SidePort, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """A live migration that runs, or one that has ended and left something behind.

    `way` is `ports` where each side has a logical port of its own (KubeVirt on OVN-Kubernetes), and
    `chassis` where one port is bound to several chassis (other CMSs).
    """

    way: str  # ports | chassis
    state: str  # running | completed | failed | unknown
    active: str | None  # source | target: where the guest runs
    why: str  # what tells which side is active
    sides: tuple[MigrationSide, ...]  # the source first
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data came from, and when."""

    kind: str  # kube | local | ssh | ovsdb | dump
    place: str
    taken_at: str | None  # ISO 8601 UTC, None if nothing says
    age_s: float | None
    versions: Mapping[str, str | None]  # ovn, ovs, ovn_kubernetes
    time_note: str = ""  # how the time is known when it is not the time of collection


@dataclass(frozen=True, slots=True)
class ExplainView:
    """The answer of `ovntrace explain`."""

    source: Source
    workload: Workload
    attachments: tuple[Attachment, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    migration: Migration | None = None


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    """A line of `ovntrace ls`: one attachment of one workload."""

    kind: str
    namespace: str | None
    name: str
    pod: str | None
    node: str | None
    interface: str
    nad: str
    network: str
    topology: str
    addresses: tuple[str, ...]
    mac: str | None
    lsp: str | None


@dataclass(frozen=True, slots=True)
class ListView:
    """The answer of `ovntrace ls`."""

    source: Source
    workloads: tuple[WorkloadRow, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...] = ()


_ORDER = {State.OK: 0, State.UNKNOWN: 1, State.WARN: 2, State.BROKEN: 3}


def worst(states: Iterable[State]) -> State:
    """The worst of some states; ok for none."""
    result = State.OK
    for state in states:
        if _ORDER[state] > _ORDER[result]:
            result = state
    return result
