"""Network namespaces and links of a lab: pods, guests, uplink and what is behind it.

All links are born inside the lab's namespaces, so they go with them and none is ever seen outside.
The kernel here may have no dummy device: a tap stands for KubeVirt's dummy interface, a veth for
QEMU's tap, and a veth that is named bond0 for the uplink.
"""

import json
import time
from collections.abc import Mapping, Sequence

from tests.lab import example as ex
from tests.lab.commands import LabError, run, run_all
from tests.lab.places import Places

Environment = Mapping[str, str]

_SWITCH = "ubr"
_CABLE_IFINDEX = 100
_TO_INTERNET = "10.255.255.1/30"
_INTERNET_SIDE = "10.255.255.2/30"


def make_namespaces(places: Places, env: Environment) -> None:
    """All of the lab's network namespaces, empty, with lo up."""
    lines = [f"netns add {name}" for name in places.namespaces()]
    run(["ip", "-batch", "-"], env, stdin="\n".join(lines))
    run_all([["ip", "-n", name, "link", "set", "lo", "up"] for name in places.namespaces()], env)


def batch(netns: str, lines: Sequence[str], env: Environment) -> None:
    """Lines for `ip` inside a namespace; LabError at the first that fails."""
    run(["ip", "-n", netns, "-batch", "-"], env, stdin="\n".join(lines) + "\n")


def veth_line(name: str, peer: str, netns: str, *, mtu: int, mac: str = "") -> str:
    """An `ip` line that makes a veth here whose peer is born in another namespace."""
    address = f"address {mac} " if mac else ""
    return f"link add {name} mtu {mtu} type veth peer name {peer} {address}mtu {mtu} netns {netns}"


def plug_underlay(places: Places, env: Environment) -> None:
    """The uplink, the switch at its other end, gateway, outside VM and 8.8.8.8."""
    mtu = ex.UPLINK_MTU
    # The ends of a veth get different indices: where they are equal, the kernel takes up to a
    # second to notice a carrier (net/core/link_watch.c), and the switch drops until then.
    cable = f"link add {ex.NODE} index {_CABLE_IFINDEX} mtu {mtu} type veth"
    uplink = f"peer name {ex.UPLINK} address {ex.NODE_MAC} mtu {mtu} netns {places.node}"
    batch(places.underlay, [f"{cable} {uplink}"], env)
    batch(places.node, [f"link set {ex.UPLINK} up"], env)
    ports = (ex.NODE, "gateway", "outside")
    batch(
        places.underlay,
        [
            f"link add {_SWITCH} type bridge",
            f"link set {_SWITCH} up",
            veth_line("gateway", "eth0", places.gateway, mtu=mtu),
            veth_line("outside", "eth0", places.outside, mtu=mtu),
            *(f"link set {port} master {_SWITCH} up" for port in ports),
        ],
        env,
    )
    batch(
        places.gateway,
        [
            "link set eth0 up",
            f"addr add {ex.LOCALNET_SUBNET_GATEWAY}/24 dev eth0",
            f"addr add {ex.NODE_GATEWAY}/{ex.NODE_PREFIX_LENGTH} dev eth0",
            veth_line("internet", "eth0", places.internet, mtu=mtu),
            f"addr add {_TO_INTERNET} dev internet",
            "link set internet up",
            f"route add default via {_INTERNET_SIDE.split('/')[0]}",
        ],
        env,
    )
    _end_host(places.outside, f"{ex.OUTSIDE_VM}/24", ex.LOCALNET_SUBNET_GATEWAY, env)
    via = _TO_INTERNET.split("/")[0]
    _end_host(places.internet, _INTERNET_SIDE, via, env)
    answer = f"route replace default via {via} src {ex.INTERNET}"
    batch(places.internet, [f"addr add {ex.INTERNET}/32 dev lo", answer], env)
    forward = ["ip", "netns", "exec", places.gateway, "tee", "/proc/sys/net/ipv4/ip_forward"]
    run(forward, env, stdin="1\n")


def _end_host(netns: str, address: str, gateway: str, env: Environment) -> None:
    lines = ["link set eth0 up", f"addr add {address} dev eth0", f"route add default via {gateway}"]
    batch(netns, lines, env)


def bypass_kernel(places: Places, devices: Sequence[str], env: Environment) -> None:
    """Keep the node's own IP stack off devices that are ports of a bridge.

    ovs-vswitchd reads packets beside the kernel here, where a kernel datapath takes them from it.
    The node would answer ARP on a pod's veth and see each packet of its own address twice.
    """
    for setting, value in (("arp_ignore", "8"), ("rp_filter", "1")):
        files = [f"/proc/sys/net/ipv4/conf/{device}/{setting}" for device in devices]
        run(["ip", "netns", "exec", places.node, "tee", *files], env, stdin=f"{value}\n")


