"""How a packet comes into the second node, by that node's own rows."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ovntrace.match import NEWEST
from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.tooltrace import OpenflowEntry, OpenflowTrace, TunnelPacket
from ovntrace.verdict.confirm import Heard
from ovntrace.verdict.confirm_entrance import (
    Sender,
    Uplink,
    bridge_behind,
    comes_in,
    out_of_tunnel,
    stays_out,
    tunnel_flow,
    uplink_of,
)
from ovntrace.verdict.confirm_packet import Probe
from ovntrace.verdict.conntrack import NEW
from ovntrace.verdict.packets import Wire
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.ways import Leg
from tests.tables import database, ref, uid

NET = "localnet.cnv_ovn_localnet_port"
INNER, OUTER = f"patch-br-int-to-{NET}", f"patch-{NET}-to-br-int"
PING = Wire(
    "0a:58:c0:a8:4d:5c",
    "0a:58:c0:a8:4d:5b",
    ipaddress.ip_address("192.168.77.92"),
    ipaddress.ip_address("192.168.77.91"),
    "icmp",
    None,
    None,
)
SENT = TunnelPacket(7, 0x30002, "172.19.0.11", "172.19.0.12", None, None, None)


def node(
    behind: str | None = "br-ex",
    uplinks: Sequence[str] = ("bond0",),
    ids: Mapping[str, str] | None = None,
    *,
    named: str = "",
) -> OpenVswitch:
    """br-int, br-ex with uplinks, and br-other; the localnet's patch pair ends in `behind`."""
    devices: dict[str, dict[str, Any]] = {
        "ovn-8d989c-0": {"type": "geneve", "ofport": 11, "options": {"remote_ip": "172.19.0.11"}},
        **{name: {"type": "system", "ofport": 1 + at} for at, name in enumerate(uplinks)},
        "pod_h": {"type": "system", "ofport": 5, "external_ids": {"iface-id": "pod"}},
    }
    on: dict[str, list[str]] = {"br-int": ["ovn-8d989c-0"], "br-ex": [*uplinks, "pod_h"]}
    on["br-other"] = []
    if behind:
        devices[INNER] = {"type": "patch", "ofport": 10, "options": {"peer": OUTER}}
        devices[OUTER] = {"type": "patch", "ofport": 2, "options": {"peer": INNER}}
        on["br-int"].append(INNER)
        on[behind].append(OUTER)
    return OpenVswitch(
        database(
            Open_vSwitch=[{"_uuid": uid("o"), "external_ids": ids or {}}],
            Interface=[
                {"_uuid": uid(f"i {name}"), "name": name, **row} for name, row in devices.items()
            ],
            Port=[
                {"_uuid": uid(f"p {name}"), "name": name, "interfaces": [ref(f"i {name}")]}
                for name in devices
            ],
            Bridge=[
                {
                    "_uuid": uid(f"b {name}"),
                    "name": name,
                    "ports": [ref(f"p {port}") for port in ports],
                    "external_ids": {"bridge-uplink": named},
                }
                for name, ports in on.items()
            ],
        )
    )


def port(name: str, kind: str = "") -> LogicalSwitchPort:
    """A logical port of which only the name and the type count."""
    return LogicalSwitchPort(uid(name), name, kind, (), (), None, None, None, {}, {})


def probe() -> Probe:
    """A ping from the localnet port to a pod."""
    nb = Northbound(database(Logical_Switch=[{"_uuid": uid("s"), "name": "s"}]))
    [switch] = nb.switches
    leg = Leg(SwitchModel(nb, switch, NEWEST), "worker-2", port(NET, "localnet"), port("pod"))

    def show(_acl: object) -> Any:
        raise AssertionError("there is no ACL")

    return Probe(leg, PING, NEW, "allow", None, is_whole=False, show=show)


def trace(
    *entries: OpenflowEntry, tunnels: Sequence[TunnelPacket] = (), leaves: bool = True
) -> OpenflowTrace:
    """What ofproto/trace said, as far as it counts here."""
    return OpenflowTrace((), (), leaves, False, "", entries, tuple(tunnels))


@pytest.mark.parametrize(
    ("ovs", "left_by", "found"),
    [
        (node(), "br-ex", Uplink("br-ex", "bond0", 1)),
        # Bridges of one name are taken to be cabled to each other, whatever the mapping says.
        (node("br-other"), "br-ex", Uplink("br-ex", "bond0", 1)),
        (node(None), "br-ex", Uplink("br-ex", "bond0", 1)),
        (node(), "br-elsewhere", Uplink("br-ex", "bond0", 1)),
        (node(), None, Uplink("br-ex", "bond0", 1)),
        (node(uplinks=("eth1", "eth0"), named="eth0"), "br-ex", Uplink("br-ex", "eth0", 2)),
        (node(uplinks=("eth1", "eth0")), "br-ex", "the uplink of br-ex is not one device"),
        (node(uplinks=()), "br-ex", "the uplink of br-ex is not one device"),
        (node(None), None, f"which bridge has the physical network of {NET} there is not known"),
    ],
)
def test_where_a_frame_comes_in(ovs: OpenVswitch, left_by: str | None, found: object) -> None:
    assert uplink_of(ovs, NET, left_by) == found


