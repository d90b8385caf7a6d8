"""What `show` prints against the JSON form of the tables that it is made of."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.parse.list_text import ListedText
from collectors.parse.listed_merge import Merged
from collectors.parse.show_northbound import parse_northbound_show
from collectors.parse.show_tree import parse_openvswitch_show, parse_southbound_show
from ovntrace.model.rows import Database, Row
from tests.collectors import ovsdb
from tests.collectors.odd_rows import names
from tests.match.rpc import Rpc

pytestmark = pytest.mark.lab
EXAMPLES = settings(
    max_examples=10,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _is_plain(name: str) -> bool:
    """`ovn-nbctl show` prints names as they are: what looks like its own signs can't be told."""
    unlike = ("(aka ", '"', "  ")
    return name.isprintable() and name != "" and not any(sign in name for sign in unlike)


words = st.lists(names.filter(bool), min_size=6, max_size=6, unique=True)
plain_words = st.lists(names.filter(_is_plain), min_size=6, max_size=6, unique=True)


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """Scratch databases of the installed version."""
    if not ovsdb.is_installed():
        pytest.skip("no OVN here")
    folder = tmp_path_factory.mktemp("show")
    with ovsdb.node(folder) as found:
        yield folder, found


def _transact(socket: Path, database: str, operations: Sequence[Any]) -> None:
    with Rpc(socket) as rpc:
        answer = rpc.call("transact", [database, *operations])
    assert not [one for one in answer["result"] if one and "error" in one], answer


def _run(environ: Mapping[str, str], *words: str) -> bytes:
    return subprocess.run(
        words, env=dict(environ), check=True, capture_output=True, timeout=20
    ).stdout


def _tables(environ: Mapping[str, str], tool: str, table: str) -> list[dict[str, Any]]:
    found = json.loads(_run(environ, tool, "--format=json", "list", table))
    return [dict(zip(found["headings"], row, strict=True)) for row in found["data"]]


def _database(text: ListedText, database: str) -> Database:
    assert text.troubles == ()
    merged = Merged(database)
    for listed in text.listed:
        assert listed.database == database
        merged.add(listed)
    return merged.database()


def _insert(table: str, name: str, /, **row: Any) -> dict[str, Any]:
    return {"op": "insert", "table": table, "uuid-name": name, "row": row}


def _below(rows: Sequence[Row], column: str, name: Callable[[str], object]) -> list[object]:
    return sorted((name(uuid) for row in rows for uuid in row.refs(column)), key=repr)


@EXAMPLES
@given(words=plain_words, alias=st.sampled_from(["", "net (1)"]))
def test_northbound(environ: tuple[Path, dict[str, str]], words: list[str], alias: str) -> None:
    folder, env = environ
    switch, port, second, router, lrp, chassis = words
    named = ["map", [["neutron:network_name", alias]] if alias else []]
    operations = [
        {"op": "delete", "table": "Logical_Switch", "where": []},
        {"op": "delete", "table": "Logical_Router", "where": []},
        _insert("Logical_Switch_Port", "p1", name=port, type="localnet", tag=33,
                addresses=["set", ["unknown", "02:00:00:00:00:01 10.0.0.1"]]),
        _insert("Logical_Switch_Port", "p2", name=second, parent_name=port,
                options=["map", [["router-port", lrp]]], type="router"),
        _insert("Logical_Switch", "s", name=switch, external_ids=named,
                ports=["set", [["named-uuid", "p1"], ["named-uuid", "p2"]]]),
        _insert("Gateway_Chassis", "gc", name="gc", priority=5,
                chassis_name="ch-" + "".join(chassis.split())),
        _insert("Logical_Router_Port", "rp", name=lrp, mac="02:00:00:00:00:02",
                networks=["set", ["10.0.0.254/24", "fd00::1/64"]],
                gateway_chassis=["named-uuid", "gc"]),
        _insert("NAT", "nat", type="dnat_and_snat", external_ip="192.0.2.1", logical_ip="10.0.0.1",
                external_port_range="1-5"),
        _insert("Logical_Router", "r", name=router, ports=["named-uuid", "rp"],
                nat=["named-uuid", "nat"]),
    ]  # fmt: skip
    _transact(folder / "ovn" / "ovnnb_db.sock", "OVN_Northbound", operations)
    database = _database(parse_northbound_show(_run(env, "ovn-nbctl", "show")), "nb")
    columns = {
        "Logical_Switch": ("_uuid", "name", "external_ids"),
        "Logical_Router": ("_uuid", "name", "nat"),
        "Logical_Switch_Port": ("name", "type", "tag", "parent_name", "addresses", "options"),
        "Logical_Router_Port": ("name", "mac", "networks"),
        "Gateway_Chassis": ("chassis_name",),
        "NAT": ("_uuid", "external_ip", "external_port_range", "logical_ip", "type"),
    }
    for table, names_ in columns.items():
        _assert_shown(database, table, names_, _tables(env, "ovn-nbctl", table))
    ports = database.table("Logical_Switch_Port")
    switches = list(database.table("Logical_Switch"))
    assert _below(switches, "ports", lambda uuid: _name(ports.by_uuid(uuid))) == sorted(
        [port, second], key=repr
    )


def _name(row: Row | None) -> str | None:
    return row.text("name") if row is not None else None


