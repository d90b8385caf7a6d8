"""Interfaces from `ip address`, as JSON and as text of iproute2 and busybox."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parse.ip_json import parse_ip_json
from collectors.parse.ip_netns import parse_ip_netns
from collectors.parse.ip_text import parse_ip_text
from ovntrace.model.links import Links

REPORT = b"""\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
3: net1@if56: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP group default
    link/ether 0a:58:c0:a8:4d:5b brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 192.168.77.91/24 brd 192.168.77.255 scope global net1
       valid_lft forever preferred_lft forever
    inet6 fe80::858:c0ff:fea8:4d5b/64 scope link
56: a51a8137f92b2_3@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue master ovs-system state UP group default
    link/ether 7e:03:ea:89:f1:48 brd ff:ff:ff:ff:ff:ff link-netns 23fb7f53-6063-4954-9aa7-07c271699e72
6: podffec3d98bf3: <BROADCAST,NOARP> mtu 1400 qdisc noop state DOWN group default qlen 1000
    link/ether 02:00:a3:00:00:01 brd ff:ff:ff:ff:ff:ff
"""  # noqa: E501

BUSYBOX = b"""\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
3: net1@if56: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1400 qdisc noqueue qlen 1000
    link/ether 0a:58:c0:a8:4d:5c brd ff:ff:ff:ff:ff:ff
    inet 192.168.77.92/24 scope global net1
       valid_lft forever preferred_lft forever
"""


def _links(parsed: Links | str) -> Links:
    assert isinstance(parsed, Links)
    return parsed


def test_text_of_iproute2() -> None:
    links = _links(parse_ip_text(REPORT))
    net1 = links.by_name("net1")
    assert net1 is not None
    assert (net1.ifindex, net1.peer_ifindex, net1.mtu) == (3, 56, 1400)
    assert net1.addresses == ("192.168.77.91/24", "fe80::858:c0ff:fea8:4d5b/64")
    assert (net1.mac, net1.operstate, net1.link_netnsid) == ("0a:58:c0:a8:4d:5b", "UP", 0)
    host = links.by_ifindex(56)
    assert host is not None
    assert (host.master, host.link_netns) == ("ovs-system", "23fb7f53-6063-4954-9aa7-07c271699e72")
    dummy = links.by_mac("02:00:A3:00:00:01")[0]
    assert not dummy.is_up
    lo = links.by_name("lo")
    assert lo is not None
    assert lo.mac == "00:00:00:00:00:00"


def test_text_of_busybox_prints_no_state() -> None:
    net1 = _links(parse_ip_text(BUSYBOX)).by_name("net1")
    assert net1 is not None
    assert net1.operstate is None
    assert net1.is_up
    assert net1.has_carrier
    assert (net1.peer_ifindex, net1.mtu, net1.counters) == (56, 1400, None)


def test_json_of_a_dummy() -> None:
    data = (Path(__file__).parent / "ip_dummy.json").read_bytes()
    dummy = _links(parse_ip_json(data)).by_name("podffec3d98bf3")
    assert dummy is not None
    assert dummy.info_kind == "dummy"
    assert dummy.mac == "02:00:a3:00:00:01"
    assert not dummy.is_up
    assert dummy.counters == {"rx_dropped": 0, "rx_errors": 0, "tx_dropped": 0, "tx_errors": 0}
    nic = _links(parse_ip_json(data)).by_name("ffec3d98bf3-nic")
    assert nic is not None
    assert (nic.peer_ifindex, nic.link_netnsid, nic.master) == (148, 0, "k6t-ffec3d98bf3")


@pytest.mark.parametrize("data", [b"", b"null", b'{"a": 1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_list_of_interfaces(data: bytes) -> None:
    assert isinstance(parse_ip_json(data), str)


@given(st.binary(max_size=300))
def test_any_bytes_as_text(data: bytes) -> None:
    assert isinstance(parse_ip_text(data), (Links, str))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["ifname", "ifindex", "flags", "linkinfo"]),
            st.none() | st.integers() | st.text() | st.lists(st.integers()),
        )
    )
)
def test_any_list_as_json(document: list[dict[str, object]]) -> None:
    assert isinstance(parse_ip_json(json.dumps(document).encode()), Links)


def test_names_of_namespaces() -> None:
    data = b'[{"nsid":0,"name":"a"},{"nsid":1},{"name":"b"},3]'
    assert parse_ip_netns(data) == {0: "a"}
    assert parse_ip_netns(b"") == {}
    assert isinstance(parse_ip_netns(b"{}"), str)
