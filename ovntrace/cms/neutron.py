"""OpenStack Neutron with ML2/OVN.

Sources: openstack/neutron neutron/common/ovn/constants.py (the `neutron:` keys, names and
priorities), neutron/common/ovn/acl.py (ACLs of security groups), and
neutron/plugins/ml2/drivers/ovn/mech_driver/ovsdb/ovn_client.py (create_port, create_provnet_port).
A port's name is its UUID, a switch's `neutron-<network UUID>`; a port's own
`neutron:network_name` is the switch's name, the name that a person gave is the switch's.
"""

from typing import Final

from ovntrace.cms.types import AclOwner, PortIdentity, side_of
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, PortGroup

NAME: Final = "neutron"
PREFIX: Final = "neutron:"
DROP_GROUP: Final = "neutron_pg_drop"
"""Every port with port security is in it; its two ACLs drop what no rule allows."""

_NETWORK_NAME: Final = "neutron:network_name"
_GROUP: Final = "neutron:security_group_id"
_RULE: Final = "neutron:security_group_rule_id"
_GROUP_NAME: Final = "pg_"
_UUID_LENGTH: Final = 36
# DHCP and metadata ports are network:dhcp and network:distributed, routers' network:router_...
_OF_NEUTRON: Final = "network:"


def is_own(port: LogicalSwitchPort) -> bool:
    """True for a port that Neutron made; provider networks' localnet ports have no keys at all."""
    return "neutron:port_name" in port.external_ids or "neutron:device_id" in port.external_ids


def identity_of(port: LogicalSwitchPort, switch: LogicalSwitch | None) -> PortIdentity | None:
    """Who the port is; None for one that is not Neutron's."""
    if not is_own(port):
        return None
    ids = port.external_ids
    owner = ids.get("neutron:device_owner") or None
    return PortIdentity(
        cms=NAME,
        name=ids.get("neutron:port_name") or None,
        instance=ids.get("neutron:device_id") or None,
        owner=owner,
        project=ids.get("neutron:project_id") or None,
        network=network_of(switch) if switch is not None else ids.get(_NETWORK_NAME),
        is_machine=not (owner or "").startswith(_OF_NEUTRON),
    )


def network_of(switch: LogicalSwitch) -> str | None:
    """The network's name; the switch's where a person gave it none. None for a switch that is not
    Neutron's."""
    name = switch.external_ids.get(_NETWORK_NAME)
    if name is None and not switch.name.startswith("neutron-"):
        return None
    return name or switch.name


def acl_owner(acl: Acl, group: PortGroup | None) -> AclOwner | None:
    """The security group of an ACL, and the rule by its UUID. Only the group's row has the group's
    UUID written out; without that row a rule's group is not known."""
    rule = acl.external_ids.get(_RULE)
    direction = side_of(acl.direction)
    if group is not None and group.name == DROP_GROUP:
        return AclOwner("default-deny", None, DROP_GROUP, direction, None)
    security_group = _security_group(group) if group is not None else None
    if rule is None and security_group is None:
        return None
    return AclOwner("SecurityGroup", None, security_group or "", direction, None, rule_id=rule)


def _security_group(group: PortGroup) -> str | None:
    told = group.external_ids.get(_GROUP)
    if told is not None or not group.name.startswith(_GROUP_NAME):
        return told
    # neutron/common/ovn/utils.py, ovn_port_group_name: the UUID with `_` in place of `-`.
    bare = group.name.removeprefix(_GROUP_NAME)
    return bare.replace("_", "-") if len(bare) == _UUID_LENGTH else None