def plug_pod(places: Places, pod: ex.Pod, env: Environment) -> None:
    """Both interfaces of a pod, and the chain to the guest of a VM's launcher."""
    netns = places.pod(pod)
    batch(
        places.node,
        [
            veth_line(pod.eth0_host, "eth0", netns, mtu=ex.POD_MTU, mac=pod.eth0_mac),
            second_veth_line(places, pod),
            f"link set {pod.eth0_host} up",
            f"link set {pod.host} up",
        ],
        env,
    )
    batch(netns, [*_eth0_lines(pod), *second_interface_lines(pod)], env)
    if pod.vm:
        _plug_guest(places, pod, pod.vm, env)
    _check_index(netns, pod, env)


def second_veth_line(places: Places, pod: ex.Pod) -> str:
    """The `ip` line that makes the second veth. A VM's nic has the bridge's MAC, never the VM's."""
    mac = "" if pod.vm else pod.mac
    return veth_line(pod.host, pod.veth, places.pod(pod), mtu=ex.POD_MTU, mac=mac)


def _eth0_lines(pod: ex.Pod) -> list[str]:
    via = f"via {ex.NODE_SUBNET_GATEWAY} dev eth0"
    return [
        "link set eth0 up",
        f"addr add {pod.eth0_address}/23 brd + dev eth0",
        f"route add default {via}",
        f"route add {ex.CLUSTER_SUBNET} {via}",
        f"route add {ex.JOIN_SUBNET} {via}",
        f"route add {ex.SERVICE_SUBNET} {via}",
    ]


def second_interface_lines(pod: ex.Pod) -> list[str]:
    """`ip` lines inside the pod that make its second interface what CNI and KubeVirt make it."""
    if pod.vm is None:
        return ["link set net1 up", f"addr add {pod.address}/24 brd + dev net1"]
    bridge = f"k6t-{pod.vm.hash}"
    return [
        f"link add {bridge} mtu {ex.POD_MTU} type bridge",
        f"link set {pod.veth} master {bridge} up",
        f"link set {pod.veth} type bridge_slave learning off",
        f"link set {bridge} up",
    ]


def _plug_guest(places: Places, pod: ex.Pod, vm: ex.Vm, env: Environment) -> None:
    netns, guest = places.pod(pod), places.guest(vm)
    tap, dummy = f"tap{vm.hash}", pod.interface
    batch(
        netns,
        [
            veth_line(tap, "eth0", guest, mtu=ex.POD_MTU, mac=pod.mac),
            f"link set {tap} master k6t-{vm.hash} up",
            f"tuntap add dev {dummy} mode tap",
            f"link set {dummy} address {pod.mac} mtu {ex.POD_MTU} arp off multicast off",
        ],
        env,
    )
    _end_host(guest, f"{vm.address}/24", ex.LOCALNET_SUBNET_GATEWAY, env)


def wait_forwarding(places: Places, env: Environment, timeout_s: float = 5.0) -> None:
    """Until every port of the kernel's bridges forwards; LabError if one does not."""
    launchers = [places.pod(pod) for pod in ex.PODS if pod.vm]
    waiting = [places.underlay, *launchers]
    limit = time.monotonic() + timeout_s
    while waiting:
        waiting = [netns for netns in waiting if not _all_forward(netns, env)]
        if waiting and time.monotonic() > limit:
            raise LabError(f"{waiting[0]}: a bridge port does not forward")


def _all_forward(netns: str, env: Environment) -> bool:
    links = json.loads(run(["ip", "-n", netns, "-j", "-d", "link"], env))
    ports = [link["linkinfo"]["info_slave_data"] for link in links if "master" in link]
    return all(port["state"] == "forwarding" for port in ports)


def _check_index(netns: str, pod: ex.Pod, env: Environment) -> None:
    """The host interface's name holds the index of the pod's end: it must be really so."""
    links = json.loads(run(["ip", "-n", netns, "-j", "link", "show", pod.veth], env))
    index = links[0]["ifindex"]
    if index != ex.NETWORK_IFINDEX:
        raise LabError(f"{pod.name}: {pod.veth} has index {index}, not {ex.NETWORK_IFINDEX}")


def offload_off(places: Places, env: Environment) -> None:
    """Checksums are computed by the sender, since nobody behind it would (TCP and UDP need it)."""
    devices = [(places.gateway, "eth0"), (places.outside, "eth0"), (places.node, "br-ex")]
    devices.append((places.node, "ovn-k8s-mp0"))
    for pod in ex.PODS:
        devices.append((places.pod(pod), "eth0"))
        if pod.vm:
            devices.append((places.guest(pod.vm), "eth0"))
        else:
            devices.append((places.pod(pod), "net1"))
    run_all([offload_argv(netns, device) for netns, device in devices], env)


def offload_argv(netns: str, device: str) -> list[str]:
    """The command that turns a device's checksum offload off."""
    return ["ip", "netns", "exec", netns, "ethtool", "-K", device, "tx", "off"]
