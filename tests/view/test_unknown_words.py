"""A word that is not known yet is shown as it is, and hides nothing after it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.rows import Database, Table
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from ovntrace.view.types import Attachment, State
from tests.captured import NAMES, NOW, raw, snapshot

NAME = NAMES[0]


def _database(folder: str, pattern: str, replacement: str) -> Database:
    """worker-0's database with every occurrence of a pattern replaced in its JSON text."""
    tables = {}
    for path, document in raw(NAME).items():
        if path.startswith(f"worker-0/{folder}/"):
            table = path.rpartition("/")[2].removesuffix(".json")
            changed = json.loads(re.sub(pattern, replacement, json.dumps(document)))
            tables[table] = Table(table, changed["headings"], changed["data"])
    return Database(tables)


def _changed(pattern: str, replacement: str) -> Snapshot:
    snap = snapshot(NAME)
    lists = {
        plural: json.loads(re.sub(pattern, replacement, json.dumps(list(items))))
        for plural, items in snap.kube.lists().items()
    }
    return replace(
        snap,
        kube=Kube(lists),
        nb={"worker-0": Northbound(_database("nbctl", pattern, replacement))},
        sb={"worker-0": Southbound(_database("sbctl", pattern, replacement))},
        ovs={"worker-0": OpenVswitch(_database("ovs", pattern, replacement))},
    )


def _attachment(snap: Snapshot, pod: str, network: str) -> Attachment:
    view = explain(snap, find_workload(snap, Query(pod)), network, now=NOW)
    [one] = view.attachments
    return one


def _shape(attachment: Attachment) -> list[tuple[str, str, State]]:
    return [(hop.kind, hop.name, hop.state) for hop in attachment.hops]


@pytest.mark.parametrize(
    ("pod", "network", "topology"),
    [
        ("llm-demo/tinypod", "localnet-cnv", "localnet"),
        ("team-a/web-0", "l2-flat", "layer2"),
        ("team-a/web-0", "l3-secondary", "layer3"),
    ],
)
def test_a_topology(pod: str, network: str, topology: str) -> None:
    before = _attachment(snapshot(NAME), pod, network)
    changed = _changed(r'(topology[\\\\":, ]+)' + topology, r"\1layer9")
    after = _attachment(changed, pod, network)
    assert (before.topology, after.topology) == (topology, "layer9")
    assert _shape(after) == _shape(before)
    assert [acl.uuid for acl in after.acls] == [acl.uuid for acl in before.acls]


def test_a_type_of_port_beside_it() -> None:
    """Another port of the switch is of a new type: the way stays."""
    before = _attachment(snapshot(NAME), "team-a/web-0", "l3-secondary")
    snap = _changed(r'"remote"', '"newtype"')
    after = _attachment(snap, "team-a/web-0", "l3-secondary")
    assert _shape(after) == _shape(before)


def test_a_type_of_the_port_itself() -> None:
    snap = snapshot(NAME)
    tables: dict[str, Table] = {}
    for table in ("Logical_Switch_Port", "Logical_Switch", "Port_Group", "ACL", "Address_Set"):
        document: Any = raw(NAME)[f"worker-0/nbctl/{table}.json"]
        rows = document["data"]
        if table == "Logical_Switch_Port":
            at, name = document["headings"].index("type"), document["headings"].index("name")
            rows = [
                [*row[:at], "newtype" if "tinypod" in row[name] else row[at], *row[at + 1 :]]
                for row in rows
            ]
        tables[table] = Table(table, document["headings"], rows)
    changed = replace(snap, nb={**snap.nb, "worker-0": Northbound(Database(tables))})
    one = _attachment(changed, "llm-demo/tinypod", "localnet-cnv")
    port = next(hop for hop in one.hops if hop.kind == "logical-switch-port")
    assert port.facts["type"] == "newtype"
    assert one.hops[-1].kind == "uplink"


def test_a_kind_of_interface() -> None:
    """The uplink and the tunnel are of kinds that nobody knows yet."""
    before = _attachment(snapshot(NAME), "team-a/web-0", "l2-flat")
    after = _attachment(_changed(r'"geneve"', '"newtunnel"'), "team-a/web-0", "l2-flat")
    assert [hop.kind for hop in after.hops] == [hop.kind for hop in before.hops]
    assert State.BROKEN not in {hop.state for hop in after.hops}
