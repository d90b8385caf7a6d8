"""What OVN's and OVS's own simulators say of a packet: ovn-trace(8) and ofproto/trace
(ovs-vswitchd(8)), as far as a verdict needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogicalStep:
    """A logical flow that the packet matched. `flow` is the first eight digits of its uuid,
    `outport` the port that its pipeline was headed for (empty in the ingress pipeline)."""

    stage: str
    flow: str
    outport: str


@dataclass(frozen=True, slots=True)
class LogicalTrace:
    """What ovn-trace says: flows in order up to a reject, the ports that get the packet."""

    steps: tuple[LogicalStep, ...]
    outputs: tuple[str, ...]
    rejects: bool


@dataclass(frozen=True, slots=True)
class OpenflowStep:
    """An OpenFlow flow that the packet matched. `cookie` is eight digits, empty for none (0): of a
    flow that comes from a logical one, the first digits of that one's uuid."""

    bridge: str
    table: int
    priority: int
    cookie: str


@dataclass(frozen=True, slots=True)
class OpenflowOutput:
    """An output to an OpenFlow port of a bridge, after `at` steps."""

    bridge: str
    port: int
    at: int


@dataclass(frozen=True, slots=True)
class OpenflowTrace:
    """What ofproto/trace says, conntrack's recirculations one after the other. `leaves` is true if
    any datapath action gives a packet to a port, `rejects` if it goes to ovn-controller for a
    reject."""

    steps: tuple[OpenflowStep, ...]
    outputs: tuple[OpenflowOutput, ...]
    leaves: bool
    rejects: bool
    actions: str  # the last datapath actions


@dataclass(frozen=True, slots=True)
class LogicalFlow:
    """Where a logical flow comes from: its stage by name, and the first eight digits of the uuid
    of the row that it was made of (empty if none is told)."""

    stage: str
    hint: str
    match: str = ""
    priority: int | None = None
