"""A packet of the match language as a frame.

It has its number behind its end and in its IPv4 identification or IPv6 flow label, so that what OVN
answers also tells which frame it answers.
"""

import struct
from typing import Final

from ovntrace.match import Packet
from ovntrace.verdict.fields import PacketFields
from tests.verdict.frames import checksum

ARP, RARP, IPV4, IPV6 = 0x0806, 0x8035, 0x0800, 0x86DD
_TAGGED: Final = 0x8100
ICMP, TCP, UDP, ICMP6, SCTP = 1, 6, 17, 58, 132
SYN, SYN_ACK, ACK = 0x02, 0x12, 0x10
_MARK: Final = b"number"
_SMALLEST: Final = 60
_SCTP_INIT, _SCTP_INIT_ACK = 1, 2
_CRC32C: Final = 0x82F63B78  # Castagnoli, bits reversed (RFC 9260, appendix A)
_TAG: Final = 0x01020304


def frame_of(
    packet: Packet, number: int, *, flags: int = SYN, echo: int = 0, quoted: bytes = b""
) -> bytes:
    """The frame of a packet. `flags` are TCP's, `echo` is the identifier of an ICMP echo (the same
    both ways), `quoted` is what an ICMP error is about."""
    fields = PacketFields(packet)
    kind = fields.number("eth.type")
    tci = fields.number("vlan.tci")
    head = fields.number("eth.dst").to_bytes(6, "big") + fields.number("eth.src").to_bytes(6, "big")
    head += struct.pack(">HH", _TAGGED, tci) if tci else b""
    if kind in (ARP, RARP):
        body = _arp(fields, "arp" if kind == ARP else "rarp")
    elif kind in (IPV4, IPV6):
        body = _ip(fields, kind, number, _payload(fields, flags, echo, quoted))
    else:
        body = bytes(46)
    data = head + struct.pack(">H", kind) + body
    return data.ljust(_SMALLEST, b"\0") + _MARK + struct.pack(">H", number)


def datagram_of(frame: bytes) -> bytes:
    """What an ICMP error quotes of a frame: of IPv4 its header and the eight bytes behind it, of
    IPv6 all (the userspace datapath wants the whole TCP header there)."""
    kind = int.from_bytes(frame[12:14], "big")
    at, kind = (18, int.from_bytes(frame[16:18], "big")) if kind == _TAGGED else (14, kind)
    size = 28 if kind == IPV4 else 40 + int.from_bytes(frame[at + 4 : at + 6], "big")
    return frame[at : at + size]


def _arp(fields: PacketFields, word: str) -> bytes:
    body = struct.pack(">HHBBH", 1, IPV4, 6, 4, fields.number(f"{word}.op"))
    for end in ("s", "t"):
        body += fields.number(f"{word}.{end}ha").to_bytes(6, "big")
        body += fields.number(f"{word}.{end}pa").to_bytes(4, "big")
    return body


def _ip(fields: PacketFields, kind: int, number: int, payload: bytes) -> bytes:
    proto, ttl = fields.number("ip.proto"), fields.number("ip.ttl")
    name, width = ("ip4", 4) if kind == IPV4 else ("ip6", 16)
    ends = b"".join(fields.number(f"{name}.{end}").to_bytes(width, "big") for end in ("src", "dst"))
    payload = _summed(payload, proto, ends + struct.pack(">II", len(payload), proto))
    if kind == IPV6:
        return struct.pack(">IHBB", 6 << 28 | number, len(payload), proto, ttl) + ends + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), number, 0, ttl, proto, 0) + ends
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def _payload(fields: PacketFields, flags: int, echo: int, quoted: bytes) -> bytes:
    proto = fields.number("ip.proto")
    if proto in (ICMP, ICMP6):
        name = "icmp4" if proto == ICMP else "icmp6"
        head = struct.pack(">BBH", fields.number(f"{name}.type"), fields.number(f"{name}.code"), 0)
        neighbour = _neighbour(fields) if proto == ICMP6 else b""
        return head + (neighbour or (bytes(4) + quoted if quoted else struct.pack(">HH", echo, 1)))
    name = {TCP: "tcp", UDP: "udp", SCTP: "sctp"}[proto]
    ports = struct.pack(">HH", fields.number(f"{name}.src"), fields.number(f"{name}.dst"))
    if proto == UDP:
        return ports + struct.pack(">HH", 8, 0)
    if proto == TCP:
        sequence, acknowledged = (2 if flags == ACK else 1), (2 if flags & ACK else 0)
        return ports + struct.pack(">IIBBHHH", sequence, acknowledged, 5 << 4, flags, 8192, 0, 0)
    # INIT has no tag yet (RFC 9260, section 8.5.1).
    chunk, tag = (_SCTP_INIT, 0) if flags == SYN else (_SCTP_INIT_ACK, _TAG)
    init = struct.pack(">BBHIIHHI", chunk, 0, 20, _TAG, 65535, 1, 1, 1)
    return ports + struct.pack(">II", tag, 0) + init


def _neighbour(fields: PacketFields) -> bytes:
    """Behind the head of neighbour discovery's messages; empty for others."""
    kind = fields.number("icmp6.type")
    if kind == 134:
        return bytes(12)
    if kind not in (135, 136):
        return b""
    number, link = (1, fields.number("nd.sll")) if kind == 135 else (2, fields.number("nd.tll"))
    option = bytes((number, 1)) + link.to_bytes(6, "big") if link else b""
    return bytes(4) + fields.number("nd.target").to_bytes(16, "big") + option


def _summed(payload: bytes, proto: int, pseudo: bytes) -> bytes:
    if proto == SCTP:
        return payload[:8] + struct.pack("<I", _crc32c(payload)) + payload[12:]
    at = {ICMP: 2, ICMP6: 2, UDP: 6, TCP: 16}[proto]
    covered = payload if proto == ICMP else pseudo + payload
    value = checksum(covered + bytes(len(covered) % 2))
    return payload[:at] + struct.pack(">H", value or 0xFFFF) + payload[at + 2 :]


def _crc32c(data: bytes) -> int:
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (_CRC32C if value & 1 else 0)
    return value ^ 0xFFFFFFFF
