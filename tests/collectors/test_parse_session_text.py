"""Pasted tickets: which command each part is of, and databases put together from several."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.parse.derived import is_derived
from collectors.parse.list_text import ListedRows
from collectors.parse.listed_database import databases_of, read_section
from collectors.parse.session_text import Section, SectionKind, parse_session

SWITCH = "5ba54a76-89fb-4610-95c9-b3262a3bb55c"
SHOW = f"""\
switch {SWITCH} (localnet_switch)
    port tinypod
        addresses: ["0a:58:c0:a8:4d:5b 192.168.77.91"]
    port localnet_port
        type: localnet
        addresses: ["unknown"]
"""
PORT = """\
_uuid               : 64247ac4-52b7-440a-aec8-320cc1d742dd
addresses           : ["0a:58:c0:a8:4d:5b 192.168.77.91"]
name                : tinypod
options             : {requested-chassis=master-01-demo}
parent_name         : []
port_security       : []
tag                 : []
type                : ""
up                  : true
"""
OVS_PORT = """\
_uuid               : f37b0493-4b08-4c57-a67c-9f1e97edf3d5
interfaces          : [1d4dc7ed-d891-4e7b-be60-03979444a8ac]
lacp                : []
name                : eth1
"""
IP = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n"
PING = "PING 192.168.77.92 (192.168.77.92) 56(84) bytes of data.\n"
TICKET = f"""\
Hello, our pod has no network.
[root@master-01 ~]# oc exec -it ovnkube-node-x -c nbdb -- ovn-nbctl show | grep tinypod -A 4
{SHOW}
sh-5.1# ovn-nbctl --no-leader-only -t 5 list logical_switch_port
{PORT}
sh-5.1# ip -d a
{IP}
$ sudo ovs-vsctl list port
{OVS_PORT}
core@master-01:~$ oc exec tinypod -- ping -c 1 192.168.77.92
{PING}
[root@master-01 ~]# uptime
 02:40:03 up 1 day
