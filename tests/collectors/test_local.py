"""Local: real programs, made up ones in PATH, and (lab) real databases."""

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from collectors import local as module
from collectors.artifacts import ARTEFACTS, BY_NAME, Where
from collectors.gather import gather
from collectors.local import Local
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors import ovsdb


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A PATH where ovs-vsctl knows the node's name and ovn-nbctl prints its arguments."""
    folder = tmp_path / "bin"
    program(folder, "ovs-vsctl", "echo '\"node-1\"'")
    program(folder, "ovn-nbctl", 'echo "$@"; echo warned >&2')
    return folder


@pytest.fixture
def local(bin_folder: Path) -> Local:
    return Local({"PATH": f"{bin_folder}:/usr/sbin:/usr/bin:/bin"}, now=lambda: 1000.5)


def capture(result: Capture | Missing) -> Capture:
    assert isinstance(result, Capture), result
    return result


def missing(result: Capture | Missing) -> Missing:
    assert isinstance(result, Missing), result
    return result


def test_a_capture_says_what_was_run_and_when(local: Local) -> None:
    got = capture(local.fetch(Target(node="node-1"), BY_NAME["nb"], 7))
    assert got.data.startswith(b"--timeout=6 --no-leader-only --dry-run --format=json list NB_Glo")
    assert got.origin == " ".join(got.argv)
    assert (got.taken_at, got.exit_code, got.stderr) == (1000.5, 0, "warned\n")


def test_the_node_has_the_name_that_ovn_knows(local: Local) -> None:
    assert local.nodes() == ("node-1",)


@pytest.mark.parametrize("script", ["exit 1", "echo", "echo '\"broken'"])
def test_without_that_name_it_is_the_hosts(bin_folder: Path, script: str) -> None:
    program(bin_folder, "ovs-vsctl", script)
    local = Local({"PATH": f"{bin_folder}:/bin"})
    assert local.nodes() == (local.place,)


def test_the_api_and_other_nodes_are_not_seen_from_here(local: Local) -> None:
    for artefact in ARTEFACTS:
        if artefact.where is Where.API:
            got = missing(local.fetch(Target(), artefact, 5))
            assert got.reason is Reason.UNSUPPORTED
            assert "--local" in got.hint
    other = missing(local.fetch(Target(node="node-2"), BY_NAME["nb"], 5))
    assert other.reason is Reason.UNSUPPORTED
    assert not other.reason.changes_exit_code


@pytest.mark.parametrize("netns", ["../../etc/passwd", "a/b", "-n", ".", "", "x\n", "a b"])
def test_a_namespace_with_a_strange_name_is_not_entered(local: Local, netns: str) -> None:
    target = Target(node="node-1", namespace="demo", pod="web", netns=netns)
    got = missing(local.fetch(target, BY_NAME["pod-links"], 5))
    assert got.reason in (Reason.ABSENT, Reason.UNSUPPORTED)
    assert got.origin == ""


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    local = Local({"PATH": str(tmp_path)})
    got = missing(local.fetch(Target(), BY_NAME["sb"], 5))
    assert got.reason is Reason.ABSENT
    assert "ovn-sbctl" in got.detail
    assert got.origin.startswith("ovn-sbctl --timeout=4")


def test_a_program_that_may_not_be_run(bin_folder: Path) -> None:
    (bin_folder / "ovn-nbctl").chmod(0o644)
    local = Local({"PATH": str(bin_folder)})
    assert missing(local.fetch(Target(), BY_NAME["nb"], 5)).reason is Reason.DENIED


def test_a_program_that_hangs_is_left(bin_folder: Path) -> None:
    program(bin_folder, "ovn-nbctl", "sleep 60")
    local = Local({"PATH": f"{bin_folder}:/bin:/usr/bin"})
    began = time.monotonic()
    got = missing(local.fetch(Target(), BY_NAME["nb"], 0.5))
    assert time.monotonic() - began < 4
    assert (got.reason, got.hint) == (Reason.TIMEOUT, "try a longer --timeout")


def test_close_ends_what_runs(bin_folder: Path) -> None:
    program(bin_folder, "ovn-nbctl", "sleep 60")
    local = Local({"PATH": f"{bin_folder}:/bin:/usr/bin"})
    results: list[Capture | Missing] = []
    thread = threading.Thread(
        target=lambda: results.append(local.fetch(Target(), BY_NAME["nb"], 60))
    )
    thread.start()
    time.sleep(0.3)
    local.close()
    thread.join(5)
    assert missing(results[0]).reason is Reason.UNREACHABLE


