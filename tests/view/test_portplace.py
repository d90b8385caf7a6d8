"""A port of a database that several nodes have is one workload, on the node that it is bound to."""

from dataclasses import replace

import pytest

from ovntrace.errors import WrongQuestionError
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from ovntrace.view.find import find_workload
from ovntrace.view.portplace import is_placed_by_guess
from ovntrace.view.subject import Query
from tests.captured import snapshot
from tests.view.migrating import (
    CAPTURE,
    HERE,
    MAC,
    PREFIX,
    SOURCE,
    THERE,
    database,
    row_of,
    set_cells,
    tables,
)

PORT = "vm-port"


def _shared(requested: str | None, *, bound: str | None = None) -> Snapshot:
    """Both nodes have the database of one; the VM's port is no pod's there. `bound`: the chassis'
    hostname in a southbound database that was read too."""
    nb = tables(HERE, "nbctl")
    row = row_of(nb["Logical_Switch_Port"], "name", PREFIX + SOURCE)
    options = [["requested-chassis", requested]] if requested else []
    cells = {"name": PORT, "external_ids": ["map", []], "options": ["map", options]}
    set_cells(nb["Logical_Switch_Port"], row, **cells)
    one = Northbound(database(nb))
    southbounds = {}
    if bound is not None:
        sb = tables(HERE, "sbctl")
        chassis = row_of(sb["Chassis"], "hostname", bound)[0]
        binding = row_of(sb["Port_Binding"], "logical_port", PREFIX + SOURCE)
        set_cells(sb["Port_Binding"], binding, logical_port=PORT, chassis=chassis)
        southbounds = {HERE: Southbound(database(sb))}
    nodes = {HERE: one, THERE: one}
    return replace(snapshot(CAPTURE), kube=Kube({}), nb=nodes, sb=southbounds, ovs={})


@pytest.mark.parametrize("node", [HERE, THERE])
@pytest.mark.parametrize("name", [PORT, MAC])
def test_it_is_on_the_node_that_is_asked_for(node: str, name: str) -> None:
    snap = _shared(node)
    found = find_workload(snap, Query(name))
    assert (found.kind, found.lsp, found.node) == ("port", PORT, node)
    assert not is_placed_by_guess(snap, PORT)


@pytest.mark.parametrize("node", [HERE, THERE])
def test_it_is_on_the_node_that_it_is_bound_to(node: str) -> None:
    snap = _shared("worker-9", bound=node)
    assert find_workload(snap, Query(PORT)).node == node
    assert not is_placed_by_guess(snap, PORT)


def test_where_nothing_tells_it_is_a_guess() -> None:
    snap = _shared(None)
    assert find_workload(snap, Query(PORT)).node == HERE
    assert is_placed_by_guess(snap, PORT)


def test_a_port_of_one_node_alone_is_no_guess() -> None:
    snap = _shared(None)
    assert not is_placed_by_guess(replace(snap, nb={HERE: snap.nb[HERE]}), PORT)


def test_ports_of_one_name_in_two_zones_are_two() -> None:
    nb = tables(HERE, "nbctl")
    row = row_of(nb["Logical_Switch_Port"], "name", PREFIX + SOURCE)
    other = ["uuid", "11111111-2222-4333-8444-666666666666"]
    set_cells(nb["Logical_Switch_Port"], row, name=PORT, external_ids=["map", []], _uuid=other)
    snap = _shared(None)
    with pytest.raises(WrongQuestionError, match="one of 2"):
        find_workload(replace(snap, nb={**snap.nb, THERE: Northbound(database(nb))}), Query(PORT))
