"""`ovntrace doctor` in a lab of real OVN: by each way in, sound and with something broken."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.collectors.ovsdb_peer import Message, honest, peer, reply
from tests.lab import example as ex
from tests.lab.asking import Answer, ask_dump, ask_live, ask_local, ask_with
from tests.lab.lab import Lab, read_record
from tests.lab.sshd import NewNode, ask_ssh, nodes_in
from tests.renderers.test_documents import validate

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ASK: Final = ("doctor", "-o", "json")
# What Debian's OVN 23.03 does not have is said, and no trouble.
_OLD: Final = "ACL.tier"


def way_of(answer: Answer, code: int) -> dict[str, Any]:
    """The one way in that was looked at."""
    assert answer.code == code, (answer.text, answer.stderr)
    validate(answer.answer, "doctor")
    [way] = [one for one in answer.answer["ways"] if one["at_hand"]]
    found: dict[str, Any] = way
    return found


def check(way: Mapping[str, Any], what: str, node: str = ex.NODE) -> dict[str, Any]:
    """The one check of that."""
    [found] = [one for one in way["checks"] if (one["what"], one["node"]) == (what, node)]
    one: dict[str, Any] = found
    return one


def is_sound(way: Mapping[str, Any]) -> bool:
    """True if all is well, but for what an old version has not."""
    states = {one["what"]: one["state"] for one in way["checks"] if one["needed"]}
    return set(states.values()) == {"ok"}


def databases(way: Mapping[str, Any]) -> dict[str, str]:
    """State of each database of the node."""
    return {one["what"]: one["state"] for one in way["checks"] if one["topic"] == "databases"}


# --- live, and on the node ------------------------------------------------------------------------


def test_a_live_cluster_that_is_sound(lab: Lab) -> None:
    answer = ask_live(lab, *ASK)
    ways = {one["kind"]: one for one in answer.answer["ways"]}
    way = ways["kube"]
    assert answer.code == 0
    assert is_sound(way)
    for what in ("exec", "northbound", "southbound", "Open vSwitch", "ovs-vswitchd", "ip -j"):
        assert check(way, what)["state"] == "ok"
    assert check(way, "clocks", "")["state"] == "ok"
    assert check(way, "user", "")["value"] == "kubernetes-admin"
    versions = {one["what"]: one["version"] for one in way["versions"]}
    assert versions["OVN tools"] == versions["ovn-northd"] == lab.tools.ovn_version
    assert versions["ovs-vswitchd"] == versions["OVS tools"] == lab.tools.ovs_version
    assert versions["northbound schema"].count(".") == 2
    assert (_OLD in {one["what"] for one in way["checks"]}) is not lab.tiers
    # Of the others it is said how to ask for them; this machine's own OVN may be there or not.
    assert set(ways) == {"kube", "local", "ssh", "ovsdb", "dump"}
    assert not any(ways[kind]["at_hand"] for kind in ("ssh", "ovsdb", "dump"))


def test_on_the_node(lab: Lab) -> None:
    way = way_of(ask_local(lab, *ASK), 0)
    assert is_sound(way)
    assert check(way, "northbound")["state"] == "ok"
    assert check(way, "ovn-nbctl")["detail"].endswith("/ovn-nbctl")
    assert check(way, "network namespaces")["state"] == "ok"
    assert way["clocks"] == []


def _on_the_node(lab: Lab, **changes: str) -> dict[str, Any]:
    """With another environment than the node's."""
    node = read_record(lab.folder)["node"][ex.NODE]
    command = [
        "/usr/sbin/ip",
        "netns",
        "exec",
        node["netns"],
        sys.executable,
        "-m",
        "ovntrace.cli",
        *ASK,
    ]
    done = subprocess.run(
        [*command, "--local", "--timeout", "2"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **node["env"], "PATH": os.environ["PATH"], **changes},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return way_of(Answer(done.returncode, done.stdout, json.loads(done.stdout), done.stderr), 3)


def test_a_socket_that_is_gone_and_one_that_nobody_serves(lab: Lab, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf.sock"))
        way = _on_the_node(
            lab,
            OVN_NB_DB=f"unix:{tmp_path}/gone.sock",
            OVN_SB_DB=f"unix:{tmp_path}/deaf.sock",
        )
    assert databases(way) == {
        "northbound": "missing",
        "southbound": "failed",
        "Open vSwitch": "ok",
    }
    assert check(way, "northbound")["detail"] == f"no {tmp_path}/gone.sock"
    assert "refused" in check(way, "southbound")["detail"]


def test_a_server_that_hangs(lab: Lab, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        way = _on_the_node(lab, OVN_NB_DB=f"unix:{tmp_path}/silent.sock")
    assert check(way, "northbound")["state"] == "failed"
    assert "within the time" in check(way, "northbound")["detail"]
    assert check(way, "southbound")["state"] == "ok"


def test_a_socket_of_another_database(lab: Lab) -> None:
    way = _on_the_node(lab, OVN_NB_DB=f"unix:{lab.places.sb_socket}")
    detail = check(way, "northbound")["detail"]
    assert detail.endswith("has no OVN_Northbound, but OVN_Southbound")


def test_tools_that_are_not_there(lab: Lab, tmp_path: Path) -> None:
    way = _on_the_node(lab, PATH=str(tmp_path))
    # The node's own name is what ovs-vsctl would have told.
    tool = check(way, "ovn-nbctl", way["place"])
    assert (tool["state"], tool["needed"]) == ("missing", True)
    assert tool["hint"].startswith("apt install ovn-common, dnf install ovn")
    assert check(way, "gzip", way["place"])["needed"] is False
    # The server is there all the same.
    assert "northbound schema" in {one["what"] for one in way["versions"]}


# --- SSH ------------------------------------------------------------------------------------------


@pytest.fixture
def new_node(lab: Lab, tmp_path: Path) -> Iterator[NewNode]:
    with nodes_in(lab, tmp_path) as make:
        yield make


def test_a_node_by_ssh_whose_clock_is_ahead(new_node: NewNode) -> None:
    node = new_node()
    node.program("date", '#!/bin/sh\nexec /bin/date -d "+90 seconds" "$@"\n')
    way = way_of(ask_ssh(node, *ASK), 0)
    assert is_sound(way)
    for what in ("connection", "commands", "crictl", "northbound", "Open vSwitch"):
        assert check(way, what)["state"] == "ok"
    assert "nbdb" in check(way, "crictl")["detail"]
    clock = check(way, "clock")
    assert clock["state"] == "differs"
    assert clock["value"].endswith(" s ahead")
    [read] = way["clocks"]
    assert read["ahead_at_least_s"] <= 90.0 <= read["ahead_at_most_s"]


def test_sudo_that_is_refused(new_node: NewNode) -> None:
    way = way_of(ask_ssh(new_node(sudo=""), *ASK, "--sudo", host="core@node"), 3)
    commands = check(way, "commands", "node")
    assert commands["state"] == "failed"
    assert commands["detail"].startswith("sudo is refused for core")
    assert "NOPASSWD" in commands["hint"]


def test_one_of_several_hosts_is_dead(new_node: NewNode) -> None:
    node = new_node(runtime=False)
    with node.config.open("a") as file:
        file.write("Host dead\n    HostName 127.0.0.1\n    Port 1\n")
    way = way_of(ask_ssh(node, *ASK, "--ssh", "dead", "--timeout", "5"), 3)
    assert check(way, "connection", "dead")["state"] == "failed"
    assert check(way, "crictl")["state"] == "missing"
    assert databases(way) == {"northbound": "ok", "southbound": "ok", "Open vSwitch": "ok"}


# --- OVSDB ----------------------------------------------------------------------------------------


def _ask_ovsdb(*words: str) -> Answer:
    given = [part for word in words for part in ("--ovsdb", word)]
    return ask_with(Path("/nowhere/kubeconfig"), *ASK, *given, "--timeout", "3")


def test_databases_that_are_sound(lab: Lab) -> None:
    places = lab.places
    sources = {"nb": places.nb_socket, "sb": places.sb_socket, "ovs": places.ovs_socket}
    way = way_of(_ask_ovsdb(*(f"{name}=unix:{path}" for name, path in sources.items())), 0)
    assert is_sound(way)
    assert check(way, f"northbound unix:{places.nb_socket}", "")["value"] == "standalone"
    assert check(way, "ovn-northd", "")["value"] == lab.tools.ovn_version


def test_databases_that_were_mistaken_or_left_out(lab: Lab) -> None:
    remote = f"unix:{lab.places.sb_socket}"
    way = way_of(_ask_ovsdb(f"nb={remote}"), 3)
    mistaken = check(way, f"northbound {remote}", "")
    assert mistaken["detail"] == "no OVN_Northbound there: it has OVN_Southbound"
    assert mistaken["hint"] == "was sb= meant?"
    left_out = check(way, "southbound", "")
    assert (left_out["state"], left_out["needed"]) == ("not asked", False)


@contextmanager
def _follower() -> Iterator[str]:
    """A server of a cluster that is not its leader."""

    def answer(to: socket.socket, asked: Message) -> None:
        result = honest(asked)
        if asked["method"] == "transact" and asked["params"][0] == "_Server":
            result[0]["rows"][0] |= {"model": "clustered", "leader": False}
        reply(to, asked, result)

    with peer(answer) as remote:
        yield remote


def test_a_cluster_without_its_leader(lab: Lab) -> None:
    with _follower() as follower:
        alone = way_of(_ask_ovsdb(f"nb={follower}"), 3)
        lagging = way_of(
            ask_with(Path("/no"), *ASK, "--ovsdb", f"nb={follower}", "--no-leader-only"), 3
        )
        led = way_of(_ask_ovsdb(f"nb={follower},unix:{lab.places.nb_socket}"), 0)
    assert check(alone, f"northbound {follower}", "")["value"] == "follower"
    assert "--no-leader-only" in check(alone, "northbound leader", "")["hint"]
    leaders = [one for way in (lagging, led) for one in way["checks"] if "leader" in one["what"]]
    assert leaders == []
    # That server's schema lacks tables without which there is no answer.
    assert check(lagging, "table Port_Group", "")["needed"]


# --- dumps ----------------------------------------------------------------------------------------


def test_a_dump_whose_node_was_ahead_of_who_collected(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    assert ask_live(lab, "dump", "-o", str(path)).code == 0
    sound = way_of(ask_dump(path, *ASK), 0)
    assert is_sound(sound)
    assert check(sound, "clocks", "")["state"] == "ok"
    assert check(sound, "ovn-northd", "")["value"] == lab.tools.ovn_version
    manifest = json.loads((path / "manifest.json").read_text())
    for one in manifest["captures"]:
        one["taken_at"] = one["taken_at"] and one["taken_at"] - 3 * 86400
    [gone] = [one for one in manifest["captures"] if one["artefact"] == "ovs"]
    manifest["captures"].remove(gone)
    reason = {"reason": "timeout", "detail": "no answer", "hint": "try again", "gap": True}
    manifest["missing"].append({"artefact": "ovs", "target": gone["target"], **reason})
    manifest["complete"] = False
    (path / "manifest.json").write_text(json.dumps(manifest))
    way = way_of(ask_dump(path, *ASK), 3)
    clock = check(way, "clock")
    assert clock["state"] == "differs"
    assert "2 days ahead of the machine that collected" in clock["detail"]
    assert check(way, "complete", "")["state"] == "failed"
    gap = check(way, "ovs")
    assert (gap["state"], gap["hint"]) == ("failed", "try again")
    assert gap["detail"] == "could not be collected (timeout): no answer"
