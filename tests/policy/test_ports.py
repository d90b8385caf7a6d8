"""Which entries of a rule's `ports` are in an ACL."""

import pytest

from ovntrace.policy.ports import NamedPort, named_ports, ports_of, ports_with, protocol_of
from ovntrace.policy.ruleport import RulePort

_MIXED = [
    {"protocol": "TCP", "port": "web"},
    {"protocol": "UDP", "port": 53},
    {"port": 8443},
    {"protocol": "TCP", "port": 9000, "endPort": 9010},
]


def _indexes(entries: object, word: str | None, match: str) -> list[int] | None:
    assert isinstance(entries, list)
    found = ports_of(entries, word, match, protocol_of(word, match))
    return None if found is None else [one.index for one in found]


@pytest.mark.parametrize(
    ("word", "match", "indexes"),
    [
        ("tcp", "ip4 && tcp && (tcp.dst==8443 || 9000<=tcp.dst<=9010)", [2, 3]),
        ("udp", "ip4 && udp && udp.dst==53", [1]),
        # Before endPort was kept: its first port alone.
        ("tcp", "ip4 && tcp && tcp.dst=={8443,9000}", [2, 3]),
        (None, "ip4 && tcp && tcp.dst==8443", [2]),
        # The object is not what OVN has.
        ("tcp", "ip4 && tcp && tcp.dst==8444", None),
        ("tcp", "ip4 && tcp && tcp.dst=={8443,1}", None),
        ("tcp", "ip4 && tcp", None),
        ("sctp", "ip4 && sctp", None),
        ("None", "ip4", None),
        ("tcp", "ip4 && tcp && tcp.dst==" + "9" * 5000, None),
    ],
)
def test_the_numbers_of_a_match_say_which(
    word: str | None, match: str, indexes: list[int] | None
) -> None:
    assert _indexes(_MIXED, word, match) == indexes


def test_a_name_alone_is_the_whole_protocol() -> None:
    assert _indexes(_MIXED[:2], "tcp", "ip4 && tcp && inport == @a1") == [0]
    assert _indexes([{"protocol": "SCTP"}], "sctp", "ip4 && sctp") == [0]


def test_a_rule_without_ports() -> None:
    assert _indexes([], "None", "ip4 && inport == @tcp") == []
    assert _indexes([], None, "ip4 && inport == @tcp && ip4.src == $udp") == []


def test_adminnetworkpolicies() -> None:
    entries = [
        {"portNumber": {"protocol": "UDP", "port": 53}},
        {"portRange": {"protocol": "TCP", "start": 1, "end": 1023}},
        {"namedPort": "http"},
    ]
    assert _indexes(entries, "tcp", "tcp && 1<=tcp.dst<=1023") == [1]
    assert _indexes(entries, "tcp-namedPort", "tcp && ((ip4.dst == 1.1.1.1 && tcp.dst == 80))") == [
        2
    ]
    two = [*entries, {"namedPort": "https"}]
    assert _indexes(two, "tcp-namedPort", "tcp && ((ip4.dst == 1.1.1.1 && tcp.dst == 80))") is None


def test_a_protocol_is_told_only_if_it_is_one() -> None:
    assert protocol_of("tcp-namedPort", "") == "TCP"
    assert protocol_of("None", "tcp") is None
    assert protocol_of(None, "((udp && ( udp.dst == 53 )) || (tcp && ( tcp.dst == 53 )))") is None


def test_entries_with_a_packet_s_port() -> None:
    ports = (RulePort(0, "TCP", "80"), RulePort(1, "TCP", "80-90"), RulePort(2, "UDP", "85"))
    assert [one.index for one in ports_with(ports, "TCP", 80)] == [0, 1]
    assert [one.index for one in ports_with(ports, "TCP", 85)] == [1]
    names = (RulePort(0, "TCP", "web"), RulePort(1, "TCP", None))
    assert ports_with(names, "TCP", 80) == names


@pytest.mark.parametrize("entry", [None, 5, {}, {"port": []}, {"portRange": 7}, {"protocol": 6}])
def test_entries_of_another_shape_are_no_crash(entry: object) -> None:
    assert _indexes([entry], "tcp", "tcp && tcp.dst==80") is None


def test_ports_by_name_with_their_place() -> None:
    rules = {"ingress": [{"ports": _MIXED}], "egress": [{}, {"ports": [{"port": "dns"}, {}]}]}
    assert named_ports({"spec": rules}) == [
        NamedPort("Ingress", 0, RulePort(0, "TCP", "web")),
        NamedPort("Egress", 1, RulePort(0, "TCP", "dns")),
    ]


@pytest.mark.parametrize("policy", [{}, {"spec": 3}, {"spec": {"ingress": [1, {"ports": 2}]}}])
def test_what_is_no_policy_names_no_port(policy: dict[str, object]) -> None:
    assert named_ports(policy) == []
