"""`show` as people paste it: parts of it, broken and joined lines, and hostile text."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.parse.derived import is_derived
from collectors.parse.list_text import ListedText
from collectors.parse.listed_merge import Merged
from collectors.parse.show_northbound import parse_northbound_show
from collectors.parse.show_tree import parse_openvswitch_show, parse_southbound_show
from ovntrace.model.rows import Database

REPORT = Path(__file__).parent / "fieldreport"
NB = (REPORT / "03-ovn-nbctl-show.txt").read_text()
OVS = (REPORT / "05-ovs-vsctl-show.txt").read_text()
SB = """\
Chassis "17b1f051-7ec5-468a-8e1a-ffb8fa9e85bc"
    hostname: master-01-demo
    Encap geneve
        ip: "192.168.99.23"
        options: {csum="true"}
    Port_Binding llm-demo_tinypod
    Port_Binding cr-rtos-master-01-demo
"""
LOCALNET = "localnet.cnv_ovn_localnet_switch"
FERRET = (
    "llm.demo.llm.demo.localnet.network_llm-demo_virt-launcher-centos-stream9-green-ferret-41-ksmzt"
)


def _database(text: ListedText, name: str) -> Database:
    merged = Merged(name)
    for listed in text.listed:
        merged.add(listed)
    return merged.database()


def _ports(database: Database, switch: str) -> dict[str | None, tuple[str, ...]]:
    ports = database.table("Logical_Switch_Port")
    (row,) = database.table("Logical_Switch").by_text("name", switch)
    found = [ports.by_uuid(uuid) for uuid in row.refs("ports")]
    return {port.text("name"): port.texts("addresses") for port in found if port is not None}


def test_a_joined_line_of_the_field_report() -> None:
    """A port's addresses stand behind its name, some hundred blanks to the right."""
    text = parse_northbound_show(NB)
    assert text.troubles == ()
    ports = _ports(_database(text, "nb"), LOCALNET)
    assert ports[FERRET] == ("02:00:a3:00:00:02",)
    assert len(ports) == 6


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_broken_at_the_width_of_a_screen(width: int) -> None:
    whole = (REPORT / "12-ovn-nbctl-show-localnet.cnv_ovn_localnet_switch.txt").read_text()
    lines = [
        line[at : at + width]
        for line in whole.split("\n")
        for at in range(0, max(len(line), 1), width)
    ]
    broken = _database(parse_northbound_show("\n".join(lines)), "nb")
    assert _ports(broken, LOCALNET) == _ports(
        _database(parse_northbound_show(whole), "nb"), LOCALNET
    )


def test_southbound() -> None:
    database = _database(parse_southbound_show(SB), "sb")
    (chassis,) = database.table("Chassis")
    (encap,) = database.table("Encap")
    assert chassis.text("name") == "17b1f051-7ec5-468a-8e1a-ffb8fa9e85bc"
    assert chassis.text("hostname") == "master-01-demo"
    assert chassis.refs("encaps") == (encap.uuid,)
    assert (encap.text("ip"), encap.map("options")) == ("192.168.99.23", {"csum": "true"})
    ports = database.table("Port_Binding")
    assert {port.ref("chassis") for port in ports} == {chassis.uuid}
    assert all(is_derived(row.uuid) for row in (*ports, chassis, encap))


def test_openvswitch() -> None:
    text = parse_openvswitch_show(OVS)
    assert text.troubles == ()
    database = _database(text, "ovs")
    (root,) = database.table("Open_vSwitch")
    assert root.uuid == "7b956824-5c57-4065-8a84-8718dfaf04b5"
    assert [row.text("name") for row in database.table("Bridge")] == ["br-ex", "br-int"]
    (br_int,) = database.table("Bridge").by_text("name", "br-int")
    assert (br_int.text("fail_mode"), br_int.text("datapath_type")) == ("secure", "system")
    assert len(br_int.refs("ports")) == 17
    name = "patch-br-int-to-localnet.cnv_ovn_localnet_port"
    (patch,) = database.table("Interface").by_text("name", name)
    assert patch.text("type") == "patch"
    assert patch.map("options") == {"peer": "patch-localnet.cnv_ovn_localnet_port-to-br-int"}
    assert database.table("Port").by_text("name", "9fd1fa97d3b5e7b")


def test_lost_indentation_and_joined_and_wrapped_lines() -> None:
    flat = "\n".join(line.strip() for line in OVS.split("\n"))
    joined = OVS.replace("\n                options", " " * 40 + "options")
    wrapped = OVS.replace("options: {peer=", "options: {peer=\n")
    expected = parse_openvswitch_show(OVS).listed
    for text in (flat, joined, wrapped):
        found = parse_openvswitch_show(text)
        assert [(one.table, one.rows) for one in found.listed] == [
            (one.table, one.rows) for one in expected
        ]


def test_a_filter_leaves_ports_without_their_switch() -> None:
    text = parse_northbound_show("\n".join(NB.split("\n")[4:7]), filtered=True)
    (listed,) = text.listed
    assert (listed.table, listed.filtered, len(listed.rows)) == ("Logical_Switch_Port", True, 1)
    left_out = parse_northbound_show("switch " + "0" * 8 + "-0000-4000-8000-" + "0" * 12 + "\n....")
    assert left_out.listed[0].filtered


def test_lines_of_something_else_are_told() -> None:
    for parse in (parse_northbound_show, parse_southbound_show, parse_openvswitch_show):
        text = parse("command terminated with exit code 1\n")
        assert text.listed == ()
        assert [trouble.line for trouble in text.troubles] == [1]


@settings(max_examples=150)
@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.lists(
            st.sampled_from(
                [*NB.split("\n")[:20], *OVS.split("\n")[:20], *SB.split("\n"), "{", '"']
            )
        ).map("\n".join),
    )
)
def test_any_text_is_read(text: str | bytes) -> None:
    for parse in (parse_northbound_show, parse_southbound_show, parse_openvswitch_show):
        for listed in parse(text).listed:
            assert all(len(row) == len(listed.headings) for row in listed.rows)
        _database(parse(text), "nb")


@pytest.mark.parametrize(
    "line",
    [
        "port ",
        "    port x\n",
        "    Port x ",
        "Interface x type: y ",
        "options: {",
        "  ",
        "x" * 80 + "\n",
        "type: x  type: y  ",
        'Port "\\',
        "switch 64247ac4-52b7-440a-aec8-320cc1d742dd (",
        ") (aka ",
    ],
)
def test_time_grows_with_the_length_only(line: str) -> None:
    text = line * (200_000 // len(line))
    began = time.process_time()
    for parse in (parse_northbound_show, parse_southbound_show, parse_openvswitch_show):
        parse(text)
        parse("    Port a\n        options: {" + text)
    assert time.process_time() - began < 10
