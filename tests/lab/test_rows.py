"""The rows that the lab writes are those that OVN-Kubernetes wrote in the field's cluster."""

import json
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.default_network_rows import insert_default_network
from tests.lab.hashing import hash_for_ovn
from tests.lab.lab import Lab
from tests.lab.localnet_rows import insert_localnet
from tests.lab.observe import interface, is_bound
from tests.lab.ovsdb import Transaction, Uuid
from tests.lab.policies import POLICIES, refused
from tests.lab.policy_rows import group_name, insert_policies

Row = dict[str, Any]

_FIELD_GROUPS = {
    "allow-ipblock": "a1333591772177041409",
    "allow-ipblock-01": "a679546803547591159",
    "allow-ipblock-cnv-01": "a2829001848871617131",
    "allow-ipblock-cnv-02": "a2829002948383245342",
    "allow-ipblock-cnv-03": "a2829004047894873553",
}


def _map(value: Any) -> dict[str, str]:
    return dict(value[1])


def _policy_rows(*, tiers: bool = True) -> dict[str, list[Row]]:
    tx = Transaction("OVN_Northbound")
    ports = {pod.lsp: Uuid(pod.uid) for pod in ex.PODS}
    insert_policies(tx, POLICIES, ex.PODS, ports, tiers=tiers)
    rows: dict[str, list[Row]] = {}
    for operation in tx.operations:
        assert isinstance(operation, dict)
        rows.setdefault(operation["table"], []).append(
            {**operation["row"], "uuid-name": operation["uuid-name"]}
        )
    return rows


def test_the_names_of_the_groups_are_the_fields() -> None:
    assert {name: group_name(name) for name in _FIELD_GROUPS} == _FIELD_GROUPS
    assert hash_for_ovn("localnet.cnv_llm-demo") == "a10784303122943660060"
    assert hash_for_ovn("default-network-controller:EgressIP:node-ips:v4") == (
        "a14918748166599097711"
    )


def test_only_the_policy_with_a_selector_is_refused() -> None:
    assert [policy["metadata"]["name"] for policy in POLICIES if refused(policy)] == [
        "allow-specific-pods"
    ]
    labels = [_map(row["external_ids"])["name"] for row in _policy_rows()["Port_Group"]]
    assert "llm-demo_allow-specific-pods" not in labels
    assert len(labels) == 8


def test_an_acl_is_the_fields_acl() -> None:
    acls = {
        (_map(row["external_ids"])["k8s.ovn.org/id"], row["match"]): row
        for row in _policy_rows()["ACL"]
    }
    keys = "NetworkPolicy:llm-demo:allow-ipblock-cnv-01:Egress:0:None:0"
    identity = f"localnet-cnv-network-controller:{keys}"
    match = (
        "ip4.dst == 0.0.0.0/0 && ip4.dst != {192.168.77.0/24} && inport == @a2829001848871617131"
    )
    row = acls[identity, match]
    assert _map(row["external_ids"]) == {
        "direction": "Egress",
        "gress-index": "0",
        "ip-block-index": "0",
        "k8s.ovn.org/id": identity,
        "k8s.ovn.org/name": "llm-demo:allow-ipblock-cnv-01",
        "k8s.ovn.org/owner-controller": "localnet-cnv-network-controller",
        "k8s.ovn.org/owner-type": "NetworkPolicy",
        "port-policy-protocol": "None",
    }
    assert row["name"] == "NP:llm-demo:allow-ipblock-cnv-01:Egress:0"
    assert row["direction"] == "from-lport"
    assert row["action"] == "allow-related"
    assert _map(row["options"]) == {"apply-after-lb": "true"}
    assert (row["priority"], row["tier"], row["meter"]) == (1001, 2, "acl-logging")


def test_default_deny_holds_every_pod_in_both_directions() -> None:
    groups = {row["name"]: row for row in _policy_rows()["Port_Group"]}
    for direction in ("ingress", "egress"):
        group = groups[f"a10784303122943660060_{direction}DefaultDeny"]
        assert len(group["ports"][1]) == len(ex.PODS)
        assert len(group["acls"][1]) == 2
    assert groups[group_name("deny-by-default")]["acls"] == ["set", []]


