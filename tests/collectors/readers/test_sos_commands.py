"""What is taken of a sosreport's commands, and how their outputs and copied files go together."""

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.dump.readers.sos_commands import SosCommands
from ovntrace.model.capture import Capture, Missing, Target
from tests.collectors.dump.folders import write
from tests.collectors.readers import layouts

NODE = Target(node="worker-0")
OLD = "ovn-kubernetes-2023-12-running-example"
ROOT = "sosreport-worker-0-2024-03-05-abcdefg"
FLOWS = b"OFPST_FLOW reply (OF1.%d) (xid=0x2):\n cookie=0x0, priority=0 actions=drop\n"
LINK = b"2: eth0@if7: <BROADCAST,UP,LOWER_UP> mtu 1400 qdisc noqueue state UP group default\n"
COUNTED = LINK + (
    b"    link/ether 0a:58:0a:84:00:35 brd ff:ff:ff:ff:ff:ff link-netns n promiscuity 0\n"
    b"    veth numtxqueues 2\n"
    b"    RX:  bytes packets errors dropped  missed   mcast\n"
    b"           726       9      3       4       0       0\n"
)


def taken(*paths: str) -> SosCommands:
    commands = SosCommands()
    for path in paths:
        commands.take(("sos_commands", *path.split("/")))
    return commands


def fetched(files: dict[str, bytes], tmp: Path, target: Target, artefact: Artefact) -> Any:
    return Dump(write(tmp, files)).fetch(target, artefact, 1)


def documents(capture: Capture) -> dict[str, Any]:
    lines = map(json.loads, capture.data.splitlines())
    return dict(zip(BY_NAME["ovs"].tables, lines, strict=True))


@pytest.mark.parametrize("order", [1, -1])
def test_the_latest_version_of_a_bridges_flows_is_taken(order: int) -> None:
    names = ["dump-flows", "-O_OpenFlow15_dump-flows", "-O_OpenFlow13_dump-flows"]
    paths = [f"openvswitch/ovs-ofctl_{name}_br-ex" for name in names][::order]
    found = taken(*paths, "ovn_host/ovs-ofctl_-O_OpenFlow13_dump-flows_br-int")
    assert found.flows == {
        "br-ex": "sos_commands/openvswitch/ovs-ofctl_-O_OpenFlow15_dump-flows_br-ex",
        "br-int": "sos_commands/ovn_host/ovs-ofctl_-O_OpenFlow13_dump-flows_br-int",
    }


def test_links_are_of_the_node_or_of_the_namespace_that_the_command_entered() -> None:
    inside = "networking/namespaces/n1/ip_netns_exec_n1"
    found = taken(
        "networking/ip_-o_addr",
        "networking/ip_-d_address",
        "networking/ip_-s_-d_link",
        f"{inside}_ip_route_show_table_all",
        f"{inside}_ip_-d_address_show",
        "networking/namespaces/n2/ip_netns_exec_other_ip_-d_address_show",
    )
    assert found.links == "sos_commands/networking/ip_-d_address"
    assert found.pod_links == {"n1": f"sos_commands/{inside}_ip_-d_address_show"}


def test_rows_that_show_prints_do_not_part_a_copied_file_from_its_lists(tmp_path: Path) -> None:
    files = layouts.sosreport(OLD, "worker-0")
    bridges = layouts.tables(OLD, "worker-0", "ovs")["Bridge"]
    name = bridges["data"][0][bridges["headings"].index("name")]
    shown = f"5c6c2fc0-1a4f-499a-9d47-1619ea95c5f3\n    Bridge {name}\n        Port {name}\n"
    files[f"{ROOT}/sos_commands/openvswitch/ovs-vsctl_-t_5_show"] = shown.encode()
    tables = documents(fetched(files, tmp_path, NODE, BY_NAME["ovs"]))
    at = tables["Bridge"]["headings"].index("ports")
    ports = {row[0][1] for row in tables["Port"]["data"]}
    joined = [row[at] for row in tables["Bridge"]["data"]]
    uuids = {
        uuid for kind, value in joined for _, uuid in (value if kind == "set" else [(0, value)])
    }
    assert uuids
    assert uuids <= ports


def test_flows_are_of_the_bridge_that_is_asked_for(tmp_path: Path) -> None:
    files = {
        f"{ROOT}/hostname": b"worker-0\n",
        f"{ROOT}/sos_commands/networking/ip_-d_address": LINK,
        f"{ROOT}/sos_commands/openvswitch/ovs-ofctl_-O_OpenFlow15_dump-flows_br-ex": FLOWS % 5,
        f"{ROOT}/sos_commands/openvswitch/ovs-ofctl_dump-flows_br-int": b"ovs-ofctl: br-int: ...",
    }
    openflow = BY_NAME["openflow"]
    found = fetched(files, tmp_path, NODE, openflow.filled({"bridge": "br-ex"}))
    assert isinstance(found, Capture)
    assert found.data == FLOWS % 5
    for bridge in ("br-int", "br-none"):  # what failed is no output
        other = fetched(files, tmp_path, NODE, openflow.filled({"bridge": bridge}))
        assert isinstance(other, Missing), bridge
    assert isinstance(fetched(files, tmp_path, NODE, BY_NAME["ovs-vswitchd"]), Missing)


def test_a_pods_links_are_known_by_the_name_of_its_namespace(tmp_path: Path) -> None:
    inside = f"{ROOT}/sos_commands/networking/namespaces/n1/ip_netns_exec_n1_ip_-d_address_show"
    files = {
        f"{ROOT}/hostname": b"worker-0\n",
        f"{ROOT}/sos_commands/networking/ip_-d_address": LINK,
        f"{ROOT}/sos_commands/networking/ip_netns": b"n1 (id: 4)\nn2\n../x (id: 5)\n",
        inside: COUNTED,
    }
    names = fetched(files, tmp_path, NODE, BY_NAME["node-netns"])
    assert json.loads(names.data) == [{"nsid": 4, "name": "n1"}]
    pod = Target("worker-0", "demo", "web", netns="n1")
    (link,) = json.loads(fetched(files, tmp_path, pod, BY_NAME["pod-links"]).data)
    assert link["ifname"] == "eth0"
    assert link["stats64"] == {"rx": {"errors": 3, "dropped": 4}}
    for other in (Target("worker-0", "demo", "web"), Target("worker-0", "demo", "web", netns="n2")):
        assert isinstance(fetched(files, tmp_path, other, BY_NAME["pod-links"]), Missing)


@pytest.mark.parametrize("folder", ["", "custom/", "template-based/"])
def test_vms_of_a_kubevirt_must_gather(folder: str, tmp_path: Path) -> None:
    vm = {
        "apiVersion": "kubevirt.io/v1",
        "kind": "VirtualMachine",
        "metadata": {"namespace": "a", "name": "x"},
    }
    path = f"{layouts.CNV_ROOT}/namespaces/a/kubevirt.io/virtualmachines/{folder}x.yaml"
    files = {path: layouts.as_yaml(vm)}
    found = fetched(files, tmp_path, Target(), BY_NAME["virtualmachines"])
    assert [item["metadata"]["name"] for item in json.loads(found.data)["items"]] == ["x"]
