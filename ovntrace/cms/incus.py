"""Incus, and LXD, which it was forked from: the same names under `lxd`.

Sources: lxc/incus internal/server/network/driver_ovn.go (names of switches and ports),
internal/server/network/acl/acl_ovn.go (port groups, priorities and matches of ACLs) and
internal/server/network/ovn/ovn_nb_actions.go (the `incus_` keys); the same files of canonical/lxd
for `lxd_`. Rows have numbers of networks and ACLs, not the names that a person gave them; an
instance is told by its UUID (volatile.uuid), in LXD 4.x by a number.
"""

import re
from typing import Final

from ovntrace.cms.types import AclOwner, PortIdentity
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, PortGroup

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PORT: Final = re.compile(rf"(incus|lxd)-net[0-9]+-instance-({_UUID}|[0-9]+)-(.+)", re.DOTALL)
_SWITCH: Final = re.compile(r"(incus|lxd)-(net[0-9]+)-ls-(int|ext)")
_ACL_GROUP: Final = re.compile(r"((?:incus|lxd)_acl[0-9]+)(?:_[a-z0-9_]+)?")
_RULE: Final = re.compile(r"-(ingress|egress)-([0-9]{1,9})")
_SIDES: Final = {"ingress": "Ingress", "egress": "Egress"}


def identity_of(port: LogicalSwitchPort, switch: LogicalSwitch | None) -> PortIdentity | None:
    """Who the port is; None for one that is not Incus' or LXD's."""
    cms = next((cms for cms in ("incus", "lxd") if f"{cms}_switch" in port.external_ids), None)
    told = _PORT.fullmatch(port.name)
    if told is None and cms is None:
        return None
    return PortIdentity(
        cms=told[1] if told else str(cms),
        instance=told[2] if told else None,
        device=told[3] if told else None,
        network=network_of(switch) if switch is not None else None,
        is_machine=told is not None,
    )


def network_of(switch: LogicalSwitch) -> str | None:
    """`net<N>`, N being the network's number in the CMS' own database; None for another's
    switch."""
    told = _SWITCH.fullmatch(switch.name)
    return told[2] if told else None


def acl_owner(acl: Acl, group: PortGroup | None) -> AclOwner | None:
    """The network ACL, or what else the CMS makes an ACL for. All are to-lport, so the ACL's
    direction tells nothing: a rule's match begins with the ports that it is for."""
    ids = acl.external_ids
    for cms in ("incus", "lxd"):
        if f"{cms}_switch_port" in ids:
            port = ids[f"{cms}_switch_port"]
            return AclOwner("nic-default", None, port, _side_of_port(acl.match, port), None)
        if group is None and f"{cms}_switch" in ids:
            return AclOwner("network-services", None, ids[f"{cms}_switch"], None, None)
    own = _ACL_GROUP.fullmatch(group.name) if group is not None else None
    if own is None or group is None:
        return None
    side, rule = _rule_of(acl, own[1])
    return AclOwner("NetworkACL", None, own[1], side or _side_of_group(acl.match, own[1]), rule)


def _side_of_port(match: str, port: str) -> str | None:
    if match == f'inport == "{port}"':
        return "Egress"
    return "Ingress" if match == f'outport == "{port}"' else None


def _side_of_group(match: str, group: str) -> str | None:
    if match.startswith(f"(inport == @{group})"):
        return "Egress"
    return "Ingress" if match.startswith(f"(outport == @{group})") else None


def _rule_of(acl: Acl, group: str) -> tuple[str | None, int | None]:
    """A rule that is logged is named for its place: `<group>-ingress-0`."""
    name = acl.name or ""
    told = _RULE.fullmatch(name.removeprefix(group)) if name.startswith(group) else None
    return (_SIDES[told[1]], int(told[2])) if told else (None, None)
