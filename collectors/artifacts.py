"""The table of artefacts: everything that ovntrace reads, and the only commands it can run.

Nothing outside this table is ever run on a cluster. Commands are argument vectors; no shell is
involved and no name from the cluster becomes part of one, except as a whole argument where a
row says so ({netns}, and the parameters of a row).
"""

import shlex
from dataclasses import dataclass

from collectors.artefact import Artefact, Where, list_tables
from collectors.container_rows import CONTAINER_ROWS, ENTRY_ROWS
from collectors.doctor_rows import SERVER_ROWS, node_rows
from collectors.parameters import (
    BRIDGE,
    CT_IN,
    CT_OUT,
    MICROFLOW,
    NB_FILE,
    OPENFLOW,
    SB_FILE,
    UUID,
    UUID_START,
    Parameter,
)

__all__ = [
    "ARTEFACTS",
    "BY_NAME",
    "DATABASE_FILES",
    "DATABASE_FOLDERS",
    "Artefact",
    "CommandRow",
    "Where",
    "command_rows",
]

# Tables that exist in every schema from OVN 22.03 to 26.03 and OVS 2.17 to 4.0: one unknown
# table would fail the whole command, so what is newer belongs into an optional row of its own
# (none is needed today).
NB_TABLES = (
    "NB_Global",
    "Logical_Switch",
    "Logical_Switch_Port",
    "Port_Group",
    "ACL",
    "Address_Set",
    "Logical_Router",
    "Logical_Router_Port",
    "Load_Balancer",
    "Load_Balancer_Group",
)
# Those without which nothing can be said of a packet. Every OVN has them: a source without one has
# lost it.
NEEDED_TABLES = frozenset(
    ("ACL", "Port_Group", "Address_Set", "Logical_Switch", "Logical_Switch_Port")
)
SB_TABLES = (
    "SB_Global",
    "Chassis",
    "Chassis_Private",
    "Encap",
    "Datapath_Binding",
    "Port_Binding",
)
SB_FLOW_TABLES = ("Logical_Flow", "Logical_DP_Group")
OVS_TABLES = ("Open_vSwitch", "Bridge", "Port", "Interface")

# Where ovsdb-server keeps the files of NB and SB: in the containers of OVN-Kubernetes, on an
# OpenShift host with interconnect and without, and on a plain host.
DATABASE_FOLDERS = ("/etc/ovn", "/var/lib/ovn-ic/etc", "/var/lib/ovn/etc", "/var/lib/ovn")
DATABASE_FILES = {"nb": "ovnnb_db.db", "sb": "ovnsb_db.db"}

_TIMEOUT = "--timeout={timeout}"
_IP = ("ip", "-j", "-d", "-s", "address")
_OVN_CONTAINERS = ("ovnkube-controller", "ovn-controller", "ovnkube-node")
_OVS_CONTAINERS = ("ovn-controller", "ovnkube-controller", "ovnkube-node")
_NB_CONTAINERS = ("nbdb", "nb-ovsdb", "northd", "ovn-northd", *_OVN_CONTAINERS)
_SB_CONTAINERS = ("sbdb", "sb-ovsdb", "northd", "ovn-northd", *_OVN_CONTAINERS)
# gzip and cat have no time limit of their own.
_PACKED = ("timeout", "{timeout}", "gzip", "-1", "-c", "{file}")
_PLAIN = ("timeout", "{timeout}", "cat", "{file}")


