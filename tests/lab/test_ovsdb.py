"""`--ovsdb` in a lab of real OVN: the answers are those of `--local`, but for what no database
has."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_local, ask_with
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

_NETWORKS: Final = ("default", ex.NETWORK)
# Interfaces of the pod, its guest and the node: links stand in no database.
_OF_LINKS: Final = (
    "guest-interface",
    "tap",
    "k6t-bridge",
    "dummy-interface",
    "pod-interface",
    "host-interface",
)


def ask_ovsdb(lab: Lab, *words: str, sources: Sequence[str] = ("nb", "sb", "ovs")) -> Answer:
    """By the databases' sockets alone: no tool, no network namespace, and no API."""
    places = lab.places
    sockets = {"nb": places.nb_socket, "sb": places.sb_socket, "ovs": places.ovs_socket}
    given = [word for name in sources for word in ("--ovsdb", f"{name}=unix:{sockets[name]}")]
    return ask_with(Path("/nowhere/kubeconfig"), *words, *given)


def _name(pod: ex.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


def _explained(answer: Answer) -> dict[str, Any]:
    """The document without what differs: gaps, evidence, and all that links tell."""
    document: dict[str, Any] = comparable(answer)["document"]
    for key in ("gaps", "state", "summary"):
        document.pop(key, None)
    one: dict[str, Any]
    for one in document["attachments"]:
        for key in ("interface", "state"):
            one.pop(key)
        one["hops"] = [_plain(hop) for hop in one["hops"] if hop["kind"] not in _OF_LINKS]
        _without_evidence(one)
    document["attachments"].sort(key=lambda one: str(one["network"]))
    return document


def _plain(hop: dict[str, Any]) -> dict[str, Any]:
    facts = {key: value for key, value in hop["facts"].items() if key != "info_kind"}
    kept = {key: value for key, value in hop.items() if key not in ("evidence", "watch")}
    return {**kept, "facts": facts}


def _without_evidence(value: Any) -> None:
    if isinstance(value, dict):
        value.pop("evidence", None)
        for inner in value.values():
            _without_evidence(inner)
    elif isinstance(value, list):
        for inner in value:
            _without_evidence(inner)


@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_explain_is_what_the_node_says(lab: Lab, pod: ex.Pod) -> None:
    local = ask_local(lab, "explain", _name(pod), "-o", "json")
    remote = ask_ovsdb(lab, "explain", _name(pod), "-o", "json")
    assert remote.code == local.code == 0, remote.stderr
    assert _explained(remote) == _explained(local)
    assert {one["network"] for one in remote.answer["attachments"]} == set(_NETWORKS)
    source = remote.answer["source"]
    assert source["kind"] == "ovsdb"
    assert source["place"].count("unix:") == 3


def test_what_no_database_has_is_a_gap_with_the_way_that_could(lab: Lab) -> None:
    gaps = ask_ovsdb(lab, "explain", _name(ex.TINYPOD), "-o", "json").answer["gaps"]
    assert {gap["reason"] for gap in gaps} == {"unsupported"}
    by_artefact = {gap["artefact"].partition(" of ")[0]: gap for gap in gaps}
    assert set(by_artefact) >= {"pods", "node-links", "node-netns", "pod-links", "ovs-vswitchd"}
    for name in ("node-links", "node-netns", "pod-links", "ovs-vswitchd"):
        assert "--local or --ssh" in by_artefact[name]["hint"]
    assert "without --ovsdb" in by_artefact["pods"]["hint"]


def test_every_pairs_verdict_is_what_the_node_says(lab: Lab, tmp_path: Path) -> None:
    ends = (*map(_name, ex.PODS), "192.168.77.1", "8.8.8.8")
    pairs = [pair for pair in itertools.permutations(ends, 2) if pair[0].count("/")]
    flows = tmp_path / "flows"
    lines = [
        json.dumps({"src": a, "dst": b, "proto": "icmp", "network": network})
        for network in _NETWORKS
        for a, b in pairs
    ]
    flows.write_text("".join(f"{line}\n" for line in lines))
    local = ask_local(lab, "trace", "--flows", str(flows))
    remote = ask_ovsdb(lab, "trace", "--flows", str(flows))
    verdicts = [[json.loads(line) for line in one.text.splitlines()] for one in (remote, local)]
    assert len(verdicts[0]) == len(lines) > 50
    assert verdicts[0] == verdicts[1]
    assert {one["verdict"] for one in verdicts[0]} >= {"allow", "drop"}
    assert remote.code == local.code


def test_the_list_has_the_same_workloads(lab: Lab) -> None:
    def names(answer: Answer) -> list[str]:
        rows = answer.answer["workloads"]
        return sorted(f"{one['namespace']}/{one['name']} {one['node']}" for one in rows)

    local, remote = (ask(lab, "ls", "-o", "json") for ask in (ask_local, ask_ovsdb))
    assert names(remote) == names(local)
    assert len(names(remote)) >= len(ex.PODS)


def test_a_dump_answers_as_the_databases_do(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    done = ask_ovsdb(lab, "dump", "-o", str(path))
    assert done.code == 0, done.stderr
    name = _name(ex.TINYPOD)
    live = ask_ovsdb(lab, "explain", name, "-o", "json")
    words = ("explain", name, "--from", str(path), "-o", "json")
    kept = ask_ovsdb(lab, *words, sources=())
    assert _explained(kept) == _explained(live)


def test_one_database_alone(lab: Lab) -> None:
    """Without SB and Open_vSwitch the rest is a gap that says what to give."""
    answer = ask_ovsdb(lab, "explain", _name(ex.TINYPOD), "-o", "json", sources=("nb",))
    assert answer.code == 0, answer.stderr
    hints = {gap["artefact"]: gap["hint"] for gap in answer.answer["gaps"]}
    assert hints["sb"] == f"give --ovsdb {ex.NODE}:sb=REMOTE"
    assert hints["ovs"] == f"give --ovsdb {ex.NODE}:ovs=REMOTE"


def test_a_server_that_is_gone_is_one_line(lab: Lab) -> None:
    answer = ask_ovsdb(lab, "ls", "--ovsdb", "nb=unix:/nowhere/nb.sock", sources=())
    assert answer.code == 3
    assert answer.stderr == (
        "ovntrace: unix:/nowhere/nb.sock: no such file or directory "
        "(is its ovsdb-server running, and does it listen there?)\n"
    )
