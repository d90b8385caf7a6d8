"""ovn-trace's output as recorded in the lab, cut off, and whatever else comes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parse.ovn_trace import parse_ovn_trace
from ovntrace.model.tooltrace import LogicalTrace

RECORDED = Path(__file__).parent / "recorded"
PORT = "llm.demo.llm.demo.localnet.network_llm-demo_tinypod"


def recorded(name: str) -> LogicalTrace:
    """A recorded answer, read."""
    trace = parse_ovn_trace((RECORDED / f"ovn-trace-{name}.txt").read_bytes())
    assert isinstance(trace, LogicalTrace)
    return trace


@pytest.mark.parametrize("version", ["23.03", "25.03"])
def test_an_allowed_packet_comes_out_at_its_port(version: str) -> None:
    trace = recorded(f"{version}-allow")
    assert trace.outputs == (PORT,)
    assert not trace.rejects
    stages = [step.stage.removesuffix("_eval") for step in trace.steps]
    assert stages[0] == "ls_in_check_port_sec"
    assert stages[-1] == "ls_out_apply_port_sec"
    assert {"ls_in_acl_after_lb", "ls_out_acl"} <= set(stages)
    for step in trace.steps:
        assert step.outport == (PORT if step.stage.startswith("ls_out") else "")


@pytest.mark.parametrize(
    ("version", "last"), [("23.03", "ls_in_acl_after_lb"), ("25.03", "ls_in_acl_after_lb_action")]
)
def test_a_dropped_packet_ends_in_the_acls_stage(version: str, last: str) -> None:
    trace = recorded(f"{version}-drop")
    assert trace.outputs == ()
    assert not trace.rejects
    assert trace.steps[-1].stage == last


def test_the_flow_that_decided_is_named() -> None:
    assert recorded("23.03-drop").steps[-1].flow == "cefead4f"


@pytest.mark.parametrize(
    ("version", "last"), [("23.03", "ls_out_acl"), ("25.03", "ls_out_acl_action")]
)
def test_what_follows_a_reject_is_not_the_packets(version: str, last: str) -> None:
    trace = recorded(f"{version}-reject")
    assert trace.rejects
    assert trace.outputs == ()
    assert trace.steps[-1].stage == last
    assert trace.steps[-1].outport == PORT


def test_quoted_names() -> None:
    text = (
        'egress(dp="a", inport="b", outport="c\\"\\\\d")\n--\n'
        '/* output to "c\\"\\\\d", type "" */\n'
    )
    trace = parse_ovn_trace(text.encode())
    assert isinstance(trace, LogicalTrace)
    assert trace.outputs == ('c"\\d',)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('unknown datapath "nosuch"\n', 'unknown datapath "nosuch"'),
        ("error parsing flow: Syntax error at end of input\n", "error parsing flow"),
        ("# icmp,reg14=0x1\n", "printed nothing"),
        ("", "printed nothing"),
    ],
)
def test_no_answer_is_said_in_its_words(text: str, said: str) -> None:
    answer = parse_ovn_trace(text.encode())
    assert isinstance(answer, str)
    assert said in answer


@given(st.integers(0, 20_000), st.binary(max_size=40))
def test_cut_and_garbled_answers_never_raise(at: int, noise: bytes) -> None:
    data = (RECORDED / "ovn-trace-25.03-reject.txt").read_bytes()
    parse_ovn_trace(data[:at] + noise + data[at + len(noise) :])
    parse_ovn_trace(noise)
