"""What leaves a Kubernetes object before it is written down."""

import json
from typing import Any

import pytest

from collectors.dump.kube_objects import kept_items, kept_object

SECRET = "hunter2"


def pod() -> dict[str, Any]:
    container = {
        "name": "main",
        "image": "demo",
        "command": ["run", f"--password={SECRET}"],
        "args": [SECRET],
        "env": [{"name": "PASSWORD", "value": SECRET}],
        "envFrom": [{"secretRef": {"name": SECRET}}],
        "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "a", "value": SECRET}]}},
        "ports": [{"name": "web", "containerPort": 8080}],
    }
    return {
        "kind": "Pod",
        "metadata": {
            "name": "web",
            "labels": {"env": "prod"},
            "managedFields": [{"manager": SECRET}],
            "annotations": {
                "k8s.ovn.org/pod-networks": "{}",
                "k8s.v1.cni.cncf.io/networks": "localnet",
                "kubevirt.io/vm": "gold",
                "kubectl.kubernetes.io/last-applied-configuration": SECRET,
                "example.com/token": SECRET,
                "notovn.org.example/x": SECRET,
                "plain": SECRET,
            },
        },
        "spec": {
            "nodeName": "worker-0",
            "hostNetwork": True,
            "containers": [container],
            "initContainers": [container],
            "volumes": [{"name": "v", "secret": {"secretName": SECRET}}],
        },
        "status": {"phase": "Running", "podIP": "10.1.2.3"},
    }


def vm() -> dict[str, Any]:
    spec = {
        "domain": {"devices": {"interfaces": [{"name": "net", "bridge": {}}]}},
        "networks": [{"name": "net", "multus": {"networkName": "localnet"}}],
        "volumes": [{"name": "cloud", "cloudInitNoCloud": {"userData": f"password: {SECRET}"}}],
        "accessCredentials": [{"userPassword": {"source": SECRET}}],
    }
    return {
        "kind": "VirtualMachine",
        "metadata": {"name": "gold"},
        "spec": {
            "running": True,
            "template": {"metadata": {"annotations": {"x": SECRET}}, "spec": spec},
        },
    }


@pytest.mark.parametrize("item", [pod(), vm()])
def test_no_secret_stays(item: dict[str, Any]) -> None:
    before = json.dumps(item)
    assert SECRET not in json.dumps(kept_object(item))
    assert json.dumps(item) == before


def test_what_the_network_needs_stays() -> None:
    result = kept_object(pod())
    assert result["metadata"]["labels"] == {"env": "prod"}
    assert set(result["metadata"]["annotations"]) == {
        "k8s.ovn.org/pod-networks",
        "k8s.v1.cni.cncf.io/networks",
        "kubevirt.io/vm",
    }
    assert result["spec"]["containers"][0]["ports"] == [{"name": "web", "containerPort": 8080}]
    assert result["spec"]["hostNetwork"] is True
    assert result["status"] == {"phase": "Running", "podIP": "10.1.2.3"}
    template = kept_object(vm())["spec"]["template"]["spec"]
    assert template["networks"][0]["multus"] == {"networkName": "localnet"}
    assert template["volumes"] == [{"name": "cloud"}]


def test_policies_and_nads_stay_whole() -> None:
    policy = {
        "kind": "MultiNetworkPolicy",
        "metadata": {"name": "p", "annotations": {"k8s.v1.cni.cncf.io/policy-for": "a/b"}},
        "spec": {"podSelector": {"matchLabels": {"env": "prod", "command": "x"}}, "ingress": [{}]},
    }
    assert kept_object(policy) == policy
    nad = {"kind": "NAD", "metadata": {"name": "n"}, "spec": {"config": '{"type":"ovn"}'}}
    assert kept_object(nad) == nad


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"3", b'{"items": 1}', b"[" * 100_000])
def test_what_is_no_list_is_not_kept(data: bytes) -> None:
    assert kept_items(data) is None


@pytest.mark.parametrize(
    "item", [{}, {"metadata": 3, "spec": 4, "status": []}, {"spec": {"containers": [1]}}]
)
def test_strange_objects_are_borne(item: dict[str, Any]) -> None:
    assert isinstance(kept_object(item), dict)
