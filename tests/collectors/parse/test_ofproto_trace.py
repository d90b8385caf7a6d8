"""ofproto/trace's output as recorded in the lab, cut off, and whatever else comes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parse.ofproto_trace import parse_ofproto_trace
from ovntrace.model.tooltrace import OpenflowTrace

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> OpenflowTrace:
    """A recorded answer, read."""
    trace = parse_ofproto_trace((RECORDED / f"ofproto-trace-{name}.txt").read_bytes())
    assert isinstance(trace, OpenflowTrace)
    return trace


@pytest.mark.parametrize(("version", "port"), [("23.03", 6), ("25.03", 4)])
def test_an_allowed_packet_leaves_after_two_recirculations(version: str, port: int) -> None:
    trace = recorded(f"{version}-allow")
    assert [(output.bridge, output.port) for output in trace.outputs] == [("br-int", port)]
    assert trace.leaves
    assert not trace.rejects
    tables = [step.table for step in trace.steps]
    assert (tables[0], tables[-1]) == (0, 65)


@pytest.mark.parametrize(("version", "cookie"), [("23.03", "cefead4f"), ("25.03", "041663b0")])
def test_a_dropped_packet_ends_with_the_flow_that_drops_it(version: str, cookie: str) -> None:
    trace = recorded(f"{version}-drop")
    assert trace.outputs == ()
    assert trace.actions == "drop"
    assert not trace.leaves
    assert not trace.rejects
    # Leading zeros are not printed: 0x41663b0 is the flow 041663b0.
    assert trace.steps[-1].cookie == cookie


@pytest.mark.parametrize("version", ["23.03", "25.03"])
def test_a_reject_goes_to_the_controller_and_nowhere_else(version: str) -> None:
    trace = recorded(f"{version}-reject")
    assert trace.rejects
    assert not trace.leaves
    assert trace.outputs == ()


def test_what_another_bridge_does_is_not_the_packets_way() -> None:
    trace = recorded("23.03-flood")
    assert {step.bridge for step in trace.steps} == {"br-int"}
    assert [(output.bridge, output.port) for output in trace.outputs] == [("br-int", 13)]
    assert trace.steps[-1].table == 65
    assert trace.leaves


def test_what_leaves_in_a_tunnel_is_told() -> None:
    trace = recorded("23.03-tunnel")
    [tunnel] = trace.tunnels
    assert (tunnel.vni, tunnel.metadata) == (0xFF0014, 0x20004)
    assert (tunnel.src, tunnel.dst) == ("172.19.0.11", "172.19.0.12")
    assert (tunnel.eth_src, tunnel.eth_dst, tunnel.ttl) == (None, None, None)


def test_by_which_port_another_bridge_is_entered() -> None:
    """The frame has no tag: of the other localnet port's patch port no flow tells."""
    entries = recorded("23.03-uplink").entries
    assert [(entry.bridge, entry.port) for entry in entries] == [("br-int", 10), ("br-int", None)]
    assert recorded("23.03-allow").entries == ()


@pytest.mark.parametrize(
    ("actions", "leaves"),
    [
        ("drop", False),
        ("8", True),
        ("ct(commit,zone=30,mark=0/0x1,nat(src)),8", True),
        ("ct(zone=26),recirc(0x7)", False),
        ("userspace(pid=0,controller(reason=1,recirc_id=11,max_len=65535))", False),
        ("set(tunnel(tun_id=0x1,dst=1.2.3.4)),3", True),
        ("clone(ct_clear,5),recirc(0x2)", True),
        ("push_vlan(vid=5,pcp=0),2", True),
        ("tnl_push(tnl_port(3),header(size=50,type=5),out_port(1))", True),
        ("trunc(100)", False),
    ],
)
def test_which_actions_give_the_packet_to_a_port(actions: str, leaves: bool) -> None:
    text = f'bridge("br-int")\n 0. priority 0\n\nDatapath actions: {actions}\n'
    trace = parse_ofproto_trace(text.encode())
    assert isinstance(trace, OpenflowTrace)
    assert trace.leaves is leaves


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("unknown bridge br-int\n", "unknown bridge br-int"),
        ('bridge("br-int")\n 0. priority 0\n    drop\n', "ends before"),
        ("", "printed nothing"),
    ],
)
def test_no_answer_is_said_in_its_words(text: str, said: str) -> None:
    answer = parse_ofproto_trace(text.encode())
    assert isinstance(answer, str)
    assert said in answer


@given(st.integers(0, 20_000), st.binary(max_size=40))
def test_cut_and_garbled_answers_never_raise(at: int, noise: bytes) -> None:
    data = (RECORDED / "ofproto-trace-23.03-flood.txt").read_bytes()
    parse_ofproto_trace(data[:at] + noise + data[at + len(noise) :])
    parse_ofproto_trace(noise)
