"""What each reader finds, what it takes a dump for, and what it says of damage."""

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from collectors.snapshot import make_snapshot
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import FILES, write
from tests.collectors.readers import layouts

OLD = "ovn-kubernetes-2023-12-running-example"
WORKER = Target(node="worker-0")


def found(dump: Dump, target: Target, artefact: str) -> Capture | Missing:
    return dump.fetch(target, BY_NAME[artefact], 1)


def data(dump: Dump, target: Target, artefact: str) -> Any:
    result = found(dump, target, artefact)
    assert isinstance(result, Capture), result
    return result.data


KUBEVIRT = {
    f"{layouts.CNV_ROOT}/namespaces/demo/vms/gold/virt-launcher-gold-abcde.ip.txt": (
        b"1: lo: <LOOPBACK,UP> mtu 65536\n3: k6t-eth0: <UP> mtu 1400\n    inet 10.0.2.1/24 scope"
    ),
    f"{layouts.CNV_ROOT}/nodes/worker-0/ip.txt": (
        b"2: br-ex: <UP,LOWER_UP> mtu 1500 state UP\n    link/ether 0A:00:00:00:00:01 brd ff\n"
        b"7: abc@if3: <UP> mtu 1400 master ovs-system state UP\n"
        b"    link/ether 0a:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff link-netnsid 4\n"
    ),
}
STATE = {
    "apiVersion": "nmstate.io/v1beta1",
    "kind": "NodeNetworkState",
    "metadata": {"name": "worker-0"},
    "status": {
        "currentState": {
            "ovn": {
                "bridge-mappings": [{"localnet": "net", "bridge": "br-ex", "state": "present"}]
            },
            "ovs-db": {"external_ids": {"system-id": "s", "hostname": "worker-0"}},
            "interfaces": [
                {"name": "eth0", "type": "ethernet"},
                {
                    "name": "br-ex",
                    "type": "ovs-bridge",
                    "bridge": {"port": [{"name": "eth0", "vlan": {"mode": "access", "tag": 5}}]},
                },
            ],
        }
    },
}


def test_links_of_launchers_and_nodes(tmp_path: Path) -> None:
    dump = Dump(write(tmp_path, KUBEVIRT))
    assert [reader.name for reader in dump.readers] == ["KubeVirt must-gather"]
    pod = Target(node="worker-0", namespace="demo", pod="virt-launcher-gold-abcde")
    shown = json.loads(data(dump, pod, "pod-links"))
    assert [link["ifname"] for link in shown] == ["lo", "k6t-eth0"]
    assert shown[1]["addr_info"] == [{"local": "10.0.2.1", "prefixlen": 24}]
    assert data(dump, pod, "pod-links-text") == next(iter(KUBEVIRT.values()))
    of_node = json.loads(data(dump, WORKER, "node-links"))
    assert of_node[0]["address"] == "0a:00:00:00:00:01"
    assert of_node[1]["link_index"] == 3
    assert of_node[1]["link_netnsid"] == 4
    assert of_node[1]["master"] == "ovs-system"


def test_nmstate_fills_what_it_knows_of_ovs_and_no_more(tmp_path: Path) -> None:
    path = f"{layouts.ROOT}/cluster-scoped-resources/nmstate.io/nodenetworkstates/worker-0.yaml"
    dump = Dump(write(tmp_path, {path: layouts.as_yaml(STATE)}))
    lines = [json.loads(line) for line in data(dump, WORKER, "ovs").splitlines()]
    tables = dict(zip(BY_NAME["ovs"].tables, lines, strict=True))
    assert tables["Interface"] is None  # or pods' interfaces would be said not to exist
    ids = dict(tables["Open_vSwitch"]["data"][0][1][1])
    assert ids == {"system-id": "s", "hostname": "worker-0", "ovn-bridge-mappings": "net:br-ex"}
    assert tables["Bridge"]["data"][0][1] == "br-ex"
    assert tables["Port"]["data"][0][1:3] == ["eth0", 5]


