"""A VM's two launchers: which is active, and what is wrong; each fault beside its sound twin."""

from dataclasses import replace
from typing import Any

import pytest

from ovntrace.errors import ExitCode, WrongQuestionError
from ovntrace.model.capture import Missing, Reason, Target
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.find import find_workload
from ovntrace.view.migration import nodes_elsewhere
from ovntrace.view.outcome import exit_code, overall, troubles
from ovntrace.view.subject import Query
from ovntrace.view.types import ExplainView, State
from tests.captured import NAMES, NOW, snapshot
from tests.view.migrating import (
    HERE,
    MAC,
    NAD,
    OFF,
    ON,
    PREFIX,
    SOURCE,
    TARGET,
    THERE,
    VM,
    Port,
    database,
    explained,
    ids,
    migrating,
    row_of,
    set_cells,
    tables,
)

RUNNING: dict[str, Any] = {}
MOVED = {"targetNodeDomainReadyTimestamp": "2030-01-01T00:00:09Z"}
COMPLETED = {**MOVED, "completed": True, "endTimestamp": "2030-01-01T00:00:10Z"}
FAILED = {"completed": True, "failed": True, "endTimestamp": "2030-01-01T00:00:10Z"}


def _hops_of(view: ExplainView, kind: str) -> list[tuple[str, str]]:
    return [
        (finding.id, finding.severity)
        for hop in view.attachments[0].hops
        if hop.kind == kind
        for finding in hop.findings
    ]


# --- sound ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_vm_that_never_migrated_has_none(name: str) -> None:
    snap = snapshot(name)
    view = explained(snap, network=None)
    assert view.migration is None
    assert ids(view) == []
    assert nodes_elsewhere(snap, find_workload(snap, Query(f"vm/{VM}"))) == ()


def test_before_the_guest_moves_the_source_is_active() -> None:
    view = explained(migrating(state=RUNNING))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("running", "source")
    source, target = view.migration.sides
    assert (source.role, source.active, source.pod, source.node) == ("source", True, SOURCE, HERE)
    assert (target.role, target.active, target.pod, target.node) == ("target", False, TARGET, THERE)
    [here], [there] = source.ports, target.ports
    assert here.lsp == PREFIX + SOURCE
    assert (here.exists, here.enabled, here.addresses, here.up) == (True, True, (MAC,), True)
    assert here.chassis is not None
    assert (there.exists, there.enabled, there.addresses) == (True, False, ())
    assert view.workload.pod == SOURCE
    assert ids(view) == []
    assert overall(view) is not State.BROKEN


@pytest.mark.parametrize(
    ("state", "ready", "node"),
    [(MOVED, False, HERE), (RUNNING, True, HERE), (RUNNING, False, THERE)],
    ids=["migrationState", "annotation", "nodeName"],
)
def test_once_the_guest_has_moved_the_target_is_active(
    state: dict[str, Any], ready: bool, node: str
) -> None:
    view = explained(migrating(state=state, ready=ready, node=node, source=OFF, target=ON))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("running", "target")
    assert (view.workload.pod, view.workload.node) == (TARGET, THERE)
    assert view.attachments[0].lsp == PREFIX + TARGET
    assert ids(view) == []


def test_two_launchers_before_migration_state_tells_of_them() -> None:
    view = explained(migrating(state=None, target=None))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("running", "source")
    assert view.migration.sides[1].pod == TARGET
    assert view.migration.sides[1].ports[0].exists is False
    assert ids(view) == []


def test_migration_state_of_the_migration_before_does_not_count() -> None:
    old = {**COMPLETED, "sourcePod": "gone", "sourceNode": "worker-9", "targetPod": SOURCE}
    view = explained(migrating(state={**old, "targetNode": HERE}))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("running", "source")
    assert [side.pod for side in view.migration.sides] == [SOURCE, TARGET]


@pytest.mark.parametrize("source", [OFF, None, Port(False)])
def test_completed_with_the_source_lingering(source: Port | None) -> None:
    view = explained(
        migrating(state=COMPLETED, node=THERE, source=source, target=ON, source_phase="Succeeded")
    )
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("completed", "target")
    assert view.workload.pod == TARGET
    assert ids(view) == []


def test_completed_with_nothing_left_is_none() -> None:
    snap = migrating(state=COMPLETED, node=THERE, source=None, target=ON, source_phase=None)
    view = explained(snap)
    assert view.migration is None
    assert ids(view) == []
    assert nodes_elsewhere(snap, find_workload(snap, Query(f"vm/{VM}"))) == ()


def test_failed_with_nothing_left_is_none_but_its_node_is_asked() -> None:
    snap = migrating(state=FAILED, target=None, target_phase=None)
    assert explained(snap).migration is None
    assert ids(explained(snap)) == []
    assert nodes_elsewhere(snap, find_workload(snap, Query(f"vm/{VM}"))) == (THERE,)


