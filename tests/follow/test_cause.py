"""Which row turned a verdict: shown by judging what is without its change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ovntrace.follow.cause import answer_of, cause_of
from ovntrace.follow.types import Cause
from ovntrace.model.kube import Kube
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.types import Flow
from tests.diff import changes
from tests.diff.cluster import HERE, LOCALNET_PORT, THERE, Cells, Cluster, members
from tests.follow.asked import changed, judge_of

ECHO = Flow("llm-demo/tinypod", "llm-demo/tinypod-01", network="localnet-cnv")
DENIED = f"{changes.DENY}:Egress"


def cause(
    old: Cluster | Snapshot, new: Cluster | Snapshot, flow: Flow = ECHO, **more: Any
) -> Cause:
    """Of a verdict that has turned."""
    before, after = (one.snapshot() if isinstance(one, Cluster) else one for one in (old, new))
    judge = judge_of(flow)
    was, now = judge(before), judge(after)
    assert answer_of(was) != answer_of(now), "the verdict has not turned"
    return cause_of(before, after, was, now, judge, **more)


def told(found: Cause) -> tuple[str, list[tuple[str, str, str]]]:
    return found.certainty, [(row.table, row.change, row.node) for row in found.rows]


def egress_allows(cluster: Cluster) -> None:
    """Nobody is isolated for what it sends: what decides is the other's ingress."""
    for node in (HERE, THERE):
        for acl in cluster.owned(node, "nbctl/ACL", DENIED):
            acl["action"] = "allow-related"


def other_rows_change(cluster: Cluster) -> None:
    """Of ACLs and ports that have no part in the flow."""
    for acl in cluster.rows(HERE, "nbctl/ACL"):
        if acl.ids.get("k8s.ovn.org/owner-controller") == "default-network-controller":
            acl["priority"] += 1
    cluster.rows(HERE, "nbctl/Logical_Switch")[0]["other_config"] = [
        "map",
        [["mcast_snoop", "true"]],
    ]


def test_one_row_among_several_is_proven() -> None:
    new = changed(lambda c: changes.port_is_disabled(c, "tinypod"), other_rows_change)
    found = cause(Cluster(), new)
    assert told(found) == ("proven", [("Logical_Switch_Port", "changed", HERE)])
    assert found.rows[0].name == f"{LOCALNET_PORT}tinypod"
    assert found.rows[0].columns == {"enabled": (["set", []], False)}
    # And back again.
    assert told(cause(new, Cluster()))[0] == "proven"


def test_the_group_that_a_port_has_left() -> None:
    found = cause(Cluster(), changed(changes.port_leaves_deny, changes.acl_matches_otherwise))
    assert told(found) == ("proven", [("Port_Group", "changed", HERE)])
    assert list(found.rows[0].columns) == ["ports"]


def denied_acls(cluster: Cluster, node: str) -> list[Cells]:
    acls = cluster.owned(node, "nbctl/ACL", DENIED)
    return [acl for acl in acls if acl["action"] == "drop"]


def acls_are_deleted(cluster: Cluster, *nodes: str) -> None:
    """With the references to them, as OVN's server does it."""
    for node in nodes:
        gone = denied_acls(cluster, node)
        assert len(gone) == 1
        cluster.remove(node, "nbctl/ACL", *gone)
        for group in cluster.rows(node, "nbctl/Port_Group"):
            kept = [one for one in members(group["acls"]) if one[1] != gone[0].uuid]
            group["acls"] = ["set", kept]


def test_an_acl_that_went_with_its_groups_reference() -> None:
    found = cause(Cluster(), changed(lambda c: acls_are_deleted(c, HERE)))
    assert told(found) == ("proven", [("ACL", "went", HERE)])
    came = cause(changed(lambda c: acls_are_deleted(c, HERE)), Cluster())
    assert told(came) == ("proven", [("ACL", "came", HERE)])


def test_the_same_row_in_two_zones_is_one_cause() -> None:
    found = cause(Cluster(), changed(lambda c: acls_are_deleted(c, HERE, THERE)))
    assert told(found) == ("proven", [("ACL", "went", HERE)])


