"""One clear line for each way in which SSH fails, with a real sshd; and nothing hangs."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer
from tests.lab.lab import Lab
from tests.lab.ssh_relay import Relay
from tests.lab.sshd import (
    NewNode,
    SshNode,
    ask_here,
    ask_ssh,
    line_of,
    make_key,
    nodes_in,
    public,
)

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

ASK = ("explain", f"pod/{ex.TINYPOD.name}")
EXPLAIN = (*ASK, "-o", "json")


@pytest.fixture
def new_node(lab: Lab, tmp_path: Path) -> Iterator[NewNode]:
    """`new_node(...)`, of `Node`'s fields, is a node for this test alone."""
    with nodes_in(lab, tmp_path) as make:
        yield make


# --- keys ----------------------------------------------------------------------------------------


def test_a_wrong_key(new_node: NewNode) -> None:
    node = new_node()
    other = make_key(node.folder / "other")
    node.write_config()
    node.config.write_text(node.config.read_text().replace(str(node.user_key), str(other)))
    line = line_of(ask_ssh(node, *ASK))
    assert line == f"ovntrace: node: no key of root was accepted: {other}"


def test_no_key_at_all(new_node: NewNode) -> None:
    node = new_node()
    node.config.write_text(node.config.read_text().replace(str(node.user_key), "/nonexistent"))
    assert "node: there is no key for root: no agent, and none" in line_of(ask_here(node, *ASK))


def test_an_encrypted_key(new_node: NewNode) -> None:
    node = new_node()
    locked = make_key(node.folder / "locked", "secret")
    there = node.folder / "run" / "lab-ssh" / "authorized_keys"
    there.write_text(public(locked))
    node.config.write_text(node.config.read_text().replace(str(node.user_key), str(locked)))
    line = line_of(ask_here(node, *ASK))
    assert line == (
        f"ovntrace: node: there is no key for root: {locked} is encrypted "
        f"(try: ssh-add {locked}, for an agent to have it)"
    )
    with _agent(node.folder, locked, "secret") as path:
        node.config.write_text(
            node.config.read_text().replace("IdentityAgent none", f"IdentityAgent {path}")
        )
        assert ask_ssh(node, *EXPLAIN, "--timeout", "10").code == 0


def test_a_key_with_a_certificate(new_node: NewNode) -> None:
    node = new_node()
    authority = make_key(node.folder / "authority")
    there = node.folder / "run" / "lab-ssh" / "authorized_keys"
    there.write_text(f"cert-authority {public(authority)}\n")
    assert "no key of root was accepted" in line_of(ask_here(node, *ASK))
    sign = [
        "ssh-keygen",
        "-q",
        "-s",
        str(authority),
        "-I",
        "lab",
        "-n",
        "root",
        f"{node.user_key}.pub",
    ]
    subprocess.run(sign, check=True)
    assert ask_ssh(node, *EXPLAIN).code == 0


class _agent:  # noqa: N801 - used as a function
    """An ssh-agent that has a key; its socket."""

    def __init__(self, folder: Path, key: Path, passphrase: str) -> None:
        self._folder, self._key, self._passphrase = folder, key, passphrase

    def __enter__(self) -> Path:
        path = self._folder / "agent"
        self._process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL
        )
        while not path.exists():
            time.sleep(0.01)
        asking = self._folder / "askpass"
        asking.write_text(f"#!/bin/sh\necho {self._passphrase}\n")
        asking.chmod(0o700)
        env = {**os.environ, "SSH_AUTH_SOCK": str(path), "SSH_ASKPASS": str(asking)}
        subprocess.run(
            ["ssh-add", "-q", str(self._key)],
            env={**env, "SSH_ASKPASS_REQUIRE": "force"},
            stdin=subprocess.DEVNULL,
            check=True,
        )
        return path

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def test_an_unknown_host(new_node: NewNode) -> None:
    node = new_node()
    node.known_hosts.write_text("")
    line = line_of(ask_here(node, *ASK))
    assert f"node: its host key is not known: ssh-ed25519 {_fingerprint(node.host_key)}" in line
    assert line == line_of(ask_here(node, *ASK))  # nothing was learnt by trying
    node.write_config("StrictHostKeyChecking accept-new")
    assert ask_ssh(node, *EXPLAIN).code == 0


def test_a_changed_host_key(new_node: NewNode) -> None:
    node = new_node()
    other = make_key(node.folder / "other")
    node.known_hosts.write_text(f"# the old one\n[127.0.0.1]:{node.port} {public(other)}\n")
    node.write_config("StrictHostKeyChecking no")
    line = line_of(ask_here(node, *ASK))
    assert "node: its host key is not the known one" in line
    assert _fingerprint(node.host_key) in line
    assert f"{node.known_hosts}:2 says another" in line
    assert f"ssh-keygen -R '[127.0.0.1]:{node.port}'" in line


