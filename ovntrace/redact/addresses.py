"""Stand-ins for addresses: the same for the same, and subnets keep what they contain.

Two addresses that share their first n bits share the first n bits of their stand-ins, and no more
(as in Crypto-PAn, Xu and others 2002). The first byte and the last one stay as they are: so does
what a gateway (.1), a broadcast (.255) or a subnet of 25 to 32 bits is. Of IPv6 the lower half
stays, which OVN-Kubernetes numbers, unless it holds a MAC address (RFC 4291, appendix A).
"""

import hmac
import ipaddress
from typing import Final

# What OVN, OVN-Kubernetes, KubeVirt or a standard fixed: it tells nothing of a cluster, and code
# looks for it. OVN-Kubernetes: go-controller/pkg/config/config.go (join and transit subnets,
# masquerade); KubeVirt's bridges: pkg/network/link/address.go.
FIXED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "224.0.0.0/3",
            "100.64.0.0/16",
            "100.65.0.0/16",
            "100.88.0.0/16",
            "fe80::/10",
            "ff00::/8",
            "fd97::/64",
            "fd98::/64",
            "fd99::/64",
            "fd69::/112",
            "fd10:0:2::/64",
        ),
    )
)
_OVN_K_MAC = b"\x0a\x58"  # the IPv4 address follows (util.IPAddrToHWAddr)
_FIXED_MACS = frozenset(
    bytes.fromhex(text) for text in ("000000000000", "020000000000", "eeeeeeeeeeee", "ffffffffffff")
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


# IPv6 addresses that hold an IPv4 address in their last 32 bits.
_EMBEDDING = tuple(ipaddress.IPv6Network(text) for text in ("::ffff:0:0/96", "64:ff9b::/96"))


def is_fixed(address: Address) -> bool:
    """True if an address stays as it is (but for a MAC address in it)."""
    if address.packed[:12] == bytes(12):  # :: and ::1
        return True
    return any(address in net for net in FIXED if net.version == address.version)


class AddressStandIns:
    """Stand-ins under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._flips: dict[tuple[int, int, int], int] = {}
        self._ways = {(net.version, *way) for net in FIXED for way in _ways(net)}

    def ip(self, address: Address) -> Address:
        """The stand-in of an address."""
        if is_fixed(address):
            return self._link_local(address)
        if isinstance(address, ipaddress.IPv4Address):
            return ipaddress.IPv4Address(self._permuted(4, int(address), range(8, 24)))
        if any(address in net for net in _EMBEDDING):
            inner = self.ip(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
            return ipaddress.IPv6Address(int(address) >> 32 << 32 | int(inner))
        number = self._permuted(6, int(address), range(8, 64))
        low = number & 0xFFFFFFFFFFFFFFFF
        return ipaddress.IPv6Address(number >> 64 << 64 | self._interface_id(low))

    def _link_local(self, address: Address) -> Address:
        if address.version == 4 or not address.is_link_local:
            return address
        number = int(address)
        low = number & 0xFFFFFFFFFFFFFFFF
        return ipaddress.IPv6Address(number >> 64 << 64 | self._interface_id(low))

    def network(self, address: Address, length: int) -> Address:
        """The stand-in of an address that stands before `/length`: where it is the network's own,
        so is the stand-in."""
        whole = (1 << (address.max_prefixlen - length)) - 1
        found = self.ip(address)
        if int(address) & whole:
            return found
        return type(address)(int(found) & ~whole)

    def mac(self, mac: bytes) -> bytes:
        """The stand-in of a MAC address of 6 bytes. Multicast and fixed ones stay."""
        if mac in _FIXED_MACS or mac[0] & 1:
            return mac
        if mac.startswith(_OVN_K_MAC):
            inner = self.ip(ipaddress.IPv4Address(mac[2:]))
            return _OVN_K_MAC + inner.packed
        return b"\x0e" + self._digest(b"mac" + mac)[:5]

    def _interface_id(self, low: int) -> int:
        eui = low.to_bytes(8)
        if eui[3:5] != b"\xff\xfe":
            return low
        mac = self.mac(bytes([eui[0] ^ 2]) + eui[1:3] + eui[5:])
        return int.from_bytes(bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])

    def _permuted(self, version: int, number: int, bits: range) -> int:
        width = 32 if version == 4 else 128
        result = number
        for bit in bits:
            prefix = number >> (width - bit)
            # A flip on the way to a fixed network would move that network.
            if (version, bit, prefix) not in self._ways:
                result ^= self._flip(version, bit, prefix) << (width - bit - 1)
        return result

    def _flip(self, version: int, bit: int, prefix: int) -> int:
        place = (version, bit, prefix)
        found = self._flips.get(place)
        if found is None:
            text = f"{version}/{bit}/{prefix:x}".encode()
            found = self._flips[place] = self._digest(text)[0] & 1
        return found

    def _digest(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")


def _ways(net: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[tuple[int, int]]:
    """The prefixes (length and bits) that a network lies in, its own left out."""
    number, width = int(net.network_address), net.max_prefixlen
    return [(length, number >> (width - length)) for length in range(net.prefixlen)]
