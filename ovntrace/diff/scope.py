"""What concerns one workload: its groups, the ACLs of its ports, their policies and sets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ovntrace.diff.plugged import attachments_of
from ovntrace.diff.sides import Side, Sides
from ovntrace.diff.types import (
    AclChange,
    GroupChange,
    Member,
    ObjectChange,
    SetChange,
    WorkloadKey,
)
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import Attachment

Name = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """One workload, and on both sides uuids of ACLs, names of sets, policies and NADs."""

    workload: WorkloadKey
    acls: tuple[frozenset[str], frozenset[str]]
    sets: tuple[frozenset[str], frozenset[str]]
    policies: frozenset[Name]
    nads: frozenset[str]

    def groups_of(self, groups: Iterable[GroupChange]) -> Iterator[GroupChange]:
        """Groups that the workload's ports entered or left, with these alone."""
        for group in groups:
            entered, left = self._own(group.entered), self._own(group.left)
            if entered or left:
                yield replace(group, entered=entered, left=left)

    def _own(self, members: tuple[Member, ...]) -> tuple[Member, ...]:
        return tuple(one for one in members if one.workload == self.workload)

    def sets_of(self, sets: Iterable[SetChange]) -> Iterator[SetChange]:
        """Address sets that the matches of its ACLs name."""
        for one in sets:
            if one.old_name in self.sets[0] or one.new_name in self.sets[1]:
                yield one

    def policies_of(
        self, policies: Iterable[ObjectChange], acls: Iterable[AclChange]
    ) -> Iterator[ObjectChange]:
        """Policies that select it or have an ACL that concerns it, and its networks."""
        refs = (view.policy for one in acls for view in (one.old, one.new) if view is not None)
        named = {(ref.kind, ref.namespace, ref.name) for ref in refs if ref is not None}
        wanted = named | self.policies
        for one in policies:
            if one.kind == "NetworkAttachmentDefinition":
                if f"{one.namespace}/{one.name}" in self.nads:
                    yield one
            elif (one.kind, one.namespace, one.name) in wanted:
                yield one


def scope_of(sides: Sides, workload: WorkloadKey) -> Scope:
    """The scope of a workload that at least one side has."""
    old = _attachments(sides.old, workload)
    new = _attachments(sides.new, workload)
    policies = {
        (policy.kind, policy.namespace, policy.name)
        for one in (*old, *new)
        for policy in one.policies or ()
    }
    return Scope(
        workload,
        (_acls(old), _acls(new)),
        (_sets(old), _sets(new)),
        frozenset(policies),
        frozenset(one.nad for one in (*old, *new)),
    )


def _attachments(side: Side, workload: WorkloadKey) -> tuple[Attachment, ...]:
    subject = side.subjects.get(workload)
    return () if subject is None else attachments_of(side, subject, acls=True)


def _acls(attachments: Iterable[Attachment]) -> frozenset[str]:
    return frozenset(acl.uuid for one in attachments for acl in one.acls)


def _sets(attachments: Iterable[Attachment]) -> frozenset[str]:
    return frozenset(
        name
        for one in attachments
        for acl in one.acls
        for name in match_names(acl.match).address_sets
    )
