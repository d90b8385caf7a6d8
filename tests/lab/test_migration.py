"""A VM moves between two nodes of a cluster, step by step, while it is pinged.

Who answers is who is called active, and a step in which nobody answers is called broken.

Each node is a zone of its own: the ports of the two launchers are in different databases. The guest
is two network namespaces with one MAC and address, of which one interface at a time is up.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.lab import cluster_example as cx
from tests.lab.api.server import ApiServer
from tests.lab.asking import ask_with
from tests.lab.cluster import Cluster
from tests.lab.cluster_daemons import Mode
from tests.lab.cluster_kube import ovnkube_name
from tests.lab.cluster_openvswitch import interface_ids, pod_uid
from tests.lab.commands import environment, run
from tests.lab.kube_files import write_list
from tests.lab.openvswitch import pod_port_argv
from tests.lab.wiring import batch, bypass_kernel, offload_argv, veth_line

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("cluster")]

VM = "centos-stream9-gold-rabbit-80"
NET = cx.LOCALNET
SOURCE, TARGET = (cx.ClusterPod(f"virt-launcher-{VM}", node, 71) for node in cx.NODES[:2])
SIDES = {"source": SOURCE, "target": TARGET}
PINGER = cx.PODS[4]
_UID = "5f0c3a52-4c0e-4c6a-9d0e-3a1f6f1d7a11"
_WINDOW_S = 0.5
_KNOWN = f"{SOURCE.mac(NET)} {SOURCE.address(NET)}"


@dataclass(slots=True)
class Moving:
    """The cluster, its API, and the VM with what Kubernetes says of it now."""

    cluster: Cluster
    server: ApiServer
    kubeconfig: Path
    phases: dict[str, str] = field(default_factory=dict)  # by side
    state: dict[str, Any] = field(default_factory=dict)
    pods: list[dict[str, Any]] = field(default_factory=list)
    ready: bool = False

    # --- what Kubernetes says --------------------------------------------------------------------

    def tell(self) -> None:
        """Write the objects anew."""
        folder = self.cluster.folder / "kube"
        version = int(time.monotonic() * 1000)
        launchers = [self._launcher(side) for side in self.phases]
        version = write_list(folder, "pods", [*self.pods, *launchers], version)
        write_list(folder, "virtualmachineinstances", [self._vmi()], version)

    def _launcher(self, side: str) -> dict[str, Any]:
        pod = SIDES[side]
        address = f"{pod.address(NET)}/24"
        networks = {NET.nad: {"ip_addresses": [address], "mac_address": pod.mac(NET)}}
        notes = {"kubevirt.io/domain": VM, "k8s.ovn.org/pod-networks": json.dumps(networks)}
        labels = {"kubevirt.io": "virt-launcher", "kubevirt.io/created-by": _UID}
        if side == "target":
            labels["kubevirt.io/migrationJobUID"] = "8f5f1f4e-0a54-4a67-90c4-0c7b1b1b9d01"
            if self.ready:
                notes["kubevirt.io/migration-target-ready-timestamp"] = "2030-01-01T00:00:09Z"
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": pod.name,
                "namespace": cx.NAMESPACE,
                "uid": pod_uid(pod),
                "creationTimestamp": f"2030-01-01T00:00:0{pod.node.number}Z",
                "labels": labels,
                "annotations": notes,
            },
            "spec": {"nodeName": pod.node.name, "containers": []},
            "status": {"phase": self.phases[side]},
        }

    def _vmi(self) -> dict[str, Any]:
        done = self.state.get("completed")
        status: dict[str, Any] = {
            "phase": "Running",
            "nodeName": (TARGET if done else SOURCE).node.name,
        }
        if self.state:
            status["migrationState"] = {
                "sourceNode": SOURCE.node.name,
                "sourcePod": SOURCE.name,
                "targetNode": TARGET.node.name,
                "targetPod": TARGET.name,
                **self.state,
            }
        return {
            "apiVersion": "kubevirt.io/v1",
            "kind": "VirtualMachineInstance",
            "metadata": {"name": VM, "namespace": cx.NAMESPACE, "uid": _UID},
            "spec": {},
            "status": status,
        }

    # --- what OVN and the guest do ---------------------------------------------------------------

    def plug(self, side: str) -> None:
        """The launcher's namespace, cable and OVS port; its logical port is not made here."""
        pod, cluster = SIDES[side], self.cluster
        places, plain = cluster.places[pod.node.name], environment(cluster.folder)
        netns, host = places.pod_netns(pod), pod.host(NET)
        run(["ip", "netns", "add", netns], plain)
        veth = veth_line(host, NET.interface, netns, mtu=cx.POD_MTU, mac=pod.mac(NET))
        batch(places.node, [veth, f"link set {host} up"], plain)
        batch(netns, [f"addr add {pod.address(NET)}/24 brd + dev {NET.interface}"], plain)
        run(offload_argv(netns, NET.interface), plain)
        bypass_kernel(places, [host], plain)
        argv = pod_port_argv(host, interface_ids(pod, NET))
        cluster.ctl(pod.node.name, "ovs-vsctl", "--timeout=10", *argv)

    def add_port(self, side: str) -> None:
        """The logical port, disabled and without addresses."""
        pod = SIDES[side]
        lsp = pod.lsp(NET)
        words = ["lsp-add", NET.switch, lsp, "--", "lsp-set-enabled", lsp, "disabled"]
        words += ["--", "lsp-set-port-security", lsp, _KNOWN, "--", "set", "Logical_Switch_Port"]
        words += [lsp, f"options:iface-id-ver={pod_uid(pod)}", "external_ids:pod=true"]
        words += [f"options:requested-chassis={pod.node.name}"]
        words += [f"external_ids:namespace={cx.NAMESPACE}"]
        words += [f'external_ids:"k8s.ovn.org/nad"="{NET.nad}"']
        words += [f'external_ids:"k8s.ovn.org/network"={NET.name}']
        self.nbctl(side, *words, f'external_ids:"k8s.ovn.org/topology"={NET.topology}')

    def nbctl(self, side: str, *words: str) -> None:
        """Change the side's zone."""
        self.cluster.ctl(SIDES[side].node.name, "ovn-nbctl", "--timeout=10", *words)

    def enable(self, side: str) -> None:
        """The port passes frames."""
        lsp = SIDES[side].lsp(NET)
        self.nbctl(side, "lsp-set-enabled", lsp, "enabled", "--", "lsp-set-addresses", lsp, _KNOWN)

    def disable(self, side: str) -> None:
        """It drops all."""
        lsp = SIDES[side].lsp(NET)
        self.nbctl(side, "lsp-set-enabled", lsp, "disabled", "--", "lsp-set-addresses", lsp)

    def guest(self, side: str, *, runs: bool) -> None:
        """The guest's interface there."""
        word = "up" if runs else "down"
        netns = self.cluster.pod_netns(SIDES[side])
        batch(netns, [f"link set {NET.interface} {word}"], environment(self.cluster.folder))

    def announce(self, side: str) -> None:
        """The guest is heard: its ARP request reaches every switch on the way."""
        netns = self.cluster.pod_netns(SIDES[side])
        argv = ["ping", "-n", "-q", "-c", "1", "-W", "0.3", PINGER.address(NET)]
        self.cluster.inside(netns, *argv, timeout_s=5)

    # --- who answers, and what is said -----------------------------------------------------------

    def answering(self) -> set[str]:
        """The sides whose replies to the ping that runs arrive."""
        before = {side: self._count(pod, "OutEchoReps") for side, pod in SIDES.items()}
        arrived = self._count(PINGER, "InEchoReps")
        time.sleep(_WINDOW_S)
        if self._count(PINGER, "InEchoReps") == arrived:
            return set()
        return {
            side for side, pod in SIDES.items() if self._count(pod, "OutEchoReps") > before[side]
        }

    def _count(self, pod: cx.ClusterPod, what: str) -> int:
        """A counter of ICMP of the pod's kernel."""
        done = self.cluster.inside(self.cluster.pod_netns(pod), "cat", "/proc/net/snmp")
        lines = [line.split() for line in done.stdout.splitlines() if line.startswith("Icmp:")]
        return int(dict(zip(*lines, strict=True))[what])

    def explained(self) -> tuple[dict[str, Any], set[str]]:
        """explain's answer, and the nodes of which something was asked."""
        before = len(self.server.settled())
        words = ("explain", f"vm/{VM}", "--network", NET.name, "-o", "json")
        answer = ask_with(self.kubeconfig, *words).answer
        paths = [seen.path_qs.partition("?")[0] for seen in self.server.settled()[before:]]
        asked = {path.split("/")[-2] for path in paths if path.endswith("/exec")}
        return answer, {node.name for node in cx.NODES if ovnkube_name(node) in asked}


