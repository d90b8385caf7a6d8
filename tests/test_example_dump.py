"""The shipped dump: all five workloads are whole and sound in it, and it can be made anew."""

import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from collectors.dump import Dump
from examples.make_dump import ARCHIVE, make
from ovntrace.model.capture import Missing, Reason
from tests.cli.program import real, run
from tests.lab import example

NETWORKS = ("default", example.NETWORK)
VM_CHAIN = ["guest-interface", "tap", "k6t-bridge", "pod-interface", "dummy-interface"]
TO_THE_WIRE = [
    "host-interface",
    "ovs-interface",
    "port-binding",
    "logical-switch-port",
    "logical-switch",
    "localnet-port",
    "bridge-mapping",
    "patch-port",
    "patch-port",
    "external-bridge",
    "uplink",
]
POLICIES = {
    "tinypod": {"allow-ipblock": "applied", "allow-specific-pods": "none"},
    "tinypod-01": {"allow-ipblock-01": "applied"},
    "tinypod-02": {},
    "gold-rabbit-80": {"allow-ipblock-cnv-01": "applied"},
    "green-ferret-41": {},
}

pods = pytest.mark.parametrize("pod", example.PODS, ids=lambda pod: pod.short_name)


def name_of(pod: example.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


@cache
def explained(pod: example.Pod, archive: Path) -> dict[str, Any]:
    """The JSON of a workload that must be sound."""
    words = ("explain", name_of(pod), "-n", pod.namespace, "--from", str(archive), "-o", "json")
    done = run(real(*words))
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pods
def test_every_hop_is_sound(pod: example.Pod) -> None:
    answer = explained(pod, ARCHIVE)
    assert [one["network"] for one in answer["attachments"]] == list(NETWORKS)
    hops = [hop for one in answer["attachments"] for hop in one["hops"]]
    assert {hop["state"] for hop in hops} == {"ok"}
    assert answer["source"]["taken_at"] is not None


@pods
def test_the_way_is_whole(pod: example.Pod) -> None:
    localnet = explained(pod, ARCHIVE)["attachments"][1]
    kinds = [hop["kind"] for hop in localnet["hops"]]
    assert kinds == [*(VM_CHAIN if pod.vm else ["pod-interface"]), *TO_THE_WIRE]
    assert localnet["lsp"] == pod.lsp
    assert localnet["hops"][-1]["name"] == example.UPLINK
    inside = next(hop for hop in localnet["hops"] if hop["kind"] == "pod-interface")
    assert inside["facts"]["peer_ifindex"] is not None or pod.image == "busybox"


@pods
def test_gaps_are_none(pod: example.Pod) -> None:
    assert explained(pod, ARCHIVE)["gaps"] == []


@pods
def test_policies_of_the_localnet_network(pod: example.Pod) -> None:
    localnet = explained(pod, ARCHIVE)["attachments"][1]
    effects = {one["name"]: one["effect"] for one in localnet["policies"]}
    assert effects["deny-by-default"] == "applied"
    assert POLICIES[pod.short_name].items() <= effects.items()
    owners = {(acl["policy"] or {}).get("kind") for acl in localnet["acls"]}
    assert None not in owners
    assert "default-deny" in owners


def test_it_is_small_and_the_same_for_everybody() -> None:
    assert ARCHIVE.stat().st_size < 200_000
    with tarfile.open(ARCHIVE) as tar:
        entries = tar.getmembers()
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname) for entry in entries} == {
        (0, 0, 0, "")
    }
    assert all(entry.isreg() for entry in entries)


def test_its_manifest_says_where_it_is_from() -> None:
    manifest = Dump(ARCHIVE).manifest
    assert manifest.origin["kind"] == "kube"
    assert manifest.nodes == (example.NODE,)
    assert manifest.created_at is not None


@pytest.mark.lab
@pytest.mark.xdist_group("lab")
def test_it_can_be_made_anew(tmp_path: Path) -> None:
    archive = tmp_path / "anew.tar.gz"
    results = make(archive, "23.03", tmp_path)
    missing = [one for one in results if isinstance(one, Missing)]
    # The cluster has none of these kinds of policies.
    assert [one.artefact for one in missing if one.reason is Reason.ABSENT] == [
        "adminnetworkpolicies",
        "baselineadminnetworkpolicies",
        "egressfirewalls",
    ]
    # busybox's ip knows no JSON; its text came instead.
    assert [one.artefact for one in missing if one.reason is not Reason.ABSENT] == ["pod-links"]
    for pod in example.PODS:
        anew, shipped = explained(pod, archive), explained(pod, ARCHIVE)
        for one, other in zip(anew["attachments"], shipped["attachments"], strict=True):
            assert [hop["kind"] for hop in one["hops"]] == [hop["kind"] for hop in other["hops"]]
            assert len(one["acls"]) == len(other["acls"])
            assert one["policies"] == other["policies"]