def test_a_revoked_host_key(new_node: NewNode) -> None:
    node = new_node()
    node.known_hosts.write_text(
        f"{node.known_hosts.read_text()}@revoked * {public(node.host_key)}\n"
    )
    assert "node: its host key is revoked" in line_of(ask_here(node, *ASK))


def _fingerprint(key: Path) -> str:
    words = ["ssh-keygen", "-l", "-f", f"{key}.pub"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[1]


# --- hosts that fail -----------------------------------------------------------------------------


def test_nobody_listens(new_node: NewNode) -> None:
    node = new_node()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    node.write_config(port=port)
    assert f"node: 127.0.0.1 port {port}: connection refused" in line_of(ask_here(node, *ASK))


def test_a_dead_host(new_node: NewNode) -> None:
    node = new_node()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel answers, nobody else
        node.write_config(port=silent.getsockname()[1])
        began = time.monotonic()
        line = line_of(ask_here(node, *ASK, "--timeout", "2"))
    assert time.monotonic() - began < 6
    assert f"no answer from 127.0.0.1 port {silent_port(line)} within 2 s" in line


def silent_port(line: str) -> str:
    return line.partition(" port ")[2].partition(" ")[0]


def _huge(node: SshNode) -> None:
    node.program("ovn-nbctl", "#!/bin/sh\nexec head -c 50000000 /dev/zero\n")


def test_a_connection_that_is_cut_in_the_middle(new_node: NewNode) -> None:
    node = new_node(runtime=False)
    _huge(node)
    with Relay(node.port, 25_000_000, "cut") as relay:
        node.write_config("HostKeyAlias node", port=relay.port)
        node.known_hosts.write_text(f"node {public(node.host_key)}\n")
        line = line_of(ask_here(node, *ASK))
        assert relay.is_stopped
    assert "nb: broken off after 2" in line
    assert "bytes: the connection was closed" in line


def test_a_connection_that_falls_silent_in_the_middle(new_node: NewNode) -> None:
    node = new_node(runtime=False)
    _huge(node)
    with Relay(node.port, 25_000_000, "freeze") as relay:
        node.known_hosts.write_text(f"node {public(node.host_key)}\n")
        node.write_config("HostKeyAlias node", port=relay.port)
        began = time.monotonic()
        line = line_of(ask_here(node, *ASK, "--timeout", "3"))
    assert "nb: ovn-nbctl had no answer within 3 s" in line
    assert time.monotonic() - began < 8


def test_a_host_that_hangs_is_noticed_by_the_keep_alive(new_node: NewNode) -> None:
    node = new_node(runtime=False)
    node.program("ovn-nbctl", f"#!/bin/sh\necho > {node.folder}/asked\nexec sleep 60\n")
    node.write_config("ServerAliveInterval 1", "ServerAliveCountMax 1")
    began = time.monotonic()
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(ask_here(node, *ASK)))
    asking.start()
    while not (node.folder / "asked").exists():
        time.sleep(0.02)
    node.stop()
    asking.join()
    assert "nb: the connection broke: no sign of life for 1 s" in line_of(answers[0])
    assert time.monotonic() - began < 12


@pytest.mark.parametrize("bashrc", ["echo no shell for you; exit 3", "exit 0"])
def test_a_shell_that_runs_nothing(new_node: NewNode, bashrc: str) -> None:
    node = new_node()
    node.bashrc(bashrc)
    line = line_of(ask_here(node, *ASK))
    assert "the login shell of root did not run the command" in line
    assert ("no shell for you" in line) is ("echo" in bashrc)


def test_one_of_two_hosts_is_dead(new_node: NewNode) -> None:
    node = new_node()
    text = node.config.read_text()
    node.config.write_text(f"Host dead\n    HostName 127.0.0.1\n    Port 1\n{text}")
    answer = ask_ssh(node, "ls", "-o", "json", "--ssh", "dead")
    assert answer.code == 3
    assert len(answer.answer["workloads"]) == 10
    [gap] = [gap for gap in answer.answer["gaps"] if gap["reason"] != "unsupported"]
    assert (gap["node"], gap["artefact"], gap["reason"]) == ("dead", "nb", "unreachable")


# --- wrong questions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Host node\n    ProxyCommand nc %h %p\n", "ProxyCommand, as for node, is not supported"),
        ("Host node\n    Port ssh\n", "port is no number for it: 'ssh'"),
        ("Host node\n    ProxyJump a\nHost a\n    ProxyJump node\n", "leads round in a circle"),
        ("nonsense\n", "can't be read: Unparsable line nonsense"),
    ],
)
def test_a_wrong_configuration(new_node: NewNode, text: str, said: str) -> None:
    node = new_node()
    node.config.write_text(text)
    assert said in line_of(ask_here(node, *ASK), code=2)


@pytest.mark.parametrize("host", ["-oProxyCommand=id", "a b", "", "root@", "node;id"])
def test_what_is_no_host(new_node: NewNode, host: str) -> None:
    assert "no host: " in line_of(ask_here(new_node(), *ASK, host=host), code=2)