@pytest.fixture
def moving(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Moving]:
    cluster = Cluster(tmp_path / "cluster", mode=request.param)
    try:
        cluster.up(policies=False)
        with ApiServer(cluster.folder / "kube") as server:
            kubeconfig = server.write_kubeconfig(tmp_path / "kubeconfig")
            vm = Moving(cluster, server, kubeconfig)
            vm.pods = json.loads((cluster.folder / "kube" / "pods.json").read_text())["items"]
            yield vm
    finally:
        cluster.down()


@contextmanager
def _pinged(moving: Moving) -> Iterator[None]:
    """A ping that runs."""
    argv = ["ping", "-n", "-q", "-i", "0.05", SOURCE.address(NET)]
    netns = moving.cluster.pod_netns(PINGER)
    ping = subprocess.Popen(["ip", "netns", "exec", netns, *argv], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        ping.kill()
        ping.wait()


@pytest.fixture
def pinged(moving: Moving) -> Iterator[Moving]:
    """The VM on its first node, with a ping that runs until the end."""
    for side in SIDES:
        moving.plug(side)
    moving.add_port("source")
    moving.enable("source")
    moving.phases["source"] = "Running"
    moving.tell()
    moving.cluster.settle()
    moving.guest("source", runs=True)
    moving.announce("source")
    with _pinged(moving):
        yield moving


def _ids(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["id"], one["severity"]) for one in answer["findings"]]


