"""The ACLs that can concern a port, in the order in which OVN evaluates them.

A switch has its own ACLs and those of every port group with a port on it (northd/en-port-group.c);
only a match narrows them to ports. Three stages follow each other: from-lport, from-lport after
load balancing, to-lport; in each, tiers from 0 up and in a tier the highest priority first
(ovn-nb(5), table ACL).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup
from ovntrace.policy.owner import AclOwner, owner_of_acl
from ovntrace.policy.part import UNKNOWN_PART, RulePart, rule_part
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import AclView, PolicyRef

# The stages of ACLs in their order, as OVN before 23.06 called them.
STAGES = ("ls_in_acl", "ls_in_acl_after_lb", "ls_out_acl")

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
    views: dict[str, AclView] = {}
    for acl, group in _candidates(nb, switch, port):
        if acl.uuid not in views:
            owner = owner_of_acl(acl, group, primary_network=primary_network)
            ref = policy_ref(owner, group, deny_name, rule_part(acl, owner, kube))
            views[acl.uuid] = acl_view(nb, acl, group, switch, ref)
    return tuple(sorted(views.values(), key=_order))


def _candidates(
    nb: Northbound, switch: LogicalSwitch, port: LogicalSwitchPort
) -> Iterator[tuple[Acl, PortGroup | None]]:
    for uuid in switch.acls:
        acl = nb.acl(uuid)
        if acl is not None:
            yield acl, None
    own = frozenset(group.name for group in nb.groups_of(port.uuid))
    table = nb.db.table("ACL")
    for group in nb.groups_of_switch(switch):
        uuids: Sequence[str] = group.acls
        if group.name not in own:
            # Of thousands most concern other ports: of these no record is made.
            texts = zip(uuids, table.texts_of("match", uuids), strict=True)
            uuids = [uuid for uuid, text in texts if can_concern(text, port.name, own)]
        for uuid in uuids:
            acl = nb.acl(uuid)
            if acl is not None:
                yield acl, group


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


def stage_of(acl: Acl, *, has_tiers: bool) -> str:
    """The logical pipeline's stage by name; from OVN 23.06 (which brought tiers) it is split and
    the part that decides ends in `_eval` (northd/northd.h)."""
    stage = stage_by(acl.direction, acl.options)
    return f"{stage}_eval" if has_tiers else stage


def stage_by(direction: str, options: Mapping[str, str]) -> str:
    """The one of STAGES that an ACL's direction and options say."""
    if direction == "to-lport":
        return STAGES[2]
    return STAGES[1] if options.get("apply-after-lb") == "true" else STAGES[0]


def _order(view: AclView) -> tuple[int, int, int, str]:
    stage = view.stage.removesuffix("_eval")
    return STAGES.index(stage), view.tier, -view.priority, view.uuid
