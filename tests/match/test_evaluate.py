"""Truth in three values, and the terms that decide."""

import pytest

from ovntrace.match import (
    Addresses,
    FieldError,
    Missing,
    Packet,
    Ports,
    explain,
    parse,
    parse_microflow,
    symbols_of,
    truth,
    version_of,
)
from ovntrace.match.members import MISSING

TCP = 'inport == "a" && eth.dst == 01:00:5e:00:00:01 && ip4.src == 10.0.0.1 && tcp.dst == 80'


class Names:
    def address_set(self, name: str) -> Addresses | Missing:
        sets = {"v4": ["10.0.0.0/24", "192.168.0.1"], "v6": ["fd00::1"], "empty": []}
        return Addresses(sets[name]) if name in sets else MISSING

    def port_group(self, name: str) -> Ports | Missing:
        return Ports(["a", "b"]) if name == "pg" else MISSING


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tcp.dst == 80", True),
        ("tcp.dst == {443, 80}", True),
        ("!(tcp.dst == 80)", False),
        ("!(udp.dst == 80)", False),
        ("!ip4.mcast", True),
        ("eth.mcast", True),
        ("ip6.src == 10.0.0.1", False),
        ("tcp.src < 1", True),
        ("0 < tcp.dst <= 80", True),
        ("inport == @pg", True),
        ('outport == ""', True),
        ('outport == "none"', True),
        ("ip4.src == $v4", True),
        ("ip4.src != $v4", False),
        ("ip4.src != $empty", True),
        ("arp.op == 0", False),
        ("ct.new", False),
        ("!ct.new", False),
        ('inport == "none"', False),
    ],
)
def test_values(text: str, value: bool) -> None:
    assert truth(parse(text, names=Names()), parse_microflow(TCP)) is value


def test_ip4_src_not_in_an_empty_set_is_true_of_arp() -> None:
    arp = parse_microflow("arp && arp.op == 1")
    assert truth(parse("ip4.src != $empty", names=Names()), arp) is True
    assert truth(parse("ip4.src != $v4", names=Names()), arp) is False


def test_names_that_are_not_known_decide_only_where_they_must() -> None:
    packet = parse_microflow(TCP)
    assert truth(parse("ip4.src == $nope"), packet) is None
    assert truth(parse("ip6.src == $nope"), packet) is False
    assert truth(parse("ip4.src == {10.0.0.1, $nope}"), packet) is True
    assert explain(parse("tcp && ip4.src == $nope && inport == @pg"), packet).missing == (
        "$nope",
        "@pg",
    )


def test_residency_is_asked_of_the_caller() -> None:
    packet = parse_microflow(TCP)
    expr = parse('is_chassis_resident("lrp")')
    assert truth(expr, packet) is None
    assert truth(expr, packet, lambda port: port == "lrp") is True
    assert truth(parse('!is_chassis_resident("lrp")'), packet, lambda _: True) is False
    assert explain(expr, packet).missing == ('is_chassis_resident("lrp")',)


def test_fields_that_are_not_set_in_a_partial_packet() -> None:
    packet = parse_microflow("tcp.dst == 80 && tcp.src[0..3] == 2", partial=True)
    assert explain(parse("tcp.dst == 80"), packet).missing == ("eth.type",)
    assert truth(parse("udp"), packet) is False
    assert truth(parse("tcp.src == 3"), packet) is False
    assert truth(parse("tcp.src[0..3] == 2 && ip4"), packet) is None
    ip4 = packet.with_fields({"eth.type": 0x800})
    assert truth(parse("tcp.src[0..3] == 2"), ip4) is True
    assert truth(parse("tcp.src > 1"), ip4) is True
    assert truth(parse("tcp.src > 0x8000"), ip4) is None
    assert explain(parse('inport == "a" || ip4.src == 1.2.3.4'), ip4).missing == (
        "inport",
        "ip4.src",
    )


def test_the_terms_that_decided() -> None:
    packet = parse_microflow(TCP)
    failed = explain(parse('inport == "a" && ip4.src == 10.0.0.9 && udp.dst == 53'), packet)
    assert failed.value is False
    assert [str(term) for term in failed.terms] == ["ip4.src == 0xa000009", "udp.dst == 0x35"]
    assert [term.prerequisite for term in failed.terms] == [None, "udp"]
    held = explain(parse('(inport == "b" || tcp.dst == 80) && ip4'), packet)
    assert [str(term) for term in held.terms] == ["tcp.dst == 0x50", "ip4"]


def test_fields_by_name() -> None:
    packet = Packet.of({"eth.type": 0x800, "ip.proto": 6, "ip4.src": "10.0.0.1", "reg0": 0x80})
    assert truth(parse("reg0[7] == 1 && ip4.src == 10.0.0.1 && tcp.dst == 0"), packet) is True
    tracked = packet.with_ct(["new"])
    assert truth(parse("ct.new && !ct.est && ct.trk"), tracked) is True
    assert truth(parse("ct.new"), packet) is False
    part = Packet.of({"ct.est": 1}, complete=False)
    assert truth(parse("ct_state[1]"), part) is True
    assert truth(parse("ct.est"), part) is None
    assert truth(parse("ct.est"), part.with_fields({"ct.trk": 1})) is True


@pytest.mark.parametrize(
    "fields",
    [
        {"nosuch": 1},
        {"ip4": 1},
        {"inport": 1},
        {"tcp.dst": 65536},
        {"tcp.dst": -1},
        {"ip4.src": "10.0.0"},
        {"ip4.src": "fd00::1"},
    ],
)
def test_fields_that_can_not_be(fields: dict[str, int | str]) -> None:
    with pytest.raises(FieldError):
        Packet.of(fields)


def test_numbers_of_ports_are_small_but_not_known() -> None:
    packet = parse_microflow(TCP)
    assert truth(parse("from_evpn_vtep"), packet) is False
    assert truth(parse("__inport == 3"), packet) is None
    assert truth(parse("__outport == 0"), packet) is True


def test_versions_differ() -> None:
    unicast = "eth.dst == 1 && ip4.dst == 224.0.0.1 && ip.proto == 2"
    old, new = (symbols_of(version_of(name)) for name in ("24.03", "24.09"))
    assert truth(parse("igmp", old), parse_microflow(unicast, old)) is True
    assert truth(parse("igmp", new), parse_microflow(unicast, new)) is False


def test_members_that_are_no_address_are_left_out_and_told() -> None:
    addresses = Addresses(["10.0.0.1", "nonsense", "10.0.0.2 with a tail", ""])
    assert addresses.skipped == ("nonsense", "")
    assert [constant.value & 0xFF for constant in addresses.constants] == [1, 2]
