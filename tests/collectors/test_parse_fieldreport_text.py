"""The output that a report of the field prints, retyped command by command (fieldreport/): a pod
and a VM on a second network of OpenShift 4.15, by people who looked for what they are joined to."""

from pathlib import Path

import pytest

from collectors.parse.ip_text import parse_ip_text
from collectors.parse.listed_database import PastedDatabases, databases_of
from collectors.parse.session_text import SectionKind, parse_session
from ovntrace.model.links import Links
from ovntrace.model.rows import Row, Table

REPORT = Path(__file__).parent / "fieldreport"
FILES = sorted(REPORT.glob("*.txt"))
RABBIT = (
    "llm.demo.llm.demo.localnet.network_llm-demo_virt-launcher-centos-stream9-gold-rabbit-80-mkm5c"
)


@pytest.fixture(scope="module")
def pasted() -> PastedDatabases:
    """All files, in the order in which the report prints them."""
    return databases_of(one for path in FILES for one in parse_session(path.read_bytes()))


def _only(table: Table, column: str, value: str) -> Row:
    (row,) = table.by_text(column, value)
    return row


def _links(name: str) -> Links:
    links = parse_ip_text((REPORT / name).read_bytes())
    assert isinstance(links, Links)
    return links


def test_each_file_is_one_output_of_its_command() -> None:
    for path in FILES:
        (section,) = parse_session(path.read_bytes())
        expected = (
            SectionKind.IP_ADDRESS
            if "-ip-a" in path.name
            else SectionKind.SHOW_NB
            if "nbctl-show" in path.name
            else SectionKind.SHOW_OVS
            if "vsctl-show" in path.name
            else SectionKind.LIST
        )
        assert section.kind is expected, path.name


def test_nothing_but_the_lines_of_a_shell_loop_is_left(pasted: PastedDatabases) -> None:
    loop = ("=====", "Info for port group", "ACLs for port group", "to-lport", "from-lport")
    for trouble in pasted.troubles:
        assert any(words in trouble.detail for words in loop), trouble


def test_how_much_is_there(pasted: PastedDatabases) -> None:
    counts = {
        "nb": {"Logical_Switch": 4, "ACL": 10, "Port_Group": 5, "Address_Set": 3},
        "sb": {"Port_Binding": 2, "Datapath_Binding": 1, "Logical_Flow": 1},
        "ovs": {"Open_vSwitch": 1, "Bridge": 2, "Port": 22, "Interface": 22},
    }
    for database, tables in counts.items():
        found = pasted.databases[database]
        assert {name: len(found.table(name)) for name in tables} == tables


def test_the_chain_of_the_vm(pasted: PastedDatabases) -> None:
    nb, sb, ovs = (pasted.databases[name] for name in ("nb", "sb", "ovs"))
    port = _only(nb.table("Logical_Switch_Port"), "name", RABBIT)
    assert port.uuid == "64247ac4-52b7-440a-aec8-320cc1d742dd"
    assert (port.texts("addresses"), port.flag("up")) == (("02:00:a3:00:00:01",), True)
    assert port.map("external_ids")["k8s.ovn.org/topology"] == "localnet"
    switch = _only(nb.table("Logical_Switch"), "name", "localnet.cnv_ovn_localnet_switch")
    assert port.uuid in switch.refs("ports")
    assert len(switch.refs("ports")) == 6
    binding = _only(sb.table("Port_Binding"), "logical_port", RABBIT)
    assert (binding.number("tunnel_key"), binding.flag("up")) == (3, True)
    datapath = sb.table("Datapath_Binding").by_uuid(binding.ref("datapath"))
    assert datapath is not None
    assert datapath.map("external_ids")["logical-switch"] == switch.uuid
    (interface,) = ovs.table("Interface").by_map("external_ids", "iface-id", RABBIT)
    assert (interface.number("ofport"), interface.number("ifindex")) == (139, 148)
    assert interface.map("statistics")["rx_packets"] == "680"
    (above,) = ovs.table("Port").by_ref("interfaces", interface.uuid)
    assert above.text("name") == interface.text("name") == "13a96759b2559_3"


def test_groups_and_acls_of_the_policies(pasted: PastedDatabases) -> None:
    nb = pasted.databases["nb"]
    group = _only(nb.table("Port_Group"), "name", "a2829001848871617131")
    assert len(group.refs("acls")) == 5
    acls = [nb.table("ACL").by_uuid(uuid) for uuid in group.refs("acls")]
    assert sorted(acl.text("match") or "" for acl in acls if acl is not None) == [
        "ip4.dst == 0.0.0.0/0 && ip4.dst != {192.168.77.0/24} && inport == @a2829001848871617131",
        "ip4.dst == 192.168.77.1/32 && inport == @a2829001848871617131",
        "ip4.dst == 192.168.77.92/32 && inport == @a2829001848871617131",
        "ip4.src == 192.168.77.1/32 && outport == @a2829001848871617131",
        "ip4.src == 192.168.77.92/32 && outport == @a2829001848871617131",
    ]
    assert {acl.number("tier") for acl in acls if acl is not None} == {2}


def test_mappings_of_the_node(pasted: PastedDatabases) -> None:
    ovs = pasted.databases["ovs"]
    (root,) = ovs.table("Open_vSwitch")
    assert root.map("external_ids")["ovn-bridge-mappings"] == "localnet-cnv:br-ex,physnet:br-ex"
    bridges = [ovs.table("Bridge").by_uuid(uuid) for uuid in root.refs("bridges")]
    assert [bridge.text("name") for bridge in bridges if bridge is not None] == ["br-ex", "br-int"]


def test_interfaces_of_pod_launcher_and_vm() -> None:
    launcher = _links("10-virt-launcher-ip-a.txt")
    nic = launcher.by_name("ffec3d98bf3-nic")
    assert nic is not None
    assert (nic.master, nic.peer_ifindex) == ("k6t-ffec3d98bf3", 148)
    (dummy,) = launcher.by_mac("02:00:a3:00:00:01")
    assert not dummy.is_up
    host = _links("11-master-01-demo-ip-a-if148.txt").by_ifindex(148)
    assert host is not None
    assert (host.name, host.master, host.peer_ifindex) == ("13a96759b2559_3", "ovs-system", 3)
    guest = _links("17-gold-rabbit-ip-a.txt").by_name("enp1s0")
    assert guest is not None
    assert (guest.name, guest.addresses[0]) == ("eth0", "192.168.77.71/24")
    net1 = _links("01-tinypod-ip-a.txt").by_name("net1")
    assert net1 is not None
    assert net1.peer_ifindex == 56
