"""conf.db of a cluster's node: bridges, ports, tunnels' neighbours."""

from collections.abc import Mapping, Sequence

from tests.lab import cluster_example as cx
from tests.lab.cluster_places import NodePlaces
from tests.lab.commands import run
from tests.lab.kube_cluster import uid_of
from tests.lab.openvswitch import pairs, pod_port_argv

Environment = Mapping[str, str]

_TIMEOUT = "--timeout=10"


def pod_uid(pod: cx.ClusterPod) -> str:
    """The pod's uid, which is also its interfaces' iface-id-ver."""
    return uid_of("Pod", pod.name)


def _system_ids(
    places: NodePlaces, node: cx.Node, southbound: str, *, interconnect: bool
) -> dict[str, str]:
    ids = {
        "hostname": node.name,
        "ovn-bridge-datapath-type": "netdev",
        "ovn-bridge-mappings": cx.BRIDGE_MAPPINGS,
        "ovn-encap-ip": node.tunnel_address,
        "ovn-encap-type": "geneve",
        "ovn-monitor-all": "true",
        "ovn-openflow-probe-interval": "180",
        "ovn-remote": southbound,
        "ovn-remote-probe-interval": "180000",
        "rundir": str(places.ovs),
        "system-id": node.chassis,
    }
    # Without it no tunnel is made to another zone's chassis (controller/encaps.c).
    return ids | {"ovn-is-interconn": "true"} if interconnect else ids


def interface_ids(pod: cx.ClusterPod, network: cx.Network) -> dict[str, str]:
    """external_ids of the Interface behind a pod's interface on a network."""
    ids = {
        "attached_mac": pod.mac(network),
        "iface-id": pod.lsp(network),
        "iface-id-ver": pod_uid(pod),
        "ip_addresses": pod.interface_address(network),
        "sandbox": pod.sandbox,
    }
    if network == cx.DEFAULT:
        return ids
    return ids | {"k8s.ovn.org/nad": network.nad, "k8s.ovn.org/network": network.name}


def _bridge(name: str, uplink: str, mac: str) -> list[str]:
    return [
        "--", "add-br", name,
        "--", "set", "Bridge", name, "datapath_type=netdev",
        *pairs("external_ids", {"bridge-id": name, "bridge-uplink": uplink}),
        *pairs("other_config", {"hwaddr": mac}),
        "--", "set", "Interface", name, f"mtu_request={cx.UPLINK_MTU}",
        "--", "add-port", name, uplink,
        "--", "set", "Interface", uplink, "type=system",
    ]  # fmt: skip


def write_node_configuration(
    places: NodePlaces,
    node: cx.Node,
    southbound: str,
    env: Environment,
    ovs_version: str,
    *,
    interconnect: bool,
) -> None:
    """All of conf.db, before ovs-vswitchd starts. `southbound` is ovn-controller's remote."""
    ids = _system_ids(places, node, southbound, interconnect=interconnect)
    argv = [
        "ovs-vsctl", _TIMEOUT, "--no-wait", "init",
        "--", "set", "Open_vSwitch", ".", *pairs("external_ids", ids),
        *pairs("other_config", {"vlan-limit": "0"}),
        f'ovs_version="{ovs_version}"', "system_type=rhcos", 'system_version="4.15"',
        "--", "add-br", "br-int",
        "--", "set", "Bridge", "br-int", "datapath_type=netdev", "fail_mode=secure",
        *_bridge("br-ex", cx.UPLINK, node.mac),
        *_bridge(cx.TUNNEL_BRIDGE, cx.TUNNEL_UPLINK, node.tunnel_mac),
    ]  # fmt: skip
    for pod in cx.pods_of(node):
        for network in cx.ALL_NETWORKS:
            argv += ["--", *pod_port_argv(pod.host(network), interface_ids(pod, network))]
    run(argv, env, timeout_s=12)


def set_tunnel_neighbours(node: cx.Node, others: Sequence[cx.Node], env: Environment) -> None:
    """The peers' MACs: a tunnel whose peer is not known yet loses its first packet."""
    appctl = ["ovs-appctl", _TIMEOUT]
    run([*appctl, "tnl/neigh/aging", "3600"], env, timeout_s=12)
    for other in others:
        if other != node:
            peer = [cx.TUNNEL_BRIDGE, other.tunnel_address, other.tunnel_mac]
            run([*appctl, "tnl/neigh/set", *peer], env, timeout_s=12)