def test_failed_and_the_target_on_its_way_out() -> None:
    view = explained(migrating(state=FAILED))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("failed", "source")
    assert ids(view) == []


def test_on_the_cluster_network_both_are_enabled_with_addresses_of_their_own() -> None:
    view = explained(migrating(state=RUNNING), network="default")
    assert view.migration is not None
    assert [port.network for port in view.migration.sides[0].ports] == ["default"]
    assert ids(view) == []


# --- faults ---------------------------------------------------------------------------------------


def test_both_enabled_while_it_runs_is_a_warning() -> None:
    assert ids(explained(migrating(state=RUNNING, target=ON))) == [("OVT421", "warning")]


@pytest.mark.parametrize(("state", "node"), [(COMPLETED, THERE), (FAILED, HERE)])
def test_both_enabled_after_it_ended_is_an_error(state: dict[str, Any], node: str) -> None:
    view = explained(migrating(state=state, node=node, target=ON))
    assert ids(view) == [("OVT421", "error")]
    assert exit_code(view) is ExitCode.BROKEN


def test_an_empty_column_is_enabled_too() -> None:
    view = explained(migrating(state=RUNNING, source=Port(), target=Port()))
    assert ids(view) == [("OVT421", "warning")]


def test_two_macs_are_no_duplicate() -> None:
    other = Port(True, ("02:00:a3:00:00:ff",))
    assert ids(explained(migrating(state=RUNNING, target=other))) == []


@pytest.mark.parametrize("state", [RUNNING, COMPLETED, FAILED])
def test_none_enabled(state: dict[str, Any]) -> None:
    view = explained(migrating(state=state, source=OFF, target=OFF))
    assert ids(view) == [("OVT422", "error")]
    assert exit_code(view) is ExitCode.BROKEN


def test_the_guest_has_moved_and_the_ports_have_not() -> None:
    view = explained(migrating(state=MOVED))
    assert view.workload.pod == TARGET
    assert ids(view) == [("OVT423", "error")]
    assert exit_code(view) is ExitCode.BROKEN


def test_the_running_one_without_addresses() -> None:
    view = explained(migrating(state=MOVED, source=OFF, target=Port(True, ())))
    assert ids(view) == [("OVT423", "error")]
    assert "no addresses" in view.findings[0].title


def test_the_source_stays_disabled_after_a_failed_migration() -> None:
    view = explained(migrating(state=FAILED, source=OFF, target=None, target_phase=None))
    assert ids(view) == [("OVT423", "error")]
    assert view.workload.pod == SOURCE


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", None])
def test_a_completed_launcher_that_still_owns_its_port(phase: str | None) -> None:
    view = explained(migrating(state=COMPLETED, node=THERE, target=ON, source_phase=phase))
    assert ids(view) == [("OVT424", "error")]
    assert exit_code(view) is ExitCode.BROKEN


def test_an_older_launcher_of_no_migration() -> None:
    def older(lists: dict[str, Any]) -> None:
        pod = next(p for p in lists["pods"] if p["metadata"]["name"] == TARGET)
        pod["metadata"]["creationTimestamp"] = "2020-01-01T00:00:00Z"
        del pod["metadata"]["labels"]["kubevirt.io/migrationJobUID"]

    for port, expected in ((ON, [("OVT424", "error")]), (OFF, []), (None, [])):
        snap = migrating(target=port, target_phase="Succeeded", edit=older)
        view = explained(snap)
        assert view.migration is None
        assert ids(view) == expected
        assert nodes_elsewhere(snap, find_workload(snap, Query(f"vm/{VM}"))) == (THERE,)


@pytest.mark.parametrize("phase", ["Failed", None])
def test_the_targets_port_left_over_after_a_failed_migration(phase: str | None) -> None:
    view = explained(migrating(state=FAILED, target_phase=phase))
    assert ids(view) == [("OVT425", "warning")]
    view = explained(migrating(state=FAILED, target=ON, target_phase=phase))
    assert ids(view) == [("OVT425", "error")]


# --- what could not be read -----------------------------------------------------------------------


def _without_target_node(state: dict[str, Any], **given: Any) -> ExplainView:
    snap = migrating(state=state, **given)
    why = Missing(Target(node=THERE), "nb", Reason.TIMEOUT, "no answer within 10 s")
    return explained(replace(snap, nb={HERE: snap.nb[HERE]}, missing=(why,)))


def test_a_node_that_cannot_be_read_is_a_gap_and_unknown() -> None:
    view = _without_target_node(RUNNING)
    assert view.migration is not None
    [port] = view.migration.sides[1].ports
    assert (port.exists, port.enabled, port.addresses, port.up) == (None, None, None, None)
    assert port.lsp == PREFIX + TARGET
    assert ids(view) == []
    assert [gap.node for gap in view.gaps if gap.artefact == "nb"] == [THERE]
    assert any(one.state is State.UNKNOWN and "target" in one.why for one in troubles(view))
    assert exit_code(view) is ExitCode.NO_ANSWER


