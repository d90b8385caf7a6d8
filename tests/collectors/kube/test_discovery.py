"""Which pod and container has what a command needs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from collectors.artifacts import BY_NAME
from collectors.kube.discovery import Fleet, make_fleet
from collectors.kube.execution import Container
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason
from tests.collectors.kube.clusters import CENTRAL_NODE_CONTAINERS, ovnkube_node, pod

NS = "ovn"


def fleet(*pods: Mapping[str, Any]) -> Fleet:
    return make_fleet(NS, json.dumps({"items": pods}).encode())


def places(found: Fleet, artefact: str, node: str) -> list[tuple[str, str]]:
    result = found.containers_for(BY_NAME[artefact], node)
    assert isinstance(result, list), result
    assert all(isinstance(one, Container) and one.namespace == NS for one in result)
    return [(one.pod, one.name) for one in result]


def failure(found: Fleet, artefact: str, node: str) -> Failure:
    result = found.containers_for(BY_NAME[artefact], node)
    assert isinstance(result, Failure)
    return result


def test_interconnect_of_openshift() -> None:
    found = fleet(ovnkube_node("a"), ovnkube_node("b"))
    assert set(found.agents) == {"a", "b"}
    assert places(found, "nb", "b")[0] == ("ovnkube-node-b", "nbdb")
    assert places(found, "sb", "a")[0] == ("ovnkube-node-a", "sbdb")
    assert places(found, "ovs", "a")[0] == ("ovnkube-node-a", "ovn-controller")
    assert places(found, "node-links", "a")[0] == ("ovnkube-node-a", "ovn-controller")


def test_interconnect_of_upstream() -> None:
    names = ("nb-ovsdb", "sb-ovsdb", "ovn-northd", "ovnkube-controller", "ovn-controller")
    found = fleet(ovnkube_node("a", labels={"name": "ovnkube-node"}, containers=names))
    assert places(found, "nb", "a")[0] == ("ovnkube-node-a", "nb-ovsdb")
    assert places(found, "sb", "a")[0] == ("ovnkube-node-a", "sb-ovsdb")


def test_a_container_that_does_not_run_is_passed_over() -> None:
    found = fleet(ovnkube_node("a", stopped=("nbdb", "ovn-controller")))
    assert places(found, "nb", "a")[0] == ("ovnkube-node-a", "northd")
    assert places(found, "ovs", "a")[0] == ("ovnkube-node-a", "ovnkube-controller")


def test_a_pod_of_which_nothing_runs() -> None:
    broken = failure(fleet(ovnkube_node("a", phase="Pending")), "nb", "a")
    assert broken.reason is Reason.UNREACHABLE
    assert "ovnkube-node-a" in broken.detail
    assert "nbdb" in broken.detail


@pytest.mark.parametrize("label", ["app", "name"])
def test_central_mode(label: str) -> None:
    masters = [
        pod(
            f"ovnkube-master-{n}",
            NS,
            node=f"m{n}",
            labels={label: "ovnkube-master"},
            containers=("northd", "nbdb", "sbdb"),
            stopped=("nbdb",) if n == 0 else (),
        )
        for n in range(3)
    ]
    found = fleet(ovnkube_node("a", containers=CENTRAL_NODE_CONTAINERS), *masters)
    assert set(found.agents) == {"a"}
    asked = places(found, "nb", "a")
    assert asked[0] == ("ovnkube-master-0", "northd")
    assert ("ovnkube-master-1", "nbdb") in asked
    assert places(found, "sb", "a")[0] == ("ovnkube-master-0", "sbdb")
    assert places(found, "ovs", "a") == [
        ("ovnkube-node-a", "ovn-controller"),
        ("ovnkube-node-a", "ovnkube-node"),
    ]


def test_pods_that_have_no_database_are_not_asked_for_one() -> None:
    control = pod("ovnkube-control-plane", NS, containers=("ovnkube-controller",))
    zone = pod("zone", NS, labels={"name": "ovnkube-zone-controller"}, containers=("nb-ovsdb",))
    found = fleet(ovnkube_node("a", containers=CENTRAL_NODE_CONTAINERS), control, zone)
    assert "NB database" in failure(found, "nb", "a").detail


def test_a_node_without_a_pod() -> None:
    nowhere = failure(fleet(ovnkube_node("a")), "nb", "b")
    assert "no ovnkube-node pod on node b" in nowhere.detail
    assert nowhere.reason.changes_exit_code


def test_of_two_pods_of_a_node_the_one_that_runs() -> None:
    old = ovnkube_node("a")
    old["metadata"]["name"] = "ovnkube-node-old"
    new = ovnkube_node("a", phase="Pending")
    for pods in ((old, new), (new, old)):
        assert places(fleet(*pods), "nb", "a")[0][0] == "ovnkube-node-old"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"items": [1, {}, {"metadata": 3, "spec": [], "status": 4}]}',
        b'{"items": [{"metadata": {"labels": {"app": "ovnkube-node"}}, "spec": {}}]}',
    ],
)
def test_strange_lists_give_an_empty_fleet(data: bytes) -> None:
    assert dict(make_fleet(NS, data).agents) == {}


def test_a_copy_of_a_database_is_made_where_its_server_is() -> None:
    found = fleet(ovnkube_node("a"))
    assert places(found, "nb-file", "a") == [("ovnkube-node-a", "nbdb")]
    assert places(found, "sb-file-plain", "a") == [("ovnkube-node-a", "sbdb")]
    assert failure(fleet(ovnkube_node("a", stopped=("nbdb",))), "nb-file", "a").reason is (
        Reason.UNREACHABLE
    )


@pytest.mark.parametrize("name", ["nb", "nb-file", "sb-file", "sb-flows"])
def test_central_databases_are_in_pods_of_their_own(name: str) -> None:
    central = pod("ovnkube-db-0", NS, containers=("nb-ovsdb", "sb-ovsdb"))
    found = fleet(ovnkube_node("a", containers=CENTRAL_NODE_CONTAINERS), central)
    container = "sb-ovsdb" if name.startswith("sb") else "nb-ovsdb"
    assert places(found, name, "a")[0] == ("ovnkube-db-0", container)
