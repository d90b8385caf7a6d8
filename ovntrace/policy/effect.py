"""What a policy that selects a pod has become in OVN: all of it, a part, or nothing.

Names of port groups: OVN-Kubernetes go-controller/pkg/ovn/base_network_controller_policy.go; before
2024-04 `hash(<prefix><ns>_<policy>)` and `hash(<prefix><ns>)_ingressDefaultDeny`, since then the
hash of the group's id `<controller>:NetworkPolicy:<ns>:<policy>`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ovntrace.model.kube import (
    POLICY_FOR,
    Kube,
    Object,
    annotation,
    field,
    list_at,
    name_of,
    namespace_of,
)
from ovntrace.model.northbound import Northbound, PortGroup
from ovntrace.policy.naming import (
    DEFAULT_NETWORK,
    NetworkConfig,
    hash_for_ovn,
    network_config,
    network_prefix,
    policy_nads,
)
from ovntrace.policy.selector import selects

DIRECTIONS = ("Ingress", "Egress")


@dataclass(frozen=True, slots=True)
class OnNetwork:
    """The network on which a pod's policies are looked at. `config` is None for the default."""

    network: str
    config: NetworkConfig | None
    is_primary: bool

    @property
    def is_default(self) -> bool:
        """True for the cluster's network."""
        return self.network == DEFAULT_NETWORK

    @property
    def controller(self) -> str:
        """The owner-controller of rows of this network."""
        return f"{self.network}-network-controller"

    @property
    def prefix(self) -> str:
        """The prefix of names of this network's rows."""
        return "" if self.is_default else network_prefix(self.network)

    @property
    def plural(self) -> str:
        """Which policies hold here: MultiNetworkPolicies on secondary networks only."""
        on_primary = self.is_default or self.is_primary
        return "networkpolicies" if on_primary else "multi-networkpolicies"


@dataclass(frozen=True, slots=True)
class Effect:
    """A policy and what OVN has of it. `effect` is applied, partial, none or unknown."""

    kind: str
    namespace: str
    name: str
    isolates: tuple[str, ...]
    effect: str
    reason: str


def effects(
    kube: Kube,
    nb: Northbound | None,
    on: OnNetwork,
    namespace: str,
    labels: Mapping[str, str],
    port_uuid: str | None,
) -> tuple[Effect, ...]:
    """The policies that select the pod on a network, by name."""
    policies = selecting(kube, on, namespace, labels)
    found = (_effect(nb, on, policy, port_uuid) for policy in policies)
    return tuple(sorted(found, key=lambda effect: effect.name))


def selecting(
    kube: Kube, on: OnNetwork, namespace: str, labels: Mapping[str, str]
) -> Iterator[Object]:
    """Policies of the namespace that select the labels and hold on the network."""
    networks = _network_names(kube) if on.plural == "multi-networkpolicies" else {}
    for policy in kube.items(on.plural):
        if namespace_of(policy) != namespace:
            continue
        if not selects(field(policy, "spec", "podSelector"), labels):
            continue
        if on.plural == "multi-networkpolicies":
            nads = policy_nads(policy, annotation(policy, POLICY_FOR))
            # A policy holds for a network, not for a NAD: any NAD of the network will do.
            if on.network not in {networks.get(nad) for nad in nads}:
                continue
        yield policy


def unknown_nads(
    kube: Kube, namespace: str, labels: Mapping[str, str]
) -> Iterator[tuple[Object, str]]:
    """MultiNetworkPolicies that select the labels and hold nowhere, and why."""
    if not kube.has("network-attachment-definitions"):
        return
    networks = _network_names(kube)
    for policy in kube.items("multi-networkpolicies"):
        if namespace_of(policy) != namespace:
            continue
        if not selects(field(policy, "spec", "podSelector"), labels):
            continue
        nads = policy_nads(policy, annotation(policy, POLICY_FOR))
        lost = [nad for nad in nads if nad not in networks]
        if not nads:
            yield policy, f"it has no annotation {POLICY_FOR}"
        elif lost:
            yield policy, f"there is no NetworkAttachmentDefinition {', '.join(lost)}"


