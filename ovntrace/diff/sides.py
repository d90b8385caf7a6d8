"""The two snapshots side by side: which nodes and which workloads are on both, and who has what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ovntrace.diff.types import WorkloadKey
from ovntrace.diff.zones import Zone
from ovntrace.model.capture import Missing
from ovntrace.model.kube import name_of, text_at
from ovntrace.model.northbound import Acl, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.attachments import is_host_network
from ovntrace.view.outcome import NEEDED
from ovntrace.view.subject import Subject, pod_of_port, subject_of_port
from ovntrace.view.subjects import all_workloads

# Workloads times ACLs beyond which no workload looks at each ACL of its switch: some seconds.
MANY = 400_000
_LINKS = ("pod-links", "pod-links-text")


class Side:
    """One snapshot, with the indexes that comparing needs."""

    def __init__(self, letter: str, snapshot: Snapshot) -> None:
        self.letter = letter
        self.snapshot = snapshot

    @cached_property
    def nodes(self) -> frozenset[str]:
        """Nodes of which anything was read, or asked for in vain."""
        one = self.snapshot
        asked = {missing.target.node for missing in one.missing if missing.artefact in NEEDED}
        return frozenset({*one.nb, *one.sb, *one.ovs, *asked} - {""})

    @cached_property
    def nodes_of_pods(self) -> frozenset[str] | None:
        """Nodes that have a pod; None where the API's pods were not read. Every node has some:
        ovnkube-node's own."""
        if not self.snapshot.kube.has("pods"):
            return None
        pods = self.snapshot.kube.items("pods")
        return frozenset(node for pod in pods if (node := text_at(pod, "spec", "nodeName")))

    def lacks_node(self, node: str) -> bool:
        """True if the cluster has no such node on this side, as far as its pods tell."""
        known = self.nodes_of_pods
        return node not in self.nodes and known is not None and bool(known) and node not in known

    @cached_property
    def zones(self) -> dict[str, Zone]:
        """The northbound databases by node."""
        one = self.snapshot
        return {node: Zone(node, nb, one.kube) for node, nb in sorted(one.nb.items())}

    @cached_property
    def _vm_of_pod(self) -> dict[tuple[str, str], WorkloadKey]:
        """Launcher pods, of a migration both of them."""
        kube = self.snapshot.kube
        return {
            (namespace, name_of(pod)): WorkloadKey("vm", namespace, vm)
            for namespace, vm in kube.launcher_domains()
            for pod in kube.launchers_of(namespace, vm)
        }

    @cached_property
    def subjects(self) -> dict[WorkloadKey, Subject]:
        """Workloads, without pods that share the node's network and so have no port in OVN, and
        without those of which only ports are left."""
        found: dict[WorkloadKey, Subject] = {}
        for one in all_workloads(self.snapshot):
            if one.kind == "pod" and (one.namespace or "", one.name) in self._vm_of_pod:
                continue
            if not self._is_host_network(one) and not self._is_left_over(one):
                found.setdefault(key_of(one), one)
        return found

    def _is_left_over(self, one: Subject) -> bool:
        """True if the API, which was read, does not have the pod that the ports are named for."""
        kube = self.snapshot.kube
        if one.kind == "port" or one.pod is None or not kube.has("pods"):
            return False
        return kube.get("pods", one.namespace or "", one.pod) is None

    def ports_left(self, key: WorkloadKey) -> tuple[str, ...]:
        """Ports of a workload that is not there any more, by name."""
        if key in self.subjects:
            return ()
        return tuple(sorted(self._ports_of.get(key, ())))

    @cached_property
    def _ports_of(self) -> dict[WorkloadKey, set[str]]:
        found: dict[WorkloadKey, set[str]] = {}
        for node, nb in self.snapshot.nb.items():
            for port in nb.pod_ports:
                place = pod_of_port(port)
                if place is not None and port.type != "remote":
                    key = self._key_of_pod.get(place) or key_of(subject_of_port(port, node))
                    found.setdefault(key, set()).add(port.name)
        return found

    def _is_host_network(self, one: Subject) -> bool:
        pod = self.snapshot.kube.get("pods", one.namespace or "", one.pod or "")
        return pod is not None and is_host_network(pod)

    @cached_property
    def _key_of_pod(self) -> dict[tuple[str, str], WorkloadKey]:
        found = {
            (one.namespace, one.pod): key
            for key, one in self.subjects.items()
            if one.namespace and one.pod
        }
        return {**found, **self._vm_of_pod}

    def member(self, nb: Northbound, uuid: str) -> tuple[str, WorkloadKey | None, str | None]:
        """A port by uuid: its name, the workload that has it, and on which NAD."""
        port = nb.port_by_uuid(uuid)
        if port is None:
            return f"(no such port) {uuid}", None, None
        place = pod_of_port(port)
        if place is None:
            return port.name, None, None
        nad = port.external_ids.get("k8s.ovn.org/nad", "default")
        return port.name, self._key_of_pod.get(place) or key_of(subject_of_port(port, "")), nad

    def is_whole(self, node: str | None) -> bool:
        """True if the rows that hops need were read of that node."""
        one = self.snapshot
        if node is None or not (node in one.nb and node in one.sb and node in one.ovs):
            return False
        return not any(
            missing.target.node == node and missing.artefact in NEEDED for missing in self._of_nodes
        )

    @cached_property
    def _of_nodes(self) -> tuple[Missing, ...]:
        """What is missing and is not a pod's."""
        return tuple(one for one in self.snapshot.missing if one.artefact not in _LINKS)

    @cached_property
    def _of_pods(self) -> dict[tuple[str, str], tuple[Missing, ...]]:
        found: dict[tuple[str, str], tuple[Missing, ...]] = {}
        for one in self.snapshot.missing:
            if one.artefact in _LINKS:
                place = (one.target.namespace, one.target.pod)
                found[place] = (*found.get(place, ()), one)
        return found

    @cached_property
    def _bare(self) -> Snapshot:
        return replace(self.snapshot, missing=self._of_nodes)

    @cached_property
    def _without_acls(self) -> Snapshot:
        return replace(
            self._bare, nb={node: _WithoutAcls(nb.db) for node, nb in self.snapshot.nb.items()}
        )

    def about(self, subject: Subject, *, acls: bool) -> Snapshot:
        """The snapshot without the gaps of other pods, and without ACLs unless they are wanted: a
        hop's own rows name none, and each workload would look at all of its switch."""
        chosen = self._bare if acls else self._without_acls
        own = self._of_pods.get((subject.namespace or "", subject.pod or ""), ())
        return replace(chosen, missing=(*self._of_nodes, *own)) if own else chosen

    @cached_property
    def n_acls(self) -> int:
        """ACLs in all zones."""
        return sum(len(nb.db.table("ACL")) for nb in self.snapshot.nb.values())