def _assert_shown(
    database: Database, table: str, columns: Sequence[str], listed: Sequence[Mapping[str, Any]]
) -> None:
    """Cells that are shown are those listed; what is not shown is empty."""
    empty = (["set", []], ["map", []], "", None)
    shown = [[row.cell(column) for column in columns] for row in database.table(table)]
    expected = [[row[column] for column in columns] for row in listed]
    assert sorted(
        ([None if cell in empty else cell for cell in row] for row in shown), key=repr
    ) == sorted(([None if cell in empty else cell for cell in row] for row in expected), key=repr)


@EXAMPLES
@given(words=words)
def test_southbound(environ: tuple[Path, dict[str, str]], words: list[str]) -> None:
    folder, env = environ
    chassis, second, host, port, other, lonely = words
    operations = [
        *({"op": "delete", "table": table, "where": []}
          for table in ("Chassis", "Port_Binding", "Datapath_Binding")),
        _insert("Datapath_Binding", "dp", tunnel_key=1),
        _insert("Encap", "e1", type="geneve", ip=host, chassis_name=chassis,
                options=["map", [["csum", "true"], [host, port]]]),
        _insert("Encap", "e2", type="vxlan", ip="192.0.2.1", chassis_name=chassis),
        _insert("Encap", "e3", type="geneve", ip="192.0.2.2", chassis_name=second),
        _insert("Chassis", "c1", name=chassis, hostname=host,
                encaps=["set", [["named-uuid", "e1"], ["named-uuid", "e2"]]]),
        _insert("Chassis", "c2", name=second, encaps=["named-uuid", "e3"]),
        *(_insert("Port_Binding", f"b{at}", logical_port=name, tunnel_key=at + 1,
                  datapath=["named-uuid", "dp"],
                  chassis=["set", [["named-uuid", to]] if to else []])
          for at, (name, to) in enumerate([(port, "c1"), (other, "c2"), (lonely, "")])),
    ]  # fmt: skip
    _transact(folder / "ovn" / "ovnsb_db.sock", "OVN_Southbound", operations)
    database = _database(parse_southbound_show(_run(env, "ovn-sbctl", "show")), "sb")
    _assert_shown(database, "Chassis", ("name", "hostname"), _tables(env, "ovn-sbctl", "Chassis"))
    encaps = _tables(env, "ovn-sbctl", "Encap")
    _assert_shown(database, "Encap", ("type", "ip", "options"), encaps)
    chassis_rows = database.table("Chassis")
    bound = {
        row.text("logical_port"): _name(chassis_rows.by_uuid(row.ref("chassis")))
        for row in database.table("Port_Binding")
    }
    assert bound == {port: chassis, other: second}
    of_first = next(row for row in chassis_rows if row.text("name") == chassis)
    assert len(of_first.refs("encaps")) == 2


@EXAMPLES
@given(words=words)
def test_openvswitch(environ: tuple[Path, dict[str, str]], words: list[str]) -> None:
    folder, env = environ
    bridge, port, second, interface, other, value = words
    operations = [
        {"op": "delete", "table": "Open_vSwitch", "where": []},
        _insert("Interface", "i1", name=interface, type="patch", error=value,
                options=["map", [["peer", value], [value + "x", other]]]),
        _insert("Interface", "i2", name=other),
        _insert("Interface", "i3", name=value, type="internal"),
        _insert("Port", "p1", name=port, tag=33, interfaces=["named-uuid", "i1"]),
        _insert("Port", "p2", name=second, trunks=["set", [1, 2]],
                interfaces=["set", [["named-uuid", "i2"], ["named-uuid", "i3"]]]),
        _insert("Controller", "c", target="unix:/run/" + bridge),
        _insert("Bridge", "br", name=bridge, fail_mode="secure", datapath_type="system",
                controller=["named-uuid", "c"],
                ports=["set", [["named-uuid", "p1"], ["named-uuid", "p2"]]]),
        _insert("Manager", "m", target="ptcp:6640"),
        _insert("Open_vSwitch", "o", ovs_version="3.1.0", bridges=["named-uuid", "br"],
                manager_options=["named-uuid", "m"]),
    ]  # fmt: skip
    _transact(folder / "ovs" / "db.sock", "Open_vSwitch", operations)
    tool = ["ovs-vsctl", f"--db=unix:{folder}/ovs/db.sock"]
    database = _database(parse_openvswitch_show(_run(env, *tool, "show")), "ovs")
    columns = {
        "Open_vSwitch": ("_uuid", "ovs_version"),
        "Manager": ("target",),
        "Bridge": ("name", "fail_mode", "datapath_type"),
        "Controller": ("target",),
        "Port": ("name", "tag", "trunks"),
        "Interface": ("name", "type", "options", "error"),
    }
    for table, names_ in columns.items():
        found = json.loads(_run(env, *tool, "--format=json", "list", table))
        rows = [dict(zip(found["headings"], row, strict=True)) for row in found["data"]]
        _assert_shown(database, table, names_, rows)
    ports, interfaces = database.table("Port"), database.table("Interface")
    (root,) = database.table("Open_vSwitch")
    (row,) = database.table("Bridge")
    assert root.refs("bridges") == (row.uuid,)
    assert {
        _name(ports.by_uuid(uuid)): sorted(
            str(_name(interfaces.by_uuid(one)))
            for one in ports.by_uuid(uuid).refs("interfaces")  # type: ignore[union-attr]
        )
        for uuid in row.refs("ports")
    } == {port: [interface], second: sorted([other, value])}