def test_an_older_ovn_gets_no_tiers() -> None:
    assert all("tier" not in row for row in _policy_rows(tiers=False)["ACL"])
    assert all(row["tier"] == 2 for row in _policy_rows(tiers=True)["ACL"])


def test_each_row_of_the_networks_is_valid_json_and_named_once() -> None:
    tx = Transaction("OVN_Northbound")
    insert_default_network(tx, ex.PODS, tiers=True)
    insert_localnet(tx, ex.PODS)
    assert json.loads(json.dumps(tx.operations))
    ports = [
        operation["row"]["name"]
        for operation in tx.operations
        if isinstance(operation, dict) and operation["table"] == "Logical_Switch_Port"
    ]
    assert len(ports) == len(set(ports)) == 18


def test_the_interfaces_names_are_kubevirts_and_the_cnis() -> None:
    assert ex.GOLD_RABBIT.hash == "ffec3d98bf3"
    assert ex.TINYPOD.host == "a51a8137f92b2_3"
    assert ex.GOLD_LAUNCHER.eth0_host == "13a96759b25594a"
    assert ex.GOLD_LAUNCHER.host == "13a96759b2559_3"
    assert ex.GOLD_LAUNCHER.interface == "podffec3d98bf3"
    assert ex.mac_of_address("10.132.0.53") == "0a:58:0a:84:00:35"
    hosts = [name for pod in ex.PODS for name in (pod.host, pod.eth0_host)]
    assert len(set(hosts)) == 2 * len(ex.PODS)
    assert all(len(name) == 15 for name in hosts)


@pytest.mark.lab
def test_every_port_is_bound_and_its_interface_installed(lab: Lab) -> None:
    for pod in ex.PODS:
        for lsp, host in ((pod.eth0_lsp, pod.eth0_host), (pod.lsp, pod.host)):
            assert is_bound(lab, lsp), lsp
            ids = interface(lab, host, "external_ids")
            assert f"iface-id={lsp}" in ids
            assert f"iface-id-ver={pod.uid}" in ids
            assert "ovn-installed=true" in ids


@pytest.mark.lab
def test_the_routers_say_what_the_fields_routers_say(lab: Lab) -> None:
    gateway = lab.ctl("ovn-nbctl", "lr-route-list", f"GR_{ex.NODE}").split()
    assert "169.254.169.0/29 169.254.169.4 dst-ip" in " ".join(gateway)
    assert "0.0.0.0/0 192.168.99.1 dst-ip" in " ".join(gateway)
    cluster = " ".join(lab.ctl("ovn-nbctl", "lr-route-list", "ovn_cluster_router").split())
    assert "10.132.0.0/14 100.64.0.2 src-ip" in cluster
    policies = lab.ctl("ovn-nbctl", "lr-policy-list", "ovn_cluster_router")
    assert 'inport == "rtos-master-01-demo" && ip4.dst == 192.168.99.23' in policies
    assert "$a4548040316634674295" in policies
    acls = lab.ctl("ovn-nbctl", "acl-list", ex.NODE)
    assert "to-lport  1001 (ip4.src==10.132.0.2) allow-related" in acls
    assert lab.ctl("ovn-nbctl", "acl-list", ex.LOCALNET_SWITCH) == ""


@pytest.mark.lab
def test_the_node_and_its_router_share_an_address(lab: Lab) -> None:
    for address in (ex.INTERNET, ex.NODE_GATEWAY, ex.TINYPOD.eth0_address):
        argv = ("ping", "-n", "-c1", "-W2", address)
        said = lab.inside(lab.places.node, *argv)
        assert said.returncode == 0, said.stdout
        assert "DUP" not in said.stdout
    for address in (ex.NODE_ADDRESS, ex.MANAGEMENT_ADDRESS):
        said = lab.inside(lab.places.pod(ex.TINYPOD), "ping", "-n", "-c1", "-W2", address)
        assert said.returncode == 0, said.stdout
