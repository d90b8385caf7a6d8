"""What a frame that was caught is: a copy of one that was sent, or OVN's answer to one."""

import struct
from dataclasses import dataclass
from typing import Final

from tests.verdict.frames import number_of
from tests.verdict.packet_bytes import ICMP, ICMP6, IPV4, IPV6, SCTP, TCP

_RESET: Final = 0x04
_ABORT: Final = 6
_UNREACHABLE: Final = {ICMP: 3, ICMP6: 1}
_ADVERTISEMENT: Final = 136


@dataclass(frozen=True, slots=True)
class Copy:
    """A frame of ours, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A TCP reset or an SCTP abort, by its two ports; an ICMP error, by the number of the frame
    that it quotes."""

    ports: frozenset[int]
    number: int | None


@dataclass(frozen=True, slots=True)
class Advertisement:
    """A neighbour advertisement of OVN's, by the address that it is about."""

    target: int


Caught = Copy | Refusal | Advertisement


def caught(frame: bytes) -> Caught | None:
    """What a frame is; None for others."""
    # OVN makes its answers anew. One that it makes of the packet keeps what is behind the end.
    number = number_of(frame)
    if number is not None and not _quotes(frame, number):
        return Copy(number)
    kind = int.from_bytes(frame[12:14], "big")
    if kind == IPV4:
        return _of_payload(frame[23], frame[34:])
    return _of_payload(frame[20], frame[54:]) if kind == IPV6 else None


def _of_payload(proto: int, payload: bytes) -> Caught | None:
    if proto in (TCP, SCTP):
        ports = struct.unpack(">HH", payload[:4])
        refuses = payload[13] & _RESET if proto == TCP else payload[12] == _ABORT
        return Refusal(frozenset(ports), None) if refuses else None
    if payload[0] == _UNREACHABLE.get(proto):
        quoted = payload[8:]
        if quoted[0] >> 4 == 4:
            return Refusal(frozenset(), int.from_bytes(quoted[4:6], "big"))
        return Refusal(frozenset(), int.from_bytes(quoted[:4], "big") & 0xFFFFF)
    if proto == ICMP6 and payload[0] == _ADVERTISEMENT:
        return Advertisement(int.from_bytes(payload[8:24], "big"))
    return None


def _quotes(frame: bytes, number: int) -> bool:
    """True for an ICMP error of OVN's that quotes a frame up to its end: the IP header of a copy
    has the number too."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == IPV4 and frame[23] == ICMP:
        return int.from_bytes(frame[18:20], "big") != number
    if kind == IPV6 and frame[20] == ICMP6 and frame[54] != _ADVERTISEMENT:
        return int.from_bytes(frame[14:18], "big") & 0xFFFFF != number
    return False