def test_can_run_says_what_is_missing(tmp_path: Path, bin_folder: Path) -> None:
    environ = {"PATH": str(bin_folder), "OVS_RUNDIR": str(tmp_path), "OVN_RUNDIR": str(tmp_path)}
    why = Local(environ).can_run()
    assert why is not None
    assert f"no {tmp_path}/ovnnb_db.sock" in why
    assert "no ovn-sbctl in PATH" in why
    assert f"no {tmp_path}/db.sock" in why
    assert "\n" not in why


def test_can_run_if_one_database_is_there(tmp_path: Path, bin_folder: Path) -> None:
    (tmp_path / "db.sock").touch()
    environ = {"PATH": str(bin_folder), "OVS_RUNDIR": str(tmp_path), "OVN_RUNDIR": "/nowhere"}
    assert Local(environ).can_run() is None
    remote = {"PATH": str(bin_folder), "OVN_NB_DB": "tcp:192.0.2.1:6641", "OVS_RUNDIR": "/nowhere"}
    assert Local(remote).can_run() is None


def test_this_machines_links_are_read() -> None:
    local = Local()
    got = capture(local.fetch(Target(node=local.nodes()[0]), BY_NAME["node-links"], 10))
    assert "lo" in {link["ifname"] for link in json.loads(got.data)}


@pytest.mark.lab
def test_real_databases_by_the_tools_own_variables(tmp_path: Path) -> None:
    with ovsdb.node(tmp_path) as environ:
        hostname = "external_ids:hostname=worker-7.example"
        vsctl = ["ovs-vsctl", "--no-wait", "--timeout=5", "--", "init", "--", "set"]
        subprocess.run(
            [*vsctl, "Open_vSwitch", ".", hostname], env={**os.environ, **environ}, check=True
        )
        local = Local(environ)
        assert local.can_run() is None
        assert local.nodes() == ("worker-7.example",)
        node = Target(node="worker-7.example")
        names = ("nb", "sb", "ovs", "ovs-vswitchd")
        results = gather(local, [(node, BY_NAME[name]) for name in names], timeout_s=10)
    for name, result in zip(names[:3], results, strict=False):
        lines = capture(result).data.splitlines()
        assert len(lines) == len(BY_NAME[name].tables)
        assert all("headings" in json.loads(line) for line in lines)
    # No ovs-vswitchd: a probe's answer, not a gap.
    probe = capture(results[3])
    assert probe.exit_code == 1
    assert "br-int" in probe.stderr


@pytest.mark.lab
def test_a_database_that_hangs_and_one_that_is_gone(tmp_path: Path) -> None:
    socket = tmp_path / "ovn" / "ovnnb_db.sock"
    environ = ovsdb.environment(tmp_path)
    with ovsdb.server(tmp_path, "nb", socket) as server:
        os.kill(server.pid, signal.SIGSTOP)
        hung = missing(Local(environ).fetch(Target(), BY_NAME["nb"], 2.5))
        assert hung.reason is Reason.TIMEOUT
        assert "own time limit (1 s)" in hung.detail
    gone = missing(Local(environ).fetch(Target(), BY_NAME["nb"], 5))
    assert gone.reason is Reason.UNREACHABLE
    assert "database connection failed" in gone.detail


def test_the_file_is_of_the_server_that_the_tools_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never one of another machine, or of a mode that the host no longer runs in."""
    places = [tmp_path / name for name in ("a", "ovn-ic", "b")]
    monkeypatch.setattr(module, "DATABASE_FOLDERS", tuple(map(str, places)))
    rundir = {"OVN_RUNDIR": str(tmp_path)}
    assert Local(rundir).database_files("nb") == ()
    for place in places[:2]:
        place.mkdir()
    (places[0] / "ovnnb_db.db").touch()
    assert Local(rundir).database_files("nb") == [f"{places[0]}/ovnnb_db.db"]
    assert Local(rundir).database_files("sb") == ()
    (places[1] / "ovnnb_db.db").touch()
    assert Local(rundir).database_files("nb") == (), "which of the two?"
    given = {**rundir, "OVN_DBDIR": str(places[1])}
    assert Local(given).database_files("nb") == [f"{places[1]}/ovnnb_db.db"]
    remote = {**rundir, "OVN_NB_DB": "ssl:192.0.2.1:6641"}
    assert Local(remote).database_files("nb") == ()
    interconnect = {"OVN_NB_DB": "unix:/run/ovn-ic/ovnnb_db.sock"}
    assert Local(interconnect).database_files("nb") == [f"{places[1]}/ovnnb_db.db"]
