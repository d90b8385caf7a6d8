"""Each change is told, as what it is, and nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest

from ovntrace.diff.compare import diff
from ovntrace.diff.outcome import diff_exit_code, differs
from ovntrace.diff.types import DiffView, FactChange, WorkloadKey
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from tests.captured import NAMES, NOW, snapshot
from tests.diff import changes
from tests.diff.cluster import HERE, LOCALNET_PORT, THERE, Cluster

TINYPOD = WorkloadKey("pod", "llm-demo", "tinypod")
TINYPOD_01 = WorkloadKey("pod", "llm-demo", "tinypod-01")
GOLD = WorkloadKey("vm", "llm-demo", changes.GOLD)
ALL = ("nodes", "workloads", "policies", "acls", "groups", "sets", "flips")

Change = Callable[[Cluster], None]


def changed(change: Change, **asked: Any) -> DiffView:
    """The capture against itself with a change."""
    old, new = Cluster(), Cluster()
    change(new)
    # Flows that a change touches come first: a few will do.
    return diff(old.snapshot(), new.snapshot(), now=NOW, **{"max_flows": 120, **asked})


def only(view: DiffView, *names: str) -> None:
    """These kinds of changes, and no other."""
    assert [name for name in ALL if getattr(view, name)] == [n for n in ALL if n in names]
    assert diff_exit_code(view) == 1


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changed(name: str) -> None:
    view = diff(snapshot(name), snapshot(name), noise=True, now=NOW, max_flows=100)
    assert not differs(view)
    assert view.noise == ()
    assert diff_exit_code(view) == 0
    assert view.flows.judged == 100


def test_a_port_leaves_a_group() -> None:
    view = changed(changes.port_leaves_group)
    only(view, "groups", "flips")
    [group] = view.groups
    assert (group.change, group.network, group.entered) == ("changed", "localnet-cnv", ())
    assert group.owner is not None
    assert (group.owner.kind, group.owner.name) == ("MultiNetworkPolicy", "allow-ipblock")
    [member] = group.left
    assert (member.port, member.workload) == (LOCALNET_PORT + "tinypod", TINYPOD)
    assert not member.follows
    assert {(one.old.verdict, one.new.verdict) for one in view.flips} == {("allow", "drop")}
    assert {one.flow["dst"] for one in view.flips} == {str(TINYPOD)}


def test_a_port_leaves_a_group_that_denies() -> None:
    view = changed(changes.port_leaves_deny, max_flows=0)
    only(view, "groups")
    [group] = view.groups
    assert group.owner is not None
    assert (group.owner.kind, group.owner.namespace) == ("default-deny", "llm-demo")
    assert group.owner.direction == "Egress"
    assert [one.workload for one in group.left] == [TINYPOD]


def test_flips_are_what_trace_says_of_each_side() -> None:
    """All flows of the localnet network, judged one by one."""
    old, new = Cluster(), Cluster()
    changes.port_leaves_group(new)
    sides = old.snapshot(), new.snapshot()
    view = diff(*sides, TINYPOD, now=NOW, max_flows=120)
    told = {(f.flow["src"], f.flow["dst"], f.flow["proto"], f.flow["dport"]) for f in view.flips}
    names = [str(TINYPOD_01), "pod/llm-demo/tinypod-02", f"vm/llm-demo/{changes.GOLD}"]
    pairs = [(name, str(TINYPOD)) for name in names] + [(str(TINYPOD), name) for name in names]
    tracers = [Tracer(side) for side in sides]
    expected = set()
    for src, dst in pairs:
        for proto, port in (("icmp", None), ("tcp", 8080)):
            asked = Flow(src, dst, proto, port, network="localnet-cnv")
            answers = [tracer.trace(asked, now=NOW) for tracer in tracers]
            said = [(a.verdict, a.reply.verdict if a.reply else None) for a in answers]
            if said[0] != said[1] and "unknown" not in (said[0][0], said[1][0]):
                expected.add((src, dst, proto, port))
    assert {one for one in told if one[2] == "icmp"} == {o for o in expected if o[2] == "icmp"}


def test_an_acl_acts_otherwise() -> None:
    view = changed(changes.acl_acts_otherwise)
    only(view, "acls", "flips")
    [acl] = view.acls
    assert (acl.change, acl.nodes) == ("changed", (HERE, THERE))
    assert acl.facts == (FactChange("action", "allow-related", "drop"),)
    assert acl.new is not None
    assert acl.new.policy is not None
    assert (acl.new.policy.kind, acl.new.policy.name) == ("MultiNetworkPolicy", "allow-ipblock")
    assert {(one.old.verdict, one.new.verdict) for one in view.flips} == {("allow", "drop")}
    for flip in view.flips:
        assert flip.old.deciding is not None
        assert flip.new.deciding is not None
        assert flip.old.deciding.policy is not None
        assert flip.old.deciding.policy.name == "allow-ipblock"


def test_an_acl_matches_otherwise_in_one_zone() -> None:
    view = changed(changes.acl_matches_otherwise, max_flows=0)
    only(view, "acls")
    [acl] = view.acls
    assert acl.nodes == (HERE,)
    [fact] = acl.facts
    assert fact.name == "match"
    assert "192.168.77.92" in str(fact.old)
    assert "192.168.77.99" in str(fact.new)


def test_a_port_is_disabled() -> None:
    view = changed(changes.port_is_disabled)
    only(view, "workloads", "flips")
    [workload] = view.workloads
    assert (workload.change, workload.workload) == ("changed", TINYPOD_01)
    [attachment] = workload.attachments
    assert (attachment.network, attachment.facts) == ("localnet-cnv", ())
    [hop] = attachment.hops
    assert (hop.kind, hop.old_state, hop.new_state) == ("logical-switch-port", "ok", "broken")
    assert hop.facts == (FactChange("enabled", None, False),)
    assert "disabled" in hop.new_why[0]
    ends = [{one.flow["src"], one.flow["dst"]} for one in view.flips]
    assert ends
    assert all(str(TINYPOD_01) in pair for pair in ends)
    assert {(one.old.verdict, one.new.verdict) for one in view.flips} == {("allow", "drop")}


def test_a_policy_is_deleted() -> None:
    view = changed(changes.policy_is_deleted)
    only(view, "policies", "acls", "groups", "flips")
    [policy] = view.policies
    assert (policy.change, policy.kind, policy.told_by) == ("went", "MultiNetworkPolicy", "api")
    assert (policy.namespace, policy.name) == ("llm-demo", "allow-ipblock")
    [acl] = view.acls
    assert (acl.change, acl.nodes) == ("went", (HERE, THERE))
    [group] = view.groups
    assert (group.change, group.new_name) == ("went", None)
    assert [one.workload for one in group.left] == [TINYPOD]
    assert {one.flow["dst"] for one in view.flips} == {str(TINYPOD)}


def test_a_policy_is_edited() -> None:
    view = changed(changes.policy_is_edited, max_flows=0)
    only(view, "policies")
    [policy] = view.policies
    assert policy.change == "changed"
    path = "spec.ingress[0].from[0].ipBlock.cidr"
    assert policy.facts == (FactChange(path, "192.168.77.92/32", "192.168.77.99/32"),)


@pytest.mark.parametrize(
    ("change", "name", "path"),
    [
        (
            changes.admin_policy_is_edited,
            ("AdminNetworkPolicy", None, "cluster-control"),
            "spec.priority",
        ),
        (
            changes.egress_firewall_is_edited,
            ("EgressFirewall", "team-b", "default"),
            "spec.egress[0].to.cidrSelector",
        ),
    ],
)
def test_a_policy_of_a_kind_that_is_rare_is_edited(
    change: Change, name: tuple[str, str | None, str], path: str
) -> None:
    view = changed(change, max_flows=0)
    only(view, "policies")
    [policy] = view.policies
    assert (policy.kind, policy.namespace, policy.name) == name
    assert (policy.change, policy.told_by) == ("changed", "api")
    assert [fact.name for fact in policy.facts] == [path]


def test_a_vm_is_rolled() -> None:
    """Ports, bindings and devices are named for the new pod; the VM is the same."""
    view = changed(changes.vm_is_rolled)
    only(view, "workloads")
    [workload] = view.workloads
    assert (workload.change, workload.workload) == ("moved", GOLD)
    assert workload.attachments == ()
    assert workload.old is not None
    assert workload.new is not None
    assert workload.old.pod != workload.new.pod
    assert workload.old.node == workload.new.node == HERE


def test_a_pod_moves() -> None:
    view = changed(changes.pod_moves)
    only(view, "workloads")
    [workload] = view.workloads
    assert (workload.change, workload.workload) == ("moved", TINYPOD)
    assert workload.old is not None
    assert workload.new is not None
    assert (workload.old.node, workload.new.node) == (HERE, THERE)
    states = [
        (hop.kind, hop.old_state, hop.new_state)
        for attachment in workload.attachments
        for hop in attachment.hops
        if hop.old_state != hop.new_state
    ]
    assert states == []


def test_a_pod_goes() -> None:
    view = changed(changes.pod_goes, max_flows=0)
    only(view, "workloads", "groups")
    [workload] = view.workloads
    assert (workload.change, workload.new, workload.ports_left) == ("went", None, ())
    assert set(workload.networks) == {"default", "localnet-cnv"}
    # Its ports left their groups since it is gone: no change of its own.
    members = [one for group in view.groups for one in group.left]
    assert members
    assert all(one.follows and one.workload == TINYPOD for one in members)
    back = diff(_after(changes.pod_goes), Cluster().snapshot(), now=NOW, max_flows=0)
    assert [one.change for one in back.workloads] == ["came"]


def test_a_pod_that_went_has_left_its_ports() -> None:
    view = changed(changes.pod_is_unplugged_late, max_flows=0)
    only(view, "workloads")
    [workload] = view.workloads
    assert workload.change == "went"
    assert workload.ports_left == ("llm-demo_tinypod", LOCALNET_PORT + "tinypod")


def test_all_uuids_are_other_ones() -> None:
    """As after OVN-Kubernetes made its rows anew."""
    view = changed(Cluster.renew_uuids, noise=True, max_flows=50)
    assert not differs(view)
    assert diff_exit_code(view) == 0
    told = {(one.what, one.name) for one in view.noise or ()}
    assert {("nb", "ACL"), ("nb", "Port_Group"), ("nb", "Logical_Switch_Port")} <= told


def test_only_numbers_grew() -> None:
    quiet = changed(changes.numbers_grow, max_flows=0)
    assert not differs(quiet)
    assert quiet.noise is None
    view = changed(changes.numbers_grow, max_flows=0, noise=True)
    assert diff_exit_code(view) == 0
    facts = {fact.name for one in view.noise or () for fact in one.facts}
    assert {"nb_cfg", "nb_cfg_timestamp", "ofport", "tunnel_key"} <= facts


def test_everything_of_one_workload_only() -> None:
    def several(cluster: Cluster) -> None:
        changes.port_is_disabled(cluster)
        changes.port_leaves_group(cluster)
        changes.acl_acts_otherwise(cluster)
        changes.policy_is_edited(cluster)

    old, new = Cluster(), Cluster()
    several(new)
    view = diff(old.snapshot(), new.snapshot(), TINYPOD, now=NOW, max_flows=120)
    only(view, "policies", "acls", "groups", "flips")
    view = diff(old.snapshot(), new.snapshot(), TINYPOD_01, now=NOW, max_flows=120)
    assert [one.workload for one in view.workloads] == [TINYPOD_01]
    assert not view.groups
    assert not view.policies
    other = WorkloadKey("pod", "team-a", "db-0")
    view = diff(old.snapshot(), new.snapshot(), other, now=NOW, max_flows=120)
    assert not differs(view)


def test_owners_outlive_an_upgrade() -> None:
    """Two versions of OVN-Kubernetes name the same groups otherwise."""
    view = diff(snapshot(NAMES[0]), snapshot(NAMES[1]), now=NOW, max_flows=0)
    lone = [one for one in view.groups if one.change in ("came", "went") and one.owner]
    kinds = {one.owner.kind for one in lone if one.owner}
    assert not kinds & {"NetworkPolicy", "MultiNetworkPolicy", "default-deny", "AdminNetworkPolicy"}
    renamed = [one for one in view.groups if one.change == "changed"]
    assert all(one.old_name != one.new_name for one in renamed if one.owner)


def _after(change: Change) -> Any:
    cluster = Cluster()
    change(cluster)
    return cluster.snapshot()