def _states(answer: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """enabled and addresses of each side's port."""
    sides = answer["migration"]["sides"]
    return {s["role"]: (s["ports"][0]["enabled"], s["ports"][0]["addresses"]) for s in sides}


@pytest.mark.parametrize("moving", [Mode.INTERCONNECT], indirect=True)
def test_step_by_step(pinged: Moving) -> None:
    vm, first, second = pinged, SOURCE.node.name, TARGET.node.name
    answer, asked = vm.explained()
    assert (answer["migration"], _ids(answer), asked) == (None, [], {first})
    assert vm.answering() == {"source"}

    # The target's pod is there; memory is copied.
    vm.add_port("target")
    vm.phases["target"], vm.state = "Running", {"startTimestamp": "2030-01-01T00:00:01Z"}
    vm.tell()
    vm.cluster.settle()
    answer, asked = vm.explained()
    assert asked == {first, second}
    assert (answer["migration"]["state"], answer["migration"]["active"]) == ("running", "source")
    assert _states(answer) == {"source": (True, [_KNOWN]), "target": (False, [])}
    assert [side["ports"][0]["chassis"] for side in answer["migration"]["sides"]] == [first, second]
    assert _ids(answer) == []
    assert vm.answering() == {"source"}

    # The guest runs on the target, and OVN-Kubernetes has not heard of it yet.
    vm.guest("source", runs=False)
    vm.guest("target", runs=True)
    vm.announce("target")
    vm.state["targetNodeDomainReadyTimestamp"] = "2030-01-01T00:00:09Z"
    vm.ready = True
    vm.tell()
    answer, _ = vm.explained()
    assert (answer["migration"]["active"], answer["workload"]["node"]) == ("target", second)
    assert _ids(answer) == [("OVT423", "error")]
    assert vm.answering() == set()

    # Now it has.
    vm.disable("source")
    vm.enable("target")
    vm.cluster.settle()
    vm.announce("target")
    answer, _ = vm.explained()
    assert (answer["migration"]["state"], answer["migration"]["active"]) == ("running", "target")
    assert _states(answer) == {"source": (False, []), "target": (True, [_KNOWN])}
    assert _ids(answer) == []
    assert {hop["state"] for hop in answer["attachments"][0]["hops"]} <= {"ok", "unknown"}
    assert vm.answering() == {"target"}

    # The end: a launcher that has ended keeps its port, enabled, and then does not.
    vm.phases["source"] = "Succeeded"
    vm.state["completed"] = True
    vm.tell()
    vm.enable("source")
    answer, asked = vm.explained()
    assert answer["migration"]["state"] == "completed"
    assert _ids(answer) == [("OVT424", "error")]
    assert asked == {first, second}
    vm.nbctl("source", "lsp-del", SOURCE.lsp(NET))
    answer, _ = vm.explained()
    assert (answer["migration"]["active"], _ids(answer)) == ("target", [])
    assert vm.answering() == {"target"}


# --- one port on two chassis, as other CMSs migrate -----------------------------------------------

PORT = "vm-port"
_RARP = r"""
import socket, sys
mac = bytes.fromhex(sys.argv[2].replace(":", ""))
frame = b"\xff" * 6 + mac + b"\x80\x35" + b"\x00\x01\x08\x00\x06\x04\x00\x03"
frame += mac + bytes(4) + mac + bytes(4)
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((sys.argv[1], 0))
raw.send(frame.ljust(60, b"\0"))
"""


def _plug_both(vm: Moving) -> None:
    """One logical port, asked for on both nodes, and its interface on each of them."""
    for side, pod in SIDES.items():
        vm.plug(side)
        host = pod.host(NET)
        words = ["set", "Interface", host, f"external_ids:iface-id={PORT}"]
        words += ["--", "remove", "Interface", host, "external_ids", "iface-id-ver"]
        vm.cluster.ctl(pod.node.name, "ovs-vsctl", "--timeout=10", *words)
    asked = f"requested-chassis={SOURCE.node.name},{TARGET.node.name}"
    # Port security with an address would drop the RARP.
    words = ["lsp-add", NET.switch, PORT, "--", "lsp-set-addresses", PORT, _KNOWN]
    words += ["--", "lsp-set-port-security", PORT, SOURCE.mac(NET)]
    vm.nbctl("source", *words, "--", "lsp-set-options", PORT, asked, "activation-strategy=rarp")
    vm.cluster.settle()


def _asked(vm: Moving) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The migration, and the findings of the port's binding."""
    answer = ask_with(vm.kubeconfig, "explain", PORT, "-o", "json").answer
    [hop] = [h for h in answer["attachments"][0]["hops"] if h["kind"] == "port-binding"]
    return answer["migration"], [(one["id"], one["severity"]) for one in hop["findings"]]


@pytest.mark.parametrize("moving", [Mode.CENTRAL], indirect=True)
def test_one_port_on_two_chassis(moving: Moving) -> None:
    vm, netns = moving, moving.cluster.pod_netns(TARGET)
    _plug_both(vm)
    vm.guest("source", runs=True)
    vm.announce("source")
    with _pinged(vm):
        migration, found = _asked(vm)
        assert (migration["way"], migration["active"]) == ("chassis", "source")
        nodes = [SOURCE.node.name, TARGET.node.name]
        assert [side["ports"][0]["chassis"] for side in migration["sides"]] == nodes
        assert [side["ports"][0]["activated"] for side in migration["sides"]] == [None, False]
        assert found == [("OVT309", "info"), ("OVT310", "warning")]
        assert vm.answering() == {"source"}

        vm.guest("source", runs=False)
        vm.guest("target", runs=True)
        # Blocked: not even the guest's own request for the pinger's address is let out.
        vm.announce("target")
        assert vm.answering() == set()

        argv = [sys.executable, "-c", _RARP, NET.interface, TARGET.mac(NET)]
        assert vm.cluster.inside(netns, *argv).returncode == 0
        vm.cluster.settle()
        vm.announce("target")
        migration, found = _asked(vm)
        assert migration["active"] == "target"
        assert [side["ports"][0]["activated"] for side in migration["sides"]] == [None, True]
        assert found == [("OVT310", "warning")]
        assert vm.answering() == {"target"}