def test_two_rows_that_only_together_turn_it_are_consistent() -> None:
    """Both ends' ports are disabled: either alone would stop the packet at the same place."""

    def both(cluster: Cluster) -> None:
        acls_are_deleted(cluster, HERE)
        changes.port_is_disabled(cluster, "tinypod")

    def one(cluster: Cluster) -> None:
        changes.port_is_disabled(cluster, "tinypod")

    # Of what decides after `both` the group's ACL is no part: without the port alone another
    # answer comes, and without the ACL too.
    def twice(cluster: Cluster) -> None:
        both(cluster)
        changes.port_is_disabled(cluster, "tinypod-01")

    found = cause(Cluster(), changed(twice))
    assert found.certainty == "consistent"
    assert {(row.table, row.change) for row in found.rows} == {
        ("ACL", "went"),
        ("Logical_Switch_Port", "changed"),
        ("Port_Group", "changed"),
    }
    assert found.why == "no row alone turned it"
    assert cause(Cluster(), changed(one)).certainty == "proven"


def test_an_end_that_came() -> None:
    """Before, the address was nobody's: there is no API that would know it."""
    flow = Flow("llm-demo/tinypod", "192.168.77.92", network="localnet-cnv")
    without = changed(lambda c: changes.pod_goes(c, pod="tinypod-01"), egress_allows)
    old, new = (replace(one.snapshot(), kube=Kube({})) for one in (without, changed(egress_allows)))
    found = cause(old, new, flow)
    assert (found.certainty, found.rows[0].table) == ("proven", "Logical_Switch_Port")
    assert (found.rows[0].change, found.rows[0].columns) == ("came", {})
    # By its name it is not to be found at all without its port: that shows nothing.
    judge = judge_of(replace(flow, dst="llm-demo/tinypod-01"))
    now = judge(new)
    was = [replace(now[0], verdict="unknown")]
    assert cause_of(old, new, was, now, judge).certainty == "consistent"


def test_nothing_in_the_databases_has_changed() -> None:
    """The pod's labels and annotations have: what is not in OVN."""
    old = Cluster().snapshot()
    judge = judge_of(ECHO)
    was = judge(old)
    now = [replace(view, verdict="unknown") for view in was]
    found = cause_of(old, old, was, now, judge)
    assert (found.certainty, found.rows) == ("consistent", ())
    assert found.why.endswith("it is what is not in OVN")


def test_a_zone_that_can_no_more_be_read() -> None:
    old = Cluster().snapshot()
    new = replace(old, nb={node: nb for node, nb in old.nb.items() if node != HERE})
    found = cause(old, new)
    assert (found.certainty, found.rows) == ("consistent", ())
    assert found.why.endswith(f"it is the northbound database of {HERE}")


def counting(judge: Callable[[Snapshot], Any]) -> tuple[Callable[[Snapshot], Any], list[Snapshot]]:
    asked: list[Snapshot] = []

    def judged(snapshot: Snapshot) -> Any:
        asked.append(snapshot)
        return judge(snapshot)

    return judged, asked


def renewed() -> tuple[Snapshot, Snapshot]:
    """All rows are others, and no one of them did it."""
    return Cluster().snapshot(), changed(Cluster.renew_uuids).snapshot()


def test_the_acl_that_decides_is_tried_first() -> None:
    old = Cluster().snapshot()
    new = changed(egress_allows, other_rows_change).snapshot()
    judge, asked = counting(judge_of(ECHO))
    was, now = judge(old), judge(new)
    asked.clear()
    found = cause_of(old, new, was, now, judge)
    assert was[0].deciding is not None
    assert (found.certainty, found.rows[0].uuid) == ("proven", was[0].deciding.uuid)
    assert len(asked) == 1


def test_it_is_not_tried_without_end() -> None:
    old, new = renewed()
    judge, asked = counting(judge_of(ECHO))
    was, now = judge(old), judge(new)
    asked.clear()
    ticks = iter(range(1000))
    found = cause_of(old, new, was, now, judge, clock=lambda: float(next(ticks)))
    assert len(asked) == 3  # what fits two seconds of this clock
    assert found.certainty == "consistent"
    assert found.why.startswith("3 of them were tried, none of which alone turned it; ")
    assert len(found.rows) == 16
