"""The CMSs that are known, asked in turn. Each knows its own rows, and only those."""

from ovntrace.cms import incus, kube_ovn, neutron
from ovntrace.cms.types import AclOwner, PortIdentity
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, Northbound, PortGroup

_ALL = (neutron, kube_ovn, incus)


def identity_of(port: LogicalSwitchPort, switch: LogicalSwitch | None) -> PortIdentity | None:
    """Who the port is in its CMS; None for OVN-Kubernetes, and for what nobody knows."""
    found = (cms.identity_of(port, switch) for cms in _ALL)
    return next((one for one in found if one is not None), None)


def network_of(switch: LogicalSwitch) -> str | None:
    """The network that a switch is of, as its CMS calls it."""
    found = (cms.network_of(switch) for cms in _ALL)
    return next((one for one in found if one is not None), None)


def acl_owner(acl: Acl, group: PortGroup | None) -> AclOwner | None:
    """Whose an ACL is; `group` is the port group that has it, None for a switch's own."""
    found = (cms.acl_owner(acl, group) for cms in _ALL)
    return next((one for one in found if one is not None), None)


def topology_of(nb: Northbound, switch: LogicalSwitch) -> str:
    """`localnet` for a switch with a way to a physical network, else `layer2`: one switch over
    tunnels."""
    return "localnet" if nb.ports_of_type(switch, "localnet") else "layer2"