def test_the_bridge_behind_a_localnet_port() -> None:
    assert bridge_behind(node("br-other"), NET) == "br-other"
    assert bridge_behind(node(None), NET) is None


@pytest.mark.parametrize(
    ("ovs", "entered_by", "comes"),
    [
        (node(), (10,), True),
        (node(), (12, 10), True),
        (node(), (12,), False),
        (node(), (), False),
        # The first flow there matches on no port: it may be the right one.
        (node(), (None,), True),
        (node("br-other"), (None,), False),
        (node(None), (None,), False),
    ],
)
def test_whether_it_gets_to_br_int(
    ovs: OpenVswitch, entered_by: tuple[int | None, ...], comes: bool
) -> None:
    entries = [OpenflowEntry("br-int", number) for number in entered_by]
    said = trace(*entries, OpenflowEntry("br-phy", 10))
    assert comes_in(said, Uplink("br-ex", "bond0", 1), probe(), ovs) is comes


@pytest.mark.parametrize(
    ("ovs", "note"),
    [
        (node(), "what comes in by bond0 of br-ex does not get to br-int"),
        (node("br-other"), f"the patch port of {NET} leads to br-other"),
        (node(None), f"which has no patch port for {NET} there"),
    ],
)
def test_why_it_does_not(ovs: OpenVswitch, note: str) -> None:
    heard = stays_out(Uplink("br-ex", "bond0", 1), probe(), ovs)
    assert heard.verdict == "drop"
    assert heard.note.endswith(note)


HERE = {"ovn-encap-ip": "172.19.0.12"}


def test_what_comes_out_of_a_tunnel_is_what_the_other_node_has_sent() -> None:
    other = replace(SENT, dst="172.19.0.13")
    sender = Sender("worker-1", node(), trace(tunnels=(other, SENT)))
    assert out_of_tunnel(probe(), node(ids=HERE), sender) == SENT


def test_what_is_sent_to_another_node_does_not_come() -> None:
    sender = Sender("worker-1", node(), trace(tunnels=(replace(SENT, dst="172.19.0.13"),)))
    heard = out_of_tunnel(probe(), node(ids=HERE), sender)
    assert isinstance(heard, Heard)
    assert (heard.verdict, heard.note) == (
        "drop",
        "worker-1 sends it to 172.19.0.13, and worker-2 is 172.19.0.12",
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("no such bridge", "ofproto/trace on worker-1: no such bridge"),
        (trace(leaves=False), "by ofproto/trace on worker-1 it does not leave it"),
        (trace(), "by ofproto/trace on worker-1 it shows no Geneve tunnel with OVN's keys"),
    ],
)
def test_what_a_tunnel_would_carry_may_not_be_known(said: OpenflowTrace | str, why: str) -> None:
    found = out_of_tunnel(probe(), node(ids=HERE), Sender("worker-1", node(), said))
    assert isinstance(found, str)
    assert found.startswith("what the tunnel would carry is not known: ")
    assert found.endswith(why)


def test_the_kernel_chooses_the_source_which_is_the_senders_address() -> None:
    said = trace(tunnels=(replace(SENT, src=""),))
    ids = {"system-id": "x", "ovn-encap-ip": "172.19.0.1", "ovn-encap-ip-x": "172.19.0.11,10.0.0.1"}
    assert out_of_tunnel(probe(), node(ids=HERE), Sender("w", node(ids=ids), said)) == SENT
    unknown = out_of_tunnel(probe(), node(ids=HERE), Sender("w", "not read", said))
    assert unknown == "what address w sends tunnels from is not known"


def test_the_packet_out_of_a_tunnel_as_ofproto_trace_takes_it() -> None:
    routed = replace(SENT, eth_src="0a:58:0a:84:04:01", ttl=63)
    flow = tunnel_flow(probe(), node(), routed)
    assert flow == (
        "in_port=11,tun_id=0x7,tun_src=172.19.0.11,tun_dst=172.19.0.12,tun_metadata0=0x30002,icmp,"
        "dl_src=0a:58:0a:84:04:01,dl_dst=0a:58:c0:a8:4d:5b,"
        "nw_src=192.168.77.92,nw_dst=192.168.77.91,nw_ttl=63,icmp_type=8,icmp_code=0"
    )


def test_a_node_without_a_tunnel_to_the_sender_gets_nothing() -> None:
    heard = tunnel_flow(probe(), node(), replace(SENT, src="172.19.0.13"))
    assert isinstance(heard, Heard)
    assert heard.note == "br-int has no Geneve port for 172.19.0.13 there"
