"""The symbols of the match language as rows, with the versions of OVN that have them.

From lib/logical-fields.c and, for a field's width and level, the `Maskable:` line in Open
vSwitch's meta-flow.h (bitwise: ordinal; no: nominal). Names, widths, levels, places and expansions
were compared with ovn-trace of 23.03, 25.03 and 26.03; for the versions between them, with the
release notes and with logical flows that those versions wrote.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ovntrace.match.versions import NEWEST, OLDEST, Version

NOMINAL: Final = "nominal"
BOOLEAN: Final = "Boolean"
ORDINAL: Final = "ordinal"


class FieldRow(NamedTuple):
    """A field of packets. Width 0 is a string: the name of a port."""

    name: str
    width: int
    level: str = ORDINAL
    prerequisite: str = ""
    storage: str = ""
    """The field of the packet that holds it, where that has another name."""
    since: Version = OLDEST
    until: Version | None = None


class PartRow(NamedTuple):
    """Bits `low` to `high` of a field, under a name of their own."""

    name: str
    parent: str
    low: int
    high: int
    prerequisite: str = ""
    since: Version = OLDEST
    until: Version | None = None
    """The first version without it."""


class PredicateRow(NamedTuple):
    """A name for an expression."""

    name: str
    level: str
    expansion: str
    since: Version = OLDEST
    until: Version | None = None


Row = FieldRow | PartRow | PredicateRow

_V23_03: Final = Version(23, 3)
_V23_06: Final = Version(23, 6)
_V23_09: Final = Version(23, 9)
_V24_09: Final = Version(24, 9)
_V25_03: Final = Version(25, 3)
_V25_09: Final = Version(25, 9)

_FIELDS: Final = (
    FieldRow("inport", 0, NOMINAL),
    FieldRow("outport", 0, NOMINAL),
    FieldRow("remote_outport", 0, NOMINAL, since=NEWEST),
    FieldRow("__inport", 32, since=NEWEST),
    FieldRow("__outport", 32, since=NEWEST),
    FieldRow("flags", 32),
    FieldRow("ct_mark", 32),
    FieldRow("ct_label", 128),
    FieldRow("ct_state", 32),
    FieldRow("pkt.mark", 32),
    FieldRow("eth.src", 48),
    FieldRow("eth.dst", 48),
    FieldRow("eth.type", 16, NOMINAL),
    FieldRow("vlan.tci", 16),
    FieldRow("ip.proto", 8, NOMINAL, "ip"),
    FieldRow("ip.dscp", 6, NOMINAL, "ip"),
    FieldRow("ip.ecn", 2, NOMINAL, "ip"),
    FieldRow("ip.ttl", 8, NOMINAL, "ip"),
    FieldRow("ip.frag", 2, ORDINAL, "ip"),
    FieldRow("ip4.src", 32, ORDINAL, "ip4"),
    FieldRow("ip4.dst", 32, ORDINAL, "ip4"),
    FieldRow("ip6.src", 128, ORDINAL, "ip6"),
    FieldRow("ip6.dst", 128, ORDINAL, "ip6"),
    FieldRow("ip6.label", 20, ORDINAL, "ip6"),
    FieldRow("icmp4.type", 8, NOMINAL, "icmp4"),
    FieldRow("icmp4.code", 8, NOMINAL, "icmp4"),
    FieldRow("icmp6.type", 8, NOMINAL, "icmp6"),
    FieldRow("icmp6.code", 8, NOMINAL, "icmp6"),
    FieldRow("icmp4.frag_mtu", 16, NOMINAL),
    FieldRow("icmp6.frag_mtu", 32, NOMINAL),
    FieldRow("arp.op", 16, NOMINAL, "arp"),
    FieldRow("arp.spa", 32, ORDINAL, "arp"),
    FieldRow("arp.sha", 48, ORDINAL, "arp"),
    FieldRow("arp.tpa", 32, ORDINAL, "arp"),
    FieldRow("arp.tha", 48, ORDINAL, "arp"),
    FieldRow("rarp.op", 16, NOMINAL, "rarp", "arp.op", _V23_03),
    FieldRow("rarp.spa", 32, ORDINAL, "rarp", "arp.spa", _V23_03),
    FieldRow("rarp.sha", 48, ORDINAL, "rarp", "arp.sha", _V23_03),
    FieldRow("rarp.tpa", 32, ORDINAL, "rarp", "arp.tpa", _V23_03),
    FieldRow("rarp.tha", 48, ORDINAL, "rarp", "arp.tha", _V23_03),
    FieldRow("nd.target", 128, ORDINAL, "nd"),
    FieldRow("nd.sll", 48, ORDINAL, "nd_ns"),
    FieldRow("nd.tll", 48, ORDINAL, "nd_na"),
    FieldRow("tcp.src", 16, ORDINAL, "tcp"),
    FieldRow("tcp.dst", 16, ORDINAL, "tcp"),
    FieldRow("tcp.flags", 12, ORDINAL, "tcp"),
    FieldRow("udp.src", 16, ORDINAL, "udp"),
    FieldRow("udp.dst", 16, ORDINAL, "udp"),
    FieldRow("sctp.src", 16, ORDINAL, "sctp"),
    FieldRow("sctp.dst", 16, ORDINAL, "sctp"),
)

_PARTS: Final = (
    PartRow("eth.mcast", "eth.dst", 40, 40),
    PartRow("vlan.pcp", "vlan.tci", 13, 15, "vlan.present"),
    PartRow("vlan.vid", "vlan.tci", 0, 11, "vlan.present"),
    PartRow("ct.new", "ct_state", 0, 0, "ct.trk"),
    PartRow("ct.est", "ct_state", 1, 1, "ct.trk"),
    PartRow("ct.rel", "ct_state", 2, 2, "ct.trk"),
    PartRow("ct.rpl", "ct_state", 3, 3, "ct.trk"),
    PartRow("ct.inv", "ct_state", 4, 4, "ct.trk"),
    PartRow("ct.trk", "ct_state", 5, 5),
    PartRow("ct.snat", "ct_state", 6, 6, "ct.trk"),
    PartRow("ct.dnat", "ct_state", 7, 7, "ct.trk"),
    PartRow("ct_mark.blocked", "ct_mark", 0, 0),
    PartRow("ct_mark.natted", "ct_mark", 1, 1),
    PartRow("ct_mark.skip_snat", "ct_mark", 2, 2),
    PartRow("ct_mark.force_snat", "ct_mark", 3, 3),
    PartRow("ct_mark.obs_stage", "ct_mark", 4, 5, since=_V24_09),
    PartRow("ct_mark.allow_established", "ct_mark", 6, 6, since=_V25_03),
    PartRow("ct_mark.obs_collector_id", "ct_mark", 16, 23, since=_V24_09),
    PartRow("ct_mark.ecmp_reply_port", "ct_mark", 16, 31),
    PartRow("ct_label.blocked", "ct_label", 0, 0, until=_V24_09),
    PartRow("ct_label.natted", "ct_label", 1, 1, until=_V24_09),
    PartRow("ct_label.skip_snat", "ct_label", 2, 2, until=_V24_09),
    PartRow("ct_label.force_snat", "ct_label", 3, 3, until=_V24_09),
    PartRow("ct_label.nf", "ct_label", 7, 7, since=_V25_09),
    PartRow("ct_label.tun_if", "ct_label", 8, 8, since=_V25_09),
    PartRow("ct_label.nf_id", "ct_label", 17, 24, since=_V25_09),
    PartRow("ct_label.ecmp_reply_eth", "ct_label", 32, 79),
    PartRow("ct_label.ecmp_reply_port", "ct_label", 80, 95, until=_V24_09),
    PartRow("ct_label.acl_id", "ct_label", 80, 95, since=_V25_03),
    PartRow("ct_label.tun_if_id", "ct_label", 80, 95, since=_V25_09),
    PartRow("ct_label.label", "ct_label", 96, 127),
    PartRow("ct_label.obs_point_id", "ct_label", 96, 127, since=_V24_09),
    PartRow("ct_label.obs_unused", "ct_label", 0, 95, since=_V24_09),
    PartRow("flags.loopback", "flags", 0, 0),
    PartRow("flags.force_snat_for_dnat", "flags", 2, 2),
    PartRow("flags.force_snat_for_lb", "flags", 3, 3),
    PartRow("flags.skip_snat_for_lb", "flags", 9, 9),
    PartRow("flags.use_snat_zone", "flags", 11, 11),
    PartRow("flags.localnet", "flags", 15, 15, since=_V23_06),
    PartRow("flags.tunnel_rx", "flags", 16, 16, since=_V23_09),
    PartRow("flags.icmp_snat", "flags", 17, 17, since=_V23_09),
    PartRow("flags.from_ctrl", "flags", 19, 19, since=_V25_03),
    PartRow("flags.unsnat_new", "flags", 20, 20, since=_V25_03),
    PartRow("flags.unsnat_not_tracked", "flags", 21, 21, since=_V25_03),
    PartRow("flags.igmp_loopback", "flags", 22, 22, since=_V25_09),
    PartRow("flags.pkt_sampled", "flags", 23, 23, since=_V25_09),
    PartRow("flags.network_id", "flags", 28, 31, since=_V25_09),
)

_ND_END: Final = "icmp6.code == 0 && ip.ttl == 255"

_PREDICATES: Final = (
    PredicateRow("eth.bcast", BOOLEAN, "eth.dst == ff:ff:ff:ff:ff:ff"),
    PredicateRow("eth.mcastv6", BOOLEAN, "eth.dst[32..47] == 0x3333"),
    PredicateRow("vlan.present", BOOLEAN, "vlan.tci[12]"),
    PredicateRow("ip4", NOMINAL, "eth.type == 0x800"),
    PredicateRow("ip6", NOMINAL, "eth.type == 0x86dd"),
    PredicateRow("ip", NOMINAL, "ip4 || ip6"),
    PredicateRow("ip4.src_mcast", BOOLEAN, "ip4.src[28..31] == 0xe"),
    PredicateRow("ip4.mcast", BOOLEAN, "eth.mcast && ip4.dst[28..31] == 0xe"),
    PredicateRow("icmp4", NOMINAL, "ip4 && ip.proto == 1"),
    PredicateRow("icmp6", NOMINAL, "ip6 && ip.proto == 58"),
    PredicateRow("icmp", NOMINAL, "icmp4 || icmp6"),
    PredicateRow("igmp", NOMINAL, "ip4 && ip.proto == 2", until=_V24_09),
    PredicateRow("igmp", NOMINAL, "ip4.mcast && ip.proto == 2", since=_V24_09),
    PredicateRow(
        "ip6.mcast_rsvd",
        BOOLEAN,
        "ip6.dst[116..127] == 0xff0 && ip6.dst[0..111] == 0x0",
        until=_V25_09,
    ),
    PredicateRow(
        "ip6.mcast_rsvd",
        BOOLEAN,
        "ip6.dst == {" + ", ".join(f"ff0{scope:x}::" for scope in range(16)) + "}",
        since=_V25_09,
    ),
    PredicateRow("ip6.mcast_all_nodes", BOOLEAN, "ip6.dst == ff01::1 || ip6.dst == ff02::1"),
    PredicateRow(
        "ip6.mcast_all_rtrs",
        BOOLEAN,
        "ip6.dst == ff01::2 || ip6.dst == ff02::2 || ip6.dst == ff05::2",
    ),
    PredicateRow("ip6.mcast_sol_node", BOOLEAN, "ip6.dst == ff02::1:ff00:0000/104"),
    PredicateRow(
        "ip6.mcast_flood",
        BOOLEAN,
        "eth.mcastv6 && (ip6.mcast_rsvd || ip6.mcast_all_nodes || ip6.mcast_all_rtrs || "
        "ip6.mcast_sol_node)",
    ),
    PredicateRow("ip6.mcast", BOOLEAN, "eth.mcastv6 && ip6.dst[120..127] == 0xff"),
    PredicateRow("ip.is_frag", BOOLEAN, "ip.frag[0]"),
    PredicateRow("ip.later_frag", BOOLEAN, "ip.frag[1]"),
    PredicateRow("ip.first_frag", BOOLEAN, "ip.is_frag && !ip.later_frag"),
    PredicateRow("arp", NOMINAL, "eth.type == 0x806"),
    PredicateRow("rarp", NOMINAL, "eth.type == 0x8035", since=_V23_03),
    PredicateRow("nd", NOMINAL, f"icmp6.type == {{135, 136}} && {_ND_END}"),
    PredicateRow("nd_ns", NOMINAL, f"icmp6.type == 135 && {_ND_END}"),
    PredicateRow(
        "nd_ns_mcast", NOMINAL, f"ip6.mcast && icmp6.type == 135 && {_ND_END}", since=_V23_09
    ),
    PredicateRow("nd_na", NOMINAL, f"icmp6.type == 136 && {_ND_END}"),
    PredicateRow("nd_rs", NOMINAL, f"icmp6.type == 133 && {_ND_END}"),
    PredicateRow("nd_ra", NOMINAL, f"icmp6.type == 134 && {_ND_END}"),
    PredicateRow(
        "mldv1",
        NOMINAL,
        "ip6.src == fe80::/10 && icmp6.type == {130, 131, 132}",
        until=_V24_09,
    ),
    PredicateRow(
        "mldv1",
        NOMINAL,
        "eth.mcastv6 && ip6.src == fe80::/10 && icmp6.type == {130, 131, 132}",
        since=_V24_09,
    ),
    PredicateRow("mldv2", NOMINAL, "ip6.dst == ff02::16 && icmp6.type == 143", until=_V24_09),
    PredicateRow(
        "mldv2", NOMINAL, "eth.mcastv6 && ip6.dst == ff02::16 && icmp6.type == 143", since=_V24_09
    ),
    PredicateRow("tcp", NOMINAL, "ip.proto == 6"),
    PredicateRow("udp", NOMINAL, "ip.proto == 17"),
    PredicateRow("sctp", NOMINAL, "ip.proto == 132"),
    PredicateRow("from_evpn_vtep", BOOLEAN, "__inport[31]", since=NEWEST),
    PredicateRow("to_evpn_vtep", BOOLEAN, "__outport[31]", since=NEWEST),
)


def rows_of(version: Version) -> Iterator[Row]:
    """The rows that a version has: fields first, then what is made of them."""
    for row in (*_FIELDS, *_registers(), *_PARTS, *_PREDICATES):
        if row.since <= version and (row.until is None or version < row.until):
            yield row


def _registers() -> Iterator[FieldRow | PartRow]:
    """Ten registers of 32 bits, overlaid by 64-bit and 128-bit ones that begin with the high
    half: reg0 is the upper 32 bits of xreg0, which is the upper 64 of xxreg0."""
    for index in range(2):
        yield FieldRow(f"xxreg{index}", 128)
    yield FieldRow("xreg4", 64)
    for index in range(4):
        low = 64 * (1 - index % 2)
        yield PartRow(f"xreg{index}", f"xxreg{index // 2}", low, low + 63)
    for index in range(8):
        low = 32 * (3 - index % 4)
        yield PartRow(f"reg{index}", f"xxreg{index // 4}", low, low + 31)
    yield PartRow("reg8", "xreg4", 32, 63)
    yield PartRow("reg9", "xreg4", 0, 31)
