"""How OVN-Kubernetes names what it makes (go-controller/pkg/util: multi_network.go, util.go)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ovntrace.model.kube import Object, list_at, namespace_of, text_at

DEFAULT_NETWORK: Final = "default"
OVERLAY_TYPE: Final = "ovn-k8s-cni-overlay"


def network_prefix(name: str) -> str:
    """The prefix of rows that belong to a network or NAD: `-` and `/` become `.`, then `_`
    (GetUserDefinedNetworkPrefix). It is lossy: never map it back."""
    return name.replace("-", ".").replace("/", ".") + "_"


def logical_port_name(nad: str, namespace: str, pod: str) -> str:
    """The logical switch port of a pod on a NAD (`default` for the cluster's network)."""
    name = f"{namespace}_{pod}"
    return name if nad == DEFAULT_NETWORK else network_prefix(nad) + name


def hash_for_ovn(text: str) -> str:
    """`a` and the decimal FNV-1a hash of 64 bits (util.go, HashForOVN): names of port groups and
    address sets."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"a{value}"


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What a NAD asks for. `type` is the CNI plug-in's; None where the config can't be read."""

    type: str | None
    name: str  # the network's name, which several NADs may share
    topology: str | None  # localnet | layer2 | layer3
    role: str | None  # primary | secondary
    subnets: str | None
    vlan: int | None
    mtu: int | None
    physical_network: str  # the name that ovn-bridge-mappings must know, for localnet

    @property
    def is_overlay(self) -> bool:
        """True if OVN-Kubernetes serves it."""
        return self.type == OVERLAY_TYPE

    @property
    def has_ipam(self) -> bool:
        """False where OVN-Kubernetes gives no addresses (layer2 and localnet without subnets)."""
        return bool(self.subnets) or self.topology not in ("layer2", "localnet")


def network_config(nad: Object) -> NetworkConfig | None:
    """The configuration of a NAD (spec.config, a CNI configuration or list of plug-ins);
    None if it is not JSON."""
    text = text_at(nad, "spec", "config")
    try:
        config: Any = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(config, Mapping):
        return None
    plugin = config
    plugins = list_at(config, "plugins")
    if plugins and isinstance(plugins[0], Mapping):
        plugin = {**plugins[0], "name": config.get("name", plugins[0].get("name"))}
    name = text_at(plugin, "name") or ""
    vlan, mtu = plugin.get("vlanID"), plugin.get("mtu")
    return NetworkConfig(
        type=text_at(plugin, "type"),
        name=name,
        topology=text_at(plugin, "topology"),
        role=text_at(plugin, "role"),
        subnets=text_at(plugin, "subnets"),
        vlan=vlan if isinstance(vlan, int) else None,
        mtu=mtu if isinstance(mtu, int) else None,
        physical_network=text_at(plugin, "physicalNetworkName") or name,
    )


def nad_key_name(nad_key: str) -> str:
    """`ns/nad` of a key that may carry an index (`ns/nad/1`, the second attachment to one NAD)."""
    return "/".join(nad_key.split("/")[:2])


def policy_nads(policy: Object, annotation: str | None) -> tuple[str, ...]:
    """The NADs (`ns/name`) that a MultiNetworkPolicy's policy-for annotation names; blanks are
    dropped, names without a namespace are in the policy's own (shouldApplyMultiPolicy)."""
    if annotation is None:
        return ()
    items = ("".join(annotation.split())).split(",")
    own = namespace_of(policy)
    return tuple(
        "/".join(item.split("/")[:2]) if "/" in item else f"{own}/{item}" for item in items if item
    )
