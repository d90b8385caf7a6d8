"""A mapping that is taken out of a copy is found, wherever it is taken out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.rows import Database, Table
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from ovntrace.view.types import Hop, State
from tests.captured import NAMES, NOW, raw, snapshot

Edit = Callable[[Any], Any]


def _edited(name: str, folder: str, table: str, column: str, edit: Edit) -> Database:
    """The node's database with one column of one table changed in every row."""
    tables = {}
    for path, document in raw(name).items():
        node, _, rest = path.partition("/")
        if node != "worker-0" or not rest.startswith(f"{folder}/"):
            continue
        own = rest.removeprefix(f"{folder}/").removesuffix(".json")
        rows = document["data"]
        if own == table:
            at = document["headings"].index(column)
            rows = [[*row[:at], edit(row[at]), *row[at + 1 :]] for row in rows]
        tables[own] = Table(own, document["headings"], rows)
    return Database(tables)


def _with_mappings(text: str) -> Edit:
    def edit(cell: Any) -> Any:
        pairs = [[k, text if k == "ovn-bridge-mappings" else v] for k, v in cell[1]]
        return ["map", pairs]

    return edit


def _mapping_hop(snap: Snapshot) -> Hop:
    view = explain(snap, find_workload(snap, Query("llm-demo/tinypod")), "localnet-cnv", now=NOW)
    return next(hop for hop in view.attachments[0].hops if hop.kind == "bridge-mapping")


@pytest.mark.parametrize("name", NAMES)
def test_removed_from_open_vswitch(name: str) -> None:
    ovs = OpenVswitch(
        _edited(name, "ovs", "Open_vSwitch", "external_ids", _with_mappings("physnet:br-ex"))
    )
    snap = snapshot(name)
    hop = _mapping_hop(replace(snap, ovs={**snap.ovs, "worker-0": ovs}))
    assert hop.state is State.BROKEN
    # The chassis still has it: the two sources differ, and that is said too.
    assert [finding.id for finding in hop.findings] == ["OVT603", "OVT604"]
    assert "loop" in hop.findings[0].title
    assert _mapping_hop(snap).state is State.OK


@pytest.mark.parametrize("name", NAMES)
def test_removed_from_the_chassis_where_nothing_is_known_of_ovs(name: str) -> None:
    edit = _with_mappings("physnet:br-ex")
    sb = Southbound(_edited(name, "sbctl", "Chassis", "other_config", edit))
    snap = replace(snapshot(name), ovs={})
    assert _mapping_hop(snap).state is State.OK
    assert _mapping_hop(snap).facts["source"] == "SB Chassis"
    hop = _mapping_hop(replace(snap, sb={**snap.sb, "worker-0": sb}))
    assert hop.state is State.BROKEN
    assert [finding.id for finding in hop.findings] == ["OVT603"]


def test_mapped_to_a_bridge_that_does_not_exist() -> None:
    name = NAMES[0]
    edit = _with_mappings("localnet-cnv:br-nope,physnet:br-ex")
    ovs = OpenVswitch(_edited(name, "ovs", "Open_vSwitch", "external_ids", edit))
    snap = snapshot(name)
    hop = _mapping_hop(replace(snap, ovs={**snap.ovs, "worker-0": ovs}))
    assert hop.state is State.BROKEN
    assert "br-nope" in hop.findings[0].title
