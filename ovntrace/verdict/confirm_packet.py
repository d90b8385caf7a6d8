"""The packet of a verdict as ovn-trace and ofproto/trace take it, and the ports that it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ovntrace.match.quoting import quote
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.packets import Wire
from ovntrace.verdict.switch import SwitchAcl
from ovntrace.verdict.ways import Leg
from ovntrace.view.types import AclView

_CT_ORDER: Final = ("new", "est", "rel", "rpl", "inv")
_BRIDGE: Final = "br-int"


@dataclass(frozen=True, slots=True)
class Probe:
    """One switch on the way and our verdict there; `is_whole` if there is no other one."""

    leg: Leg
    wire: Wire
    state: CtState
    verdict: str
    deciding: AclView | None
    is_whole: bool
    show: Callable[[SwitchAcl], AclView]

    @property
    def node(self) -> str:
        """Where the tools are asked."""
        return self.leg.node


def _ct(state: CtState) -> str:
    return ",".join(("trk", *(flag for flag in _CT_ORDER if flag in state.flags)))


def logical_values(probe: Probe) -> dict[str, str]:
    """The parameters of ovn-trace. The switch goes by its uuid, of which no option can be made."""
    ct = _ct(probe.state)
    flow = microflow(probe.leg.inport.name, probe.wire)
    return {"ct_in": ct, "ct_out": ct, "switch": probe.leg.model.switch.uuid, "microflow": flow}


def openflow_values(probe: Probe, ovs: OpenVswitch) -> dict[str, str] | str:
    """The parameters of ofproto/trace, or why the packet can't be put there."""
    port = openflow_port(ovs, probe.leg.inport)
    if port is None:
        return f"no interface of br-int is {probe.leg.inport.name} there"
    ct = _ct(probe.state)
    tag = probe.leg.inport.tag if probe.leg.inport.type == "localnet" else None
    return {"ct_in": ct, "ct_out": ct, "openflow": openflow(port, probe.wire, tag)}


def openflow_port(ovs: OpenVswitch, port: LogicalSwitchPort) -> int | None:
    """The OpenFlow port of br-int that a logical port is; None for one that is elsewhere."""
    if port.type == "localnet":
        # The name that ovn-controller gives it (OVN's controller/patch.c).
        one = ovs.interface(f"patch-{_BRIDGE}-to-{port.name}")
        found = [one] if one else []
    else:
        found = list(ovs.interfaces_by_iface_id(port.name))
    numbers = [one.ofport for one in found if one.ofport is not None and 0 < one.ofport < 0xFF00]
    return numbers[0] if numbers else None


def _icmp_type(wire: Wire) -> int:
    """Echo request or reply."""
    return ((8, 0), (128, 129))[wire.src.version == 6][wire.is_answer]


def microflow(inport: str, wire: Wire) -> str:
    """The packet as ovn-trace(8) takes it."""
    v6 = wire.src.version == 6
    family = "ip6" if v6 else "ip4"
    terms = [
        f"inport == {quote(inport)}",
        f"eth.src == {wire.src_mac}",
        f"eth.dst == {wire.dst_mac}",
        f"{family}.src == {wire.src}",
        f"{family}.dst == {wire.dst}",
        "ip.ttl == 64",
    ]
    if wire.proto == "icmp":
        number = "6" if v6 else "4"
        terms += [f"icmp{number}.type == {_icmp_type(wire)}", f"icmp{number}.code == 0"]
    else:
        terms += [
            f"{wire.proto}.src == {wire.sport or 0}",
            f"{wire.proto}.dst == {wire.dport or 0}",
        ]
    return " && ".join(terms)


def openflow(in_port: int, wire: Wire, tag: int | None = None) -> str:
    """The packet as ofproto/trace takes it (ovs-fields(7)); `tag` is its VLAN."""
    v6 = wire.src.version == 6
    suffix = "6" if v6 else ""
    source, target = ("ipv6_src", "ipv6_dst") if v6 else ("nw_src", "nw_dst")
    terms = [
        f"in_port={in_port}",
        f"{wire.proto}{suffix}",
        f"dl_src={wire.src_mac.lower()}",
        f"dl_dst={wire.dst_mac.lower()}",
        f"{source}={wire.src}",
        f"{target}={wire.dst}",
        "nw_ttl=64",
    ]
    if tag:
        terms.insert(1, f"dl_vlan={tag}")
    if wire.proto == "icmp":
        name = "icmpv6" if v6 else "icmp"
        terms += [f"{name}_type={_icmp_type(wire)}", f"{name}_code=0"]
    else:
        terms += [f"{wire.proto}_src={wire.sport or 0}", f"{wire.proto}_dst={wire.dport or 0}"]
    return ",".join(terms)
