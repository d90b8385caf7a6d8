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
    last_inport: str = ""  # the port by which the last ingress pipeline was entered


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
class OpenflowEntry:
    """Another bridge that the packet came into, by a patch port. `port` is its OpenFlow port there,
    None where the first flow that it met does not tell."""

    bridge: str
    port: int | None


@dataclass(frozen=True, slots=True)
class TunnelPacket:
    """What a packet carries in a Geneve tunnel of OVN, as the sender's datapath actions have it.

    `vni` is the datapath's tunnel key, `metadata` the option with the keys of the two ports
    (ovn-architecture(7), Tunnel Encapsulations). `src` is empty where the kernel chooses it; MACs
    and `ttl` are None where they are those of the packet that was asked about.
    """

    vni: int
    metadata: int
    src: str
    dst: str
    eth_src: str | None
    eth_dst: str | None
    ttl: int | None


@dataclass(frozen=True, slots=True)
class OpenflowTrace:
    """What ofproto/trace says, conntrack's recirculations one after the other. `leaves` is true if
    any datapath action gives a packet to a port, `rejects` if it goes to ovn-controller for a
    reject. `entries` are bridges beside the one that was asked, `tunnels` what leaves by Geneve."""

    steps: tuple[OpenflowStep, ...]
    outputs: tuple[OpenflowOutput, ...]
    leaves: bool
    rejects: bool
    actions: str  # the last datapath actions
    entries: tuple[OpenflowEntry, ...] = ()
    tunnels: tuple[TunnelPacket, ...] = ()


@dataclass(frozen=True, slots=True)
class LogicalFlow:
    """Where a logical flow comes from: its stage by name, and the first eight digits of the uuid
    of the row that it was made of (empty if none is told)."""

    stage: str
    hint: str
    match: str = ""
    priority: int | None = None
