"""What the hops of one attachment are made from: the node's parts of a snapshot, and evidence."""

import shlex
from dataclasses import dataclass

from ovntrace.model.capture import Missing
from ovntrace.model.links import Link, Links
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Chassis, Southbound
from ovntrace.view.types import Evidence

_TOOLS = {"nb": "ovn-nbctl", "sb": "ovn-sbctl", "ovs": "ovs-vsctl"}


@dataclass(frozen=True, slots=True)
class Context:
    """One node's view of a snapshot. `pod` is (namespace, name) of the workload's pod; it is on
    `standby` while the guest runs in another launcher, as in a live migration."""

    snapshot: Snapshot
    node: str
    pod: tuple[str, str] | None
    standby: bool = False

    @property
    def nb(self) -> Northbound | None:
        """The NB of the node's zone; None if it could not be read."""
        return self.snapshot.nb.get(self.node)

    @property
    def sb(self) -> Southbound | None:
        """The SB of the node's zone; None if it could not be read."""
        return self.snapshot.sb.get(self.node)

    @property
    def ovs(self) -> OpenVswitch | None:
        """The node's Open_vSwitch database; None if it could not be read."""
        return self.snapshot.ovs.get(self.node)

    @property
    def node_links(self) -> Links | None:
        """Interfaces of the node's network namespace; None if they could not be read."""
        return None if self.has_foreign_links else self.snapshot.node_links.get(self.node)

    @property
    def has_foreign_links(self) -> bool:
        """True if the interfaces that were read are not of the namespace in which ovs-vswitchd
        runs: it makes a device for the integration bridge there, which is not among them."""
        links, ovs = self.snapshot.node_links.get(self.node), self.ovs
        if links is None or ovs is None:
            return False
        bridge = ovs.integration_bridge
        return ovs.interface(bridge) is not None and links.by_name(bridge) is None

    def netns_name(self, link: Link) -> str | None:
        """The name under /run/netns of the namespace of a veth's other end. iproute2's JSON has
        only its number."""
        if link.link_netns or link.link_netnsid is None:
            return link.link_netns
        return self.snapshot.node_netns.get(self.node, {}).get(link.link_netnsid)

    @property
    def pod_links(self) -> Links | None:
        """Interfaces of the pod's network namespace; None if they could not be read."""
        return self.snapshot.pod_links.get(self.pod) if self.pod else None

    @property
    def chassis(self) -> Chassis | None:
        """The node's own chassis."""
        if self.sb is None:
            return None
        return self.sb.chassis_of_node(self.node, self.ovs.system_id if self.ovs else None)

    @property
    def chassis_name(self) -> str | None:
        """The name of the node's chassis, which is its system-id."""
        own = self.chassis
        if own is not None:
            return own.name
        return self.ovs.system_id if self.ovs else None

    def missing(self, artefact: str) -> Missing | None:
        """Why a part of this node (or of the pod) is not there."""
        if artefact == "pod-links":
            return self.snapshot.missing_of(artefact, "/".join(self.pod)) if self.pod else None
        return self.snapshot.missing_of(artefact, self.node)

    def has_table(self, artefact: str, table: str) -> bool:
        """True if that table of the node's database was read."""
        part = {"nb": self.nb, "sb": self.sb, "ovs": self.ovs}[artefact]
        return part is not None and part.db.has(table)

    def row(self, artefact: str, table: str, record: str, note: str = "") -> Evidence:
        """Evidence that is a row of a table. `record` is a uuid or a name, as the tools take it."""
        return self._evidence(
            artefact,
            f"{table} {record}{note and ' '}{note}",
            [_TOOLS[artefact], "list", table, record],
        )

    def absent(self, artefact: str, table: str, condition: str) -> Evidence:
        """Evidence that is a search without a hit. `condition` is as the tools' `find` takes it."""
        return self._evidence(
            artefact,
            f"{table}: no row with {condition}",
            [_TOOLS[artefact], "find", table, condition],
        )

    def search(self, artefact: str, table: str, condition: str, note: str) -> Evidence:
        """Evidence that is a search with hits, described by `note`."""
        return self._evidence(
            artefact, f"{table}: {note}", [_TOOLS[artefact], "find", table, condition]
        )

    def _evidence(self, artefact: str, row: str, argv: list[str]) -> Evidence:
        prefix = self.snapshot.origin(artefact, self.node).prefix
        if argv[0] != "ovs-vsctl":
            argv = [argv[0], "--no-leader-only", *argv[1:]]
        return Evidence(artefact, row, prefix + shlex.join(argv))

    def node_link(self, name: str, note: str = "") -> Evidence:
        """Evidence that is an interface of the node."""
        prefix = self.snapshot.origin("node-links", self.node).prefix
        argv = ["ip", "-d", "-s", "address", "show", "dev", name]
        return Evidence(
            "node-links", f"interface {name}{note and ' '}{note}", prefix + shlex.join(argv)
        )

    def pod_link(self, name: str, note: str = "") -> Evidence:
        """Evidence that is an interface in the pod's namespace."""
        place = "/".join(self.pod) if self.pod else ""
        for artefact in ("pod-links", "pod-links-text"):
            if (artefact, place) in self.snapshot.origins:
                break
        origin = self.snapshot.origin(artefact, place)
        argv = [
            "ip",
            *(["-n", origin.netns] if origin.netns else []),
            "address",
            "show",
            "dev",
            name,
        ]
        if artefact == "pod-links":
            argv[1:1] = ["-d", "-s"]
        return Evidence(
            artefact, f"interface {name}{note and ' '}{note}", origin.prefix + shlex.join(argv)
        )

    def object(self, plural: str, namespace: str, name: str, what: str) -> Evidence:
        """Evidence that is a Kubernetes object; `what` names the field."""
        argv = ["kubectl", "get", plural, name, "-o", "yaml"]
        if namespace:
            argv[2:2] = ["-n", namespace]
        place = f"{namespace}/{name}" if namespace else name
        return Evidence(plural, f"{place} {what}", shlex.join(argv))
