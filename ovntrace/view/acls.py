"""The ACLs that can concern a port, in the order in which OVN evaluates them.

A switch has its own ACLs and those of every port group with a port on it (northd/en-port-group.c);
only a match narrows them to ports. Three stages follow each other: from-lport, from-lport after
load balancing, to-lport; in each, tiers from 0 up and in a tier the highest priority first
(ovn-nb(5), table ACL).
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from ovntrace.acls.owners import owners_of
from ovntrace.acls.stages import STAGES, stage_of
from ovntrace.acls.texts import ANYWHERE, FIELDS, acl_texts
from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup
from ovntrace.model.rows import Row
from ovntrace.policy.owner import AclOwner, owner_of_acl
from ovntrace.policy.part import UNKNOWN_PART, RulePart, rule_part
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import AclView, PolicyRef

# The fields inport and outport, in a match without strings and comments.
_PORT: Final = re.compile(r"(?<![A-Za-z0-9_.$@])(?:in|out)port(?![A-Za-z0-9_.])")

OwnerNamer = Callable[[AclOwner, PortGroup | None], str]


def acls_of_port(
    nb: Northbound,
    switch: LogicalSwitch,
    port: LogicalSwitchPort,
    *,
    primary_network: bool,
    kube: Kube,
    deny_name: OwnerNamer,
) -> tuple[AclView, ...]:
    """Every ACL that can concern the port, each once. `deny_name` names what a default-deny ACL
    stands for: the policies that isolate the port. `kube` has the policies, if they were read."""
    views: list[AclView] = []
    for acl, group in _candidates(nb, switch, port):
        owner = owner_of_acl(acl, group, primary_network=primary_network)
        ref = policy_ref(owner, group, deny_name, rule_part(acl, owner, kube))
        views.append(acl_view(nb, acl, group, switch, ref))
    return tuple(sorted(views, key=_order))


def _candidates(
    nb: Northbound, switch: LogicalSwitch, port: LogicalSwitchPort
) -> Iterator[tuple[Acl, PortGroup | None]]:
    owners = owners_of(nb, switch)
    rows = {row.uuid: row for row in _rows(nb, switch, port)}
    for row in rows.values():
        is_here, owner = owners.owner(row)
        if is_here:
            yield nb.acl_of_row(row), None if owner is None else nb.group_of_row(owner)


def _rows(nb: Northbound, switch: LogicalSwitch, port: LogicalSwitchPort) -> Iterator[Row]:
    """Rows of ACLs of any switch, some of them twice: all of the switch itself and of the port's
    groups, and those that the port or its groups let match, or that concern every port."""
    table, texts = nb.db.table("ACL"), acl_texts(nb)
    groups = nb.groups_of(port.uuid)
    for uuid in (*switch.acls, *(uuid for group in groups for uuid in group.acls)):
        row = table.by_uuid(uuid)
        if row is not None:
            yield row
    own = frozenset(group.name for group in groups)
    names = (f'"{port.name}"', *(f"@{name}" for name in own))
    keys = [(field, name) for field in FIELDS for name in names]
    yield from (table.row(place) for key in keys for place in texts.concerning(key))
    for place in texts.concerning(ANYWHERE):
        if can_concern(texts.match(place), port.name, own):
            yield table.row(place)


def can_concern(match: str, port: str, own_groups: frozenset[str]) -> bool:
    """For an ACL of a group that the port is not in: it names no port, or this one, or one of the
    port's groups."""
    if '"' not in match and "//" not in match and _mention(own_groups).search(match) is None:
        return _PORT.search(match) is None
    names = match_names(match)
    return not names.ports or port in names.strings or not names.port_groups.isdisjoint(own_groups)


@lru_cache(maxsize=64)
def _mention(groups: frozenset[str]) -> re.Pattern[str]:
    """What a match that names one of some groups has in it."""
    names = "|".join(map(re.escape, groups))
    return re.compile(f"@(?:{names})(?![A-Za-z0-9_.])" if groups else "(?!)")


def policy_ref(
    owner: AclOwner | None,
    group: PortGroup | None,
    deny_name: OwnerNamer,
    part: RulePart = UNKNOWN_PART,
) -> PolicyRef | None:
    """An ACL's owner as every answer names it, and which part of its rule the ACL carries out."""
    if owner is None:
        return None
    name = deny_name(owner, group) if owner.kind == "default-deny" else owner.name
    return PolicyRef(
        kind=owner.kind,
        namespace=owner.namespace,
        name=name,
        direction=owner.direction,
        rule=owner.rule,
        rule_id=owner.rule_id,
        peer=part.peer,
        cidr=part.cidr,
        protocol=part.protocol,
        ports=part.ports,
    )


def acl_view(
    nb: Northbound,
    acl: Acl,
    group: PortGroup | None,
    switch: LogicalSwitch,
    policy: PolicyRef | None,
) -> AclView:
    """An ACL as every answer shows it."""
    return AclView(
        uuid=acl.uuid,
        name=acl.name,
        direction=acl.direction,
        tier=acl.tier,
        priority=acl.priority,
        match=acl.match,
        action=acl.action,
        stage=stage_of(acl, has_tiers=nb.has_tiers),
        policy=policy,
        attached_to=f"port group {group.name}" if group else f"switch {switch.name}",
    )


def _order(view: AclView) -> tuple[int, int, int, str]:
    stage = view.stage.removesuffix("_eval")
    return STAGES.index(stage), view.tier, -view.priority, view.uuid
