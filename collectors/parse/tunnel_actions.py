"""Geneve tunnels of OVN in datapath actions, as ofproto/trace prints them (ovs-actions(7)).

The userspace datapath pushes the header itself (`tnl_push`), the kernel is told what to put into it
(`set(tunnel(...))`).
"""

import re
from collections.abc import Iterator
from typing import Final

from ovntrace.model.tooltrace import TunnelPacket

# OVN's option: class 0x0102, type 0x80, four bytes (ovn-architecture(7)). The class is printed
# without leading zeros.
_OPTION: Final = r"\{class=0x0?102,type=0x80,len=4,0x(?P<metadata>[0-9a-f]{1,8})\}"
_PUSHED: Final = re.compile(
    r"tnl_push\(.{0,300}?\bipv[46]\(src=(?P<src>[0-9a-f.:]+),dst=(?P<dst>[0-9a-f.:]+),"
    rf".{{0,200}}?geneve\([a-z,]{{0,20}}vni=0x(?P<vni>[0-9a-f]{{1,6}}),options\({_OPTION}"
)
_TOLD: Final = re.compile(
    r"set\(tunnel\(tun_id=0x(?P<vni>[0-9a-f]{1,16}),"
    r"(?:(?:ipv6_)?src=(?P<src>[0-9a-f.:]+),)?(?:ipv6_)?dst=(?P<dst>[0-9a-f.:]+),"
    rf".{{0,200}}?geneve\({_OPTION}"
)
_ETHERNET: Final = re.compile(
    r"set\(eth\((?:src=(?P<src>[0-9a-f:]{17}))?,?(?:dst=(?P<dst>[0-9a-f:]{17}))?\)\)"
)
_TTL: Final = re.compile(r"set\(ipv[46]\((?:[^()]{0,300},)?(?:ttl|hlimit)=(\d{1,3})[,)]")


def tunnels_of(actions: str) -> Iterator[TunnelPacket]:
    """The packets that leave by Geneve with OVN's option, in the order of the actions."""
    found = [match for form in (_PUSHED, _TOLD) for match in form.finditer(actions)]
    for match in sorted(found, key=lambda one: one.start()):
        before = actions[: match.start()]
        source, target, ttl = _rewritten(before)
        yield TunnelPacket(
            int(match["vni"], 16),
            int(match["metadata"], 16),
            match["src"] or "",
            match["dst"],
            source,
            target,
            ttl,
        )


def _rewritten(before: str) -> tuple[str | None, str | None, int | None]:
    """MACs and TTL as routers on the way have left them; None for what is as it was."""
    source = target = None
    for match in _ETHERNET.finditer(before):
        source, target = match["src"] or source, match["dst"] or target
    ttls = _TTL.findall(before)
    return source, target, int(ttls[-1]) if ttls else None
