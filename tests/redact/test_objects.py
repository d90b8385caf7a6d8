"""What AdminNetworkPolicies and EgressFirewalls say of a cluster beside names and labels."""

import json
from typing import Any

import pytest

from ovntrace.redact import Originals, Redactor, addresses_of
from ovntrace.redact.of_objects import names_of_object

_ADMIN = {
    "kind": "AdminNetworkPolicy",
    "metadata": {"name": "guard-payroll"},
    "spec": {
        "priority": 7,
        "subject": {"namespaces": {"matchLabels": {"department": "finance"}}},
        "egress": [
            {
                "name": "to-vault-rule",
                "action": "Allow",
                "to": [
                    {"networks": ["203.0.113.0/25"]},
                    {"domainNames": ["*.vault.acme-bank.example"]},
                    {"nodes": {"matchExpressions": [{"key": "rackrow", "values": ["row-seven"]}]}},
                    {"namespaces": {"notSameLabels": ["acme-bank.example/costcentre"]}},
                ],
                "ports": [{"namedPort": "vaultport"}],
            }
        ],
    },
}
_FIREWALL = {
    "kind": "EgressFirewall",
    "metadata": {"name": "default", "namespace": "payroll"},
    "spec": {
        "egress": [
            {"type": "Allow", "to": {"dnsName": "mirror.acme-bank.example"}},
            {"type": "Deny", "to": {"nodeSelector": {"matchLabels": {"floor": "basement-two"}}}},
            {"type": "Deny", "to": {"nodeSelector": {"matchExpressions": [
                {"key": "zonename", "operator": "In", "values": ["dmz-east"]}]}}},
        ]
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (
            _ADMIN,
            "guard-payroll finance department to-vault-rule acme-bank vault.acme row-seven rackrow"
            " costcentre vaultport 203.0.113.0",
        ),
        (_FIREWALL, "payroll mirror.acme acme-bank basement-two floor dmz-east zonename"),
    ],
    ids=["admin", "firewall"],
)
def test_nothing_of_it_survives(item: dict[str, Any], names: str) -> None:
    text = json.dumps(item)
    originals = Originals()
    names_of_object(item, item["kind"], originals)
    addresses_of(text, originals)
    redacted = Redactor(b"a key", originals).text(text)
    for name in names.split():
        assert name in text
        assert name not in redacted, name
    # The shape is the API's: no key of it has a stand-in.
    again = json.loads(redacted)
    assert _keys(again) >= _keys(item) - {"department", "floor"}
    assert again["kind"] == item["kind"]


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_a_pod_s_node_selector_has_labels() -> None:
    originals = Originals()
    pod = {"metadata": {"name": "x1-pod"}, "spec": {"nodeSelector": {"pool": "gpu-heavy"}}}
    names_of_object(pod, "Pod", originals)
    assert {"pool", "gpu-heavy"} <= set(originals.names)
