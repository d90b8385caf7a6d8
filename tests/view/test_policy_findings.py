"""Of ports by name: what the ACLs of a rule say together."""

from dataclasses import replace

from ovntrace.policy.ports import NamedPort
from ovntrace.policy.ruleport import RulePort
from ovntrace.view.context import Context
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.policy_findings import policy_findings
from ovntrace.view.subject import Query
from tests.captured import NOW, snapshot

WEB = NamedPort("Ingress", 0, RulePort(0, "TCP", "web"))


def test_where_each_port_has_its_own_acl_the_one_that_allows_all_counts() -> None:
    """As OVN-Kubernetes wrote them before 2023-08."""
    snap = snapshot("ovn-kubernetes-2026-08-two-nodes")
    view = explain(snap, find_workload(snap, Query("llm-demo/vlan33-a")), now=NOW)
    [attachment] = [one for one in view.attachments if one.policies and one.nad != "default"]
    [acl, *_] = [one for one in attachment.acls if one.policy and one.policy.ports]
    assert acl.policy is not None and (acl.policy.direction, acl.policy.rule) == ("Ingress", 0)
    numbered = replace(acl, uuid="1", policy=replace(acl.policy, ports=(RulePort(1, "TCP", "9"),)))
    by_name = replace(acl, uuid="2", policy=replace(acl.policy, ports=(WEB.port,)))
    for acls in ((numbered, by_name), (by_name, numbered)):
        other = replace(attachment, acls=acls)
        [found] = policy_findings(Context(snap, "worker-0", None), [other])
        assert found.title.endswith("the ACL allows all of TCP")
        assert found.evidence[1].row == "ACL 2 match"