def test_a_real_list_counts_before_nmstate(tmp_path: Path) -> None:
    path = f"{layouts.ROOT}/cluster-scoped-resources/nmstate.io/nodenetworkstates/worker-0.yaml"
    state = write(tmp_path / "mg", {path: layouts.as_yaml(STATE)})
    report = write(tmp_path / "sos", layouts.sosreport(OLD, "worker-0"))
    result = found(Dump((state, report)), WORKER, "ovs")
    assert isinstance(result, Capture)
    assert "sosreport-worker-0" in result.origin


def test_objects_of_several_dumps_are_those_of_all(tmp_path: Path) -> None:
    one = write(tmp_path / "one", FILES)
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"namespace": "a", "name": "x"}}
    other = {f"{layouts.ROOT}/namespaces/a/core/pods.yaml": layouts.as_yaml({"items": [pod]})}
    dump = Dump((one, write(tmp_path / "two", other)))
    names = [item["metadata"]["name"] for item in json.loads(data(dump, Target(), "pods"))["items"]]
    assert names == ["web", "x"]
    assert dump.place == f"{one}, {tmp_path / 'two'}"
    assert dump.nodes() == ("worker-0", "worker-1")


def test_an_object_of_another_kind_or_group_is_not_taken(tmp_path: Path) -> None:
    folder = f"{layouts.ROOT}/namespaces/a/policies/networkpolicies"
    metadata = {"namespace": "a", "name": "x"}
    files = {
        "calico": {"kind": "NetworkPolicy", "apiVersion": "crd.projectcalico.org/v1"},
        "secret": {"kind": "Secret", "apiVersion": "v1"},
        "real": {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1"},
    }
    written = {
        f"{folder}/{name}.yaml": layouts.as_yaml({**head, "metadata": {**metadata, "name": name}})
        for name, head in files.items()
    }
    dump = Dump(write(tmp_path, written))
    items = json.loads(data(dump, Target(), "networkpolicies"))["items"]
    assert [item["metadata"]["name"] for item in items] == ["real"]


@pytest.mark.parametrize("as_list", [True, False])
def test_policies_of_administrators_and_egress_firewalls(tmp_path: Path, as_list: bool) -> None:
    """As `oc adm inspect` leaves them: what has no namespace stands elsewhere."""
    found: dict[str, bytes] = {}
    for plural, group, scope in (
        ("adminnetworkpolicies", "policy.networking.k8s.io", "cluster-scoped-resources"),
        ("baselineadminnetworkpolicies", "policy.networking.k8s.io", "cluster-scoped-resources"),
        ("egressfirewalls", "k8s.ovn.org", "namespaces/egress-ns"),
    ):
        [item] = layouts.items("ovn-kubernetes-2023-12-running-example", plural)
        path = f"{layouts.ROOT}/{scope}/{group}/{plural}"
        document = {"kind": "List", "apiVersion": "v1", "items": [item]} if as_list else item
        name = "" if as_list else f"/{item['metadata']['name']}"
        found[f"{path}{name}.yaml"] = layouts.as_yaml(document)
    dump = Dump(write(tmp_path, found))
    names = {
        plural: [
            one["metadata"]["name"] for one in json.loads(data(dump, Target(), plural))["items"]
        ]
        for plural in ("adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls")
    }
    assert names == {
        "adminnetworkpolicies": ["team-b-guard"],
        "baselineadminnetworkpolicies": ["default"],
        "egressfirewalls": ["default"],
    }


def test_damaged_objects_are_named(tmp_path: Path) -> None:
    folder = f"{layouts.ROOT}/namespaces/a/pods"
    dump = Dump(
        write(tmp_path, {f"{folder}/x/x.yaml": b"a: &x [*x]", f"{folder}/y/y.yaml": b"\xff"})
    )
    result = found(dump, Target(), "pods")
    assert isinstance(result, Missing)
    assert result.reason is Reason.UNPARSABLE
    assert "pods/x/x.yaml: it has an alias" in result.detail
    assert "and 1 more" in result.detail


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (FILES, ["ovntrace dump"]),
        (layouts.interconnect(OLD, how="tar.gz"), ["must-gather"]),
        (layouts.sosreport(OLD, "worker-0"), ["sosreport"]),
        (layouts.folder_per_node(OLD), ["database files"]),
        (layouts.listed_folder(OLD, "worker-0"), ["database files"]),
        (KUBEVIRT, ["KubeVirt must-gather"]),
        ({**layouts.central(OLD, "worker-0"), **KUBEVIRT}, ["must-gather", "KubeVirt must-gather"]),
    ],
)
def test_a_dump_is_taken_for_what_it_is(
    files: dict[str, bytes], names: list[str], tmp_path: Path
) -> None:
    dump = Dump(write(tmp_path, files))
    assert [reader.name for reader in dump.readers] == names
    parts = [part for reader in dump.readers for part in reader.parts()]
    assert parts
    for part in parts:  # what it shows it has
        if BY_NAME[part.artefact].parameters:
            continue  # of each of several bridges
        result = found(dump, part.target, part.artefact)
        assert isinstance(result, Capture), part


