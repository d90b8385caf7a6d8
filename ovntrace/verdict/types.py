"""A flow that is asked about, and the answer. JSON names are these names (docs/json.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ovntrace.model.capture import Gap
from ovntrace.view.types import AclView, Fact, Finding, Source


@dataclass(frozen=True, slots=True)
class Flow:
    """A question: may this packet pass?

    `src` and `dst` are names as explain takes them, or addresses. Ports are None where the
    protocol has none; `proto` is icmp, tcp, udp or sctp. The addresses and MACs override what is
    known of the ends.
    """

    src: str
    dst: str
    proto: str = "icmp"
    dport: int | None = None
    sport: int | None = None
    network: str | None = None
    family: int | None = None  # 4 or 6
    ct: str = "new"
    src_ip: str | None = None
    dst_ip: str | None = None
    src_mac: str | None = None
    dst_mac: str | None = None

    def reversed(self) -> "Flow":
        """The same question from the other side."""
        return replace(
            self,
            src=self.dst,
            dst=self.src,
            src_ip=self.dst_ip,
            dst_ip=self.src_ip,
            src_mac=self.dst_mac,
            dst_mac=self.src_mac,
        )


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One thing that the packet passes. `decision` is allow, drop, reject, ambiguous, unknown, or
    what a look-up found; `rule` says why in words."""

    # network, address, route, arp, port, port-security, acl, lookup, output, underlay, confirm
    kind: str
    name: str
    node: str
    stage: str | None
    decision: str
    rule: str
    acl: AclView | None = None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An ACL that would have let the packet pass, and the terms for which it does not match."""

    acl: AclView
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What becomes of the answer to a packet that passed."""

    verdict: str
    reason: str
    steps: tuple[TraceStep, ...]
    deciding: AclView | None


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool of OVN or OVS said of the same packet. `verdict` is None if it could not be
    asked, `agrees` also where this answer is open; `reason` says it in words."""

    tool: str  # ovn-trace | ofproto/trace
    verdict: str | None
    deciding: AclView | None
    command: str
    agrees: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class NodeConfirmation:
    """What one node's own tools say. `verdict` and `deciding` are ours, of the part of the way that
    is on that node; `verdict` is None where the packet does not get there."""

    node: str
    agrees: bool | None
    reason: str
    verdict: str | None
    deciding: AclView | None
    tools: tuple[ToolAnswer, ...]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The verdict beside what the nodes' own tools say. `agrees` and `reason` are of all nodes that
    the packet passes, which `nodes` has in order; `node`, `verdict`, `deciding` and `tools` are of
    the first one, where it enters OVN."""

    node: str
    agrees: bool | None
    reason: str
    verdict: str
    deciding: AclView | None
    tools: tuple[ToolAnswer, ...]
    nodes: tuple[NodeConfirmation, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceView:
    """The answer of `ovntrace trace`. `verdict` is of the forward direction alone."""

    source: Source
    flow: Mapping[str, Fact]
    verdict: str
    reason: str
    steps: tuple[TraceStep, ...]
    deciding: AclView | None
    near_misses: tuple[NearMiss, ...]
    reply: ReplyView | None
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...] = ()
    confirm: Confirmation | None = None  # None if it was not asked for
