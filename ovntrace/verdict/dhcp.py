"""OVN's own answers to DHCP (northd.c, build_lswitch_dhcp_options_and_response).

A port with dhcpv4_options or dhcpv6_options has its requests answered in place of their being sent
on. What the answer is hangs on the message itself, of which a packet's headers tell nothing.
"""

from typing import Final

from ovntrace.match import Packet
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.verdict.switch import SwitchModel

_REQUESTS: Final = (
    ("dhcpv4_options", "ip4 && udp.src == 68 && udp.dst == 67"),
    ("dhcpv6_options", "ip6 && udp.src == 546 && udp.dst == 547"),
)


def may_be_answered(model: SwitchModel, inport: LogicalSwitchPort, packet: Packet) -> bool:
    """True for a DHCP request from a port whose DHCP OVN serves, or may serve: the columns are
    empty where they were not read."""
    row = model.nb.db.table("Logical_Switch_Port").by_uuid(inport.uuid)
    return row is not None and any(
        row.ref(column) is not None and model.predicate(request, packet)
        for column, request in _REQUESTS
    )
