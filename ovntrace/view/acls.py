"""The ACLs that can concern a port, in the order in which OVN evaluates them.

A switch has its own ACLs and those of every port group with a port on it (northd/en-port-group.c);
only a match narrows them to ports. Three stages follow each other: from-lport, from-lport after
load balancing, to-lport; in each, tiers from 0 up and in a tier the highest priority first
(ovn-nb(5), table ACL).
"""

from collections.abc import Callable, Iterator

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup
from ovntrace.policy.owner import AclOwner, acl_owner
from ovntrace.policy.part import UNKNOWN_PART, RulePart, rule_part
from ovntrace.view.matchnames import match_names
from ovntrace.view.types import AclView, PolicyRef

# The stages of ACLs in their order, as OVN before 23.06 called them.
STAGES = ("ls_in_acl", "ls_in_acl_after_lb", "ls_out_acl")

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
            owner = acl_owner(acl, primary_network=primary_network)
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
    own = {group.name for group in nb.groups_of(port.uuid)}
    for group in nb.groups_of_switch(switch):
        for uuid in group.acls:
            acl = nb.acl(uuid)
            if acl is None:
                continue
            if group.name in own or _can_concern(acl, port.name, own):
                yield acl, group


def _can_concern(acl: Acl, port: str, own_groups: set[str]) -> bool:
    """For an ACL of a group that the port is not in: it names no port, or this one."""
    names = match_names(acl.match)
    return not names.ports or port in names.strings or not own_groups.isdisjoint(names.port_groups)


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
    if acl.direction == "to-lport":
        stage = STAGES[2]
    else:
        stage = STAGES[1] if acl.options.get("apply-after-lb") == "true" else STAGES[0]
    return f"{stage}_eval" if has_tiers else stage


def _order(view: AclView) -> tuple[int, int, int, str]:
    stage = view.stage.removesuffix("_eval")
    return STAGES.index(stage), view.tier, -view.priority, view.uuid
