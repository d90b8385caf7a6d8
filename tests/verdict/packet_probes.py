"""Packets of a flow, each with what conntrack will make of it and what we say becomes of it: the
first one, and where that is delivered an error about it, its reply, and the next one.

An error never begins a connection; a reply does, for UDP, in a zone that has not seen the first
packet. So errors come before replies, and the next packet only where both zones have seen both
directions: for UDP that is what makes a connection an established one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ovntrace.match import Packet, parse_microflow
from ovntrace.verdict.conntrack import ESTABLISHED, NEW, REPLY, UNTRACKED, CtState, ct_state
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.pipeline import Outcome, through_switch
from ovntrace.verdict.remembering import zones_that_remember
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.tracking import egress_state, ingress_state
from tests.verdict.packet_bytes import (
    ACK,
    ICMP,
    ICMP6,
    IPV4,
    IPV6,
    SCTP,
    SYN_ACK,
    TCP,
    UDP,
    datagram_of,
    frame_of,
)
from tests.verdict.policies import RandomFlow

KINDS: Final = ("new", "related", "reply", "established")
PER_KIND: Final = 1000
"""Frames of a kind have numbers from KINDS.index(kind) times this on."""

_INVALID: Final = ct_state("inv")
_RELATED: Final = ct_state("rel,rpl")
_ECHO: Final = {ICMP: (8, 0), ICMP6: (128, 129)}
_UNREACHABLE: Final = {IPV4: (ICMP, "icmp4", 3, 3), IPV6: (ICMP6, "icmp6", 1, 4)}
_LAYERS: Final = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}


@dataclass(frozen=True, slots=True)
class Probe:
    """A packet that is sent into a port, and our verdict on it."""

    kind: str
    flow: int
    inport: str
    packet: Packet
    frame: bytes
    outcome: Outcome
    wanted: str | None = None
    """The only port that the verdict is about; None: all that get the packet."""
    is_known: bool = True
    """Of a reply: true if both zones have seen both directions then, or there are none."""

    @property
    def number(self) -> int:
        """The number that its frame has."""
        return KINDS.index(self.kind) * PER_KIND + self.flow


def first(model: SwitchModel, flow: RandomFlow, number: int) -> Probe:
    """The first packet of a flow."""
    packet = parse_microflow(flow.microflow, model.table)
    state = first_state(packet)
    outcome = _outcome(model, flow.inport, packet, (state, state), None)
    frame = frame_of(packet, number, echo=number)
    return Probe("new", number, flow.inport, packet, frame, outcome)


def later(model: SwitchModel, sent: Probe, outport: str, kind: str) -> Probe | None:
    """A later packet of a flow whose first one left by `outport`; None if it can have none."""
    fields = PacketFields(sent.packet)
    if not may_be_answered(fields):
        return None
    into, out = model.nb.port(sent.inport), model.nb.port(outport)
    assert into is not None and out is not None
    seen = zones_that_remember(model, into, out, sent.packet)
    number = KINDS.index(kind) * PER_KIND + sent.flow
    inport, wanted, packet = outport, sent.inport, sent.packet
    if kind == "established":
        inport, wanted = wanted, inport
        frame = frame_of(packet, number, flags=ACK, echo=sent.flow)
        states = [ESTABLISHED if one else NEW for one in seen]
    elif kind == "reply":
        packet = packet.with_fields(_answer(fields))
        frame = frame_of(packet, number, flags=SYN_ACK, echo=sent.flow)
        # It enters by the zone that the first packet left by.
        states = [REPLY if one else _unseen(fields) for one in reversed(seen)]
    else:
        packet = packet.with_fields(error_about(fields))
        frame = frame_of(packet, number, quoted=datagram_of(sent.frame))
        states = [_RELATED if one else _INVALID for one in reversed(seen)]
    outcome = _outcome(model, inport, packet, (states[0], states[1]), wanted)
    is_known = not model.is_stateful or (
        all(seen)
        and ingress_state(model, out, packet, REPLY).is_tracked
        and egress_state(model, into, packet, UNTRACKED, REPLY).is_tracked
    )
    return Probe(kind, sent.flow, inport, packet, frame, outcome, wanted, is_known)


def _outcome(
    model: SwitchModel,
    inport: str,
    packet: Packet,
    states: tuple[CtState, CtState],
    wanted: str | None,
) -> Outcome:
    port = model.nb.port(inport)
    assert port is not None
    return through_switch(model, port, packet, ct_in=states[0], ct_out=states[1], wanted=wanted)


def first_state(packet: Packet) -> CtState:
    """Of ICMP conntrack takes only requests for the beginning of something."""
    fields = PacketFields(packet)
    proto = fields.number("ip.proto")
    if proto in _ECHO and _icmp_type(fields, proto) != _ECHO[proto][0]:
        return _INVALID
    return NEW


def _icmp_type(fields: PacketFields, proto: int) -> int:
    return fields.number("icmp4.type" if proto == ICMP else "icmp6.type")


def may_be_answered(fields: PacketFields) -> bool:
    """True for what conntrack takes for the beginning of a connection between two hosts."""
    proto = fields.number("ip.proto")
    if fields.number("eth.type") not in (IPV4, IPV6) or fields.number("eth.dst") >> 40 & 1:
        return False
    return proto not in _ECHO or _icmp_type(fields, proto) == _ECHO[proto][0]


def _unseen(fields: PacketFields) -> CtState:
    """An answer to what a zone has not seen: for UDP, and for SCTP in the userspace datapath, the
    beginning of a new flow."""
    return NEW if fields.number("ip.proto") in (UDP, SCTP) else _INVALID


def swapped(fields: PacketFields) -> dict[str, int]:
    """MACs and addresses of a packet the other way."""
    family = "ip4" if fields.number("eth.type") == IPV4 else "ip6"
    return {
        f"{layer}.{end}": fields.number(f"{layer}.{other}")
        for layer in ("eth", family)
        for end, other in (("src", "dst"), ("dst", "src"))
    }


def _answer(fields: PacketFields) -> Mapping[str, int]:
    proto = fields.number("ip.proto")
    if proto in _ECHO:
        name = "icmp4.type" if proto == ICMP else "icmp6.type"
        return {**swapped(fields), name: _ECHO[proto][1]}
    layer = _LAYERS[proto]
    ports = {
        f"{layer}.src": fields.number(f"{layer}.dst"),
        f"{layer}.dst": fields.number(f"{layer}.src"),
    }
    return {**swapped(fields), **ports}


def error_about(fields: PacketFields) -> Mapping[str, int]:
    """Fields of an ICMP error about a packet: port unreachable."""
    proto, name, kind, code = _UNREACHABLE[fields.number("eth.type")]
    cleared: dict[str, int] = {}
    if fields.number("ip.proto") in _LAYERS:
        layer = _LAYERS[fields.number("ip.proto")]
        cleared = {f"{layer}.src": 0, f"{layer}.dst": 0}
    found = {**swapped(fields), **cleared, "ip.proto": proto}
    return {**found, f"{name}.type": kind, f"{name}.code": code}
