"""ovntrace by SSH on a lab's node with a real sshd, of several kinds of nodes. That its answers are
those of the other ways in is `test_one_behaviour`'s."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_dump, ask_local
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable
from tests.lab.sshd import NewNode, SshNode, ask_here, ask_ssh, line_of, nodes_in

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ASK = ("explain", f"pod/{ex.TINYPOD.name}")
EXPLAIN = (*ASK, "-o", "json")


@pytest.fixture(scope="module")
def openshift(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshNode]:
    """A node where OVN is in containers. Leave its files as you found them."""
    node = SshNode(lab, tmp_path_factory.mktemp("ssh") / "openshift")
    yield node
    node.close()


@pytest.fixture
def new_node(lab: Lab, tmp_path: Path) -> Iterator[NewNode]:
    """`new_node(...)`, of `Node`'s fields, is a node for this test alone."""
    with nodes_in(lab, tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def here(lab: Lab) -> dict[str, Any]:
    """The answer about tinypod on the node itself."""
    return _without_way(ask_local(lab, *EXPLAIN))


def _without_way(answer: Answer) -> dict[str, Any]:
    """Without what tells the way in: the source, the words before a command, the hints."""
    document = comparable(answer)
    for gap in document["document"]["gaps"]:
        assert gap["reason"] == "unsupported", gap
        gap["hint"] = ""
    found: dict[str, Any] = json.loads(json.dumps(document), object_hook=_without_command)
    return found


def _without_command(value: dict[str, Any]) -> dict[str, Any]:
    return {key: cell for key, cell in value.items() if key != "command"}


def _commands(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, cell in value.items():
            if key == "command":
                yield cell
            yield from _commands(cell)
    elif isinstance(value, list):
        for item in value:
            yield from _commands(item)


# --- the same answers ----------------------------------------------------------------------------


def test_ovn_is_asked_in_its_containers(openshift: SshNode, here: dict[str, Any]) -> None:
    there = ask_ssh(openshift, *EXPLAIN)
    assert there.code == 0, there.stderr
    assert _without_way(there) == here
    commands = set(_commands(there.answer))
    assert all(command.startswith("ssh node -- ") for command in commands)
    for tool, within in {
        "ovn-nbctl": "crictl exec ",
        "ovn-sbctl": "crictl exec ",
        "ovs-vsctl": "",
    }.items():
        assert any(c.startswith(f"ssh node -- {within}") and f"{tool} " in c for c in commands)
    assert any("nsenter --net=/var/run/netns/" in command for command in commands)


def test_a_host_with_tools_of_its_own(here: dict[str, Any], new_node: NewNode) -> None:
    there = ask_here(new_node(runtime=False), *EXPLAIN)
    assert _without_way(there) == here
    commands = set(_commands(there.answer))
    assert any(command.startswith("ssh node -- ovn-nbctl ") for command in commands)
    assert any(command.startswith("ssh node -- ip -d -s -n lab-") for command in commands)


def test_interconnect_sockets_of_a_host(here: dict[str, Any], new_node: NewNode) -> None:
    node = new_node(runtime=False)
    (node.folder / "run" / "ovn").rename(node.folder / "run" / "ovn-ic")
    there = ask_here(node, *EXPLAIN)
    assert _without_way(there) == here
    before = "ssh node -- env OVN_NB_DB=unix:/run/ovn-ic/ovnnb_db.sock ovn-nbctl "
    assert any(command.startswith(before) for command in _commands(there.answer))


def test_what_the_shells_print_is_not_the_answer(
    lab: Lab, here: dict[str, Any], new_node: NewNode
) -> None:
    banner = lab.folder.parent / "banner"
    banner.write_text("Authorised use only.\n" * 20)
    node = new_node(options=(f"Banner {banner}",))
    node.bashrc("echo 'Welcome! {\"data\": []}'\necho 'disk is nearly full' >&2\ncd /\n")
    there = ask_here(node, *EXPLAIN)
    assert there.stderr == ""
    assert _without_way(there) == here


def test_a_server_of_one_session_at_a_time(new_node: NewNode) -> None:
    assert ask_here(new_node(options=("MaxSessions 1",)), *EXPLAIN).code == 0


def test_a_dump_answers_as_the_node(openshift: SshNode, tmp_path: Path) -> None:
    path = tmp_path / "dump.tar.gz"
    done = ask_here(openshift, "dump", "-o", str(path))
    assert (done.code, done.text) == (0, f"{path}\n"), done.stderr
    there, kept = ask_here(openshift, *EXPLAIN), ask_dump(path, *EXPLAIN)
    assert _of_rows(there) == _of_rows(kept)
    listed = subprocess.run(["tar", "tzf", path], capture_output=True, text=True, check=True).stdout
    for part in ("nb.db.gz", "sb.db.gz", "ovs-ofctl_dump-flows_br-ex.txt", "tinypod-02/ip.json"):
        assert part in listed  # the servers' own files, from their containers


def _of_rows(answer: Answer) -> dict[str, Any]:
    """Without the gaps too: the dump says of other lists why they are not there."""
    assert answer.code == 0, (answer.text[:1000], answer.stderr)
    document: dict[str, Any] = json.loads(
        json.dumps(comparable(answer)), object_hook=_without_command
    )
    document["document"].pop("gaps")
    return document


def test_a_jump_host(here: dict[str, Any], openshift: SshNode, new_node: NewNode) -> None:
    jump = new_node(inside=False)
    known = jump.folder / "both"
    known.write_text(jump.known_hosts.read_text() + openshift.known_hosts.read_text())
    common = f"HostName 127.0.0.1\nUser root\nIdentityAgent none\nUserKnownHostsFile {known}\n"
    jump.config.write_text(
        f"Host node\nProxyJump jump\nPort {openshift.port}\nIdentityFile {openshift.user_key}\n"
        f"Host jump\nPort {jump.port}\nIdentityFile {jump.user_key}\nHost *\n{common}"
    )
    there = ask_here(jump, *EXPLAIN)
    assert _without_way(there) == here
    assert "Accepted publickey for root" in (jump.folder / "log").read_text()
    known.write_text(openshift.known_hosts.read_text())
    assert "node: jump host jump: its host key is not known" in line_of(ask_here(jump, *ASK))


# --- rights --------------------------------------------------------------------------------------


def test_sudo_gives_another_user_all_of_it(here: dict[str, Any], openshift: SshNode) -> None:
    there = ask_here(openshift, *EXPLAIN, "--sudo", host="core@node")
    assert _without_way(there) == here
    assert all(c.startswith("ssh core@node -- sudo -n ") for c in _commands(there.answer))


def test_without_sudo_it_says_what_is_missing(openshift: SshNode) -> None:
    line = line_of(ask_here(openshift, *ASK, host="core@node"))
    assert "permission denied" in line
    assert line.endswith("(try: --sudo)")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "sudo is refused for core: a password is required"),
        ("core ALL=(ALL) ALL", "sudo is refused for core: a password is required"),
        ("core ALL=(ALL) NOPASSWD: /bin/true", "sudo is refused for core: a password is required"),
    ],
)
def test_refused_sudo(new_node: NewNode, rule: str, said: str) -> None:
    line = line_of(ask_here(new_node(sudo=rule), *ASK, "--sudo", host="core@node"))
    assert said in line
    assert "NOPASSWD" in line
