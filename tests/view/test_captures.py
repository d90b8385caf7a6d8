"""The joins on databases that OVN-Kubernetes itself wrote.

The expected rows are searched by other keys than ovntrace uses: the pod's UID (iface-id-ver) and
the NAD, by scanning raw JSON.
"""

import json
from typing import Any

import pytest

from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query, Subject
from ovntrace.view.subjects import all_workloads
from ovntrace.view.types import Attachment, ExplainView, State
from tests.captured import NAMES, NOW, as_list, raw, raw_rows, snapshot


def _views(name: str) -> list[tuple[Subject, ExplainView]]:
    snap = snapshot(name)
    return [(subject, explain(snap, subject, now=NOW)) for subject in all_workloads(snap)]


def _pod(name: str, subject: Subject) -> dict[str, Any]:
    for pod in raw(name)["kube/pods.json"]["items"]:
        meta = pod["metadata"]
        if (meta["namespace"], meta["name"]) == (subject.namespace, subject.pod):
            assert isinstance(pod, dict)
            return pod
    raise AssertionError(subject)


def _wanted_nads(pod: dict[str, Any]) -> set[str]:
    given = json.loads(pod["metadata"]["annotations"]["k8s.ovn.org/pod-networks"])
    return set(given)


def _hop(attachment: Attachment, kind: str) -> Any:
    found = [hop for hop in attachment.hops if hop.kind == kind]
    assert len(found) == 1, (kind, [hop.kind for hop in attachment.hops])
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_pod_has_every_attachment(name: str) -> None:
    views = _views(name)
    pods = raw(name)["kube/pods.json"]["items"]
    with_network = [p for p in pods if not p["spec"].get("hostNetwork")]
    assert len(views) == len(pods)
    assert len(with_network) >= 19
    for subject, view in views:
        pod = _pod(name, subject)
        if pod["spec"].get("hostNetwork"):
            assert not view.attachments
            assert any("shares the node's network" in gap.detail for gap in view.gaps)
        else:
            assert {a.nad for a in view.attachments} == _wanted_nads(pod), subject


@pytest.mark.parametrize("name", NAMES)
def test_rows_found_are_those_of_the_pods_uid(name: str) -> None:
    for subject, view in _views(name):
        pod = _pod(name, subject)
        for attachment in view.attachments:
            _check_rows(name, pod, attachment)


def _check_rows(name: str, pod: dict[str, Any], attachment: Attachment) -> None:
    uid, node = pod["metadata"]["uid"], pod["spec"]["nodeName"]
    nad = None if attachment.nad == "default" else attachment.nad
    interface = next(
        row
        for row in raw_rows(name, node, "ovs/Interface")
        if row["external_ids"].get("iface-id-ver") == uid
        and row["external_ids"].get("k8s.ovn.org/nad") == nad
    )
    port = next(
        row
        for row in raw_rows(name, node, "nbctl/Logical_Switch_Port")
        if row["options"].get("iface-id-ver") == uid
        and row["external_ids"].get("k8s.ovn.org/nad") == nad
    )
    binding = next(
        row
        for row in raw_rows(name, node, "sbctl/Port_Binding")
        if row["options"].get("iface-id-ver") == uid
        and row["external_ids"].get("k8s.ovn.org/nad") == nad
    )
    switch = next(
        row
        for row in raw_rows(name, node, "nbctl/Logical_Switch")
        if port["_uuid"] in as_list(row["ports"])
    )
    groups = [
        row
        for row in raw_rows(name, node, "nbctl/Port_Group")
        if port["_uuid"] in as_list(row["ports"])
    ]
    assert attachment.lsp == port["name"]
    assert _hop(attachment, "ovs-interface").name == interface["name"]
    assert _hop(attachment, "ovs-interface").facts["ofport"] == interface["ofport"]
    assert _hop(attachment, "port-binding").facts["tunnel_key"] == binding["tunnel_key"]
    assert _hop(attachment, "port-binding").facts["hostname"] == node
    first_switch = next(hop for hop in attachment.hops if hop.kind == "logical-switch")
    assert first_switch.name == switch["name"]
    assert set(attachment.port_groups) == {row["name"] for row in groups}
    shown = {acl.uuid for acl in attachment.acls}
    for row in groups:
        assert shown.issuperset(as_list(row["acls"])), row["name"]
    assert shown.issuperset(as_list(switch["acls"]))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_sound_is_called_broken(name: str) -> None:
    for subject, view in _views(name):
        for attachment in view.attachments:
            broken = [hop for hop in attachment.hops if hop.state is State.BROKEN]
            assert not broken, (subject, broken)
            doubtful = {hop.kind for hop in attachment.hops if hop.state is State.WARN}
            # br-ex has no uplink in these captures, and that is said.
            assert doubtful <= {"uplink"}


