"""Ports that entered or left port groups, addresses that entered or left address sets.

Each zone has its own row of a group, with its own ports: a group is taken as all its rows together,
and a port as the workload's attachment that it is of. So a pod that moves to another node, or a VM
with a new launcher pod, leaves nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ovntrace.diff.owners import Key
from ovntrace.diff.sides import Side, Sides
from ovntrace.diff.types import (
    CAME,
    CHANGED,
    WENT,
    FactChange,
    GroupChange,
    Member,
    NoiseChange,
    SetAddress,
    SetChange,
    WorkloadKey,
)
from ovntrace.diff.zones import GroupRow, SetRow, Zone

MemberKey = tuple[WorkloadKey | str, str | None]


@dataclass
class _Group:
    """A group of one side, over its zones."""

    row: GroupRow
    ports: dict[MemberKey, str] = field(default_factory=dict)
    uuids: set[str] = field(default_factory=set)


@dataclass
class _Set:
    """An address set of one side, over its zones."""

    row: SetRow
    addresses: set[str] = field(default_factory=set)


def group_changes(
    sides: Sides, following: Collection[WorkloadKey]
) -> tuple[tuple[GroupChange, ...], tuple[NoiseChange, ...]]:
    """By owner and name; `following` are workloads that came, went or changed their attachments."""
    old_zones, new_zones = sides.zones_with("Port_Group")
    old, new = _groups(sides.old, old_zones), _groups(sides.new, new_zones)
    changes = []
    n_renewed = 0
    for key in sorted(set(old) | set(new)):
        before, after = old.get(key), new.get(key)
        change = _group_change(before, after, following)
        if change is not None:
            changes.append(change)
        if before and after:
            n_renewed += before.uuids.isdisjoint(after.uuids)
    renewed = FactChange("port groups with another uuid", 0, n_renewed)
    noise = (NoiseChange("", "nb", "Port_Group", (renewed,)),) if n_renewed else ()
    return tuple(changes), noise


def _groups(side: Side, zones: Iterable[Zone]) -> dict[Key, _Group]:
    found: dict[Key, _Group] = {}
    for zone in zones:
        for key, row in zone.groups.items():
            group = found.setdefault(key, _Group(row))
            group.uuids.add(row.uuid)
            for uuid in row.ports:
                name, workload, nad = side.member(zone.nb, uuid)
                group.ports[workload or name, nad] = name
    return found


def _group_change(
    old: _Group | None, new: _Group | None, following: Collection[WorkloadKey]
) -> GroupChange | None:
    before = old.ports if old else {}
    after = new.ports if new else {}
    entered = _members({key: after[key] for key in after if key not in before}, following)
    left = _members({key: before[key] for key in before if key not in after}, following)
    if old and new and not entered and not left:
        return None
    some = new or old
    assert some is not None
    return GroupChange(
        CHANGED if old and new else (CAME if new else WENT),
        some.row.owner.policy,
        some.row.owner.network,
        old.row.name if old else None,
        new.row.name if new else None,
        entered,
        left,
    )


def _members(ports: dict[MemberKey, str], following: Collection[WorkloadKey]) -> tuple[Member, ...]:
    found = [
        Member(name, key[0], key[1], key[0] in following)
        if isinstance(key[0], WorkloadKey)
        else Member(name, None, None, False)
        for key, name in ports.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.follows, one.port)))


def set_changes(sides: Sides, following: Collection[str]) -> tuple[SetChange, ...]:
    """By owner; `following` are addresses of workloads that came, went, moved or changed."""
    old_zones, new_zones = sides.zones_with("Address_Set")
    before, after = _sets(old_zones), _sets(new_zones)
    changes = []
    for key in sorted(set(before) | set(after)):
        change = _set_change(before.get(key), after.get(key), following)
        if change is not None:
            changes.append(change)
    return tuple(changes)


def _sets(zones: Iterable[Zone]) -> dict[Key, _Set]:
    found: dict[Key, _Set] = {}
    for zone in zones:
        for key, row in zone.sets.items():
            found.setdefault(key, _Set(row)).addresses.update(row.addresses)
    return found


def _set_change(old: _Set | None, new: _Set | None, following: Collection[str]) -> SetChange | None:
    before = old.addresses if old else set()
    after = new.addresses if new else set()
    if old and new and before == after:
        return None
    some = new or old
    assert some is not None
    return SetChange(
        CHANGED if old and new else (CAME if new else WENT),
        some.row.title,
        some.row.network,
        old.row.name if old else None,
        new.row.name if new else None,
        _addresses(after - before, following),
        _addresses(before - after, following),
    )


def _addresses(found: set[str], following: Collection[str]) -> tuple[SetAddress, ...]:
    told = [SetAddress(one, one.lower() in following) for one in found]
    return tuple(sorted(told, key=lambda one: (one.follows, one.address)))
