"""A lab's node that one may log in to: Debian's own sshd, in the node's network namespace.

It listens on the loopback of this machine; each connection gets an sshd (`-i`) that runs in the
node's namespace with a /run, users and sudo's rules of its own, of which nothing is seen outside.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.lab import asking
from tests.lab.asking import Answer
from tests.lab.commands import environment, run
from tests.lab.crictl_containers import write_containers
from tests.lab.places import Places
from tests.lab.toolset import Toolset

SSHD = "/usr/sbin/sshd"
_REPOSITORY = Path(__file__).parents[2]
_LIMIT_S = 60.0
# The node's own things in its /run: anybody there may come in, unlike to the lab's folder.
_THERE = "/run/lab-ssh"


@dataclass(frozen=True, slots=True)
class Node:
    """What the node is like. `runtime`: it has crictl, and the sockets of OVN are in containers
    only. `sudo`: what core may do with it. `inside`: it is in the network of the lab's node, not in
    this machine's. `options` are further lines of sshd_config(5)."""

    runtime: bool = True
    sudo: str = "core ALL=(ALL) NOPASSWD: ALL"
    inside: bool = True
    options: tuple[str, ...] = ()


class Machine(Protocol):
    """A lab, or one node of a cluster."""

    @property
    def folder(self) -> Path:
        """Of the lab or the cluster."""
        ...

    @property
    def places(self) -> Places:
        """Of the node."""
        ...

    @property
    def tools(self) -> Toolset:
        """What runs there."""
        ...


