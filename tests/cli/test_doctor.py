"""`ovntrace doctor` of a live cluster with something wrong each time, and what needs no cluster."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovntrace.doctor.types import CheckState
from tests.cli.doctor_stage import (
    Stage,
    answer_northbound,
    answer_schemas,
    found,
    staged,
    troubles,
)
from tests.cli.program import environment, real, run
from tests.collectors.kube.clusters import OPENSHIFT, execs, interconnect, ovnkube_node, pod
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.requests import Options
from tests.renderers.test_documents import validate

OK, DIFFERS = CheckState.OK, CheckState.DIFFERS
MISSING, FAILED = CheckState.MISSING, CheckState.FAILED


def rule(verbs: str, resources: str, group: str = "", namespace: str = "") -> Rule:
    sets = (frozenset(verbs.split()), frozenset({group}), frozenset(resources.split()))
    return Rule(*sets, namespace=namespace)


USERS = {
    "lab": admin(),
    "reader": User("reader", rules=(rule("list", "pods"),)),
    "no-create": User(
        "no-create",
        rules=(rule("list", "pods events"), rule("get", "pods/exec", namespace=OPENSHIFT)),
    ),
    "nobody": User("nobody"),
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path, users=USERS) as made:
        yield made


def test_all_is_well(stage: Stage) -> None:
    way = stage.look()
    assert troubles(way) == set()
    assert found(way, "user").value == "kubernetes-admin"
    assert found(way, "ovnkube-node pods").value == f"2 in {OPENSHIFT}"
    assert found(way, "clocks").state is OK
    assert found(way, "OVN tools").value == found(way, "ovn-northd").value == "24.03.1"
    for node in ("node-1", "node-2"):
        for what in ("exec", "northbound", "southbound", "Open vSwitch", "ovs-vswitchd", "ip -j"):
            assert found(way, what, node).state is OK
    assert {one.name for one in way.clocks} == {"the API server", "node-1", "node-2"}
    assert all(-3 < one.low <= one.high < 3 for one in way.clocks)


def test_nothing_is_asked_but_lists_reviews_and_execs(stage: Stage) -> None:
    stage.look()
    posts = {one.path_qs for one in stage.server.requests if one.method == "POST"}
    assert all(path.endswith("reviews") for path in posts)
    assert len(posts) == 2
    others = {one.method for one in stage.server.requests} - {"GET", "POST"}
    assert others == set()
    lists = [one.path_qs for one in stage.server.requests if "limit=" in one.path_qs]
    # Each list is asked for its first object; that of the pods of OVN-Kubernetes is read whole.
    assert [path for path in lists if not path.endswith("limit=1")] == [
        f"/api/v1/namespaces/{OPENSHIFT}/pods?limit=500"
    ]


def test_a_clock_that_differs(stage: Stage) -> None:
    stage.program("node-2", "date", 'exec /bin/date -d "+1 hour" "$@"')
    way = stage.look()
    clock = found(way, "clock", "node-2")
    assert clock.state is DIFFERS
    assert clock.detail.startswith("the clock of node-2 is at least 59 min ahead of this machine")
    assert "node-1" in clock.detail
    assert "chronyc" in clock.hint
    assert not clock.is_trouble
    assert [one for one in way.checks if one.what == "clock" and one.node == "node-1"] == []


@pytest.mark.parametrize("text", ["echo now", "exit 3", "/bin/date -u +%s"])
def test_a_clock_that_tells_no_fractions_or_nothing(stage: Stage, text: str) -> None:
    stage.program("node-2", "date", text)
    way = stage.look()
    assert troubles(way) == set()
    is_told = "node-2" in {one.node for one in way.clocks}
    assert is_told is ("%s" in text)
    assert is_told or found(way, "clock", "node-2").state is CheckState.NOT_ASKED


def test_versions_that_differ(stage: Stage) -> None:
    answer_northbound(stage, "node-2", "23.06.1")
    way = stage.look()
    tools = found(way, "OVN tools")
    assert (tools.state, tools.detail) == (
        DIFFERS,
        "23.06.1 on node-2; 24.03.1 on node-1",
    )
    assert found(way, "ovn-northd").state is DIFFERS
    assert troubles(way) == set()


def test_a_column_that_a_nodes_schema_lacks(stage: Stage) -> None:
    answer_schemas(stage, "node-1", {"ACL": "tier", "Chassis": "nb_cfg"})
    way = stage.look()
    assert found(way, "ACL.tier", "node-1").state is MISSING
    assert found(way, "Chassis.nb_cfg", "node-1").state is MISSING
    assert [check.node for check in way.checks if check.what == "ACL.tier"] == ["node-1"]


def test_a_tool_that_is_missing_and_a_daemon_that_is_dead(stage: Stage) -> None:
    stage.without("node-1", "ovn-sbctl")
    stage.program("node-2", "ovs-ofctl", "echo 'ovs-ofctl: br-int is not a bridge' >&2; exit 1")
    stage.program(
        "node-2",
        "ovn-nbctl",
        "echo 'ovn-nbctl: unix:/x: database connection failed (Connection refused)' >&2; exit 1",
    )
    way = stage.look()
    assert troubles(way) == {
        ("southbound", "node-1"),
        ("ovs-vswitchd", "node-2"),
        ("northbound", "node-2"),
    }
    assert found(way, "southbound", "node-1").state is MISSING
    assert found(way, "southbound", "node-1").detail == "the program ovn-sbctl is not there"
    assert found(way, "ovs-vswitchd", "node-2").detail == "ovs-ofctl: br-int is not a bridge"
    assert "ovsdb-server" in found(way, "northbound", "node-2").hint


def test_rights_that_are_refused(stage: Stage) -> None:
    way = stage.look("reader")
    assert found(way, "user").value == "reader"
    events = found(way, "list events")
    assert (events.state, events.needed) == (FAILED, True)
    assert events.detail == "not allowed in all namespaces (as reader)"
    assert events.hint == "kubectl apply -f docs/rbac.yaml (role ovntrace-read)"
    nodes = found(way, "list nodes")
    assert (nodes.state, nodes.needed) == (FAILED, False)
    assert "ovntrace-dump" in nodes.hint
    assert found(way, "list pods").state is OK
    own = found(way, f"get pods/exec in {OPENSHIFT}")
    assert own.is_trouble
    assert f"kubectl auth can-i get pods/exec -n {OPENSHIFT}" in own.hint
    workloads = found(way, "exec in workloads in all namespaces")
    assert (workloads.state, workloads.needed) == (FAILED, False)
    assert {("exec", "node-1"), ("exec", "node-2")} <= troubles(way)
    # One refused exec of a node is enough to know it.
    assert len(execs(stage.server, 2)) == 2


def test_exec_in_a_namespace_of_workloads(stage: Stage) -> None:
    checked = found(stage.look("reader", namespace="demo"), "exec in workloads in demo")
    assert checked.hint.startswith("kubectl create rolebinding ovntrace-workloads -n demo ")


@pytest.mark.parametrize(("minor", "is_needed"), [(32, False), (35, True)])
def test_create_is_needed_from_one_version_on(tmp_path: Path, minor: int, is_needed: bool) -> None:
    options = Options(exec_needs_create=minor >= 35, minor_version=minor)
    with staged(tmp_path, users=USERS, options=options) as stage:
        way = stage.look("no-create")
    create = found(way, f"create pods/exec in {OPENSHIFT}")
    assert (create.state, create.needed) == (FAILED, is_needed)
    assert (("exec", "node-1") in troubles(way)) is is_needed


def test_nobody_may_find_the_pods(stage: Stage) -> None:
    way = stage.look("nobody")
    assert ("ovnkube-node pods", "") in troubles(way)
    assert not execs(stage.server, 0)


def test_no_pods_of_ovn_kubernetes(tmp_path: Path) -> None:
    with staged(tmp_path, objects={"pods": [pod("web", "demo")], "nodes": []}) as stage:
        pods = found(stage.look(), "ovnkube-node pods")
    assert pods.is_trouble
    assert "--ovn-namespace" in pods.hint


def test_a_container_that_does_not_run(tmp_path: Path) -> None:
    objects = interconnect()
    objects["pods"][1] = ovnkube_node("node-2", stopped=("nbdb",))
    with staged(tmp_path, objects=objects) as stage:
        way = stage.look()
    idle = found(way, "containers", "node-2")
    assert idle.detail == "do not run in pod ovnkube-node-node-2: nbdb"
    assert idle.hint == f"kubectl describe pod -n {OPENSHIFT} ovnkube-node-node-2"
    assert found(way, "northbound", "node-2").state is OK  # by another container


def test_a_node_that_hangs_is_a_line_and_costs_one_timeout(stage: Stage) -> None:
    stage.program("node-2", "timeout", "exec sleep 60")
    began = time.monotonic()
    way = stage.look(timeout_s=1)
    assert time.monotonic() - began < 4
    assert [check.what for check in way.checks if check.node == "node-2"] == ["exec"]
    assert "within 1 s" in found(way, "exec", "node-2").detail
    assert found(way, "exec", "node-1").state is OK


def test_credentials_that_are_wrong(stage: Stage) -> None:
    text = stage.config.read_text()
    token = stage.server.users["lab"].token
    stage.config.write_text(text.replace(token, "stale"))
    way = stage.look()
    assert [(check.what, check.state) for check in way.checks] == [("user", FAILED)]
    assert "(401)" in way.checks[0].detail


def test_a_server_that_is_gone(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        pass
    way = stage.look(timeout_s=2)
    assert [(check.what, check.state) for check in way.checks] == [("API server", FAILED)]
    assert "VPN" in way.checks[0].hint


def test_a_context_that_is_not_there(stage: Stage) -> None:
    way = stage.look("elsewhere")
    assert troubles(way) == {("kubeconfig", "")}
    assert way.at_hand


# --- the program ----------------------------------------------------------------------------------


def test_nothing_is_at_hand(tmp_path: Path) -> None:
    nowhere = {"HOME": str(tmp_path), "KUBECONFIG": "", "OVN_RUNDIR": str(tmp_path)}
    nowhere |= {"OVS_RUNDIR": str(tmp_path), "OVN_NB_DB": "", "OVN_SB_DB": ""}
    env = environment(**nowhere)
    env.pop("KUBERNETES_SERVICE_HOST", None)
    done = run(real("doctor"), env)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("✗ no way in is at hand\n")
    for hint in ("--kubeconfig", "--ssh", "--ovsdb", "--from"):
        assert hint in done.stdout


def test_a_dump_is_looked_at() -> None:
    done = run(real("doctor", "--from", "examples/llm-demo.tar.gz", "-o", "json"))
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    validate(document, "doctor")
    [way] = document["ways"]
    assert way["kind"] == "dump"
    checks = {(check["what"], check["node"]): check for check in way["checks"]}
    assert checks["read as", ""]["value"] == "ovntrace dump"
    assert checks["taken", ""]["state"] == "ok"
    assert checks["explain of a pod", ""]["state"] == "ok"
    assert {one["what"] for one in way["versions"]} >= {"ovn-northd", "ovs-vswitchd"}


def test_what_is_no_dump(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of ours\n")
    done = run(real("doctor", "--from", str(tmp_path / "notes.txt")))
    assert done.returncode in (2, 3)
    assert "notes.txt" in done.stderr
