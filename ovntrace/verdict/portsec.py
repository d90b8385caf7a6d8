"""Port security: what a port may send, and what it may be given.

As ovn-controller installs it (controller/lflow.c, consider_port_sec_flows): an element is a MAC and
perhaps addresses. With no addresses it allows any; with addresses of one family the other family
is refused. ovn-nb(5), Logical_Switch_Port.port_security.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ovntrace.match import NEWEST, Version
from ovntrace.verdict.fields import Fields
from ovntrace.verdict.macs import link_local, mac_number

# 23.03.1 has the mistake, 23.09.6 has not.
_HOP_LIMIT_255: Final = Version(23, 6)
_ARP, _IPV4, _IPV6 = 0x0806, 0x0800, 0x86DD
_ALL_ONES = 0xFFFFFFFF
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Element:
    """One element of port_security. An address with host bits set stands for itself alone, one
    without for its whole subnet."""

    mac: int
    v4: tuple[Network, ...]
    v6: tuple[Network, ...]
    broadcasts: tuple[int, ...]  # of v4 subnets whose element names a host

    @property
    def has_addresses(self) -> bool:
        """True if it names any IP address."""
        return bool(self.v4 or self.v6)


def elements_of(port_security: Sequence[str]) -> tuple[Element, ...]:
    """The elements that have a MAC; others are left out, as ovn-controller does with a note in
    its log. A trailing `!` or a prefix word (VRRPv3) makes an element that is not known here."""
    found = (_element(text) for text in port_security)
    return tuple(element for element in found if element is not None)


def _element(text: str) -> Element | None:
    words = text.replace(",", " ").split()
    mac = mac_number(words[0]) if words else None
    if mac is None:
        return None
    v4: list[Network] = []
    v6: list[Network] = []
    broadcasts: list[int] = []
    for word in words[1:]:
        interface = _interface(word)
        if interface is None:
            break  # OVN stops at what it does not understand
        allowed = _allowed(interface)
        if isinstance(interface, ipaddress.IPv4Interface):
            v4.append(allowed)
            if allowed.num_addresses == 1 and interface.network.prefixlen != 32:
                broadcasts.append(int(interface.network.broadcast_address))
        else:
            v6.append(allowed)
    return Element(mac, tuple(v4), tuple(v6), tuple(broadcasts))


def _interface(word: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface | None:
    try:
        return ipaddress.ip_interface(word)
    except ValueError:
        return None


def _allowed(interface: ipaddress.IPv4Interface | ipaddress.IPv6Interface) -> Network:
    if interface.ip == interface.network.network_address:
        return interface.network
    return ipaddress.ip_network(interface.ip)


def may_send(elements: Sequence[Element], packet: Fields, version: Version = NEWEST) -> bool:
    """True if a port with these elements may send the packet. No elements: anything."""
    return not elements or any(_may_send(element, packet, version) for element in elements)


def _may_send(element: Element, packet: Fields, version: Version) -> bool:
    kind = packet.number("eth.type")
    if kind == _ARP:  # judged by its own rules whatever its Ethernet source is
        return _may_send_arp(element, packet)
    if packet.number("eth.src") != element.mac:
        return False
    if not element.has_addresses:
        return _neighbour_is_own(element, packet, version)
    if kind == _IPV4:
        source = packet.number("ip4.src")
        return bool(element.v4) and (_in(source, element.v4) or _is_dhcp_request(packet, source))
    if kind == _IPV6 and element.v6:
        return _may_send_v6(element, packet, version)
    return False


def _may_send_arp(element: Element, packet: Fields) -> bool:
    if element.v6 and not element.v4:
        return False
    if not packet.number("eth.src") == packet.number("arp.sha") == element.mac:
        return False
    return not element.v4 or _in(packet.number("arp.spa"), element.v4)


def _is_dhcp_request(packet: Fields, source: int) -> bool:
    ports = (packet.number("udp.src"), packet.number("udp.dst"))
    to_all = packet.number("ip4.dst") == _ALL_ONES
    return source == 0 and to_all and packet.number("ip.proto") == 17 and ports == (68, 67)


def _may_send_v6(element: Element, packet: Fields, version: Version) -> bool:
    source = packet.number("ip6.src")
    if _in(source, element.v6) or source == link_local(element.mac):
        return _neighbour_is_own(element, packet, version)
    # Before it has an address: duplicate address detection and multicast reports.
    to_group = packet.number("ip6.dst") >> 112 == 0xFF02
    code = packet.number("icmp6.code")
    kind = packet.number("icmp6.type")
    unnumbered = source == 0 and to_group and packet.number("ip.proto") == 58 and code == 0
    return unnumbered and kind in (131, 135, 143)


def _neighbour_is_own(element: Element, packet: Fields, version: Version) -> bool:
    """A neighbour advertisement must speak of the port's own MAC and addresses. Solicitations
    pass whatever they say (the rule against them is switched off in ovn-controller)."""
    is_icmp6 = packet.number("eth.type") == _IPV6 and packet.number("ip.proto") == 58
    if not is_icmp6 or packet.number("icmp6.type") != 136 or packet.number("ip.ttl") != 255:
        return True
    if packet.number("nd.tll") not in (0, element.mac):
        return False
    target = packet.number("nd.target")
    if _in(target, element.v6):
        return True
    # What allows the others asks for a hop limit of 225 in old versions, which none has.
    is_allowed = not element.v6 or target == link_local(element.mac)
    return is_allowed and version >= _HOP_LIMIT_255


def may_receive(elements: Sequence[Element], packet: Fields) -> bool:
    """True if a port with these elements may be given the packet. No elements: anything; frames
    to a group are always delivered (northd's ls_out_check_port_sec)."""
    if not elements or packet.number("eth.dst") >> 40 & 1:
        return True
    return any(_may_receive(element, packet) for element in elements)


def _may_receive(element: Element, packet: Fields) -> bool:
    if packet.number("eth.dst") != element.mac:
        return False
    if not element.has_addresses:
        return True
    kind = packet.number("eth.type")
    if kind == _IPV4:
        target = packet.number("ip4.dst")
        group = target == _ALL_ONES or target >> 28 == 0xE
        return bool(element.v4) and (
            group or target in element.broadcasts or _in(target, element.v4)
        )
    if kind == _IPV6:
        target = packet.number("ip6.dst")
        group = target >> 120 == 0xFF or target == link_local(element.mac)
        return bool(element.v6) and (group or _in(target, element.v6))
    return True


def _in(value: int, networks: Sequence[Network]) -> bool:
    return any(
        int(network.network_address) <= value <= int(network.broadcast_address)
        for network in networks
    )