@pytest.mark.parametrize(("enabled", "expected"), [(False, []), (True, [("OVT421", "warning")])])
def test_another_zone_tells_of_a_port_that_it_has_as_remote(
    enabled: bool, expected: list[tuple[str, str]]
) -> None:
    """As on layer2, where every zone has every port."""
    snap = migrating(state=RUNNING)
    nb = tables(HERE, "nbctl")
    ports = nb["Logical_Switch_Port"]
    row = list(row_of(ports, "name", PREFIX + SOURCE))
    uuid = ["uuid", "11111111-2222-4333-8444-777777777777"]
    set_cells(ports, row, name=PREFIX + TARGET, _uuid=uuid, type="remote", enabled=enabled)
    ports[1].append(row)
    view = explained(replace(snap, nb={HERE: Northbound(database(nb))}))
    assert view.migration is not None
    assert view.migration.sides[1].ports[0].enabled is enabled
    assert ids(view) == expected


def test_after_the_end_such_a_node_does_not_change_the_exit_code() -> None:
    view = _without_target_node(FAILED, target_phase="Failed")
    assert [gap.node for gap in view.gaps if gap.artefact == "nb"] == [THERE]
    assert ids(view) == []
    assert exit_code(view) is ExitCode.OK


def test_without_the_vmi_the_pods_tell_and_the_state_is_unknown() -> None:
    def unread(lists: dict[str, Any]) -> None:
        del lists["virtualmachineinstances"]

    view = explained(migrating(edit=unread))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("unknown", "source")
    assert ids(view) == []
    view = explained(migrating(edit=unread, ready=True, source=OFF, target=ON))
    assert view.migration is not None
    assert (view.migration.state, view.migration.active) == ("unknown", "target")
    assert ids(view) == []


def test_kubevirt_that_does_not_name_the_sources_pod() -> None:
    view = explained(migrating(state={"sourcePod": None}))
    assert view.migration is not None
    assert view.migration.sides[0].pod == SOURCE


@pytest.mark.parametrize("word", [7, "yes", [], {"targetPod": ["x"]}, {"targetPod": None}])
def test_a_migration_state_of_another_shape(word: object) -> None:
    def strange(lists: dict[str, Any]) -> None:
        for vmi in lists["virtualmachineinstances"]:
            vmi["status"]["migrationState"] = word

    view = explained(migrating(edit=strange, target_phase=None, target=None))
    assert view.migration is None
    assert ids(view) == []


# --- names ----------------------------------------------------------------------------------------


def test_the_vm_is_meant_by_its_mac_while_two_pods_have_it() -> None:
    assert explained(migrating(state=RUNNING), MAC).workload.kind == "vm"
    moved = migrating(state=MOVED, source=OFF, target=ON)
    assert explained(moved, MAC).workload.pod == TARGET


def test_the_other_launcher_by_its_own_name_is_disabled_and_sound() -> None:
    view = explained(migrating(state=RUNNING), TARGET)
    assert (view.workload.kind, view.workload.node) == ("pod", THERE)
    assert view.migration is not None
    assert view.migration.active == "source"
    assert _hops_of(view, "logical-switch-port") == [("OVT402", "info")]
    active = explained(migrating(state=RUNNING, source=OFF))
    assert ("OVT402", "error") in _hops_of(active, "logical-switch-port")


def test_without_the_api_the_launcher_whose_ports_are_enabled_is_meant() -> None:
    for source, target, pod in ((ON, OFF, SOURCE), (OFF, ON, TARGET)):
        snap = replace(migrating(source=source, target=target), kube=Kube({}))
        assert find_workload(snap, Query(f"vm/{VM}")).pod == pod
    both = replace(migrating(source=ON, target=ON), kube=Kube({}))
    with pytest.raises(WrongQuestionError, match="one of 2"):
        find_workload(both, Query(f"vm/{VM}"))


@pytest.mark.parametrize(
    ("state", "source", "target", "node", "verdict"),
    [
        (RUNNING, ON, OFF, HERE, "allow"),
        (MOVED, OFF, ON, THERE, "allow"),
        (MOVED, ON, OFF, THERE, "drop"),
    ],
)
def test_a_flow_to_the_vm_is_judged_at_the_active_launcher(
    state: dict[str, Any], source: Port, target: Port, node: str, verdict: str
) -> None:
    snap = migrating(state=state, source=source, target=target)
    flow = Flow(f"vm/{VM}", "pod/tinypod-01", dport=None, network=NAD)
    found = Tracer(snap).trace(flow, now=NOW)
    assert found.flow["src_node"] == node
    assert found.verdict == verdict, found.reason