@dataclass
class SshNode:
    """The node's server. `config` is for clients: a host `node`, its user root."""

    lab: Machine
    folder: Path
    node: Node = field(default_factory=Node)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self._run = self.folder / "run"
        self._there = self._run / "lab-ssh"
        self._started: list[subprocess.Popen[bytes]] = []
        self.host_key = make_key(self.folder / "host_key")
        self.user_key = make_key(self.folder / "user_key")
        self._write_run()
        self._write_sshd()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public(self.host_key)}\n")
        self.config = self.folder / "config"
        self.write_config()
        threading.Thread(target=self._serve, name="sshd listener", daemon=True).start()

    def write_config(self, *lines: str, port: int | None = None) -> Path:
        """The client's file, with further lines, which come first and so count."""
        common = (
            "HostName 127.0.0.1",
            f"Port {port or self.port}",
            "User root",
            f"IdentityFile {self.user_key}",
            f"UserKnownHostsFile {self.known_hosts}",
            "GlobalKnownHostsFile none",
            "IdentityAgent none",
        )
        text = "".join(f"    {line}\n" for line in (*lines, *common))
        self.config.write_text(f"Host node\n{text}")
        return self.config

    def program(self, name: str, text: str) -> Path:
        """A program that is found before the machine's own."""
        path = self._there / "bin" / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def bashrc(self, text: str) -> None:
        """What the shell of root reads first."""
        (self._there / "root" / ".bashrc").write_text(text)

    def stop(self) -> None:
        """Every process of every connection stands still: a host that hangs."""
        self._signal(signal.SIGSTOP)

    def close(self) -> None:
        """Listen no more; end what runs."""
        # Wakes the thread that waits there: asleep it would take what comes to the next listener
        # with that descriptor.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._signal(signal.SIGKILL)
        for process in self._started:
            process.wait()

    # --- files ---------------------------------------------------------------------------------

    def _write_run(self) -> None:
        places, there = self.lab.places, self._there
        for name in ("bin", "root", "core"):
            (there / name).mkdir(parents=True)
        for name in ("netns", "sshd"):
            (self._run / name).mkdir()
        (self._run / "openvswitch").symlink_to(places.ovs)
        if self.node.runtime:
            shutil.copy(Path(__file__).with_name("crictl.py"), there / "bin" / "crictl")
            (there / "bin" / "crictl").chmod(0o755)
            write_containers(self.lab.folder, there / "bin" / "containers.json")
            # OVN's tools are in the containers only.
            for tool in ("ovn-nbctl", "ovn-sbctl"):
                self.program(tool, "#!/bin/sh\nexit 127\n")
        else:
            (self._run / "ovn").symlink_to(places.ovn)
        (there / "authorized_keys").write_text(public(self.user_key) + "\n")
        (there / "passwd").write_text(
            f"root:x:0:0:root:{_THERE}/root:/bin/bash\n"
            f"core:*:4711:4711:core:{_THERE}/core:/bin/bash\n"
            "sshd:*:4712:65534::/run/sshd:/usr/sbin/nologin\n"
        )
        sudoers = there / "sudoers"
        path = f'Defaults secure_path="{_THERE}/bin:{self.lab.tools.path}"'
        sudoers.write_text(f"{path}\nroot ALL=(ALL:ALL) ALL\n{self.node.sudo}\n")
        sudoers.chmod(0o440)

    def _write_sshd(self) -> None:
        lines = (
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {_THERE}/authorized_keys",
            "UsePAM no",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            f"SetEnv PATH={_THERE}/bin:{self.lab.tools.path}",
            *self.node.options,
        )
        (self.folder / "sshd_config").write_text("".join(f"{line}\n" for line in lines))
        (self.folder / "enter").write_text(
            "set -e\n"
            f"mount --rbind /run/netns {self._run}/netns\n"
            f"mount --rbind {self._run} /run\n"
            f"mount --bind {_THERE}/passwd /etc/passwd\n"
            f"mount --bind {_THERE}/sudoers /etc/sudoers\n"
            f"exec {SSHD} -i -f {self.folder}/sshd_config -E {self.folder}/log\n"
        )

    # --- connections ---------------------------------------------------------------------------

    def _serve(self) -> None:
        netns = (
            ("ip", "netns", "exec", self.lab.places.node) if self.node.inside else ("unshare", "-m")
        )
        words = [*netns, "/bin/sh", f"{self.folder}/enter"]
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    started = subprocess.Popen(
                        words,
                        env=environment(self.lab.folder),
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                self._started.append(started)

    def _signal(self, number: signal.Signals) -> None:
        for pid in [pid for one in self._started for pid in _family(one.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def ask_ssh(node: SshNode, *words: str, host: str = "node", limit_s: float = _LIMIT_S) -> Answer:
    """The real program, by SSH, with nothing of this person's own keys and files."""
    env = {key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ovntrace.cli",
            *words,
            "--ssh",
            host,
            "--ssh-config",
            str(node.config),
        ],
        cwd=_REPOSITORY,
        env={**env, "HOME": str(node.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    return Answer(done.returncode, done.stdout, document, done.stderr)


def ask_here(node: SshNode, *words: str, host: str = "node") -> Answer:
    """The same in this process, which spares a start."""
    argv = (*words, "--ssh", host, "--ssh-config", str(node.config))
    return asking.ask_here(argv, {"HOME": str(node.folder), "SSH_AUTH_SOCK": ""})


NewNode = Callable[..., SshNode]


@contextlib.contextmanager
def nodes_in(lab: Machine, folder: Path) -> Iterator[NewNode]:
    """Makes nodes, of `Node`'s fields, that go at the end."""
    made: list[SshNode] = []

    def make(**fields: Any) -> SshNode:
        made.append(SshNode(lab, folder / f"node{len(made)}", Node(**fields)))
        return made[-1]

    try:
        yield make
    finally:
        for one in made:
            one.close()


def line_of(answer: Answer, code: int = 3) -> str:
    """The one line that was said, of an answer that is none."""
    assert (answer.code, answer.text) == (code, ""), answer.stderr
    [line] = answer.stderr.splitlines() or [""]
    assert line.startswith("ovntrace: ")
    return line


def make_key(path: Path, passphrase: str = "") -> Path:
    """A key made by ssh-keygen, and PATH.pub."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "lab", "-f", str(path)]
    run(words, environment(path.parent))
    return path


def public(key: Path) -> str:
    """Kind and key, as known_hosts and authorized_keys have them."""
    return " ".join(Path(f"{key}.pub").read_text().split()[:2])


def _family(pid: int) -> list[int]:
    """A process and what it started."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found
