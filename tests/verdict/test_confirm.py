"""The packet as the tools take it, and what their answers come to."""

import ipaddress
from dataclasses import replace

import pytest

from ovntrace.match import NEWEST, parse_microflow, symbols_of
from ovntrace.model.northbound import Acl
from ovntrace.model.tooltrace import (
    LogicalFlow,
    LogicalStep,
    LogicalTrace,
    OpenflowOutput,
    OpenflowStep,
    OpenflowTrace,
)
from ovntrace.verdict.confirm import (
    Heard,
    acl_of,
    heard_of_egress,
    heard_of_logical,
    heard_of_openflow,
    heard_of_routed,
)
from ovntrace.verdict.confirm_packet import microflow, openflow
from ovntrace.verdict.packets import Wire
from ovntrace.verdict.switchacl import SwitchAcl

PING = Wire(
    "0A:58:c0:a8:4d:5c",
    "0a:58:c0:a8:4d:5b",
    ipaddress.ip_address("192.168.77.92"),
    ipaddress.ip_address("192.168.77.91"),
    "icmp",
    None,
    None,
)
V6 = replace(
    PING, src=ipaddress.ip_address("fd00::1"), dst=ipaddress.ip_address("fd00::2"), proto="tcp"
)


@pytest.mark.parametrize(
    "wire",
    [
        PING,
        PING.answer(),
        replace(PING, proto="udp", sport=50000, dport=53),
        replace(V6, sport=50000, dport=443),
        replace(V6, proto="icmp"),
        replace(PING, proto="sctp", sport=1, dport=2),
    ],
)
def test_the_microflow_is_the_packet_that_was_judged(wire: Wire) -> None:
    table = symbols_of(NEWEST)
    said = parse_microflow(microflow('a"b\\c', wire), table)
    judged = wire.packet(table).with_fields({"inport": 'a"b\\c'})
    # A field that is not named is zero.
    assert {k: v for k, v in said.numbers.items() if v} == {
        k: v for k, v in judged.numbers.items() if v
    }
    assert said.ports == judged.ports


def test_openflow_of_a_ping_and_of_a_tagged_one() -> None:
    words = (
        "dl_src=0a:58:c0:a8:4d:5c,dl_dst=0a:58:c0:a8:4d:5b,"
        "nw_src=192.168.77.92,nw_dst=192.168.77.91,nw_ttl=64,icmp_type=8,icmp_code=0"
    )
    assert openflow(6, PING) == f"in_port=6,icmp,{words}"
    assert openflow(6, PING, 77) == f"in_port=6,dl_vlan=77,icmp,{words}"


def test_openflow_of_ipv6() -> None:
    text = openflow(1, replace(V6, sport=50000, dport=443))
    assert text.startswith("in_port=1,tcp6,")
    assert text.endswith("ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_ttl=64,tcp_src=50000,tcp_dst=443")
    assert openflow(1, replace(V6, proto="icmp")).endswith("icmpv6_type=128,icmpv6_code=0")


def test_flows_of_another_port_are_not_the_packets() -> None:
    steps = (
        LogicalStep("ls_in_acl", "aaaaaaaa", ""),
        LogicalStep("ls_out_acl", "bbbbbbbb", "other"),
        LogicalStep("ls_out_acl", "cccccccc", "wanted"),
    )
    heard = heard_of_logical(LogicalTrace(steps, ("other", "wanted"), rejects=False), "wanted")
    assert (heard.verdict, heard.flows) == ("allow", ("aaaaaaaa", "cccccccc"))
    elsewhere = heard_of_logical(LogicalTrace(steps, ("other",), rejects=False), "wanted")
    assert elsewhere.verdict == "drop"


def test_of_a_port_on_another_node_ovn_trace_tells_more_than_this_node_does() -> None:
    steps = (
        LogicalStep("ls_in_acl", "aaaaaaaa", ""),
        LogicalStep("ls_out_acl", "cccccccc", "far"),
    )
    dropped_there = LogicalTrace(steps, (), rejects=False)
    assert heard_of_logical(dropped_there, "far").verdict == "drop"
    heard = heard_of_logical(dropped_there, "far", is_elsewhere=True)
    assert (heard.verdict, heard.flows) == ("allow", ("aaaaaaaa",))
    dropped_here = LogicalTrace(steps[:1], (), rejects=False)
    assert heard_of_logical(dropped_here, "far", is_elsewhere=True).verdict == "drop"


def test_of_the_end_of_a_tunnel_only_the_egress_pipeline_counts() -> None:
    steps = (
        LogicalStep("ls_in_acl", "aaaaaaaa", ""),
        LogicalStep("ls_out_acl", "bbbbbbbb", "other"),
        LogicalStep("ls_out_acl", "cccccccc", "pod"),
    )
    given = LogicalTrace(steps, ("pod",), rejects=False)
    assert heard_of_egress(given, "pod", "remote") == Heard("allow", ("cccccccc",))
    assert heard_of_egress(LogicalTrace(steps, (), rejects=False), "pod", "remote") == Heard(
        "drop", ("cccccccc",)
    )
    ended = heard_of_egress(LogicalTrace(steps[:1], (), rejects=False), "pod", "remote")
    assert ended == (
        "it ends before pod's egress pipeline: it takes the packet through the ingress pipeline of "
        "remote first, which a tunnel does not"
    )


