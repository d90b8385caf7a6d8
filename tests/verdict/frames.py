"""Ethernet frames and, as the match language has it, what they are; sent and caught in a lab.

`python frames.py send DEVICE` sends the frames that stand as hexadecimal lines on stdin;
`python frames.py catch DEVICE SECONDS` prints those that arrive; `python frames.py exchange
DEVICE…` does both, batch after batch, on many devices.
"""

import ipaddress
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass

_ALL = 3  # ETH_P_ALL
_SENT_BY_US = 4  # PACKET_OUTGOING
_SPACING_S = 0.001
_BUFFER = 1 << 22


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame and its microflow."""

    microflow: str
    data: bytes


def mac(text: str) -> bytes:
    """A MAC as bytes."""
    return bytes.fromhex(text.replace(":", ""))


def arp(src: str, dst: str, *, op: int, sha: str, spa: str, tpa: str, kind: int = 0x0806) -> Frame:
    """ARP, or RARP by its Ethernet type."""
    word = "arp" if kind == 0x0806 else "rarp"
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, op)
    body += mac(sha) + socket.inet_aton(spa) + bytes(6) + socket.inet_aton(tpa)
    fields = (
        f"{word}.op == {op} && {word}.sha == {sha} && {word}.spa == {spa} && {word}.tpa == {tpa}"
    )
    return _ethernet(src, dst, kind, body, fields)


def other(src: str, dst: str, kind: int) -> Frame:
    """A frame of another Ethernet type."""
    return _ethernet(src, dst, kind, bytes(46), f"eth.type == {kind:#x}")


def udp(src: str, dst: str, source: str, target: str, ports: tuple[int, int]) -> Frame:
    """UDP over IPv4 or IPv6."""
    sport, dport = ports
    body = struct.pack(">HHHH", sport, dport, 8, 0)
    fields = f"udp.src == {sport} && udp.dst == {dport}"
    return _ip(src, dst, source, target, 17, body, 64, fields)


def icmp6(
    src: str, dst: str, source: str, target: str, kind: int, about: str = "", option: str = ""
) -> Frame:
    """A neighbour message about an address, with a MAC as its option; or any other ICMPv6."""
    fields = f"icmp6.type == {kind} && icmp6.code == 0"
    body = struct.pack(">BBHI", kind, 0, 0, 0)
    if about:
        body += socket.inet_pton(socket.AF_INET6, about)
        fields += f" && nd.target == {about}"
    if option:
        number, name = (2, "tll") if kind == 136 else (1, "sll")
        body += bytes((number, 1)) + mac(option)
        fields += f" && nd.{name} == {option}"
    ttl = 1 if kind in (131, 143) else 255
    checksum = _checksum6(source, target, body)
    return _ip(src, dst, source, target, 58, body[:2] + checksum + body[4:], ttl, fields)


def _ip(
    src: str, dst: str, source: str, target: str, proto: int, body: bytes, ttl: int, fields: str
) -> Frame:
    version = ipaddress.ip_address(source).version
    words = f"ip{version}.src == {source} && ip{version}.dst == {target} && ip.ttl == {ttl}"
    if version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(body), proto, ttl)
        head += socket.inet_pton(socket.AF_INET6, source)
        head += socket.inet_pton(socket.AF_INET6, target)
        return _ethernet(src, dst, 0x86DD, head + body, f"{words} && {fields}")
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, ttl, proto, 0) + addresses
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return _ethernet(src, dst, 0x0800, head + body, f"{words} && {fields}")


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    folded: int = total + (total >> 16)
    return ~folded & 0xFFFF


def _checksum6(source: str, target: str, body: bytes) -> bytes:
    pseudo = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, target)
    pseudo += struct.pack(">II", len(body), 58)
    return struct.pack(">H", checksum(pseudo + body))


def _ethernet(src: str, dst: str, kind: int, body: bytes, fields: str) -> Frame:
    data = mac(dst) + mac(src) + struct.pack(">H", kind) + body
    return Frame(f"eth.src == {src} && eth.dst == {dst} && {fields}", data)


# --- in a namespace ------------------------------------------------------------------------------


def marked(number: int, frame: Frame) -> bytes:
    """The frame with a number behind its end, by which it is known again."""
    return frame.data.ljust(60, b"\0") + b"number" + struct.pack(">H", number)


def number_of(data: bytes) -> int | None:
    """The number of a frame; None if it is not one of ours."""
    at = data.rfind(b"number")
    return None if at < 0 or len(data) < at + 8 else int.from_bytes(data[at + 6 : at + 8], "big")


def _send(device: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((device, 0))
        for line in sys.stdin:
            raw.send(bytes.fromhex(line.strip()))
            time.sleep(0.002)


def _catch(device: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as raw:
        raw.bind((device, _ALL))
        print("ready", flush=True)
        while (left := end - time.monotonic()) > 0:
            raw.settimeout(left)
            try:
                data = raw.recv(2048)
            except TimeoutError:
                break
            print(data.hex())


def _exchange(devices: list[str]) -> None:
    """Reads lines `DEVICE HEX`, and at `go COUNT QUIET LIMIT` sends those frames and prints what
    arrives in the same form, until COUNT numbered ones have come and none more for QUIET seconds,
    or LIMIT seconds after the last was sent; then `.`."""
    wires = {device: _bound(device) for device in devices}
    names = {wire.fileno(): device for device, wire in wires.items()}
    poll = select.poll()
    for wire in wires.values():
        poll.register(wire, select.POLLIN)
    frames: list[tuple[str, bytes]] = []
    print("ready", flush=True)
    for line in sys.stdin:
        word, rest = line.split(maxsplit=1)
        if word != "go":
            frames.append((word, bytes.fromhex(rest)))
            continue
        words = rest.split()
        missing, quiet, limit = int(words[0]), float(words[1]), float(words[2])
        while _arrived(poll, wires, names, 0):
            pass  # of an earlier batch
        sent = last = time.monotonic()
        while frames or time.monotonic() < (sent + limit if missing > 0 else last + quiet):
            if frames:
                device, data = frames.pop(0)
                wires[device].send(data)
                sent = last = time.monotonic()
            for device, data in _arrived(poll, wires, names, _SPACING_S):
                last = time.monotonic()
                missing -= number_of(data) is not None
                print(device, data.hex())
        print(".", flush=True)


def _bound(device: str) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    wire.bind((device, _ALL))
    return wire


def _arrived(
    poll: "select.poll", wires: dict[str, socket.socket], names: dict[int, str], wait_s: float
) -> list[tuple[str, bytes]]:
    found = []
    for number, _ in poll.poll(wait_s * 1000):
        data, origin = wires[names[number]].recvfrom(4096)
        if origin[2] != _SENT_BY_US:
            found.append((names[number], data))
    return found


if __name__ == "__main__":
    if sys.argv[1] == "exchange":
        _exchange(sys.argv[2:])
    elif sys.argv[1] == "send":
        _send(sys.argv[2])
    else:
        _catch(sys.argv[2], float(sys.argv[3]))