def _network_names(kube: Kube) -> dict[str, str]:
    found = {}
    for nad in kube.items("network-attachment-definitions"):
        config = network_config(nad)
        found[f"{namespace_of(nad)}/{name_of(nad)}"] = config.name if config else ""
    return found


def _effect(nb: Northbound | None, on: OnNetwork, policy: Object, port_uuid: str | None) -> Effect:
    namespace, name = namespace_of(policy), name_of(policy)
    kind = "NetworkPolicy" if on.plural == "networkpolicies" else "MultiNetworkPolicy"
    types = policy_types(policy, kind)
    if nb is None or not nb.db.has("Port_Group"):
        return Effect(kind, namespace, name, (), "unknown", "port groups could not be read")
    group = _policy_group(nb, on, namespace, name)
    if group is None:
        reason = _why_refused(on, policy) or "OVN has no port group of it"
        return Effect(kind, namespace, name, (), "none", reason)
    isolates = tuple(d for d in types if _denies(nb, on, namespace, d, port_uuid))
    if not types:
        return Effect(
            kind,
            namespace,
            name,
            (),
            "partial",
            "it has no policyTypes: its rules allow, but nothing is denied",
        )
    if port_uuid is not None and port_uuid not in group.ports:
        reason = f"the port is not in its port group {group.name}"
        return Effect(kind, namespace, name, isolates, "partial", reason)
    lost = [direction for direction in types if direction not in isolates]
    if lost:
        reason = f"the port is in no default-deny group for {', '.join(lost)}"
        return Effect(kind, namespace, name, isolates, "partial", reason)
    return Effect(kind, namespace, name, isolates, "applied", "")


def policy_types(policy: Object, kind: str) -> tuple[str, ...]:
    """spec.policyTypes. A NetworkPolicy without them isolates for ingress, and for egress if it
    has egress rules (networking/v1); a MultiNetworkPolicy has no such default."""
    given = [t for t in list_at(policy, "spec", "policyTypes") if t in DIRECTIONS]
    if given or kind == "MultiNetworkPolicy":
        return tuple(d for d in DIRECTIONS if d in given)
    return DIRECTIONS if list_at(policy, "spec", "egress") else ("Ingress",)


def _policy_group(nb: Northbound, on: OnNetwork, namespace: str, name: str) -> PortGroup | None:
    new = hash_for_ovn(f"{on.controller}:NetworkPolicy:{namespace}:{name}")
    old = hash_for_ovn(f"{on.prefix}{namespace}_{name}")
    return nb.group(new) or nb.group(old)


def deny_group(nb: Northbound, on: OnNetwork, namespace: str, direction: str) -> PortGroup | None:
    """The namespace's default-deny group for Ingress or Egress."""
    new = hash_for_ovn(f"{on.controller}:NetpolNamespace:{namespace}:{direction}")
    suffix = f"_{direction.lower()}DefaultDeny"
    old = hash_for_ovn(f"{on.prefix}{namespace}") + suffix
    return nb.group(new) or nb.group(old)


def _denies(
    nb: Northbound, on: OnNetwork, namespace: str, direction: str, port_uuid: str | None
) -> bool:
    group = deny_group(nb, on, namespace, direction)
    return group is not None and (port_uuid is None or port_uuid in group.ports)


def _why_refused(on: OnNetwork, policy: Object) -> str | None:
    """IPAM-less networks take ipBlock peers only; else the whole policy is refused
    (base_network_controller_multipolicy.go, convertMultiNetPolicyToNetPolicy)."""
    if on.config is None or on.config.has_ipam:
        return None
    peers = [
        peer
        for rules, side in (("ingress", "from"), ("egress", "to"))
        for rule in list_at(policy, "spec", rules)
        for peer in list_at(rule, side)
    ]
    if any(_has_selector(peer) for peer in peers):
        return (
            "OVN-Kubernetes refuses it: peers with selectors on a network without IPAM "
            "(only ipBlock peers are possible there)"
        )
    return None


def _has_selector(peer: Any) -> bool:
    return any(field(peer, key) is not None for key in ("podSelector", "namespaceSelector"))