def test_before_routers_it_counts_that_it_gets_to_the_other_node() -> None:
    steps = (
        LogicalStep("ls_in_acl", "aaaaaaaa", ""),
        LogicalStep("ls_out_acl", "cccccccc", "pod"),
    )
    dropped_there = LogicalTrace(steps, ("rtos",), rejects=False)
    assert heard_of_routed(dropped_there, "pod", ()) == Heard("allow", ("aaaaaaaa",))
    to_a_zone = LogicalTrace(steps[:1], ("rtos", "tstor"), rejects=False)
    assert heard_of_routed(to_a_zone, "pod", {"tstor"}) == Heard("allow", ("aaaaaaaa",))
    assert heard_of_routed(to_a_zone, "pod", ()).verdict == "drop"


STEP = OpenflowStep("br-int", 65, 100, "aaaaaaaa")


@pytest.mark.parametrize(
    ("port", "wanted", "leaves", "rejects", "verdict"),
    [
        (6, 6, True, False, "allow"),
        (6, None, True, False, "allow"),
        (6, 7, True, False, "drop"),
        (6, 6, False, False, "drop"),
        (None, 6, False, False, "drop"),
        (None, 6, False, True, "reject"),
    ],
)
def test_what_openflow_comes_to(
    port: int | None, wanted: int | None, leaves: bool, rejects: bool, verdict: str
) -> None:
    outputs = (OpenflowOutput("br-int", port, 1),) if port else ()
    heard = heard_of_openflow(OpenflowTrace((STEP,), outputs, leaves, rejects, ""), wanted)
    assert heard.verdict == verdict


def test_what_another_bridge_drops_is_said() -> None:
    trace = OpenflowTrace((STEP,), (OpenflowOutput("br-int", 6, 1),), False, False, "drop")
    assert "port 6 of br-int" in heard_of_openflow(trace, 6).note


def test_the_openflow_flow_that_drops_is_named() -> None:
    note = heard_of_openflow(OpenflowTrace((STEP,), (), False, False, "drop"), 6).note
    assert note == "at table 65, priority 100, cookie 0xaaaaaaaa"
    by_hand = OpenflowStep("br-int", 0, 65000, "")
    note = heard_of_openflow(OpenflowTrace((by_hand,), (), False, False, "drop"), 6).note
    assert note == "at table 0, priority 65000, no cookie"


def test_copies_to_several_ports_name_no_flow_of_their_own() -> None:
    outputs = (OpenflowOutput("br-int", 6, 1), OpenflowOutput("br-int", 7, 1))
    assert heard_of_openflow(OpenflowTrace((STEP,), outputs, True, False, "1,2"), 6).is_copied


def _acl(uuid: str, match: str, priority: int, stage: str = "ls_in_acl") -> SwitchAcl:
    acl = Acl(
        uuid=uuid,
        name="",
        direction="from-lport",
        priority=priority,
        match=match,
        action="drop",
        tier=0,
        external_ids={},
        options={},
    )
    return SwitchAcl(acl, None, stage, (0, -priority, uuid))


ACLS = (
    _acl("11111111-0000-0000-0000-000000000000", "ip4", 1000),
    _acl("22222222-0000-0000-0000-000000000000", "ip4", 1001),
    _acl("33333333-0000-0000-0000-000000000000", "ip4", 1001, "ls_out_acl"),
)


@pytest.mark.parametrize(
    ("flow", "uuid"),
    [
        (LogicalFlow("ls_in_acl", "11111111", "reg0[9] == 1 && (ip4)", 2000), "11111111"),
        (LogicalFlow("ls_in_acl_eval", "11111111"), "11111111"),
        # northd has kept the flow of an ACL that is not there any more.
        (LogicalFlow("ls_in_acl", "99999999", "reg0[9] == 1 && (ip4)", 2001), "22222222"),
        (LogicalFlow("ls_out_acl_eval", "99999999", "(reg0[9] == 1) && ip4", 2001), "33333333"),
        (LogicalFlow("ls_in_acl", "99999999", "ip6", 2001), None),
        (LogicalFlow("ls_in_acl", "99999999", "ip4", 2002), None),
        (LogicalFlow("ls_in_acl", "", "ip4", 2001), None),
        (LogicalFlow("ls_in_l2_lkup", "11111111", "ip4", 2000), None),
    ],
)
def test_the_acl_that_a_flow_was_made_of(flow: LogicalFlow, uuid: str | None) -> None:
    found = acl_of(flow, ACLS)
    assert (found.acl.uuid[:8] if found else None) == uuid
