"""The lab's Kubernetes objects agree with each other, with the databases and with the links."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.kube_cluster import OVNKUBE_NAME
from tests.lab.kube_files import write_kube_objects, write_policies
from tests.lab.lab import OVNKUBE_POD, Lab, read_record
from tests.lab.observe import interface
from tests.lab.policies import POLICIES

Items = dict[str, dict[str, Any]]


def _items(folder: Path, name: str) -> Items:
    content = json.loads((folder / f"{name}.json").read_text())
    assert content["kind"] == "List"
    return {item["metadata"]["name"]: item for item in content["items"]}


def _annotation(pod: dict[str, Any], name: str) -> Any:
    return json.loads(pod["metadata"]["annotations"][name])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_kube_objects(tmp_path)
    write_policies(tmp_path, POLICIES)
    return tmp_path


def test_a_pods_annotations_are_the_example(folder: Path) -> None:
    pods = _items(folder, "pods")
    for pod in ex.PODS:
        networks = _annotation(pods[pod.name], "k8s.ovn.org/pod-networks")
        assert networks["default"]["mac_address"] == pod.eth0_mac
        assert networks[ex.NAD]["mac_address"] == pod.mac
        wanted = [f"{pod.address}/24"] if pod.address else None
        assert networks[ex.NAD]["ip_addresses"] == wanted
        status = _annotation(pods[pod.name], "k8s.v1.cni.cncf.io/network-status")
        assert [entry["interface"] for entry in status] == ["eth0", pod.interface]
        assert pods[pod.name]["spec"]["nodeName"] == ex.NODE
        assert pods[pod.name]["metadata"]["uid"] == pod.uid


def test_a_vm_leads_to_its_launcher(folder: Path) -> None:
    pods, instances = _items(folder, "pods"), _items(folder, "virtualmachineinstances")
    machines = _items(folder, "virtualmachines")
    for pod in ex.PODS:
        if pod.vm is None:
            continue
        instance, machine = instances[pod.vm.name], machines[pod.vm.name]
        assert instance["metadata"]["ownerReferences"][0]["uid"] == machine["metadata"]["uid"]
        launcher = pods[pod.name]["metadata"]
        assert launcher["ownerReferences"][0]["uid"] == instance["metadata"]["uid"]
        assert launcher["labels"]["kubevirt.io/created-by"] == instance["metadata"]["uid"]
        assert instance["status"]["interfaces"][0]["mac"] == pod.mac
        devices = machine["spec"]["template"]["spec"]["domain"]["devices"]
        assert devices["interfaces"][0] == {
            "bridge": {},
            "macAddress": pod.mac,
            "model": "virtio",
            "name": pod.vm.network,
        }


def test_policies_come_and_go(folder: Path) -> None:
    assert set(_items(folder, "multi-networkpolicies")) == {
        policy["metadata"]["name"] for policy in POLICIES
    }
    write_policies(folder, [])
    assert _items(folder, "multi-networkpolicies") == {}


def test_every_object_has_its_own_uid_and_version(folder: Path) -> None:
    files = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    metadata = [item["metadata"] for content in files for item in content["items"]]
    seen = [(item["uid"], item["resourceVersion"]) for item in metadata]
    assert len({uid for uid, _ in seen}) == len({version for _, version in seen}) == len(seen)


@pytest.mark.lab
def test_the_record_says_where_each_pod_is(lab: Lab) -> None:
    record = read_record(lab.folder)
    for name, pod in _items(lab.places.kube, "pods").items():
        place = record["pods"][f"{pod['metadata']['namespace']}/{name}"]
        assert (Path("/run/netns") / place["netns"]).exists()
        assert place["node"] == ex.NODE
    assert OVNKUBE_POD.endswith(OVNKUBE_NAME)
    assert record["pods"][OVNKUBE_POD]["env"] == record["node"][ex.NODE]["env"]
    assert record["pids"] == lab.daemons.pids()


@pytest.mark.lab
def test_a_pods_links_are_what_the_cni_and_kubevirt_make(lab: Lab) -> None:
    for pod in ex.PODS:
        listed = lab.inside(lab.places.pod(pod), "ip", "-j", "-d", "address").stdout
        links = {link["ifname"]: link for link in json.loads(listed)}
        # The name of the node's end holds the index of this end.
        assert links[pod.veth]["ifindex"] == int(pod.host.rpartition("_")[2])
        assert str(links[pod.veth]["link_index"]) == interface(lab, pod.host, "ifindex")
        assert {links[name]["mtu"] for name in links if name != "lo"} == {ex.POD_MTU}
        assert links["eth0"]["address"] == pod.eth0_mac
        if pod.vm is None:
            assert links["net1"]["address"] == pod.mac
            assert links["net1"]["addr_info"][0]["local"] == pod.address
            continue
        bridge, tap, dummy = f"k6t-{pod.vm.hash}", f"tap{pod.vm.hash}", f"pod{pod.vm.hash}"
        assert links[tap]["master"] == links[pod.veth]["master"] == bridge
        assert links[pod.veth]["linkinfo"]["info_slave_data"]["learning"] is False
        assert links[dummy]["address"] == pod.mac
        assert links[dummy]["operstate"] == "DOWN"
        assert "master" not in links[dummy]
        assert pod.mac not in (links[name]["address"] for name in (bridge, tap, pod.veth))
        guest = json.loads(lab.inside(lab.places.guest(pod.vm), "ip", "-j", "address").stdout)[1]
        assert guest["address"] == pod.mac
        assert guest["addr_info"][0]["local"] == pod.vm.address


@pytest.mark.lab
def test_images_differ_in_their_ip(lab: Lab) -> None:
    assert json.loads(lab.in_pod(ex.TINYPOD, ["ip", "-j", "address"]).stdout)
    busybox = lab.in_pod(ex.TINYPOD_01, ["ip", "address"])
    assert "192.168.77.92/24" in busybox.stdout
    assert lab.in_pod(ex.TINYPOD_01, ["ip", "-j", "address"]).returncode != 0
    assert lab.in_pod(ex.TINYPOD_02, ["cat", "/proc/self/comm"]).stdout == "cat\n"
    assert lab.in_pod(ex.TINYPOD_02, ["ip", "address"]).returncode == 127
