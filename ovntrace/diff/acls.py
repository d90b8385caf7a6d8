"""ACLs that came, went or are written otherwise, told by whose they are: uuids do not last."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from ovntrace.diff.owners import Key
from ovntrace.diff.sides import Sides
from ovntrace.diff.types import CAME, CHANGED, WENT, AclChange, FactChange, NoiseChange
from ovntrace.diff.zones import AclRow, Zone
from ovntrace.view.types import AclView

Content = tuple[object, ...]
Pair = tuple[AclRow | None, AclRow | None]

# A name behind $ or @, outside of a string (ovn-sb(5), Logical_Flow.match).
_NAMES = re.compile(r'"(?:[^"\\]|\\.)*"?|[$@][A-Za-z0-9_.]+')
_PARTS = ("direction", "tier", "priority", "match", "action", "stage", "attached_to")


Uuids = Collection[str]


def acl_changes(
    sides: Sides, only: tuple[Uuids, Uuids] | None = None
) -> tuple[tuple[AclChange, ...], tuple[NoiseChange, ...]]:
    """Of all zones that both sides have, and the noise: equal ACLs with other uuids.

    With `only` the changes of ACLs that have one of these uuids on the old or on the new side.
    """
    merged: dict[tuple[object, ...], AclChange] = {}
    noise: list[NoiseChange] = []
    for nodes, old, new in sides.both_zones():
        if not (old.nb.db.has("ACL") and new.nb.db.has("ACL")):
            continue
        pairs, n_renewed = _pairs(old, new)
        if n_renewed:
            renewed = FactChange("equal ACLs with another uuid", 0, n_renewed)
            noise.append(NoiseChange(nodes[0], "nb", "ACL", (renewed,)))
        for before, after in pairs:
            if only is not None and not _is_among(before, after, only):
                continue
            change = _change(nodes, before, after, tiers=_has_tiers(old, new))
            key = _merge_key(before, after)
            known = merged.get(key)
            merged[key] = change if known is None else replace(known, nodes=(*known.nodes, *nodes))
    return tuple(sorted(merged.values(), key=_order)), tuple(noise)


def _is_among(old: AclRow | None, new: AclRow | None, only: tuple[Uuids, Uuids]) -> bool:
    rows = zip((old, new), only, strict=True)
    return any(row is not None and row.view.uuid in wanted for row, wanted in rows)


def _pairs(old: Zone, new: Zone) -> tuple[list[Pair], int]:
    """Those that differ, paired as well as can be, and how many are equal but for their uuid."""
    rename = _renamer(old, new)
    tiers = _has_tiers(old, new)
    before = [(row, _content(row, rename, tiers=tiers)) for row in old.acls]
    after = [(row, _content(row, None, tiers=tiers)) for row in new.acls]
    n_renewed = 0
    keys: tuple[Callable[[AclRow, Content], object], ...] = (
        lambda row, content: (row.fine, content),
        lambda row, content: (row.coarse, content),
    )
    for key in keys:
        before, after, renewed = _without_equal(before, after, key)
        n_renewed += renewed
    pairs: list[Pair] = []
    for by in (lambda row: row.fine, lambda row: row.coarse):
        matched, before, after = _matched(before, after, by)
        pairs += matched
    pairs += [(row, None) for row, _ in before]
    pairs += [(None, row) for row, _ in after]
    return pairs, n_renewed


Rows = list[tuple[AclRow, Content]]


def _without_equal(
    before: Rows, after: Rows, key: Callable[[AclRow, Content], object]
) -> tuple[Rows, Rows, int]:
    """What is left when each has met its equal, and how many of those had another uuid."""
    uuids: dict[object, list[str]] = defaultdict(list)
    wanted: Counter[object] = Counter()
    for row, content in after:
        wanted[key(row, content)] += 1
        uuids[key(row, content)].append(row.view.uuid)
    met: Counter[object] = Counter()
    n_renewed = 0
    left_before = []
    for row, content in before:
        one = key(row, content)
        if met[one] < wanted[one]:
            met[one] += 1
            n_renewed += row.view.uuid not in uuids[one]
        else:
            left_before.append((row, content))
    left_after = []
    for row, content in after:
        one = key(row, content)
        if met[one]:
            met[one] -= 1
        else:
            left_after.append((row, content))
    return left_before, left_after, n_renewed


def _matched(
    before: Rows, after: Rows, by: Callable[[AclRow], Key]
) -> tuple[list[Pair], Rows, Rows]:
    """Pairs of one key in the order of their contents, and what is left on each side."""
    waiting: dict[Key, Rows] = defaultdict(list)
    for item in sorted(after, key=lambda item: repr(item[1])):
        waiting[by(item[0])].append(item)
    pairs: list[Pair] = []
    left: Rows = []
    for item in sorted(before, key=lambda item: repr(item[1])):
        others = waiting[by(item[0])]
        if others:
            pairs.append((item[0], others.pop(0)[0]))
        else:
            left.append(item)
    return pairs, left, [item for items in waiting.values() for item in items]


def _has_tiers(old: Zone, new: Zone) -> bool:
    """False where a version of one side knows no tiers: then they are no difference."""
    return old.nb.has_tiers and new.nb.has_tiers


def _content(row: AclRow, rename: Mapping[str, str] | None, *, tiers: bool) -> Content:
    view = row.view
    tier = view.tier if tiers else None
    match = _renamed(view.match, rename) if rename else view.match
    return (
        view.direction,
        _bare(view.stage),
        tier,
        view.priority,
        match,
        view.action,
        row.places,
    )


def _renamer(old: Zone, new: Zone) -> dict[str, str]:
    """New names of groups and sets that are the same as before under another name."""
    names: dict[str, str] = {}
    for key, group in old.groups.items():
        same = new.groups.get(key)
        if same is not None and same.name != group.name:
            names[f"@{group.name}"] = f"@{same.name}"
            for family in ("ip4", "ip6"):  # sets that northd makes of a group
                names[f"${group.name}_{family}"] = f"${same.name}_{family}"
    for key, one in old.sets.items():
        other = new.sets.get(key)
        if other is not None and other.name != one.name:
            names[f"${one.name}"] = f"${other.name}"
    return names


def _renamed(match: str, names: Mapping[str, str]) -> str:
    return _NAMES.sub(lambda found: names.get(found[0], found[0]), match)


def _change(
    nodes: tuple[str, ...], old: AclRow | None, new: AclRow | None, *, tiers: bool
) -> AclChange:
    one = new or old
    assert one is not None
    change = CHANGED if old and new else (CAME if new else WENT)
    facts = tuple(_facts(old, new, tiers=tiers)) if old and new else ()
    return AclChange(
        change,
        nodes,
        one.owner.network,
        old.view if old else None,
        new.view if new else None,
        facts,
    )


def _facts(old: AclRow, new: AclRow, *, tiers: bool) -> Iterator[FactChange]:
    for name in _PARTS:
        if name == "tier" and not tiers:
            continue
        before, after = getattr(old.view, name), getattr(new.view, name)
        if name == "stage":
            is_same = _bare(before) == _bare(after)
        else:
            # The same group under another name is no other place.
            is_same = before == after or (name == "attached_to" and old.places == new.places)
        if not is_same:
            yield FactChange(name, before, after)


def _bare(stage: str) -> str:
    """Without what a newer OVN adds to its name, which is no change of the ACL."""
    return stage.removesuffix("_eval")


def _merge_key(old: AclRow | None, new: AclRow | None) -> tuple[object, ...]:
    """The same for the same change in another zone, where uuids are other ones."""
    return tuple(
        None if row is None else (row.fine, _content(row, None, tiers=True), row.view.name)
        for row in (old, new)
    )


def _order(change: AclChange) -> tuple[object, ...]:
    one = change.new or change.old
    assert one is not None
    policy = one.policy
    owner = (
        ("", "", "", "")
        if policy is None
        else (policy.kind, policy.namespace or "", policy.name, policy.direction or "")
    )
    rule = -1 if policy is None or policy.rule is None else policy.rule
    return (*owner, rule, one.direction, one.tier, -one.priority, one.match, change.nodes)


def views_of(changes: Sequence[AclChange]) -> Iterator[AclView]:
    """All ACLs of some changes."""
    for change in changes:
        yield from (view for view in (change.old, change.new) if view is not None)
