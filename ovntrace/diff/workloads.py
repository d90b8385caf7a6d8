"""Workloads that came, went, moved or are plugged in another way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ovntrace.diff.facts import same_addresses
from ovntrace.diff.hops import Seen, hop_changes
from ovntrace.diff.plugged import attachments_of
from ovntrace.diff.sides import MANY, Side, Sides
from ovntrace.diff.types import (
    CAME,
    CHANGED,
    MOVED,
    WENT,
    AttachmentChange,
    FactChange,
    NoiseChange,
    Place,
    WorkloadChange,
    WorkloadKey,
)
from ovntrace.view.attachments import wishes_of
from ovntrace.view.subject import Subject
from ovntrace.view.types import Attachment


@dataclass(frozen=True, slots=True)
class WorkloadsFound:
    """What differs, what of that is noise, and what was not looked at."""

    changes: tuple[WorkloadChange, ...]
    noise: tuple[NoiseChange, ...]
    limits: tuple[str, ...]


def workload_changes(sides: Sides, only: WorkloadKey | None) -> WorkloadsFound:
    """By kind, namespace and name; `only` one of them."""
    keys = [only] if only else sorted({*sides.old.subjects, *sides.new.subjects}, key=str)
    with_acls = len(keys) * max(sides.old.n_acls, sides.new.n_acls) <= MANY
    changes: list[WorkloadChange] = []
    noise: list[NoiseChange] = []
    for key in keys:
        old, new = sides.old.subjects.get(key), sides.new.subjects.get(key)
        if old is not None and new is not None:
            change, quiet = _Both(sides, key, old, new, with_acls).change()
            changes += [change] if change else []
            noise += quiet
        elif old is not None and _would_be_seen(sides.new, old):
            change = _lone(sides.old, key, old, came=False)
            changes.append(replace(change, ports_left=sides.new.ports_left(key)))
        elif new is not None and _would_be_seen(sides.old, new):
            changes.append(_lone(sides.new, key, new, came=True))
    limits = (
        ()
        if with_acls
        else (
            f"hops were compared without their ACLs ({len(keys)} workloads): whether an ACL that "
            "is not in force came or went is for `ovntrace lint` to say",
        )
    )
    return WorkloadsFound(tuple(changes), tuple(noise), limits)


def _would_be_seen(other: Side, subject: Subject) -> bool:
    """True if the other side would have the workload, if it existed there."""
    if subject.kind == "vm" and subject.pod is None:  # stopped: only its object tells of it
        return other.snapshot.kube.has("virtualmachines")
    return other.snapshot.kube.has("pods") or subject.node in other.snapshot.nb


def _place(subject: Subject) -> Place:
    return Place(subject.node, subject.pod, subject.phase)


def _lone(side: Side, key: WorkloadKey, subject: Subject, *, came: bool) -> WorkloadChange:
    place = _place(subject)
    wishes = wishes_of(side.snapshot, subject, side.snapshot.nb.get(subject.node or ""))
    networks = tuple(
        wish.config.name if wish.config and wish.config.name else wish.nad for wish in wishes
    )
    change, old, new = (CAME, None, place) if came else (WENT, place, None)
    return WorkloadChange(change, key, old, new, networks, ())


@dataclass(frozen=True, slots=True)
class _Both:
    """A workload of both sides."""

    sides: Sides
    key: WorkloadKey
    old: Subject
    new: Subject
    with_acls: bool

    @property
    def _is_moved(self) -> bool:
        nodes = self.old.node, self.new.node
        is_elsewhere = nodes[0] != nodes[1]
        # A pod that is not scheduled, or a VM that is not running, has no place to move from.
        return is_elsewhere or (self.key.kind == "vm" and self.old.pod != self.new.pod)

    def change(self) -> tuple[WorkloadChange | None, list[NoiseChange]]:
        """What differs, if anything does."""
        old, new = self._attachments(self.sides.old), self._attachments(self.sides.new)
        attachments, noise = self._compared(old, new)
        is_moved = self._is_moved
        is_other = attachments or self._phases_differ
        if not is_moved and not is_other:
            return None, noise
        return (
            WorkloadChange(
                MOVED if is_moved else CHANGED,
                self.key,
                _place(self.old),
                _place(self.new),
                tuple(one.network for one in new or old),
                tuple(attachments),
            ),
            noise,
        )

    @property
    def _phases_differ(self) -> bool:
        phases = self.old.phase, self.new.phase
        return None not in phases and phases[0] != phases[1]

    def _attachments(self, side: Side) -> tuple[Attachment, ...]:
        subject = self.old if side is self.sides.old else self.new
        return attachments_of(side, subject, acls=self.with_acls)

    def _seen(self) -> Seen:
        old, new = self.sides.old, self.sides.new
        return Seen(
            whole=old.is_whole(self.old.node) and new.is_whole(self.new.node),
            links=_links(old, self.old) == _links(new, self.new),
            is_rolled=self._is_moved,
        )

    def _compared(
        self, old: Sequence[Attachment], new: Sequence[Attachment]
    ) -> tuple[list[AttachmentChange], list[NoiseChange]]:
        changes: list[AttachmentChange] = []
        noise: list[NoiseChange] = []
        for before, after in _pairs(old, new):
            if before is not None and after is not None:
                hops, quiet = hop_changes(before, after, self._seen())
                noise += quiet
                facts = _facts(before, after, named=self._sees_attachments)
                if hops or facts:
                    changes.append(
                        AttachmentChange(
                            CHANGED, after.interface, after.nad, after.network, facts, hops
                        )
                    )
            elif self._sees_attachments:
                changes += _lone_attachment(before, after)
        return changes, noise

    @property
    def _sees_attachments(self) -> bool:
        """True if both sides tell them by the same means."""
        has = [
            side.snapshot.kube.get("pods", one.namespace or "", one.pod or "") is not None
            for side, one in ((self.sides.old, self.old), (self.sides.new, self.new))
        ]
        return has[0] == has[1]


def _links(side: Side, subject: Subject) -> tuple[bool, ...]:
    """Which means there are to see what is in the pod, the guest and the node."""
    one = side.snapshot
    return (
        one.kube.get("pods", subject.namespace or "", subject.pod or "") is not None,
        (subject.namespace, subject.pod) in one.pod_links,
        subject.node in one.node_links,
        one.kube.has("virtualmachineinstances"),
    )


def _pairs(
    old: Sequence[Attachment], new: Sequence[Attachment]
) -> Iterator[tuple[Attachment | None, Attachment | None]]:
    """By NAD: interfaces have names only where the pod's object was read."""
    left = list(old)
    for one in new:
        same = [o for o in left if o.nad == one.nad and o.interface == one.interface]
        same = same or [o for o in left if o.nad == one.nad]
        if same:
            left.remove(same[0])
        yield (same[0] if same else None), one
    for one in left:
        yield one, None


def _lone_attachment(old: Attachment | None, new: Attachment | None) -> Iterator[AttachmentChange]:
    one = new or old
    assert one is not None
    change = CAME if old is None else WENT
    yield AttachmentChange(change, one.interface, one.nad, one.network, (), ())


def _facts(old: Attachment, new: Attachment, *, named: bool) -> tuple[FactChange, ...]:
    """`named`: interfaces are named by the same means on both sides."""
    facts = []
    if not same_addresses(old.addresses, new.addresses):
        facts.append(FactChange("addresses", old.addresses, new.addresses))
    for name in ("mac", "network", "topology", *(("interface",) if named else ())):
        before, after = getattr(old, name), getattr(new, name)
        if before != after and not {before, after} & {None, "unknown", "?"}:
            facts.append(FactChange(name, before, after))
    return tuple(facts)
