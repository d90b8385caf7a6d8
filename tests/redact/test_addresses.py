"""Stand-ins for addresses: subnets keep what they contain, and what is fixed stays."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from ovntrace.redact.addresses import FIXED, AddressStandIns

KEY = b"a key"
V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
V6 = st.one_of(st.just(0xFD00 << 112), st.just(0x2001 << 112)).flatmap(
    lambda top: st.integers(0, 2**112 - 1).map(lambda low: ipaddress.IPv6Address(top | low))
)


def _shared(a: int, b: int, width: int) -> int:
    return width - (a ^ b).bit_length()


@given(V4, st.integers(0, 2**24 - 1))
def test_ipv4_addresses_share_as_many_first_bits_as_before(
    a: ipaddress.IPv4Address, x: int
) -> None:
    b = ipaddress.IPv4Address(int(a) ^ x)
    stand_ins = AddressStandIns(KEY)
    new_a, new_b = stand_ins.ip(a), stand_ins.ip(b)
    assert _shared(int(new_a), int(new_b), 32) == _shared(int(a), int(b), 32)


@given(V6, st.integers(0, 2**120 - 1))
def test_ipv6_networks_share_as_many_first_bits_as_before(a: ipaddress.IPv6Address, x: int) -> None:
    b = ipaddress.IPv6Address(int(a) ^ (x >> 64 << 64))
    stand_ins = AddressStandIns(KEY)
    new = int(stand_ins.ip(a)) >> 64, int(stand_ins.ip(b)) >> 64
    assert _shared(*new, 64) == min(64, _shared(int(a), int(b), 128))


@given(V4, st.integers(8, 32))
def test_a_network_contains_the_stand_ins_of_what_it_contained(
    address: ipaddress.IPv4Address, length: int
) -> None:
    net = ipaddress.ip_network(f"{address}/{length}", strict=False)
    stand_ins = AddressStandIns(KEY)
    new = stand_ins.network(net.network_address, length)
    assert stand_ins.ip(address) in ipaddress.ip_network(f"{new}/{length}")


def test_the_fixed_stay_and_nothing_becomes_one_of_them() -> None:
    stand_ins = AddressStandIns(KEY)
    for net in FIXED:
        assert stand_ins.ip(net[1]) == net[1]
    for number in range(0, 2**32, 65_521 * 7):
        address = ipaddress.IPv4Address(number)
        if not any(address in net for net in FIXED if net.version == 4):
            assert not any(stand_ins.ip(address) in net for net in FIXED if net.version == 4)


def test_a_mac_address_of_ovn_kubernetes_holds_the_stand_in_of_its_address() -> None:
    stand_ins = AddressStandIns(KEY)
    address = ipaddress.IPv4Address("192.168.77.91")
    mac = b"\x0a\x58" + address.packed
    assert stand_ins.mac(mac) == b"\x0a\x58" + stand_ins.ip(address).packed
    assert stand_ins.ip(address) != address


def test_an_ipv6_address_made_of_a_mac_address_is_made_of_its_stand_in() -> None:
    stand_ins = AddressStandIns(KEY)
    new = stand_ins.mac(bytes.fromhex("525400c0ffee"))
    expected = bytes([new[0] ^ 2]) + new[1:3] + b"\xff\xfe" + new[3:]
    found = stand_ins.ip(ipaddress.IPv6Address("fe80::5054:ff:fec0:ffee"))
    assert found.packed == b"\xfe\x80" + bytes(6) + expected


def test_multicast_and_broadcast_stay() -> None:
    stand_ins = AddressStandIns(KEY)
    for text in ("ffffffffffff", "01005e000005", "3333ff000091", "000000000000"):
        assert stand_ins.mac(bytes.fromhex(text)).hex() == text


def test_another_key_gives_another_stand_in() -> None:
    address = ipaddress.IPv4Address("10.128.3.7")
    assert len({AddressStandIns(bytes([n])).ip(address) for n in range(16)}) > 10
