"""The fast way to read a microflow comes to the packet of the thorough one."""

import gzip
import json
from random import Random

import pytest

from ovntrace.match import NEWEST, MatchError, parse_microflow, symbols_of
from ovntrace.verdict import microflow
from tests import captured
from tests.verdict.policies import PORTS, random_flow
from tests.verdict.truth import CAPTURES

TABLE = symbols_of(NEWEST)


def same(text: str) -> bool:
    ours, theirs = microflow.read_microflow(text, TABLE), parse_microflow(text, TABLE)
    return (ours.numbers, ours.ports) == (theirs.numbers, theirs.ports)


def test_flows_of_the_captures() -> None:
    for capture in CAPTURES:
        data = (captured.FOLDER / f"truth-{capture}.jsonl.gz").read_bytes()
        flows = [json.loads(line)["flow"] for line in gzip.decompress(data).splitlines()[::7]]
        assert len(flows) > 400
        assert all(same(flow) for flow in flows)


def test_random_flows() -> None:
    random = Random(5)
    flows = [random_flow(random, (*PORTS, "ln", "rp")).microflow for _ in range(1500)]
    assert [flow for flow in flows if not same(flow)] == []


@pytest.mark.parametrize(
    "text",
    [
        'inport == "a" && eth.src == 0a:00:00:00:00:01/ff:ff:ff:ff:ff:00 && arp',
        "vlan.vid == 3 && vlan.pcp == 1",
        "ct.new && ip4",
        "(ip4 || ip4) && tcp.dst == 80",
        "ip4.src[0..7] == 3",
        "tcp.dst == 80 && ip6",
        "!vlan.present && ip4.mcast",
        "eth.type == 0x800 && ip4.src == 1.2.3.4",
        'inport == "a && b" && ip4',
        'inport == "a\\"b" && ip4',
        'inport == "a" && inport == "b" && ip4',
        "ip4 && tcp.dst == 80 && tcp.dst == 80",
        "ip4 && tcp.dst == 80 && tcp.dst == 81",
        "ip4 && tcp.dst == 0x50",
        "ip4 && tcp.dst == 99999",
        "ip4 && tcp.dst == \u00b2",
        "ip4.src == 1.2.3.4/8",
        "vlan.tci == 5 && vlan.vid == 3",
        "ip.ttl == 64 && icmp6.type == 128",
        "ct.new == 1 && ip4",
        "ip4.src == 1.2.3.4 && ip6.src == ::1",
        "inport == 0 && ip4",
        'eth.src == "a"',
        "",
    ],
)
def test_unusual_ones(text: str) -> None:
    try:
        parse_microflow(text, TABLE)
    except MatchError as error:
        with pytest.raises(MatchError) as found:
            microflow.read_microflow(text, TABLE)
        assert found.value.message == error.message
    else:
        assert same(text)


def test_plain_ones_do_without_the_normal_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microflow, "parse_microflow", None)
    text = 'inport == "a" && eth.dst == 0a:00:00:00:00:01 && ip4.src == 1.2.3.4 && tcp.dst == 80'
    packet = microflow.read_microflow(text, TABLE)
    assert packet.numbers["ip.proto"] == 6 and packet.numbers["eth.type"] == 0x800


@pytest.mark.parametrize("text", ["tcp.dst == 80", "ip4 && ip6", "ip4.src == ", "udp && tcp"])
def test_what_is_no_microflow_is_refused_alike(text: str) -> None:
    with pytest.raises(MatchError) as theirs:
        parse_microflow(text, TABLE)
    with pytest.raises(MatchError) as ours:
        microflow.read_microflow(text, TABLE)
    assert ours.value.message == theirs.value.message
