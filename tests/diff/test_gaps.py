"""What one side lacks is no difference: it is said, and keeps the answer open."""

import pytest

from ovntrace.diff.compare import diff
from ovntrace.diff.outcome import diff_exit_code, differs
from ovntrace.diff.types import DiffView, WorkloadKey
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Missing, Reason, Target
from tests.captured import NOW
from tests.diff import changes
from tests.diff.cluster import HERE, THERE, Cluster


def lacking(start: str, *missing: Missing) -> DiffView:
    """The capture against itself, of which the second lacks the files that begin so."""
    old, new = Cluster(), Cluster()
    new.files = {path: file for path, file in new.files.items() if not path.startswith(start)}
    assert new.files.keys() != old.files.keys()
    return diff(old.snapshot(), new.snapshot(missing=missing), now=NOW, max_flows=40)


@pytest.mark.parametrize("artefact", ["nb", "sb", "ovs"])
def test_a_database_of_one_node(artefact: str) -> None:
    folder = {"nb": "nbctl", "sb": "sbctl", "ovs": "ovs"}[artefact]
    missing = Missing(Target(node=THERE), artefact, Reason.DENIED, "refused")
    view = lacking(f"{THERE}/{folder}/", missing)
    assert not differs(view)
    assert diff_exit_code(view) == 3
    [gap] = view.gaps
    assert (gap.side, gap.hides, gap.gap.node, gap.gap.reason) == ("B", True, THERE, "denied")


def test_all_of_a_node_without_a_word() -> None:
    view = lacking(f"{THERE}/")
    assert not differs(view)
    [gap] = view.gaps
    assert (gap.side, gap.hides, gap.gap.node) == ("B", True, THERE)
    assert diff_exit_code(view) == 3


def test_one_table_without_a_word() -> None:
    view = lacking(f"{HERE}/nbctl/Port_Group")
    assert not view.groups
    assert [(one.gap.node, one.hides) for one in view.gaps] == [(HERE, True)]


def test_a_stopped_vm_that_one_side_could_not_see() -> None:
    """Only a list of VMs tells of it. Without one nobody knows whether it came."""
    old, new = Cluster(), Cluster()
    vm = {"metadata": {"namespace": "llm-demo", "name": "idle"}, "status": {}}
    new.files["kube/virtualmachines.json"] = {"items": [vm]}
    missing = Missing(Target(), "virtualmachines", Reason.ABSENT, "not there")
    view = diff(old.snapshot(missing=(missing,)), new.snapshot(), now=NOW, max_flows=0)
    assert not differs(view)
    assert [(one.side, one.hides) for one in view.gaps] == [("A", True)]
    old.files["kube/virtualmachines.json"] = {"items": []}
    view = diff(old.snapshot(), new.snapshot(), now=NOW, max_flows=0)
    assert [(one.change, one.workload.name) for one in view.workloads] == [("came", "idle")]


def test_a_node_that_is_no_more() -> None:
    """Its pods are gone too: that is a change and no gap."""
    old, new = Cluster(), Cluster()
    new.files = {path: f for path, f in new.files.items() if not path.startswith(f"{THERE}/")}
    pods = new.objects("pods")
    pods[:] = [pod for pod in pods if pod["spec"].get("nodeName") != THERE]
    view = diff(old.snapshot(), new.snapshot(), now=NOW, max_flows=0)
    assert [(one.change, one.node) for one in view.nodes] == [("went", THERE)]
    assert {one.change for one in view.workloads} == {"went"}
    assert view.gaps == ()
    # No group has lost a port for another reason.
    assert all(m.follows for g in view.groups for m in g.left if m.workload)
    assert diff_exit_code(view) == 1


def test_a_list_that_one_side_has_things_of() -> None:
    missing = Missing(Target(), "multi-networkpolicies", Reason.ABSENT, "not there")
    view = lacking("kube/multi-networkpolicies", missing)
    assert not view.policies
    assert [one.hides for one in view.gaps] == [True]
    assert diff_exit_code(view) == 3


def test_what_both_lack_and_nothing_speaks_for() -> None:
    missing = Missing(Target(), "virtualmachines", Reason.ABSENT, "not there")
    one = Cluster().snapshot(missing=(missing,))
    view = diff(one, one, now=NOW, max_flows=0)
    assert [(gap.side, gap.hides) for gap in view.gaps] == [("A", False), ("B", False)]
    assert diff_exit_code(view) == 0


def test_pods_links_are_told_together() -> None:
    pods = ("tinypod", "tinypod-01")
    missing = tuple(
        Missing(Target(HERE, "llm-demo", pod), "pod-links", Reason.ABSENT, f"no file of {pod}")
        for pod in pods
    )
    view = diff(Cluster().snapshot(), Cluster().snapshot(missing=missing), now=NOW, max_flows=0)
    [gap] = view.gaps
    assert not gap.hides
    assert all(f"llm-demo/{pod}" in gap.gap.detail for pod in pods)


def test_this_machine_sees_one_node() -> None:
    """What a way in can't see hides nothing: only that node is compared."""
    old, new = Cluster(), Cluster()
    new.files = {path: file for path, file in new.files.items() if path.startswith(f"{HERE}/")}
    lists = ("pods", "networkpolicies", "multi-networkpolicies", "network-attachment-definitions")
    missing = tuple(Missing(Target(), one, Reason.UNSUPPORTED, "no API") for one in lists)
    changes.port_is_disabled(new)
    alone = new.snapshot(missing=missing, kind="local")
    view = diff(old.snapshot(), alone, now=NOW, max_flows=0)
    assert [one.workload.name for one in view.workloads] == ["tinypod-01"]
    assert not any(one.hides for one in view.gaps)


@pytest.mark.parametrize("empty_first", [True, False])
def test_nothing_at_all(empty_first: bool) -> None:
    nothing = Cluster()
    nothing.files = {}
    sides = [nothing.snapshot(), Cluster().snapshot()]
    with pytest.raises(NoAnswerError):
        diff(*(sides if empty_first else reversed(sides)), now=NOW)


def test_a_workload_without_a_port() -> None:
    one = Cluster().snapshot()
    with pytest.raises(WrongQuestionError, match="on either side"):
        diff(one, one, WorkloadKey("pod", "team-b", "hostnet-0"), now=NOW)


def test_a_verdict_that_one_side_can_not_tell_is_no_flip() -> None:
    """Address sets were not read: who knows whether a policy allows."""
    old, new = Cluster(), Cluster()
    del new.files[f"{HERE}/nbctl/Address_Set.json"]
    view = diff(old.snapshot(), new.snapshot(), now=NOW, max_flows=100)
    assert view.flips == ()
    assert view.flows.lost > 0
    assert diff_exit_code(view) == 3
