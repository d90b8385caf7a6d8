"""Neutron's rows on a real node: what ovn-northd and ovn-controller make of them is sound, and the
node's own tools say what we say."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.program import environment, real, run
from tests.cms import neutron
from tests.cms.rows import operations
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("cms-node")]

PLUGS = {
    f"tap{neutron.WEB[:11]}": (neutron.WEB, "fa:16:3e:00:01:01"),
    f"tap{neutron.DB[:11]}": (neutron.DB, "fa:16:3e:00:01:02"),
    f"qvo{neutron.OUTER[:11]}": (neutron.OUTER, "fa:16:3e:00:02:01"),
    f"tap{neutron.META[:11]}": (neutron.META, ""),
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("cms") / "lab")
    try:
        lab.up(policies=False)
        _write(lab)
        _plug(lab)
        lab.ctl("ovn-nbctl", "--wait=hv", "sync", timeout_s=20)
        yield lab
    finally:
        lab.down()


def _write(lab: Lab) -> None:
    """Neutron's rows beside the lab's, which are nobody's from then on."""
    host = lab.ctl("ovn-sbctl", "--bare", "--columns=hostname", "list", "chassis").strip()
    tables = neutron.tables()
    for row in tables["Logical_Switch_Port"]:
        if row.get("options", {}).get("requested-chassis"):
            row["options"]["requested-chassis"] = host
    forget = {"op": "update", "table": "Logical_Switch_Port", "where": [],
              "row": {"external_ids": ["map", []]}}  # fmt: skip
    for batch in ([forget], operations(tables)):
        argv = ["ovsdb-client", "transact", lab.env["OVN_NB_DB"]]
        argv.append(json.dumps(["OVN_Northbound", *batch]))
        done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=20)
        assert "error" not in done.stdout, done.stdout


def _plug(lab: Lab) -> None:
    key = "external_ids:ovn-bridge-mappings"
    known = lab.ctl("ovs-vsctl", "get", "open", ".", key).strip().strip('"')
    lab.ctl("ovs-vsctl", "set", "open", ".", f"{key}={known},physnet1:br-ex")
    for name, (port, mac) in PLUGS.items():
        ids = [f"external_ids:iface-id={port}"]
        ids += [f'external_ids:attached-mac="{mac}"'] if mac else []
        plug = ["ovs-vsctl", "add-port", "br-int", name, "--", "set", "interface", name]
        lab.ctl(*plug, "type=internal", *ids)
        lab.inside(lab.places.node, "ip", "link", "set", name, "up")


def _explained(lab: Lab, word: str) -> tuple[int, Any]:
    remotes = (
        f"nb={lab.env['OVN_NB_DB']}",
        f"sb={lab.env['OVN_SB_DB']}",
        f"ovs=unix:{lab.places.ovs_socket}",
    )
    way = [part for remote in remotes for part in ("--ovsdb", remote)]
    done = run(real("explain", word, *way, "--output", "json"))
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    "word", ["web-1", "web-sub", "edge-1", "10.0.0.2", "10.0.0.13", neutron.DB, neutron.LRP_IN]
)
def test_it_is_sound(node: Lab, word: str) -> None:
    code, document = _explained(node, word)
    broken = [one["why"] for one in document["outcome"]["troubles"] if one["state"] != "unknown"]
    assert broken == []
    assert code == 0


def test_what_is_unplugged_is_told(node: Lab) -> None:
    name = f"tap{neutron.DB[:11]}"
    node.ctl("ovs-vsctl", "remove", "interface", name, "external_ids", "iface-id")
    try:
        node.ctl("ovn-nbctl", "--wait=hv", "sync", timeout_s=20)
        code, document = _explained(node, neutron.DB)
        assert code == 1
        assert document["outcome"]["state"] == "broken"
    finally:
        node.ctl("ovs-vsctl", "set", "interface", name, f"external_ids:iface-id={neutron.DB}")
        node.ctl("ovn-nbctl", "--wait=hv", "sync", timeout_s=20)


@pytest.mark.parametrize(("port", "verdict"), [("5432", "allow"), ("22", "drop")])
def test_the_nodes_own_tools_agree(node: Lab, port: str, verdict: str) -> None:
    flow = ("trace", "web-1", neutron.DB, "--tcp", port, "--local", "--confirm")
    done = run(real(*flow, "--output", "json"), environment(**node.env))
    document = json.loads(done.stdout)
    assert document["verdict"] == verdict, document["reason"]
    assert document["confirm"]["agrees"] is True
    assert document["confirm"]["verdict"] == verdict
    assert len(document["confirm"]["tools"]) == 2
