"""Kube-OVN: pods by namespace and name, with and without the API; policies and subnets."""

from dataclasses import replace
from typing import Any

import pytest

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import PortGroup
from ovntrace.model.snapshot import Snapshot
from ovntrace.policy.owner import owner_of_acl
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.listing import list_workloads
from ovntrace.view.types import Attachment
from tests.cms import kube_ovn
from tests.cms.asking import explained, found, kinds, only
from tests.cms.node import snapshot
from tests.tables import uid

HERE = "worker-0"
INTERFACES = {
    # As pkg/daemon/ovs_linux.go plugs them in.
    "0a1b2c3d4e5f_h": {
        "iface-id": "web.shop",
        "vendor": "kube-ovn",
        "pod_name": "web",
        "pod_namespace": "shop",
        "ip": "10.16.0.11",
        "pod_netns": "/run/netns/a",
    },
    "1a1b2c3d4e5f_h": {
        "iface-id": "db.shop",
        "vendor": "kube-ovn",
        "pod_name": "db",
        "pod_namespace": "shop",
        "ip": "10.16.0.12",
        "pod_netns": "/run/netns/b",
    },
    "1a1b2c3d4_net1_h": {"iface-id": "db.shop.net1.shop.ovn", "vendor": "kube-ovn"},
    "2a1b2c3d4_net1_h": {"iface-id": "vm.lab.vlan.lab.ovn", "vendor": "kube-ovn"},
}


def _cluster(**given: Any) -> Snapshot:
    ports = [ids["iface-id"] for ids in INTERFACES.values()]
    known: dict[str, Any] = {
        "chassis": {HERE: "chassis-1", "worker-1": "chassis-2"},
        "bound": dict.fromkeys(ports, HERE),
        "interfaces": INTERFACES,
        "here": HERE,
        "mappings": {"provider1": "br-provider1"},
        "wires": {"localnet.underlay": "br-provider1"},
    }
    return snapshot(kube_ovn.tables(), **(known | given))


def _pod(namespace: str, name: str, **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": namespace,
            "name": name,
            "uid": uid(name),
            "labels": {"app": name},
            "annotations": annotations,
        },
        "spec": {"nodeName": HERE},
        "status": {"phase": "Running"},
    }


@pytest.mark.parametrize(
    "word", ["shop/web", "web", "pod/web", "web.shop", "10.16.0.11", "00:00:00:00:01:01"]
)
def test_a_pod_by_its_names(word: str) -> None:
    view = explained(_cluster(), word)
    assert (view.workload.kind, view.workload.namespace, view.workload.name) == (
        "pod",
        "shop",
        "web",
    )
    assert view.workload.identity is not None
    assert view.workload.identity.cms == "kube-ovn"
    assert {one.lsp for one in view.attachments} == {"web.shop", "web.shop.net1.shop.ovn"}


def test_the_attachments_of_a_pod_are_sound() -> None:
    view = explained(_cluster(), "shop/db")
    first, second = view.attachments
    assert found(view) == []
    assert (first.lsp, first.interface, first.network, first.topology) == (
        "db.shop.net1.shop.ovn",
        "1a1b2c3d4_net1_h",
        "closed",
        "layer2",
    )
    assert (second.lsp, second.interface, second.network) == ("db.shop", "eth0", "ovn-default")
    assert "logical-switch-port" in kinds(second)


def test_a_vlan_subnet_goes_to_the_wire() -> None:
    attachment = only(explained(_cluster(), "lab/vm"))
    assert (attachment.network, attachment.topology) == ("underlay", "localnet")
    assert kinds(attachment)[-6:] == [
        "localnet-port",
        "bridge-mapping",
        "patch-port",
        "patch-port",
        "external-bridge",
        "uplink",
    ]


def test_pods_of_the_api_have_the_ports_that_kube_ovn_made() -> None:
    """Not those that OVN-Kubernetes would have made; and what became of a policy is not told, for
    that is known of OVN-Kubernetes alone."""
    policy = {
        "metadata": {"namespace": "shop", "name": "db-only"},
        "spec": {"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]},
    }
    kube = Kube(
        {
            "pods": [_pod("shop", "db"), _pod("shop", "web")],
            "networkpolicies": [policy],
            "network-attachment-definitions": [],
            "multi-networkpolicies": [],
        }
    )
    view = explained(replace(_cluster(), kube=kube), "shop/db")
    assert {one.lsp for one in view.attachments} == {"db.shop", "db.shop.net1.shop.ovn"}
    assert found(view) == []
    assert all(one.policies is None for one in view.attachments)


def _policies(attachment: Attachment) -> set[tuple[str, str | None, str, str | None]]:
    policies = [acl.policy for acl in attachment.acls]
    return {(p.kind, p.namespace, p.name, p.direction) for p in policies if p}


def test_whose_the_acls_are() -> None:
    inner, outer = explained(_cluster(), "shop/db").attachments
    assert ("NetworkPolicy", "shop", "db-only", "Ingress") in _policies(outer)
    assert _policies(inner) == {("Subnet", None, "closed", "Ingress")}
    guest = only(explained(_cluster(), "lab/guest"))
    assert {p for p in _policies(guest) if p[0] == "SecurityGroup"} == {
        ("SecurityGroup", None, "guests", "Ingress"),
        ("SecurityGroup", None, "guests", "Egress"),
    }


@pytest.mark.parametrize(
    ("name", "ids", "kind"),
    [
        ("db.only.shop", {"np": "shop/db-only"}, "NetworkPolicy"),
        ("node.worker.0", {"np": "node/worker-0", "node": "worker-0"}, "node"),
        ("ovn.default.worker.0", {"np": "ovn-default/worker-0", "subnet": "ovn-default"}, None),
        ("strict", {"anp": "strict"}, "AdminNetworkPolicy"),
        ("last", {"banp": "last"}, "BaselineAdminNetworkPolicy"),
        ("of.another", {"np": "shop/db-only"}, None),
        ("ovn.sg.a.b", {"sg": "a-b"}, "SecurityGroup"),
        ("not.ovn.sg", {"sg": "a-b"}, None),
    ],
)
def test_an_owner_is_told_only_where_the_group_is_named_for_it(
    name: str, ids: dict[str, str], kind: str | None
) -> None:
    nb = _cluster().nb[HERE]
    acl = nb.acl(uid("np-drop"))
    assert acl is not None
    group = PortGroup("", name, (), (), ids)
    owner = owner_of_acl(replace(acl, external_ids={}), group, primary_network=False)
    assert (owner.kind if owner else None) == kind
    # Of another parent than its group nobody knows why it is there.
    assert (
        owner_of_acl(replace(acl, external_ids={"parent": "x"}), group, primary_network=False)
        is None
    )


def test_the_policy_that_decides_is_said() -> None:
    flow = Flow("shop/web", "shop/db", "tcp", 80, network="ovn-default")
    answer = Tracer(_cluster()).trace(flow, now=0)
    assert answer.verdict == "drop"
    assert "NetworkPolicy shop/db-only" in answer.reason


def test_the_list() -> None:
    rows = list_workloads(_cluster(), "shop", now=0).workloads
    assert [(row.kind, row.name, row.interface, row.network, row.lsp) for row in rows] == [
        ("pod", "db", "eth0", "ovn-default", "db.shop"),
        ("pod", "db", "?", "closed", "db.shop.net1.shop.ovn"),
        ("pod", "web", "eth0", "ovn-default", "web.shop"),
        ("pod", "web", "?", "closed", "web.shop.net1.shop.ovn"),
    ]
