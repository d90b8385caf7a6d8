"""What of a workload's view is not as it was."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ovntrace.diff.hops import Seen, hop_changes
from ovntrace.diff.types import FactChange, HopChange
from ovntrace.follow.types import CAME, CHANGED, WENT, ViewChange
from ovntrace.view.outcome import overall
from ovntrace.view.types import AclView, Attachment, ExplainView, Finding, State

T = TypeVar("T")

_PLACE = ("node", "pod", "phase")
_ATTACHMENT = ("network", "topology", "lsp", "node", "mac", "addresses")
_ACL = ("direction", "tier", "priority", "match", "action", "stage", "attached_to")
_MIGRATION = ("state", "active")
# Of the whole alone, without a hop or a finding that says why: ovn-controller was behind for a
# moment, as it is after each change.
_PASSING = {str(State.OK), str(State.WARN)}


def explain_changes(old: ExplainView, new: ExplainView) -> tuple[ViewChange, ...]:
    """What differs, without what counts or is numbered anew all the time. The state of the whole
    comes first."""
    told = tuple(_changes(old, new))
    if len(told) == 1 and {told[0].old, told[0].new} == _PASSING:
        return ()
    return told


def _changes(old: ExplainView, new: ExplainView) -> Iterator[ViewChange]:
    before, after = overall(old), overall(new)
    if before is not after:
        yield ViewChange("state", CHANGED, "state", old=str(before), new=str(after))
    yield from _fields("place", "", _PLACE, old.workload, new.workload)
    is_rolled = old.workload.pod != new.workload.pod
    by_name: Callable[[Attachment], object] = lambda one: (one.interface, one.nad)  # noqa: E731
    for was, now in _paired(old.attachments, new.attachments, by_name):
        if was is not None and now is not None:
            yield from _attachment(was, now, is_rolled=is_rolled)
        else:
            one = now or was
            assert one is not None
            change = WENT if now is None else CAME
            yield ViewChange("attachment", change, one.nad, one.interface, new=str(one.state))
    yield from _findings(old.findings, new.findings)
    yield from _migration(old, new)
    for gone, gap in _paired(old.gaps, new.gaps, lambda one: (one.node, one.artefact)):
        told = gap or gone
        if (gone is None) != (gap is None) and told is not None:
            name = f"{told.artefact} of {told.node or 'the cluster'}"
            change = WENT if gap is None else CAME
            yield ViewChange("gap", change, name, detail=told.detail)


def _paired(
    old: Sequence[T], new: Sequence[T], key: Callable[[T], object]
) -> Iterator[tuple[T | None, T | None]]:
    """In the new order, and what went behind it. Of several with one key the first goes with the
    first."""
    before: defaultdict[object, deque[T]] = defaultdict(deque)
    for one in old:
        before[key(one)].append(one)
    for one in new:
        same = before[key(one)]
        yield same.popleft() if same else None, one
    for left in before.values():
        for one in left:
            yield one, None


def _fields(
    what: str, interface: str, names: Sequence[str], old: Any, new: Any
) -> Iterator[ViewChange]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield ViewChange(what, CHANGED, name, interface, old=was, new=now)


def _attachment(old: Attachment, new: Attachment, *, is_rolled: bool) -> Iterator[ViewChange]:
    # Over OVSDB nobody says what it is called in the pod.
    interface = new.interface if new.interface != "?" else new.network
    yield from _fields("attachment", interface, _ATTACHMENT, old, new)
    for moved in hop_changes(old, new, Seen(True, True, is_rolled))[0]:
        yield from _hop(interface, moved)
    owners = _owners_of_groups((*old.acls, *new.acls))
    for was, now in _paired(old.port_groups, new.port_groups, str):
        if was != now:
            name = now or was or ""
            change = WENT if now is None else CAME
            yield ViewChange("port-group", change, name, interface, acl=owners.get(name))
    for before, after in _paired(old.acls, new.acls, lambda acl: (acl.uuid, acl.attached_to)):
        yield from _acl(interface, before, after)
    yield from _policies(interface, old, new)


def _hop(interface: str, one: HopChange) -> Iterator[ViewChange]:
    name = one.new_name or one.old_name or "?"
    if one.change != CHANGED:
        state = one.new_state or one.old_state
        yield ViewChange("hop", one.change, name, interface, one.kind, new=state)
        return
    if one.old_state != one.new_state:
        why = "; ".join(one.new_why)
        yield ViewChange(
            "hop", CHANGED, name, interface, one.kind, one.old_state, one.new_state, why
        )
    for fact in one.facts:
        yield _fact(interface, one.kind, name, fact)


def _fact(interface: str, kind: str, hop: str, fact: FactChange) -> ViewChange:
    return ViewChange("fact", CHANGED, fact.name, interface, kind, fact.old, fact.new, hop)


def _owners_of_groups(acls: Sequence[AclView]) -> Mapping[str, AclView]:
    """An ACL of each port group: whose it is, the group is."""
    kind = "port group "
    return {
        acl.attached_to.removeprefix(kind): acl for acl in acls if acl.attached_to.startswith(kind)
    }


def _acl(interface: str, old: AclView | None, new: AclView | None) -> Iterator[ViewChange]:
    acl = new or old
    assert acl is not None
    name = acl.name or acl.uuid
    if old is None or new is None:
        yield ViewChange("acl", WENT if new is None else CAME, name, interface, acl=acl)
        return
    for field in _ACL:
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            yield ViewChange("acl", CHANGED, name, interface, "", was, now, field, acl)


def _policies(interface: str, old: Attachment, new: Attachment) -> Iterator[ViewChange]:
    if old.policies is None or new.policies is None:
        return
    pairs = _paired(old.policies, new.policies, lambda one: (one.kind, one.namespace, one.name))
    for was, now in pairs:
        one = now or was
        assert one is not None
        name = f"{one.kind} {one.namespace}/{one.name}"
        before, after = (None if side is None else side.effect for side in (was, now))
        if before != after:
            change = CAME if was is None else WENT if now is None else CHANGED
            yield ViewChange("policy", change, name, interface, "", before, after, one.reason)


def _findings(old: Sequence[Finding], new: Sequence[Finding]) -> Iterator[ViewChange]:
    key: Callable[[Finding], object] = lambda one: (one.id, *sorted(one.where.items()))  # noqa: E731
    for was, now in _paired(old, new, key):
        one = now or was
        if (was is None) != (now is None) and one is not None:
            change = WENT if now is None else CAME
            yield ViewChange("finding", change, one.id, new=one.severity, detail=one.title)


def _migration(old: ExplainView, new: ExplainView) -> Iterator[ViewChange]:
    was, now = old.migration, new.migration
    if was is not None and now is not None:
        yield from _fields("migration", "", _MIGRATION, was, now)
    elif was is not None or now is not None:
        state = (now or was).state  # type: ignore[union-attr]
        change = WENT if now is None else CAME
        yield ViewChange("migration", change, "migration", new=state)
