"""The packet of a verdict as ovn-trace and ofproto/trace take it, and the ports that it uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ovntrace.match.quoting import quote
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.openvswitch import OpenVswitch, OvsInterface
from ovntrace.model.tooltrace import TunnelPacket
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.packets import Wire
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.ways import Leg
from ovntrace.view.types import AclView

_CT_ORDER: Final = ("new", "est", "rel", "rpl", "inv")
BRIDGE: Final = "br-int"
TTL: Final = 64  # of the packets that are asked about


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


@dataclass(frozen=True, slots=True)
class Probes:
    """The packet on the node where it enters OVN, and on the one that it is for, if that is another
    one. `unreached` is that node's name where the packet ends before. With `is_routed` logical
    routers lie between, of which we have no verdict; `is_shared` says that both nodes have one
    database, so that ovn-trace on the first one tells of both."""

    first: Probe
    second: Probe | None = None
    unreached: str = ""
    is_routed: bool = False

    @property
    def is_shared(self) -> bool:
        if self.second is None:
            return False
        far = self.second.leg.wanted
        known = self.first.leg.model.nb.port(far.name)
        return known is not None and known.uuid == far.uuid


def _ct(state: CtState) -> str:
    return ",".join(("trk", *(flag for flag in _CT_ORDER if flag in state.flags)))


def logical_values(probe: Probe) -> dict[str, str]:
    """The parameters of ovn-trace. The switch goes by its uuid, of which no option can be made."""
    return logical_values_at(probe, probe.leg.model.switch.uuid, probe.leg.inport.name, probe.wire)


def logical_values_at(
    probe: Probe, switch: str, inport: str, wire: Wire, ttl: int = TTL
) -> dict[str, str]:
    """The same for another port, where the packet may look otherwise."""
    ct = _ct(probe.state)
    flow = microflow(inport, wire, ttl)
    return {"ct_in": ct, "ct_out": ct, "switch": switch, "microflow": flow}


def openflow_values(probe: Probe, ovs: OpenVswitch) -> dict[str, str] | str:
    """The parameters of ofproto/trace, or why the packet can't be put there."""
    port = openflow_port(ovs, probe.leg.inport)
    if port is None:
        return f"no interface of {BRIDGE} is {probe.leg.inport.name} there"
    return openflow_values_at(probe, BRIDGE, openflow(port, probe.wire, vlan_of(probe)))


def openflow_values_at(probe: Probe, bridge: str, flow: str) -> dict[str, str]:
    """The same for a packet that is described already."""
    ct = _ct(probe.state)
    return {"ct_in": ct, "ct_out": ct, "bridge": bridge, "openflow": flow}


def vlan_of(probe: Probe) -> int | None:
    """The VLAN that the packet has where it enters; None without a tag."""
    return probe.leg.inport.tag if probe.leg.inport.type == "localnet" else None


def patch_port(localnet: str) -> str:
    """The port of br-int that leads to the physical network, as ovn-controller names it (OVN's
    controller/patch.c)."""
    return f"patch-{BRIDGE}-to-{localnet}"


def openflow_port(ovs: OpenVswitch, port: LogicalSwitchPort) -> int | None:
    """The OpenFlow port of br-int that a logical port is; None for one that is elsewhere."""
    if port.type == "localnet":
        one = ovs.interface(patch_port(port.name))
        found = [one] if one else []
    else:
        found = list(ovs.interfaces_by_iface_id(port.name))
    numbers = [number for one in found if (number := port_number(one)) is not None]
    return numbers[0] if numbers else None


def port_number(interface: OvsInterface) -> int | None:
    """The OpenFlow port of an interface; None where it has none, or a reserved one."""
    number = interface.ofport
    return number if number is not None and 0 < number < 0xFF00 else None


def _icmp_type(wire: Wire) -> int:
    """Echo request or reply."""
    return ((8, 0), (128, 129))[wire.src.version == 6][wire.is_answer]


def microflow(inport: str, wire: Wire, ttl: int = TTL) -> str:
    """The packet as ovn-trace(8) takes it."""
    v6 = wire.src.version == 6
    family = "ip6" if v6 else "ip4"
    terms = [
        f"inport == {quote(inport)}",
        f"eth.src == {wire.src_mac}",
        f"eth.dst == {wire.dst_mac}",
        f"{family}.src == {wire.src}",
        f"{family}.dst == {wire.dst}",
        f"ip.ttl == {ttl}",
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


def openflow(
    in_port: int,
    wire: Wire,
    tag: int | None = None,
    tunnel: TunnelPacket | None = None,
) -> str:
    """The packet as ofproto/trace takes it (ovs-fields(7)); `tag` is its VLAN, `tunnel` what it
    carries where it comes out of one."""
    v6 = wire.src.version == 6
    suffix = "6" if v6 else ""
    source, target = ("ipv6_src", "ipv6_dst") if v6 else ("nw_src", "nw_dst")
    terms = [
        f"in_port={in_port}",
        *(_tunnel_terms(tunnel) if tunnel else ()),
        f"{wire.proto}{suffix}",
        f"dl_src={wire.src_mac.lower()}",
        f"dl_dst={wire.dst_mac.lower()}",
        f"{source}={wire.src}",
        f"{target}={wire.dst}",
        f"nw_ttl={TTL if tunnel is None or tunnel.ttl is None else tunnel.ttl}",
    ]
    if tag:
        terms.insert(1, f"dl_vlan={tag}")
    if wire.proto == "icmp":
        name = "icmpv6" if v6 else "icmp"
        terms += [f"{name}_type={_icmp_type(wire)}", f"{name}_code=0"]
    else:
        terms += [f"{wire.proto}_src={wire.sport or 0}", f"{wire.proto}_dst={wire.dport or 0}"]
    return ",".join(terms)


def _tunnel_terms(tunnel: TunnelPacket) -> tuple[str, ...]:
    """OVN's option is the first tunnel metadata field (OVN's lib/logical-fields.h,
    MFF_TUN_METADATA0)."""
    version = "ipv6_" if ":" in tunnel.dst else ""
    return (
        f"tun_id={tunnel.vni:#x}",
        f"tun_{version}src={tunnel.src}",
        f"tun_{version}dst={tunnel.dst}",
        f"tun_metadata0={tunnel.metadata:#x}",
    )
