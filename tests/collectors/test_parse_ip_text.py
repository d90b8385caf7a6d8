"""Text of `ip -d -s address`, as a sosreport has it, against iproute2's own JSON."""

import subprocess

import pytest

from collectors.parse.ip_json import parse_ip_json
from collectors.parse.ip_text import parse_ip_text
from ovntrace.model.links import Link, Links

DETAILED = b"""\
6: veth1@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc noqueue master br0 state UP group default qlen 1000
    link/ether 4a:87:69:8a:30:13 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 1 minmtu 68 maxmtu 65535
    veth
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off
    altname enp1s0
    altname enx4a87698a3013
    inet 192.0.2.1/24 brd 192.0.2.255 scope global veth1
       valid_lft forever preferred_lft forever
    RX:  bytes packets errors dropped  missed   mcast
          5698      68      1       2       0       0
    TX:  bytes packets errors dropped carrier collsns
         11251      77      3       4       0       0
7: eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 02:fc:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535 addrgenmode none
    inet6 fd00::2/64 scope global nodad
"""  # noqa: E501
_MAKE = """
ip link add v1 type veth peer name v2
ip link add br0 type bridge
ip link add vx0 type vxlan id 5 dstport 4789
ip tuntap add tap0 mode tap
ip link set v1 master br0
ip link property add dev v2 altname another-name
ip address add 192.0.2.1/24 dev br0
ip address add fd00::1/64 dev br0
for each in v1 v2 br0; do ip link set $each up; done
ip -d -s address
echo ----
ip -j -d -s address
"""


def _links(parsed: Links | str) -> Links:
    assert isinstance(parsed, Links)
    return parsed


def test_kind_counters_and_other_names() -> None:
    links = _links(parse_ip_text(DETAILED))
    veth = links.by_name("enp1s0")
    assert veth is not None
    assert (veth.name, veth.info_kind, veth.master) == ("veth1", "veth", "br0")
    assert veth.alt_names == ("enp1s0", "enx4a87698a3013")
    assert veth.addresses == ("192.0.2.1/24",)
    assert (veth.peer_ifindex, veth.link_netnsid) == (7, 0)
    assert veth.counters == {"rx_errors": 1, "rx_dropped": 2, "tx_errors": 3, "tx_dropped": 4}
    physical = links.by_name("eth0")
    assert physical is not None
    assert (physical.info_kind, physical.counters) == (None, None)
    assert physical.addresses == ("fd00::2/64",)


@pytest.mark.parametrize("digits", ["9" * 5000, "²", ""])
def test_numbers_that_are_none(digits: str) -> None:
    header = f"1: lo: <UP> mtu {digits} qdisc noqueue state UNKNOWN\n"
    parsed = parse_ip_text(header.encode())
    if digits:
        assert _links(parsed).links[0].mtu is None
    assert parse_ip_text(f"{digits}: lo: <UP> mtu 1\n".encode()) == "no interface in it"
    assert _links(parse_ip_text(f"1: a@if{digits}: <UP> mtu 1\n".encode())).links[0].name == "a"


@pytest.mark.lab
def test_the_text_says_what_the_json_says() -> None:
    done = subprocess.run(
        ["unshare", "-n", "sh", "-ec", _MAKE], capture_output=True, check=True, timeout=30
    )
    text, _, document = done.stdout.partition(b"----\n")
    ours, theirs = _links(parse_ip_text(text)), _links(parse_ip_json(document))
    assert len(theirs.links) >= 6
    assert [_plain(link) for link in ours.links] == [_plain(link) for link in theirs.links]
    # Only the text's form resolves the other end of a veth within the namespace.
    v1, v2 = ours.by_name("v1"), ours.by_name("another-name")
    assert v1 is not None
    assert v2 is not None
    assert (v1.peer_ifindex, v2.peer_ifindex) == (v2.ifindex, v1.ifindex)


def _plain(link: Link) -> dict[str, object]:
    return {
        name: getattr(link, name)
        for name in Link.__slots__
        # Packets may come between the two commands.
        if name not in ("peer_ifindex", "counters")
    } | {"counted": sorted(link.counters or ())}