[root@master-01 ~]#
"""


def _said(sections: tuple[Section, ...]) -> list[tuple[str, str | None, str | None, bool]]:
    return [(one.kind.value, one.database, one.table, one.filtered) for one in sections]


def test_prompts_part_a_ticket() -> None:
    sections = parse_session(TICKET)
    assert _said(sections) == [
        ("other", None, None, False),
        ("show-nb", "nb", None, True),
        ("list", "nb", "logical_switch_port", False),
        ("ip-address", None, None, False),
        ("list", "ovs", "port", False),
        ("ping", None, None, False),
        ("other", None, None, False),
    ]
    assert sections[1].command == ("ovn-nbctl", "show")
    assert sections[5].command == ("ping", "-c", "1", "192.168.77.92")
    assert sections[2].text.strip() == PORT.strip()
    lines = TICKET.split("\n")
    for one in sections:
        assert one.text.split("\n")[0] == lines[one.line - 1]


def test_looks_part_what_no_prompt_parts() -> None:
    sections = parse_session(SHOW + PORT + IP + "\n" + OVS_PORT + PING)
    kinds = [one.kind for one in sections]
    assert kinds == [
        SectionKind.SHOW_NB,
        SectionKind.LIST,
        SectionKind.IP_ADDRESS,
        SectionKind.LIST,
        SectionKind.PING,
    ]
    tables = [one.table for section in sections for one in _listed(section)]
    assert tables == ["Logical_Switch", "Logical_Switch_Port", "Logical_Switch_Port", "Port"]


def _listed(section: Section) -> tuple[ListedRows, ...]:
    text = read_section(section)
    return text.listed if text is not None else ()


@pytest.mark.parametrize("before", ["# ", "> ", "    ", "\x1b[0m"])
def test_what_stands_before_each_line(before: str) -> None:
    pasted = "".join(f"{before}{line}\n" for line in PORT.rstrip().split("\n"))
    (section,) = parse_session("ovn-nbctl list Logical_Switch_Port\n" + pasted)
    (listed,) = _listed(section)
    (plain,) = _listed(parse_session(PORT)[0])
    assert listed.rows == plain.rows


def test_output_may_differ_from_what_was_typed() -> None:
    for typed in ("ovn-nbctl list ACL", "cat nb.txt"):
        (section,) = parse_session(f"$ {typed}\n{SHOW}")
        assert (section.kind, section.database, section.table) == (SectionKind.SHOW_NB, "nb", None)
        assert (section.typed, section.text) == (typed, SHOW)


def test_rows_of_several_outputs_are_one() -> None:
    """`show` has no uuid of a port; `list` has it, and more."""
    for text in (SHOW + PORT, PORT + SHOW):
        found = databases_of(parse_session(text))
        assert found.troubles == ()
        database = found.databases["nb"]
        ports = database.table("Logical_Switch_Port")
        assert len(ports) == 2
        (switch,) = database.table("Logical_Switch")
        (tinypod,) = ports.by_text("name", "tinypod")
        (localnet,) = ports.by_text("name", "localnet_port")
        assert tinypod.uuid == "64247ac4-52b7-440a-aec8-320cc1d742dd"
        assert tinypod.map("options") == {"requested-chassis": "master-01-demo"}
        assert set(switch.refs("ports")) == {tinypod.uuid, localnet.uuid}
        assert is_derived(localnet.uuid)
        assert localnet.text("type") == "localnet"


def test_references_of_a_list_count_where_their_rows_are_known() -> None:
    bridge = (
        "_uuid               : {0}\ndatapath_type       : system\nname                : br-int\n"
    )
    bridge = bridge.format("9f680a4d-1085-4421-95fe-f5933c4b39d4")
    root = (
        "_uuid               : 7b956824-5c57-4065-8a84-8718dfaf04b5\n"
        "bridges             : [9f680a4d-1085-4421-95fe-f5933c4b39d4]\n"
        'ovs_version         : "3.1.5"\n'
    )
    show = "7b956824-5c57-4065-8a84-8718dfaf04b5\n    Bridge br-int\n        fail_mode: secure\n"
    for text in (show + root, root + "\n" + show, show + root + "\n" + bridge):
        database = databases_of(parse_session(text)).databases["ovs"]
        (row,) = database.table("Bridge")
        (top,) = database.table("Open_vSwitch")
        assert top.refs("bridges") == (row.uuid,)
        assert top.text("ovs_version") == "3.1.5"
        assert is_derived(row.uuid) is (bridge not in text)


def test_a_later_show_replaces_an_earlier_one_but_a_filtered_one_adds() -> None:
    later = SHOW.replace("port tinypod", "port tinypod-01")
    whole = databases_of(parse_session(f"ovn-nbctl show\n{SHOW}ovn-nbctl show\n{later}"))
    names = {row.text("name") for row in whole.databases["nb"].table("Logical_Switch_Port")}
    assert names == {"tinypod-01", "localnet_port"}
    part = databases_of(parse_session(f"ovn-nbctl show\n{SHOW}ovn-nbctl show | head\n{later}"))
    names = {row.text("name") for row in part.databases["nb"].table("Logical_Switch_Port")}
    assert names == {"tinypod", "tinypod-01", "localnet_port"}
    (switch,) = part.databases["nb"].table("Logical_Switch")
    assert len(switch.refs("ports")) == 3


def test_troubles_count_lines_of_the_whole_text() -> None:
    text = "ovn-nbctl list Logical_Switch_Port\n" + PORT + "what is this?\n"
    (trouble,) = databases_of(parse_session(text)).troubles
    assert trouble.line == 2 + PORT.count("\n")


@settings(max_examples=150)
@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.lists(
            st.sampled_from([*TICKET.split("\n"), "# x", "ovn-nbctl list '", "\x1b[", "#"])
        ).map("\n".join),
    )
)
def test_any_text_is_read(text: str | bytes) -> None:
    sections = parse_session(text)
    databases_of(sections)
    begins = [one.line for one in sections]
    assert begins == sorted(set(begins))


@pytest.mark.parametrize(
    "line",
    [
        "[",
        "[a] ",
        "a@a:",
        "# ",
        "/ ",
        "\x1b[",
        "\x1b]",
        "ip -a ",
        "a/",
        "_uuid : x\n",
        "> ",
        "'",
        "|",
    ],
)
def test_time_grows_with_the_length_only(line: str) -> None:
    text = line * (200_000 // len(line))
    began = time.process_time()
    databases_of(parse_session(text))
    databases_of(parse_session("ovn-nbctl list ACL " + text))
    assert time.process_time() - began < 10
