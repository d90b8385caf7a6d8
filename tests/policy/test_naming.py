"""Names that OVN-Kubernetes makes, against names that it really made."""

import json

import pytest

from ovntrace.policy.naming import (
    hash_for_ovn,
    logical_port_name,
    nad_key_name,
    network_config,
    network_prefix,
    policy_nads,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # ovn-kubernetes go-controller/pkg/util tests, and a cluster of OpenShift 4.15.
        ("demo_allow-from-client", "a13757631697825269621"),
        ("default", "a16982411286042166782"),
        ("localnet.cnv_llm-demo_allow-ipblock-cnv-01", "a2829001848871617131"),
    ],
)
def test_hash(text: str, name: str) -> None:
    assert hash_for_ovn(text) == name


def test_port_names() -> None:
    assert logical_port_name("default", "llm-demo", "tinypod") == "llm-demo_tinypod"
    assert (
        logical_port_name("llm-demo/llm-demo-localnet-network", "llm-demo", "tinypod-01")
        == "llm.demo.llm.demo.localnet.network_llm-demo_tinypod-01"
    )
    assert logical_port_name("ns/nad/1", "ns", "p") == "ns.nad.1_ns_p"
    assert network_prefix("localnet-cnv") == "localnet.cnv_"
    assert nad_key_name("ns/nad/1") == "ns/nad"


def _nad(config: object) -> dict[str, object]:
    text = config if isinstance(config, str) else json.dumps(config)
    return {"metadata": {"namespace": "ns", "name": "n"}, "spec": {"config": text}}


def test_network_config() -> None:
    config = network_config(
        _nad({"type": "ovn-k8s-cni-overlay", "name": "net", "topology": "localnet", "vlanID": 33})
    )
    assert config is not None
    assert config.is_overlay
    assert not config.has_ipam
    assert (config.vlan, config.physical_network) == (33, "net")


def test_network_config_of_a_list_of_plugins() -> None:
    config = network_config(
        _nad({"name": "net", "plugins": [{"type": "macvlan"}, {"type": "tuning"}]})
    )
    assert config is not None
    assert (config.type, config.name, config.is_overlay) == ("macvlan", "net", False)


@pytest.mark.parametrize("config", ["", "no json", "[]", "[" * 100_000, "3"])
def test_network_config_that_is_none(config: str) -> None:
    assert network_config(_nad(config)) is None


@pytest.mark.parametrize(
    ("annotation", "nads"),
    [
        (None, ()),
        ("", ()),
        ("net", ("own/net",)),
        ("other/net", ("other/net",)),
        (" a/x , y ", ("a/x", "own/y")),
        ("a/b/c", ("a/b",)),
    ],
)
def test_policy_for(annotation: str | None, nads: tuple[str, ...]) -> None:
    assert policy_nads({"metadata": {"namespace": "own"}}, annotation) == nads
