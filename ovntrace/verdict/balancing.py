"""Load balancers of a switch: whether a packet is for one of their virtual addresses."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from ovntrace.model.northbound import LogicalSwitch, Northbound
from ovntrace.model.rows import Row
from ovntrace.verdict.fields import Fields

_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_NAMES = {number: name for name, number in _PROTOCOLS.items()}


@dataclass(frozen=True, slots=True)
class Vip:
    """A virtual address as it is written, and the load balancer that has it."""

    text: str
    balancer: str


class Vips:
    """The virtual addresses of a switch's load balancers."""

    def __init__(self, nb: Northbound, switch: LogicalSwitch) -> None:
        self._by_socket: dict[tuple[int, int, int], Vip] = {}
        self._by_ip: dict[int, Vip] = {}
        for row in _rows(nb, switch):
            protocol = _PROTOCOLS.get(row.text("protocol") or "tcp", 0)
            for text in row.map("vips"):
                self._add(text, protocol, Vip(text, row.text("name") or row.uuid))

    def _add(self, text: str, protocol: int, vip: Vip) -> None:
        host, port = _split(text)
        try:
            ip = int(ipaddress.ip_address(host))
        except ValueError:
            return  # a template, whose variables each chassis has its own of
        if port is None:
            self._by_ip.setdefault(ip, vip)
        else:
            self._by_socket.setdefault((ip, protocol, port), vip)

    def of(self, packet: Fields) -> Vip | None:
        """The virtual address that a packet is sent to."""
        if not self._by_socket and not self._by_ip:
            return None
        ip = packet.number("ip4.dst") or packet.number("ip6.dst")
        protocol = packet.number("ip.proto")
        name = _NAMES.get(protocol)
        found = None
        if name is not None:
            found = self._by_socket.get((ip, protocol, packet.number(f"{name}.dst")))
        return found or self._by_ip.get(ip)


def _rows(nb: Northbound, switch: LogicalSwitch) -> Iterator[Row]:
    groups = nb.db.table("Load_Balancer_Group")
    uuids = list(switch.load_balancers)
    for uuid in switch.load_balancer_groups:
        group = groups.by_uuid(uuid)
        uuids += group.refs("load_balancer") if group else ()
    for uuid in dict.fromkeys(uuids):
        row = nb.db.table("Load_Balancer").by_uuid(uuid)
        if row is not None:
            yield row


def _split(text: str) -> tuple[str, int | None]:
    """`10.0.0.1:80`, `[fd00::1]:80`, or an address alone."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port[1:]) if port[1:].isdecimal() else None
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and port.isdecimal():
        return host, int(port)
    return text, None