ARTEFACTS: tuple[Artefact, ...] = (
    Artefact(
        "nb",
        Where.NODE,
        "logical switches, ports, port groups, ACLs: what OVN was told",
        argv=list_tables("ovn-nbctl", NB_TABLES),
        tables=NB_TABLES,
        heavy=True,
        database="nb",
        containers=_NB_CONTAINERS,
        file="nbctl",
    ),
    Artefact(
        "sb",
        Where.NODE,
        "port bindings and chassis: where OVN has put the ports",
        argv=list_tables("ovn-sbctl", SB_TABLES),
        tables=SB_TABLES,
        heavy=True,
        database="sb",
        containers=_SB_CONTAINERS,
        file="sbctl",
    ),
    Artefact(
        "ovs",
        Where.NODE,
        "bridges, ports, interfaces and bridge mappings of the node",
        argv=list_tables("ovs-vsctl", OVS_TABLES),
        tables=OVS_TABLES,
        containers=_OVS_CONTAINERS,
        file="ovs",
    ),
    Artefact(
        "ovs-vswitchd",
        Where.NODE,
        "does ovs-vswitchd serve br-int (its database keeps its rows when it is dead)",
        # An OpenFlow GET_CONFIG request: it reads, and only a living main loop answers it.
        argv=("ovs-ofctl", _TIMEOUT, "get-frags", "br-int"),
        containers=_OVS_CONTAINERS,
        file="ovs-ofctl_get-frags_br-int.txt",
        probe=True,
    ),
    Artefact(
        "nb-file",
        Where.NODE,
        "the northbound database's own file, which the server needs no time for; asked by `dump`",
        argv=_PACKED,
        containers=("nbdb", "nb-ovsdb"),
        heavy=True,
        database="nb",
        parameters=(Parameter("file", NB_FILE),),
    ),
    Artefact(
        "nb-file-plain",
        Where.NODE,
        "the same where the image has no gzip",
        argv=_PLAIN,
        containers=("nbdb", "nb-ovsdb"),
        heavy=True,
        database="nb",
        parameters=(Parameter("file", NB_FILE),),
    ),
    Artefact(
        "sb-file",
        Where.NODE,
        "the southbound database's own file, logical flows among it; asked by `dump`",
        argv=_PACKED,
        containers=("sbdb", "sb-ovsdb"),
        heavy=True,
        database="sb",
        parameters=(Parameter("file", SB_FILE),),
    ),
    Artefact(
        "sb-file-plain",
        Where.NODE,
        "the same where the image has no gzip",
        argv=_PLAIN,
        containers=("sbdb", "sb-ovsdb"),
        heavy=True,
        database="sb",
        parameters=(Parameter("file", SB_FILE),),
    ),
    Artefact(
        "sb-flows",
        Where.NODE,
        "logical flows, where the southbound database's file can't be had; asked by `dump`",
        argv=list_tables("ovn-sbctl", SB_FLOW_TABLES),
        tables=SB_FLOW_TABLES,
        heavy=True,
        database="sb",
        containers=_SB_CONTAINERS,
        file="sbctl-flows",
    ),
    Artefact(
        "openflow",
        Where.NODE,
        "OpenFlow of br-int and of the bridges of the mappings, with counters; asked by `dump`",
        # The highest version that both know: 1.0 prints what later ones have as vendor actions.
        argv=(
            "ovs-ofctl",
            _TIMEOUT,
            "--protocols=OpenFlow10,OpenFlow13,OpenFlow14,OpenFlow15",
            "--no-names",
            "dump-flows",
            "{bridge}",
        ),
        containers=_OVS_CONTAINERS,
        heavy=True,
        file="ovs-ofctl_dump-flows_{bridge}.txt",
        parameters=(Parameter("bridge", BRIDGE),),
    ),
    Artefact(
        "node-name",
        Where.NODE,
        "the node's name as OVN knows it; asked on this machine only",
        argv=(
            "ovs-vsctl",
            _TIMEOUT,
            "--no-wait",
            "--dry-run",
            "--if-exists",
            "get",
            "Open_vSwitch",
            ".",
            "external_ids:hostname",
        ),
        containers=_OVS_CONTAINERS,
    ),
    Artefact(
        "ovn-trace",
        Where.NODE,
        "what OVN's own simulator makes of a packet; asked by `trace --confirm` only",
        # It reads the southbound database and computes. It has no time limit of its own.
        argv=(
            "timeout",
            "{timeout}",
            "ovn-trace",
            "--no-leader-only",
            # Else a port goes by the name that its CMS has for it, which need not be unique.
            "--no-friendly-names",
            "--ct={ct_in}",
            "--ct={ct_out}",
            "--",
            "{switch}",
            "{microflow}",
        ),
        containers=_SB_CONTAINERS,
        parameters=(CT_IN, CT_OUT, Parameter("switch", UUID), Parameter("microflow", MICROFLOW)),
    ),
    Artefact(
        "ofproto-trace",
        Where.NODE,
        "what a bridge's OpenFlow tables make of a packet; asked by `trace --confirm` only",
        # A simulation: without -generate no packet leaves (ovs-vswitchd(8)).
        argv=(
            "ovs-appctl",
            _TIMEOUT,
            "ofproto/trace",
            "{bridge}",
            "{openflow}",
            "--ct-next",
            "{ct_in}",
            "--ct-next",
            "{ct_out}",
        ),
        containers=_OVS_CONTAINERS,
        parameters=(
            CT_IN,
            CT_OUT,
            Parameter("bridge", BRIDGE),
            Parameter("openflow", OPENFLOW),
        ),
    ),
    Artefact(
        "logical-flows",
        Where.NODE,
        "from which ACL the flows come that decided there; asked by `trace --confirm` only",
        # Rows by the first digits of their uuids. A cookie may be of another table's row: no error.
        argv=(
            "ovn-sbctl",
            _TIMEOUT,
            "--no-leader-only",
            "--dry-run",
            "--format=json",
            "--columns=_uuid,external_ids,match,priority",
            "--if-exists",
            "list",
            "Logical_Flow",
            "{uuid}",
        ),
        containers=_SB_CONTAINERS,
        parameters=(Parameter("uuid", UUID_START, most=500),),
    ),
    Artefact(
        "node-links",
        Where.NODE,
        "the node's ends of the pods' veths, bridges and uplinks: state, MTU, counters",
        argv=_IP,
        containers=_OVS_CONTAINERS,
        file="ip.json",
    ),
    Artefact(
        "node-netns",
        Where.NODE,
        "names of the pods' network namespaces as the node numbers them (link-netnsid)",
        argv=("ip", "-j", "netns", "list-id"),
        containers=_OVS_CONTAINERS,
        file="ip_netns.json",
    ),
    *node_rows(nb=_NB_CONTAINERS, sb=_SB_CONTAINERS, ovs=_OVS_CONTAINERS),
    *CONTAINER_ROWS,
    *ENTRY_ROWS,
    Artefact(
        "pod-links",
        Where.POD,
        "the workload's own interfaces: names, addresses, MTU, state",
        argv=_IP,
        netns_argv=("ip", "-n", "{netns}", "-j", "-d", "-s", "address"),
        # The CNI server enters the pods' namespaces, so its container has /run/netns.
        containers=("ovnkube-controller", "ovnkube-node"),
        file="ip.json",
    ),
    Artefact(
        "pod-links-text",
        Where.POD,
        "the same where the image's ip knows no JSON (busybox)",
        argv=("ip", "address"),
        file="ip.txt",
    ),
    Artefact(
        "nodes",
        Where.API,
        "names, chassis ids, zones",
        resource="/api/v1/nodes",
        rarely="`dump` alone asks for it",
    ),
    Artefact(
        "namespaces",
        Where.API,
        "labels for selectors",
        resource="/api/v1/namespaces",
        rarely="`dump` alone asks for it",
    ),
    Artefact(
        "pods",
        Where.API,
        "workloads, their node and networks; ovnkube-node pods",
        resource="/api/v1/pods",
    ),
    Artefact(
        "events",
        Where.API,
        "why a pod is stuck in ContainerCreating",
        resource="/api/v1/namespaces/{namespace}/events",
    ),
    Artefact(
        "network-attachment-definitions",
        Where.API,
        "what a NAD asks for: network, topology, VLAN",
        resource="/apis/k8s.cni.cncf.io/v1/network-attachment-definitions",
        optional=True,
    ),
    Artefact(
        "multi-networkpolicies",
        Where.API,
        "policies of secondary networks",
        resource="/apis/k8s.cni.cncf.io/v1beta1/multi-networkpolicies",
        optional=True,
    ),
    Artefact(
        "networkpolicies",
        Where.API,
        "policies of the default network and primary networks",
        resource="/apis/networking.k8s.io/v1/networkpolicies",
    ),
    Artefact(
        "adminnetworkpolicies",
        Where.API,
        "policies of the cluster's administrator",
        resource="/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
        rarely="asked only where an ACL is of one",
        optional=True,
    ),
    Artefact(
        "baselineadminnetworkpolicies",
        Where.API,
        "the administrator's policy for what no other decides",
        resource="/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies",
        rarely="asked only where an ACL is of one",
        optional=True,
    ),
    Artefact(
        "egressfirewalls",
        Where.API,
        "rules of a namespace for traffic that leaves the cluster",
        resource="/apis/k8s.ovn.org/v1/egressfirewalls",
        rarely="asked only where an ACL is of one",
        optional=True,
    ),
    Artefact(
        "virtualmachines",
        Where.API,
        "VMs",
        resource="/apis/kubevirt.io/v1/virtualmachines",
        optional=True,
    ),
    Artefact(
        "virtualmachineinstances",
        Where.API,
        "running VMs: launcher pod, guest interfaces",
        resource="/apis/kubevirt.io/v1/virtualmachineinstances",
        optional=True,
    ),
    *SERVER_ROWS,
)

BY_NAME: dict[str, Artefact] = {artefact.name: artefact for artefact in ARTEFACTS}


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A row of `ovntrace commands`, for people who must know what will run."""

    name: str
    where: str
    command: str
    why: str


_PLACES = {
    Where.API: "Kubernetes API",
    Where.SERVER: "Kubernetes API",
    Where.NODE: "node, container {containers}",
    Where.POD: "workload, its first running container",
}


def command_rows() -> tuple[CommandRow, ...]:
    """The whole table as text: what can run, where and why."""
    rows = []
    for artefact in ARTEFACTS:
        where = _PLACES[artefact.where].format(
            containers=" or ".join(artefact.containers) or "none"
        )
        rows.append(CommandRow(artefact.name, where, artefact.shown, artefact.why))
        if artefact.netns_argv:
            place = "node, the workload's network namespace"
            command = shlex.join(artefact.netns_argv).replace("'", "")
            rows.append(CommandRow(artefact.name, place, command, artefact.why))
    return tuple(rows)
