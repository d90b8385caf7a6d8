"""Kube-OVN.

Sources: kubeovn/kube-ovn pkg/ovs/ovn-nb-logical_switch_port.go (external_ids of ports),
pkg/ovs/ovn.go (PodNameToPortName, GetLocalnetName, GetSgPortGroupName), pkg/ovs/ovn-nb-acl.go
(`parent` and `subnet` of ACLs), pkg/controller/controller.go (the keys np, anp, banp, cnp and sg of
port groups), network_policy.go and node.go there. A pod's port is `<pod>.<namespace>`, on an
attached network `<pod>.<namespace>.<provider>`; a subnet is a switch of the same name. With
keep-vm-ip the VM's name stands for its launcher pod's (pod.go, getNameByPod).
"""

from typing import Final

from ovntrace.cms.types import AclOwner, PortIdentity, side_of
from ovntrace.model.northbound import Acl, LogicalSwitch, LogicalSwitchPort, PortGroup

NAME: Final = "kube-ovn"
_POLICIES: Final = (
    ("anp", "AdminNetworkPolicy"),
    ("banp", "BaselineAdminNetworkPolicy"),
    ("cnp", "ClusterNetworkPolicy"),
)


def is_own(port: LogicalSwitchPort) -> bool:
    """True for a port that Kube-OVN made."""
    return port.external_ids.get("vendor") == NAME


def identity_of(port: LogicalSwitchPort, _switch: LogicalSwitch | None) -> PortIdentity | None:
    """Who the port is; None for one that is not Kube-OVN's."""
    if not is_own(port):
        return None
    namespace, _, pod = port.external_ids.get("pod", "").partition("/")
    return PortIdentity(
        cms=NAME,
        namespace=(namespace or None) if pod else None,
        pod=pod or None,
        network=port.external_ids.get("ls") or None,
        device="eth0" if pod and port.name == f"{pod}.{namespace}" else None,
        is_machine=bool(pod),
    )


def network_of(switch: LogicalSwitch) -> str | None:
    """The subnet; None for a switch that is not Kube-OVN's."""
    return switch.name if switch.external_ids.get("vendor") == NAME else None


def acl_owner(acl: Acl, group: PortGroup | None) -> AclOwner | None:
    """The policy, security group or subnet of an ACL. Rules have no ids, so none is told."""
    direction = side_of(acl.direction)
    ids = acl.external_ids
    if group is None:
        # An ACL's `parent` is the switch or group that it was made for.
        subnet = ids.get("parent")
        return AclOwner("Subnet", None, subnet, direction, None) if subnet else None
    if ids.get("parent", group.name) != group.name:
        return None
    name = group.external_ids.get("sg")
    if name is not None and group.name == _dotted(f"ovn.sg.{name}"):
        return AclOwner("SecurityGroup", None, name, direction, None)
    for key, kind in _POLICIES:
        name = group.external_ids.get(key)
        if name is not None and group.name == _dotted(name):
            return AclOwner(kind, None, name, direction, None)
    return _of_policy(group, direction)


def _of_policy(group: PortGroup, direction: str | None) -> AclOwner | None:
    """`np` is `<namespace>/<policy>`, in the group of a node `node/<node>` and in that of a node's
    pods of a subnet `<subnet>/<node>`: the group's name tells which."""
    first, slash, second = group.external_ids.get("np", "").partition("/")
    if not slash:
        return None
    if group.name == _dotted(f"{second}.{first}"):
        return AclOwner("NetworkPolicy", first, second, direction, None)
    if first == "node" and group.name == _dotted(f"{first}.{second}"):
        return AclOwner("node", None, second, direction, None)
    return None


def _dotted(name: str) -> str:
    """A name as port groups have it: they allow no `-`. Several names may become one."""
    return name.replace("-", ".")
