"""The running example's MultiNetworkPolicies, as a person applied them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.lab import example as ex

Manifest = dict[str, Any]

_SHORT_NAD = ex.NAD.split("/")[1]


def _policy(
    name: str,
    selector: Mapping[str, str],
    *,
    ingress: Sequence[Any] | None = None,
    egress: Sequence[Any] | None = None,
    policy_for: str = _SHORT_NAD,
) -> Manifest:
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": dict(selector)} if selector else {},
        "policyTypes": [],
    }
    for word, key, rules in (("Ingress", "ingress", ingress), ("Egress", "egress", egress)):
        if rules is not None:
            spec["policyTypes"].append(word)
            spec[key] = list(rules)
    return {
        "apiVersion": "k8s.cni.cncf.io/v1beta1",
        "kind": "MultiNetworkPolicy",
        "metadata": {
            "annotations": {"k8s.v1.cni.cncf.io/policy-for": policy_for},
            "creationTimestamp": "2024-07-19T07:21:44Z",
            "generation": 1,
            "name": name,
            "namespace": ex.NAMESPACE,
        },
        "spec": spec,
    }


def _block(cidr: str, *excepted: str) -> dict[str, Any]:
    block: dict[str, Any] = {"cidr": cidr}
    if excepted:
        block["except"] = list(excepted)
    return {"ipBlock": block}


_GATEWAY = _block("192.168.77.1/32")
_TEST_POD = _block("192.168.77.92/32")

POLICIES: tuple[Manifest, ...] = (
    _policy("deny-by-default", {}, ingress=[], egress=[], policy_for=ex.NAD),
    _policy(
        "allow-specific-pods",
        {"app": "tinypod"},
        ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "tinypod-01"}}}]}],
    ),
    _policy("allow-ipblock", {"app": "tinypod"}, ingress=[{"from": [_TEST_POD]}]),
    _policy(
        "allow-ipblock-01", {"app": "tinypod-01"}, egress=[{"to": [_block("192.168.77.91/32")]}]
    ),
    _policy(
        "allow-ipblock-cnv-01",
        {"vm.kubevirt.io/name": ex.GOLD_RABBIT.name},
        ingress=[{"from": [_GATEWAY, _TEST_POD]}],
        egress=[{"to": [_block("0.0.0.0/0", "192.168.77.0/24"), _GATEWAY, _TEST_POD]}],
    ),
    _policy(
        "allow-ipblock-cnv-02",
        {"vm.kubevirt.io/name": ex.GREEN_FERRET.name},
        ingress=[{"from": [_GATEWAY]}],
        egress=[{"to": [_GATEWAY]}],
    ),
    _policy(
        "allow-ipblock-cnv-03",
        {"app": "tinypod-01"},
        ingress=[{"from": [_block("192.168.77.71/32")]}],
    ),
)


def refused(policy: Manifest) -> bool:
    """Whether OVN-Kubernetes refuses the policy whole: a selector on a network without IPAM."""
    spec = policy["spec"]
    rules = [*spec.get("ingress", []), *spec.get("egress", [])]
    peers = [peer for rule in rules for peer in [*rule.get("from", []), *rule.get("to", [])]]
    return any("ipBlock" not in peer for peer in peers)
