"""Where a cluster's things are: a lab's places, once for each node."""

from dataclasses import dataclass
from pathlib import Path

from tests.lab import cluster_example as cx
from tests.lab.places import Places


@dataclass(frozen=True, slots=True)
class NodePlaces(Places):
    """Paths and names of one node of a cluster; what is the cluster's own is in each."""

    name: str

    @property
    def ovs(self) -> Path:
        """The node's OVS_RUNDIR."""
        return self.folder / "nodes" / self.name / "ovs"

    @property
    def ovn(self) -> Path:
        """The node's OVN_RUNDIR."""
        return self.folder / "nodes" / self.name / "ovn"

    @property
    def node(self) -> str:
        """The node's network namespace."""
        return f"{self.prefix}-{self.name}"

    def pod_netns(self, pod: cx.ClusterPod) -> str:
        """A pod's network namespace."""
        return f"{self.prefix}-{pod.name}"


def node_places(folder: Path, prefix: str) -> dict[str, NodePlaces]:
    """The places of each node, by its name."""
    return {node.name: NodePlaces(folder, prefix, node.name) for node in cx.NODES}


def cluster_namespaces(places: NodePlaces) -> list[str]:
    """All network namespaces of the cluster."""
    nodes = [f"{places.prefix}-{node.name}" for node in cx.NODES]
    return [*nodes, places.underlay, places.outside, *map(places.pod_netns, cx.PODS)]
