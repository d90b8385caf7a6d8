"""Network namespaces and links of a cluster: nodes, pods, and the two networks between the nodes.

One network carries localnet frames (br-ex of each node, and a host outside), the other tunnels.
Tunnels have a bridge of their own: with their address on br-ex a localnet mapping that goes while
its patch port stays floods the tunnels' ARP into the tunnels for ever.
"""

from collections.abc import Mapping

from tests.lab import cluster_example as cx
from tests.lab.cluster_places import NodePlaces, cluster_namespaces
from tests.lab.commands import run, run_all
from tests.lab.wiring import batch, bypass_kernel, offload_argv, veth_line

Environment = Mapping[str, str]

_SWITCH = "ubr"
_TUNNEL_SWITCH = "tbr"
_TAPS = ("br-ex", cx.TUNNEL_BRIDGE)
# The two ends of a veth get different indices: where they are equal, the kernel takes up to a
# second to notice a carrier (net/core/link_watch.c), and a switch drops until then.
_FIRST_CABLE = 100


def make_cluster_namespaces(places: NodePlaces, env: Environment) -> None:
    """All network namespaces, empty, with lo up."""
    names = cluster_namespaces(places)
    run(["ip", "-batch", "-"], env, stdin="\n".join(f"netns add {name}" for name in names))
    run_all([["ip", "-n", name, "link", "set", "lo", "up"] for name in names], env)


def plug_cluster_underlay(nodes: Mapping[str, NodePlaces], env: Environment) -> None:
    """Both switches between the nodes, the nodes' uplinks, and the host outside."""
    mtu, places = cx.UPLINK_MTU, next(iter(nodes.values()))
    lines = []
    for switch in (_SWITCH, _TUNNEL_SWITCH):
        lines += [f"link add {switch} type bridge", f"link set {switch} up"]
    for node in cx.NODES:
        netns = nodes[node.name].node
        cables = (
            (f"n{node.number}", cx.UPLINK, node.mac, _SWITCH),
            (f"t{node.number}", cx.TUNNEL_UPLINK, node.tunnel_mac, _TUNNEL_SWITCH),
        )
        for at, (port, uplink, mac, switch) in enumerate(cables):
            cable = f"link add {port} index {_FIRST_CABLE + 2 * node.number + at} mtu {mtu}"
            peer = f"peer name {uplink} address {mac} mtu {mtu} netns {netns}"
            lines += [f"{cable} type veth {peer}", f"link set {port} master {switch} up"]
    lines += [
        veth_line("outside", "eth0", places.outside, mtu=mtu),
        f"link set outside master {_SWITCH} up",
    ]
    batch(places.underlay, lines, env)
    outside = ["link set eth0 up", f"addr add {cx.OUTSIDE}/24 dev eth0"]
    batch(places.outside, outside, env)
    run(offload_argv(places.outside, "eth0"), env)


def plug_node(places: NodePlaces, node: cx.Node, env: Environment) -> None:
    """The node's uplinks are up, and its pods have their interfaces."""
    pods = cx.pods_of(node)
    lines = [f"link set {uplink} up" for uplink in (cx.UPLINK, cx.TUNNEL_UPLINK)]
    for pod in pods:
        for network in cx.ALL_NETWORKS:
            netns, mac = places.pod_netns(pod), pod.mac(network)
            host = pod.host(network)
            lines.append(veth_line(host, network.interface, netns, mtu=cx.POD_MTU, mac=mac))
            lines.append(f"link set {host} up")
    batch(places.node, lines, env)
    for pod in pods:
        batch(places.pod_netns(pod), _pod_lines(pod), env)
    run_all(
        [
            offload_argv(places.pod_netns(pod), network.interface)
            for pod in pods
            for network in cx.ALL_NETWORKS
        ],
        env,
    )
    hosts = [pod.host(network) for pod in pods for network in cx.ALL_NETWORKS]
    bypass_kernel(places, [cx.UPLINK, cx.TUNNEL_UPLINK, *hosts], env)


def _pod_lines(pod: cx.ClusterPod) -> list[str]:
    lines = []
    for network in cx.ALL_NETWORKS:
        device = network.interface
        lines.append(f"link set {device} up")
        lines.append(f"addr add {pod.interface_address(network)} brd + dev {device}")
    return [*lines, f"route add default via {pod.node.gateway} dev eth0"]


def address_cluster_node(places: NodePlaces, node: cx.Node, env: Environment) -> None:
    """The node's own addresses, on the internal ports that ovs-vswitchd has made."""
    addresses = (node.address, node.tunnel_address)
    lines = []
    for device, address in zip(_TAPS, addresses, strict=True):
        lines += [f"link set {device} up", f"addr replace {address}/24 brd + dev {device}"]
    batch(places.node, lines, env)
    run_all([offload_argv(places.node, device) for device in _TAPS], env)
