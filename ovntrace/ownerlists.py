"""Lists of the API that are read only where an ACL is of an object in them: most clusters have none
of these objects, and where there are some they concern few workloads."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from collectors.artifacts import BY_NAME
from collectors.gather import Want
from ovntrace.model.capture import Target
from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.policy.owner import OWNER_TYPE
from ovntrace.policy.part import LIST_OF_KIND
from ovntrace.view.acls import can_concern
from ovntrace.view.attachments import wishes_of
from ovntrace.view.subject import Subject

# OVN-Kubernetes' word for the owner's type is the kind.
_KINDS: Final = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "EgressFirewall")


def lists_for_workload(snapshot: Snapshot, subject: Subject) -> list[Want]:
    """The lists with owners of the ACLs that can concern a workload, as far as they were not asked
    for yet."""
    return _unasked(snapshot, _kinds_of_workload(snapshot, subject))


def lists_for_zones(*snapshots: Snapshot) -> list[Want]:
    """The lists with owners of any ACL of the northbound databases of some snapshots, as far as
    they were not asked for in the first."""
    zones = {id(nb): nb for snapshot in snapshots for nb in snapshot.nb.values()}
    kinds = {kind for nb in zones.values() for kind in _acls_by_kind(nb)}
    return _unasked(snapshots[0], (kind for kind in _KINDS if kind in kinds))


def without_others(snapshot: Snapshot, subject: Subject) -> Snapshot:
    """Without the gaps of lists that have no owner of an ACL that can concern the workload."""
    rare = {LIST_OF_KIND[kind] for kind in _KINDS}
    if not any(one.artefact in rare for one in snapshot.missing):
        return snapshot
    rare -= {LIST_OF_KIND[kind] for kind in _kinds_of_workload(snapshot, subject)}
    kept = tuple(one for one in snapshot.missing if one.artefact not in rare)
    return replace(snapshot, missing=kept)


def _kinds_of_workload(snapshot: Snapshot, subject: Subject) -> list[str]:
    """The kinds of owners of the ACLs that can concern a workload, of those that are rare."""
    nb = snapshot.nb.get(subject.node or "")
    rare = {} if nb is None else _acls_by_kind(nb)
    if nb is None or not rare:
        return []
    wishes = wishes_of(snapshot, subject, nb)
    ports = [port for wish in wishes if (port := nb.port(wish.lsp_name)) is not None]
    every = set().union(*rare.values())
    found = {uuid for port in ports for uuid in _concerning(nb, port, every)}
    return [kind for kind, uuids in rare.items() if uuids & found]


def _acls_by_kind(nb: Northbound) -> dict[str, set[str]]:
    """The uuids of the ACLs of each kind that has some."""
    table = nb.db.table("ACL")
    rows = ((kind, table.by_map("external_ids", OWNER_TYPE, kind)) for kind in _KINDS)
    return {kind: {row.uuid for row in some} for kind, some in rows if some}


def _concerning(nb: Northbound, port: LogicalSwitchPort, uuids: set[str]) -> Iterator[str]:
    """Which of some ACLs can concern a port, as the ACLs of its view are chosen."""
    switch = nb.switch_of(port.uuid)
    if switch is None:
        return
    yield from uuids.intersection(switch.acls)
    own = frozenset(group.name for group in nb.groups_of(port.uuid))
    for group in nb.groups_of_switch(switch):
        some = sorted(uuids.intersection(group.acls))
        matches = nb.db.table("ACL").texts_of("match", some)
        for uuid, match in zip(some, matches, strict=True):
            if group.name in own or can_concern(match, port.name, own):
                yield uuid


def _unasked(snapshot: Snapshot, kinds: Iterable[str]) -> list[Want]:
    asked = {one.artefact for one in snapshot.missing} | set(snapshot.kube.lists())
    names = (LIST_OF_KIND[kind] for kind in kinds)
    return [(Target(), BY_NAME[name]) for name in names if name not in asked]
