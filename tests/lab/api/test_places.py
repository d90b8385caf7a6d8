"""Where lab.json says that commands are executed."""

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.lab.api.clients import open_exec, read_all
from tests.lab.api.fixtures import Serve, serve, write_lists  # noqa: F401 - a fixture
from tests.lab.api.made_up import pod
from tests.lab.api.places import IP, ExecPlace, Resolver, Runtime, lab_resolver
from tests.lab.api.store import Store

LAB: dict[str, Any] = {
    "nodes": {"node-1": {"netns": "x-node-1", "env": {"OVS_RUNDIR": "/d/node-1"}}},
    "pods": {
        "demo/tiny": {"node": "node-1", "netns": "x-tiny", "path": "/d/images/tiny"},
        "demo/old": {"netns": "x-old", "path": "/d/images/old", "runtime": "crio-runc"},
    },
}


def resolver(folder: Path, lab: dict[str, Any]) -> Resolver:
    daemon = pod("ovnkube-node-1", "ovn", labels={"app": "ovnkube-node"})
    hosted, elsewhere = pod("hosted"), pod("elsewhere", node="node-9")
    for one in (hosted, elsewhere):
        one["spec"]["hostNetwork"] = True
    pods = [pod("tiny"), pod("old"), pod("other"), daemon, hosted, elsewhere]
    (folder / "lab.json").write_text(json.dumps(lab))
    return lab_resolver(folder / "lab.json", Store(write_lists(folder / "kube", {"pods": pods})))


def test_a_pods_commands_run_in_its_namespace_with_its_images_programs(tmp_path: Path) -> None:
    place = resolver(tmp_path, LAB)("demo", "tiny", "main")
    assert place == ExecPlace(
        (IP, "netns", "exec", "x-tiny"), {"PATH": "/d/images/tiny", "HOME": "/"}
    )
    old = resolver(tmp_path, LAB)("demo", "old", "main")
    assert old is not None
    assert old.runtime is Runtime.CRIO_RUNC


def test_pods_on_the_nodes_network_run_in_their_node(tmp_path: Path) -> None:
    resolve = resolver(tmp_path, LAB)
    for namespace, name in (("ovn", "ovnkube-node-1"), ("demo", "hosted")):
        place = resolve(namespace, name, "nbdb")
        assert place is not None
        assert place.argv_prefix == (IP, "netns", "exec", "x-node-1")
        assert place.env["OVS_RUNDIR"] == "/d/node-1"
        assert "/usr/bin" in place.env["PATH"].split(":")


def test_others_run_nowhere(tmp_path: Path) -> None:
    resolve = resolver(tmp_path, LAB)
    assert resolve("demo", "other", "main") is None
    assert resolve("demo", "elsewhere", "main") is None
    assert resolve("demo", "nopod", "main") is None


def test_the_file_is_read_at_each_exec(tmp_path: Path) -> None:
    resolve = resolver(tmp_path, {})
    assert resolve("demo", "tiny", "main") is None
    (tmp_path / "lab.json").write_text(json.dumps({"pods": {"demo/tiny": {"netns": None}}}))
    place = resolve("demo", "tiny", "main")
    assert place is not None
    assert place.argv_prefix == ()


@pytest.mark.lab
def test_a_real_namespace_and_an_image_of_its_own(
    serve: Serve,  # noqa: F811
    tmp_path: Path,
) -> None:
    image = tmp_path / "image"
    image.mkdir()
    (image / "ip").symlink_to("/bin/busybox")
    netns = f"places-{secrets.token_hex(4)}"
    lab = {"pods": {"demo/tiny": {"netns": netns, "path": str(image)}}}
    resolver(tmp_path, lab)
    server = serve(tmp_path / "kube")
    subprocess.run([IP, "netns", "add", netns], check=True)
    try:
        output = read_all(open_exec(server, "demo/tiny", ("ip", "address")))
        absent = read_all(open_exec(server, "demo/tiny", ("ls",)))
    finally:
        subprocess.run([IP, "netns", "del", netns], check=True)
    names = [line.split()[1] for line in output.stdout.decode().splitlines() if line[:1].isdigit()]
    assert names == ["lo:"]
    assert b"BusyBox" not in output.stderr
    assert 'exec: "ls": executable file not found in $PATH' in absent.status["message"]
