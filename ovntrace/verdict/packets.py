"""The packets of a flow: the first one, its answer, and the ARP exchange before them."""

from dataclasses import dataclass, replace

from ovntrace.match import Packet, SymbolTable
from ovntrace.verdict.ends import Address

_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_BROADCAST = "ff:ff:ff:ff:ff:ff"
EPHEMERAL = 50000  # a source port that no policy names, where the question has none


@dataclass(frozen=True, slots=True)
class Wire:
    """What a packet of the flow looks like. Ports are None for ICMP."""

    src_mac: str
    dst_mac: str
    src: Address
    dst: Address
    proto: str
    sport: int | None
    dport: int | None
    is_answer: bool = False

    def answer(self) -> "Wire":
        """The same with its ends exchanged."""
        return replace(
            self,
            src_mac=self.dst_mac,
            dst_mac=self.src_mac,
            src=self.dst,
            dst=self.src,
            sport=self.dport,
            dport=self.sport,
            is_answer=not self.is_answer,
        )

    def packet(self, table: SymbolTable) -> Packet:
        """As a match sees it; what the flow does not have is zero."""
        v6 = self.src.version == 6
        family = "ip6" if v6 else "ip4"
        fields: dict[str, int | str] = {
            "eth.src": self.src_mac,
            "eth.dst": self.dst_mac,
            "eth.type": 0x86DD if v6 else 0x0800,
            "ip.ttl": 64,
            f"{family}.src": str(self.src),
            f"{family}.dst": str(self.dst),
        }
        number = _PROTOCOLS.get(self.proto)
        if number is None:
            number = 58 if v6 else 1
            kinds = (128, 129) if v6 else (8, 0)
            fields[f"icmp{'6' if v6 else '4'}.type"] = kinds[self.is_answer]
        else:
            fields[f"{self.proto}.src"] = self.sport or 0
            fields[f"{self.proto}.dst"] = self.dport or 0
        fields["ip.proto"] = number
        return Packet.of(fields, table)

    def arp_request(self, table: SymbolTable, target: Address) -> Packet:
        """Who has `target`? Sent before the first packet."""
        return _arp(table, 1, self.src_mac, _BROADCAST, str(self.src), str(target))

    def arp_answer(self, table: SymbolTable, target: Address) -> Packet:
        """`target` is at the destination's MAC."""
        return _arp(table, 2, self.dst_mac, self.src_mac, str(target), str(self.src))


def _arp(table: SymbolTable, op: int, src_mac: str, dst_mac: str, src: str, target: str) -> Packet:
    fields: dict[str, int | str] = {
        "eth.src": src_mac,
        "eth.dst": dst_mac,
        "eth.type": 0x0806,
        "arp.op": op,
        "arp.sha": src_mac,
        "arp.spa": src,
        "arp.tpa": target,
    }
    return Packet.of(fields, table)
