"""Geneve in datapath actions: as the userspace datapath pushes it, and as the kernel is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parse.tunnel_actions import tunnels_of
from ovntrace.model.tooltrace import TunnelPacket

OPTION = "{class=0x102,type=0x80,len=4,0x30002}"
PUSHED = (
    "tnl_push(tnl_port(14),header(size=58,type=5,eth(dst=00:50:56:8e:ba:02,src=00:50:56:8e:ba:01,"
    "dl_type=0x0800),ipv4(src=172.19.0.11,dst=172.19.0.12,proto=17,tos=0,ttl=64,frag=0x4000),"
    f"udp(src=0,dst=6081,csum=0xffff),geneve(crit,vni=0x7,options({OPTION}))),out_port(13)),12"
)
KERNEL = (
    "set(tunnel(tun_id=0x7,dst=172.19.0.12,ttl=64,tp_dst=6081,"
    f"geneve({OPTION}),flags(df|csum|key))),3"
)
ROUTED = (
    "set(eth(src=0a:58:0a:84:04:01,dst=0a:58:0a:84:04:5e)),"
    "set(ipv4(src=10.132.2.92,dst=10.132.4.94,ttl=63)),"
)
PLAIN = TunnelPacket(7, 0x30002, "172.19.0.11", "172.19.0.12", None, None, None)
TOLD = TunnelPacket(7, 0x30002, "", "172.19.0.12", None, None, None)
REWRITTEN = ("0a:58:0a:84:04:01", "0a:58:0a:84:04:5e", 63)


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        (f"ct(commit,zone=14,nat(src)),{PUSHED}", [PLAIN]),
        (KERNEL, [TOLD]),
        (ROUTED + KERNEL, [TunnelPacket(7, 0x30002, "", "172.19.0.12", *REWRITTEN)]),
        (
            KERNEL.replace("dst=172.19.0.12", "ipv6_src=fd00::1,ipv6_dst=fd00::2"),
            [TunnelPacket(7, 0x30002, "fd00::1", "fd00::2", None, None, None)],
        ),
        # To several nodes: the header of each.
        (f"{KERNEL},{KERNEL}", [TOLD, TOLD]),
        ("set(tunnel(tun_id=0x7,dst=172.19.0.12,ttl=64,tp_dst=4789,flags(df|key))),3", []),
        (KERNEL.replace("class=0x102", "class=0x103"), []),
        ("drop", []),
    ],
)
def test_what_a_tunnel_carries(actions: str, found: list[TunnelPacket]) -> None:
    assert list(tunnels_of(actions)) == found


@given(st.integers(0, len(PUSHED)), st.text(max_size=20))
def test_garbled_actions_never_raise(at: int, noise: str) -> None:
    list(tunnels_of(ROUTED + PUSHED[:at] + noise + PUSHED[at:]))
