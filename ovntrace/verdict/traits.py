"""What fixed rules ask of a packet, told once for all stages that it passes."""

from dataclasses import dataclass
from typing import Final

from ovntrace.match import Packet
from ovntrace.verdict.fields import PacketFields
from ovntrace.verdict.switch import SwitchModel

_NEIGHBOUR: Final = "nd || nd_rs || nd_ra || mldv1 || mldv2"
_UDP, _ICMPV6 = 17, 58
# A DHCPv6 client to a server.
_DHCPV6: Final = "udp.src == 546 && udp.dst == 547"


@dataclass(frozen=True, slots=True)
class Traits:
    """None of it depends on ports or on conntrack. `is_exempt` packets are never tracked."""

    is_ip: bool
    is_neighbour: bool
    is_exempt: bool
    is_dhcpv6: bool
    source: int  # MAC
    destination: int  # MAC


def traits_of(model: SwitchModel, packet: Packet) -> Traits:
    """The traits of a packet in the language of the switch's OVN."""
    fields = PacketFields(packet)
    destination = fields.number("eth.dst")
    is_ip = model.predicate("ip", packet)
    protocol = fields.number("ip.proto") if is_ip else None
    neighbour = protocol == _ICMPV6 and model.predicate(_NEIGHBOUR, packet)
    return Traits(
        is_ip=is_ip,
        is_neighbour=neighbour,
        is_exempt=neighbour or bool(destination >> 40 & 1),
        is_dhcpv6=protocol == _UDP and model.predicate(_DHCPV6, packet),
        source=fields.number("eth.src"),
        destination=destination,
    )
