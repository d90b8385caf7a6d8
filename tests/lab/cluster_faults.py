"""Faults on one node of a cluster of which its databases know nothing, or only its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tests.lab import cluster_example as cx
from tests.lab.cluster import Cluster
from tests.lab.observe import wait_until

_OTHER_BRIDGE = "br-other"

Fault = Callable[[Cluster, cx.ClusterPod, cx.Network], AbstractContextManager[None]]


@contextmanager
def _with_a_flow(cluster: Cluster, node: cx.Node, bridge: str, match: str) -> Iterator[None]:
    flow = f"table=0,priority=65000,{match}"
    cluster.ctl(node.name, "ovs-ofctl", "add-flow", bridge, f"{flow},actions=drop")
    try:
        yield
    finally:
        cluster.ctl(node.name, "ovs-ofctl", "--strict", "del-flows", bridge, flow)


@contextmanager
def dropped_in_br_int(cluster: Cluster, pod: cx.ClusterPod, network: cx.Network) -> Iterator[None]:
    """br-int of the pod's node drops what is for the pod."""
    with _with_a_flow(cluster, pod.node, "br-int", f"dl_dst={pod.mac(network)}"):
        yield


@contextmanager
def dropped_in_br_ex(cluster: Cluster, pod: cx.ClusterPod, network: cx.Network) -> Iterator[None]:
    """br-ex of the pod's node drops what is for the pod."""
    with _with_a_flow(cluster, pod.node, "br-ex", f"dl_dst={pod.mac(network)}"):
        yield


@contextmanager
def mapped_to_another_bridge(
    cluster: Cluster, pod: cx.ClusterPod, network: cx.Network
) -> Iterator[None]:
    """The pod's node has the localnet on a bridge without an uplink."""
    name = pod.node.name
    cluster.ctl(
        name, "ovs-vsctl", "--timeout=9", "add-br", _OTHER_BRIDGE,
        "--", "set", "Bridge", _OTHER_BRIDGE, "datapath_type=netdev",
    )  # fmt: skip
    wrong = cx.BRIDGE_MAPPINGS.replace(f"{network.name}:br-ex", f"{network.name}:{_OTHER_BRIDGE}")
    try:
        # A pair of patch ports that is there stays where it is (controller/patch.c).
        _map(cluster, name, _without(network), network, None)
        _map(cluster, name, wrong, network, _OTHER_BRIDGE)
        yield
    finally:
        cluster.ctl(name, "ovs-vsctl", "--timeout=9", "del-br", _OTHER_BRIDGE)
        _map(cluster, name, cx.BRIDGE_MAPPINGS, network, "br-ex")


@contextmanager
def not_mapped(cluster: Cluster, pod: cx.ClusterPod, network: cx.Network) -> Iterator[None]:
    """The pod's node has the localnet's name wrong in its mappings."""
    name = pod.node.name
    try:
        _map(cluster, name, _without(network), network, None)
        yield
    finally:
        _map(cluster, name, cx.BRIDGE_MAPPINGS, network, "br-ex")


def _without(network: cx.Network) -> str:
    return cx.BRIDGE_MAPPINGS.replace(network.name, "misspelt")


def _map(
    cluster: Cluster, node: str, mappings: str, network: cx.Network, bridge: str | None
) -> None:
    """Set the mappings, and wait until the patch ports are where they say."""
    ids = f"external_ids:ovn-bridge-mappings={mappings}"
    cluster.ctl(node, "ovs-vsctl", "--timeout=9", "set", "Open_vSwitch", ".", ids)
    patch = f"patch-{network.localnet_port}-to-br-int"

    def is_there() -> bool:
        bridges = cluster.ctl(node, "ovs-vsctl", "--timeout=9", "list-br").split()
        having = [
            one
            for one in bridges
            if patch in cluster.ctl(node, "ovs-vsctl", "--timeout=9", "list-ports", one).split()
        ]
        return having == ([bridge] if bridge else [])

    wait_until(f"the patch ports of {network.name} are on {bridge}", is_there)


@contextmanager
def denied_on_the_default_network(cluster: Cluster, pod: cx.ClusterPod) -> Iterator[None]:
    """An ACL on the switch of the pod's node drops pings to it."""
    zone = next(name for name, nodes in cluster.zones.items() if pod.node in nodes)
    match = f'outport == "{pod.lsp(cx.DEFAULT)}" && icmp4'
    acl = (pod.node.name, "to-lport", "1500", match)
    cluster.ctl(zone, "ovn-nbctl", "--wait=hv", "acl-add", *acl, "drop")
    try:
        yield
    finally:
        cluster.ctl(zone, "ovn-nbctl", "--wait=hv", "acl-del", *acl)