@dataclass(frozen=True, slots=True)
class Sides:
    """Both."""

    old: Side
    new: Side

    def both_zones(self) -> Iterator[tuple[tuple[str, ...], Zone, Zone]]:
        """(nodes, old, new) of each zone that is on both sides, one that nodes share once."""
        shared: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
        for node in sorted(set(self.old.zones) & set(self.new.zones)):
            pair = (self.old.zones[node].identity, self.new.zones[node].identity)
            # Empty databases have nothing in common.
            key = pair if any(pair) else (frozenset({node}), frozenset())
            shared.setdefault(key, []).append(node)
        for nodes in shared.values():
            yield tuple(nodes), self.old.zones[nodes[0]], self.new.zones[nodes[0]]

    def zones_with(self, table: str) -> tuple[list[Zone], list[Zone]]:
        """The zones of each side whose rows of a table count: of those that are on both sides, if
        both have read it, and of nodes that came or went as a whole."""
        pairs = [
            pair
            for pair in self.both_zones()
            if pair[1].nb.db.has(table) and pair[2].nb.db.has(table)
        ]
        old, new = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
        old += [zone for node, zone in self.old.zones.items() if self.new.lacks_node(node)]
        new += [zone for node, zone in self.new.zones.items() if self.old.lacks_node(node)]
        return old, new


def key_of(subject: Subject) -> WorkloadKey:
    """A workload's identity. Names that a CMS gives ports are not unique, and can be changed."""
    name = (subject.kind == "port" and subject.lsp) or subject.name
    return WorkloadKey(subject.kind, subject.namespace, name)


class _WithoutAcls(Northbound):
    """The same database, of which no ACL is looked at."""

    def acl(self, uuid: str) -> Acl | None:  # noqa: ARG002
        """None of them."""
        return None