@pytest.mark.parametrize("name", NAMES)
def test_each_acl_names_its_owner(name: str) -> None:
    kinds = set()
    for _, view in _views(name):
        for attachment in view.attachments:
            for acl in attachment.acls:
                assert acl.policy is not None, acl
                kinds.add(acl.policy.kind)
                if acl.policy.kind in ("NetworkPolicy", "MultiNetworkPolicy"):
                    assert _policy_object(name, acl.policy.kind, acl.policy) is not None
    assert {"MultiNetworkPolicy", "NetworkPolicy", "default-deny", "AdminNetworkPolicy"} <= kinds


def _policy_object(name: str, kind: str, policy: Any) -> Any:
    plural = "networkpolicies" if kind == "NetworkPolicy" else "multi-networkpolicies"
    for item in raw(name)[f"kube/{plural}.json"]["items"]:
        meta = item["metadata"]
        if (meta["namespace"], meta["name"]) == (policy.namespace, policy.name):
            rules = item["spec"].get(str(policy.direction).lower(), [])
            assert policy.rule is not None and policy.rule < len(rules)
            return item
    return None


@pytest.mark.parametrize("name", NAMES)
def test_localnet_ends_at_the_external_bridge(name: str) -> None:
    seen_tags = set()
    count = 0
    for _, view in _views(name):
        for attachment in view.attachments:
            if attachment.topology != "localnet":
                continue
            count += 1
            kinds = [hop.kind for hop in attachment.hops]
            at = kinds.index("localnet-port")
            assert kinds[at : at + 5] == [
                "localnet-port",
                "bridge-mapping",
                "patch-port",
                "patch-port",
                "external-bridge",
            ]
            assert attachment.hops[at + 4].name == "br-ex"
            seen_tags.add(attachment.hops[at].facts.get("tag"))
    assert count >= 6
    assert None in seen_tags
    assert 33 in seen_tags


@pytest.mark.parametrize("name", NAMES)
def test_default_network_leaves_by_the_gateway_router(name: str) -> None:
    for subject, view in _views(name):
        for attachment in view.attachments:
            if attachment.nad != "default":
                continue
            names = [
                h.name for h in attachment.hops if h.kind in ("logical-router", "logical-switch")
            ]
            node = subject.node
            assert names == [
                node,
                "ovn_cluster_router",
                "join",
                f"GR_{node}",
                f"ext_{node}",
            ]
            kinds = [hop.kind for hop in attachment.hops]
            assert "transit-switch" in kinds
            assert kinds[-1] == "tunnel"


def test_primary_network_goes_over_its_transit_router() -> None:
    snap = snapshot("ovn-kubernetes-2026-08-two-nodes")
    view = explain(snap, find_workload(snap, Query("udn-pri/p-0")), "primary-l2", now=NOW)
    routers = [h.name for h in view.attachments[0].hops if h.kind == "logical-router"]
    assert routers == ["udn.pri_primary.l2_transit_router", "GR_udn.pri_primary.l2_worker-0"]