def test_damage_of_some_objects_is_a_gap_beside_the_others(tmp_path: Path) -> None:
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"namespace": "a", "name": "x"}}
    folder = f"{layouts.ROOT}/namespaces/a/pods"
    files = {f"{folder}/x/x.yaml": layouts.as_yaml(pod), f"{folder}/y/y.yaml": b"{"}
    for paths in (
        [write(tmp_path / "one", files)],
        [write(tmp_path / "own", FILES), write(tmp_path / "other", {f"{folder}/y/y.yaml": b"{"})],
    ):
        dump = Dump(paths)
        result = found(dump, Target(), "pods")
        snapshot = make_snapshot([result], source_kind="dump", place="x")
        assert len(snapshot.kube.items("pods")) == 1
        assert [missing.reason for missing in snapshot.missing] == [Reason.UNPARSABLE]
        assert "pods/y/y.yaml" in snapshot.missing[0].detail


def test_a_file_alone(tmp_path: Path) -> None:
    files = layouts.folder_per_node(OLD)
    lone = write(tmp_path, {"any name.bin": files["worker-0/conf.db"]}) / "any name.bin"
    dump = Dump(lone)
    assert dump.nodes() == ("worker-0",)
    assert data(dump, WORKER, "ovs") == files["worker-0/conf.db"]
    sb = write(tmp_path, {"sb.db": files["worker-1/ovnsb_db.db"]}) / "sb.db"
    assert Dump(sb).nodes() == ("worker-1",)
    nameless = layouts.folder_per_node("ovn-kubernetes-2026-08-two-nodes")
    nb = write(tmp_path, {"nb.db": nameless["worker-1/ovnnb_db.db"]}) / "nb.db"
    assert Dump(nb).nodes() == ("node",)


def test_central_databases_are_one_object_for_all_nodes(tmp_path: Path) -> None:
    dump = Dump(write(tmp_path, layouts.central(OLD, "worker-0")))
    assert dump.nodes() == ("worker-0", "worker-1")
    assert data(dump, WORKER, "nb") is data(dump, Target(node="worker-1"), "nb")
    assert isinstance(found(dump, Target(node="worker-9"), "nb"), Missing)


def test_a_file_that_broke_off_before_its_data_proves_nothing(tmp_path: Path) -> None:
    files = layouts.folder_per_node(OLD)
    whole = files["worker-0/conf.db"]
    start = whole.index(b"OVSDB", 1)
    for kept in (start + 200, 300):
        path = write(tmp_path / str(kept), {"worker-0/conf.db": whole[:kept]})
        result = found(Dump(path), Target(node="worker-0"), "ovs")
        snapshot = make_snapshot([result], source_kind="dump", place="x")
        assert not snapshot.ovs
        assert [missing.reason for missing in snapshot.missing] == [Reason.TRUNCATED]


def test_what_a_file_cannot_hold_is_a_gap(tmp_path: Path) -> None:
    result = found(Dump(write(tmp_path, layouts.folder_per_node(OLD))), WORKER, "ovs")
    snapshot = make_snapshot([result], source_kind="dump", place="x")
    assert [missing.reason for missing in snapshot.missing] == [Reason.UNSUPPORTED]
    assert "link state" in snapshot.missing[0].detail
    interfaces = snapshot.ovs["worker-0"].interfaces_of_type("")
    assert interfaces
    assert all(one.link_state is None and one.mtu is None for one in interfaces)
