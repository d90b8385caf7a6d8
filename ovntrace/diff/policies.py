"""Policies and network definitions of Kubernetes that came, went or ask for something else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ovntrace.diff.sides import Side, Sides
from ovntrace.diff.types import CAME, CHANGED, WENT, FactChange, ObjectChange
from ovntrace.diff.zones import Zone
from ovntrace.model.kube import POLICY_FOR, Object, annotation, name_of, namespace_of, text_at
from ovntrace.policy.naming import network_config
from ovntrace.view.types import PolicyRef

_KINDS: Final = {
    "networkpolicies": "NetworkPolicy",
    "multi-networkpolicies": "MultiNetworkPolicy",
    "adminnetworkpolicies": "AdminNetworkPolicy",
    "baselineadminnetworkpolicies": "BaselineAdminNetworkPolicy",
    "egressfirewalls": "EgressFirewall",
    "network-attachment-definitions": "NetworkAttachmentDefinition",
}
_ANNOTATIONS: Final = (POLICY_FOR, "k8s.ovn.org/acl-stateless")

Name = tuple[str, str | None, str]  # kind, namespace, name


def policy_changes(sides: Sides) -> tuple[ObjectChange, ...]:
    """By kind, namespace and name. Of a list that one side lacks the ACLs tell which objects are
    there."""
    changes: list[ObjectChange] = []
    told: set[str] = set()
    for plural, kind in _KINDS.items():
        if sides.old.snapshot.kube.has(plural) and sides.new.snapshot.kube.has(plural):
            changes += _objects(plural, kind, sides)
        elif kind != "NetworkAttachmentDefinition":
            told.add(kind)
    changes += _by_acls(sides, told)
    return tuple(sorted(changes, key=lambda one: (one.kind, one.namespace or "", one.name)))


def _objects(plural: str, kind: str, sides: Sides) -> Iterator[ObjectChange]:
    old, new = _named(plural, sides.old), _named(plural, sides.new)
    for place in sorted(set(old) | set(new)):
        before, after = old.get(place), new.get(place)
        facts = _facts(kind, before, after) if before is not None and after is not None else ()
        if before is not None and after is not None and not facts:
            continue
        change = CHANGED if facts else (CAME if before is None else WENT)
        namespace, name = place
        yield ObjectChange(change, kind, namespace or None, name, "api", facts)


def _named(plural: str, side: Side) -> dict[tuple[str, str], Object]:
    items = side.snapshot.kube.items(plural)
    return {(namespace_of(item), name_of(item)): item for item in items}


def _facts(kind: str, old: Object, new: Object) -> tuple[FactChange, ...]:
    """What differs, by the path of the field."""
    before, after = _asked(kind, old), _asked(kind, new)
    return tuple(
        FactChange(path, before.get(path), after.get(path))
        for path in sorted(set(before) | set(after))
        if before.get(path) != after.get(path)
    )


def _asked(kind: str, item: Object) -> dict[str, Any]:
    """The fields that ask for something, flat."""
    if kind == "NetworkAttachmentDefinition":
        # The config is JSON in a text: spaces and order are no change.
        config = network_config(item)
        if config is None:
            return {"spec.config": text_at(item, "spec", "config")}
        names = ("type", "name", "topology", "role", "subnets", "vlan", "mtu", "physical_network")
        return {f"config.{name}": getattr(config, name) for name in names}
    found = dict(_flat("spec", item.get("spec") if isinstance(item, Mapping) else None))
    for name in _ANNOTATIONS:
        value = annotation(item, name)
        if value is not None:
            found[f"annotation {name}"] = value
    return found


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves, each with its path; an empty list or object is a leaf: it means something."""
    waiting = [(path, value)]
    while waiting:
        place, one = waiting.pop()
        inner: Iterable[tuple[str, Any]] = ()
        if isinstance(one, Mapping):
            inner = ((f"{place}.{key}", item) for key, item in one.items())
        elif isinstance(one, Sequence) and not isinstance(one, str):
            inner = ((f"{place}[{at}]", item) for at, item in enumerate(one))
        else:
            yield place, one
            continue
        if not one:
            yield place, "{}" if isinstance(one, Mapping) else "[]"
        waiting += inner


def _by_acls(sides: Sides, kinds: set[str]) -> Iterator[ObjectChange]:
    old_zones: list[Zone] = []
    new_zones: list[Zone] = []
    for _, old, new in sides.both_zones():
        if old.nb.db.has("ACL") and new.nb.db.has("ACL"):
            old_zones.append(old)
            new_zones.append(new)
    before, after = _owners(old_zones, kinds), _owners(new_zones, kinds)
    for kind, namespace, name in sorted(before ^ after, key=str):
        change = CAME if (kind, namespace, name) in after else WENT
        yield ObjectChange(change, kind, namespace, name, "acls", ())


def _owners(zones: Iterable[Zone], kinds: set[str]) -> set[Name]:
    return {
        (policy.kind, policy.namespace, policy.name)
        for zone in zones
        for row in zone.acls
        if _is_of(policy := row.owner.policy, kinds) and policy is not None
    }


def _is_of(policy: PolicyRef | None, kinds: set[str]) -> bool:
    return policy is not None and policy.kind in kinds