def test_policies_that_isolate_nobody_are_named() -> None:
    snap = snapshot("ovn-kubernetes-2023-12-running-example")
    view = explain(snap, find_workload(snap, Query("llm-demo/tinypod")), "localnet-cnv", now=NOW)
    effects = {policy.name: policy for policy in view.attachments[0].policies or ()}
    assert effects["deny-by-default"].isolates == ("Ingress", "Egress")
    assert effects["allow-ipblock"].effect == "applied"
    assert effects["allow-specific-pods"].effect == "none"
    assert "without IPAM" in effects["allow-specific-pods"].reason
    assert [f.id for f in view.findings] == ["OVT801"]

    view = explain(snap, find_workload(snap, Query("llm-demo/vlan33-d")), "vlan33net", now=NOW)
    assert [(p.name, p.effect) for p in view.attachments[0].policies or ()] == [
        ("vlan33-no-types", "partial")
    ]

    view = explain(snap, find_workload(snap, Query("team-b/client-0")), "l2-flat", now=NOW)
    assert [f.id for f in view.findings] == ["OVT802"]
    assert "team-b/no-such-nad" in view.findings[0].title


@pytest.mark.parametrize(
    ("name", "workload", "titles"),
    [
        (
            "ovn-kubernetes-2023-12-running-example",
            "llm-demo/vlan33-b",
            [
                "MultiNetworkPolicy llm-demo/vlan33-named-port names the port dns (Ingress rule 0, "
                "ports[0]); OVN-Kubernetes does not look names up: the ACL allows all of UDP"
            ],
        ),
        (
            "ovn-kubernetes-2026-08-two-nodes",
            "llm-demo/vlan33-a",
            [
                "MultiNetworkPolicy llm-demo/vlan33-server names the port web (Ingress rule 0, "
                "ports[0]); OVN-Kubernetes does not look names up: the ACL for TCP has the numbers "
                "alone that stand beside it"
            ],
        ),
        ("ovn-kubernetes-2026-08-two-nodes", "llm-demo/tinypod", []),
    ],
)
def test_ports_by_name_are_told(name: str, workload: str, titles: list[str]) -> None:
    snap = snapshot(name)
    view = explain(snap, find_workload(snap, Query(workload)), now=NOW)
    found = [finding for finding in view.findings if finding.id == "OVT803"]
    assert [finding.title for finding in found] == titles
    for finding in found:
        assert [one.artefact for one in finding.evidence] == ["multi-networkpolicies", "nb"]


def test_default_deny_is_named_after_the_policies_that_isolate() -> None:
    snap = snapshot("ovn-kubernetes-2023-12-running-example")
    view = explain(snap, find_workload(snap, Query("llm-demo/tinypod")), "localnet-cnv", now=NOW)
    named = {
        (acl.policy.direction, acl.policy.name)
        for acl in view.attachments[0].acls
        if acl.policy and acl.policy.kind == "default-deny"
    }
    assert named == {("Ingress", "allow-ipblock,deny-by-default"), ("Egress", "deny-by-default")}


@pytest.mark.parametrize("name", NAMES)
def test_acls_come_in_the_order_of_evaluation(name: str) -> None:
    stages = ("ls_in_acl_eval", "ls_in_acl_after_lb_eval", "ls_out_acl_eval")
    for _, view in _views(name):
        for attachment in view.attachments:
            keys = [
                (stages.index(acl.stage), acl.tier, -acl.priority, acl.uuid)
                for acl in attachment.acls
            ]
            assert keys == sorted(keys)
            assert len(keys) == len(set(keys))


def test_a_launcher_without_vm_objects_is_still_its_vm() -> None:
    snap = snapshot("ovn-kubernetes-2026-08-two-nodes")
    assert not snap.kube.has("virtualmachines")
    subject = find_workload(snap, Query("vm/centos-stream9-gold-rabbit-80"))
    assert subject.pod == "virt-launcher-centos-stream9-gold-rabbit-80-x7k2p"
