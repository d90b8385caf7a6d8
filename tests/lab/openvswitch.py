"""conf.db of the node: bridges, ports and external_ids, as OVN-Kubernetes' CNI writes them."""

from collections.abc import Mapping, Sequence

from tests.lab import example as ex
from tests.lab.commands import run
from tests.lab.places import Places

Environment = Mapping[str, str]


def pairs(column: str, values: Mapping[str, str]) -> list[str]:
    """Arguments of `ovs-vsctl set` for keys of a map column."""
    quoted = [(_quote(key), _quote(value)) for key, value in values.items()]
    return [f"{column}:{key}={value}" for key, value in quoted]


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _system_ids(places: Places) -> dict[str, str]:
    return {
        "hostname": ex.NODE,
        "ovn-bridge-mappings": ex.BRIDGE_MAPPINGS,
        "ovn-bridge-datapath-type": "netdev",
        "ovn-enable-lflow-cache": "true",
        "ovn-encap-ip": ex.NODE_ADDRESS,
        "ovn-encap-type": "geneve",
        "ovn-is-interconn": "true",
        "ovn-memlimit-lflow-cache-kb": "1048576",
        "ovn-monitor-all": "true",
        "ovn-ofctrl-wait-before-clear": "0",
        "ovn-openflow-probe-interval": "180",
        "ovn-remote": f"unix:{places.sb_socket}",
        "ovn-remote-probe-interval": "180000",
        "rundir": str(places.ovs),
        "system-id": ex.CHASSIS_ID,
    }


def eth0_ids(pod: ex.Pod) -> dict[str, str]:
    """external_ids of the Interface behind a pod's eth0."""
    return {
        "attached_mac": pod.eth0_mac,
        "iface-id": pod.eth0_lsp,
        "iface-id-ver": pod.uid,
        "ip_addresses": f"{pod.eth0_address}/23",
        "sandbox": pod.sandbox,
    }


def network_ids(pod: ex.Pod) -> dict[str, str]:
    """external_ids of the Interface behind a pod's second interface."""
    ids = {
        "attached_mac": pod.mac,
        "iface-id": pod.lsp,
        "iface-id-ver": pod.uid,
        "k8s.ovn.org/nad": ex.NAD,
        "k8s.ovn.org/network": ex.NETWORK,
        "sandbox": pod.sandbox,
    }
    if pod.address:
        ids["ip_addresses"] = f"{pod.address}/24"
    return ids


def pod_port_argv(host: str, external_ids: Mapping[str, str]) -> list[str]:
    """ovs-vsctl arguments that add a pod's port to br-int, as the CNI does."""
    return [
        "--may-exist", "add-port", "br-int", host, "other_config:transient=true",
        "--", "set", "Interface", host, *pairs("external_ids", external_ids),
    ]  # fmt: skip


def write_configuration(
    places: Places, pods: Sequence[ex.Pod], env: Environment, ovs_version: str
) -> None:
    """All of conf.db, before ovs-vswitchd starts; it then finds everything at once.

    The versions are what ovs-ctl writes on a node when it starts the daemons."""
    argv = [
        "ovs-vsctl", "--timeout=10", "--no-wait", "init",
        "--", "set", "Open_vSwitch", ".", *pairs("external_ids", _system_ids(places)),
        *pairs("other_config", {"vlan-limit": "0"}),
        f"ovs_version={_quote(ovs_version)}", "system_type=rhcos", 'system_version="4.15"',
        "--", "add-br", "br-int",
        "--", "set", "Bridge", "br-int", "datapath_type=netdev", "fail_mode=secure",
        "--", "add-br", "br-ex",
        "--", "set", "Bridge", "br-ex", "datapath_type=netdev",
        *pairs("external_ids", {"bridge-id": "br-ex", "bridge-uplink": ex.UPLINK}),
        *pairs("other_config", {"hwaddr": ex.NODE_MAC}),
        "--", "set", "Interface", "br-ex", f"mtu_request={ex.UPLINK_MTU}",
        "--", "add-port", "br-ex", ex.UPLINK, "other_config:transient=true",
        "--", "set", "Interface", ex.UPLINK, "type=system",
        "--", "add-port", "br-int", "ovn-k8s-mp0",
        "--", "set", "Interface", "ovn-k8s-mp0", "type=internal",
        f"mtu_request={ex.POD_MTU}", f"mac={_quote(ex.MANAGEMENT_MAC)}",
        *pairs("external_ids", {"iface-id": f"k8s-{ex.NODE}"}),
    ]  # fmt: skip
    for pod in pods:
        argv += ["--", *pod_port_argv(pod.eth0_host, eth0_ids(pod))]
        argv += ["--", *pod_port_argv(pod.host, network_ids(pod))]
    run(argv, env, timeout_s=12)


def wait_for_vswitchd(env: Environment) -> None:
    """Until ovs-vswitchd has done what conf.db says: its taps are there then."""
    mtu = f"mtu_request={ex.UPLINK_MTU}"
    run(["ovs-vsctl", "--timeout=10", "set", "Interface", "br-ex", mtu], env, timeout_s=12)
