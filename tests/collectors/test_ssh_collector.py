"""The collector by SSH before hosts whose answers are written down: which ways it takes, in which
order, and what it says when none leads there."""

import json
import shlex
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from collectors.artifacts import BY_NAME
from collectors.deadline import Deadline
from collectors.kube.discovery import NAMESPACES
from collectors.ssh.collector import Ssh
from collectors.ssh.connection import Connection, Ran
from collectors.ssh.host import Host
from collectors.ssh.settings import SshConfig
from collectors.tool_failure import Failure
from ovntrace.model.capture import Capture, Missing, Reason, Target

ID = "533ecee458141a8139a7f80c608f32ce219efbe08f3507ee2c7bd7b1de949e40"
NOT_THERE = Ran(b"", b"bash: line 1: x: command not found\n", 127)
NO_DATABASE = Ran(
    b"", b"ovn-nbctl: unix:/run/ovn/ovnnb_db.sock: database connection failed ()\n", 1
)
LOST = Failure(Reason.UNREACHABLE, "the connection broke: the connection was closed")
GONE = Failure(Reason.UNREACHABLE, "node: connection refused")


class Written(Host):
    """A host that answers a command by what its text begins with; else the program is not there."""

    def __init__(
        self, name: str, answers: Mapping[str, Ran | Failure], *, sudo: bool = False
    ) -> None:
        config = Path("/dev/null")
        super().__init__(SshConfig(config).settings(name), NAMESPACES, sudo=sudo)
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.failure: Failure | None = None
        self.breaks_at = "\0"
        self._asking = threading.Lock()

    def connection(self, deadline: Deadline) -> Connection | Failure:
        del deadline
        return self.failure or cast(Connection, self)

    @property
    def is_connected(self) -> bool:
        return self.failure is None

    def run(self, *arguments: Any) -> Any:
        """A connection's own, and the host's, which ends there."""
        if len(arguments) == 4:
            return super().run(*arguments)
        words: Sequence[str] = arguments[0]
        text = " ".join(words)
        with self._asking:
            self.asked.append(text)
        if text.startswith(self.breaks_at):
            self.failure = GONE
        found = [value for key, value in self.answers.items() if text.startswith(key)]
        return found[0] if found else NOT_THERE


def listed(*names: str) -> Ran:
    labels = {
        "io.kubernetes.pod.namespace": NAMESPACES[0],
        "io.kubernetes.pod.name": "ovnkube-node-a",
    }
    rows = [
        {"id": ID[:-1] + str(at), "labels": {**labels, "io.kubernetes.container.name": name}}
        for at, name in enumerate(names)
    ]
    return Ran(json.dumps({"containers": rows}).encode(), b"", 0)


def named(name: str) -> Ran:
    return Ran(f'"{name}"\n'.encode(), b"", 0)


def fetched(host: Written, artefact: str = "nb", **values: str) -> Capture | Missing:
    row = BY_NAME[artefact].filled(values)
    return Ssh([host]).fetch(Target(node=Ssh([host]).nodes()[0]), row, 10)


def test_databases_are_asked_for_in_their_containers() -> None:
    answers = {
        "crictl --timeout": listed("ovn-controller", "nbdb"),
        "crictl exec": Ran(b"x", b"", 0),
    }
    host = Written("a", answers)
    result = fetched(host)
    assert isinstance(result, Capture)
    assert result.data == b"x"
    assert result.origin.startswith(f"ssh a -- crictl exec {ID[:-1]}1 ovn-nbctl --timeout=")


def test_open_vswitch_is_the_hosts_own() -> None:
    host = Written("a", {"crictl --timeout": listed("ovn-controller"), "ovs-": Ran(b"x", b"", 0)})
    result = fetched(host, "ovs")
    assert isinstance(result, Capture)
    assert result.origin.startswith("ssh a -- ovs-vsctl ")
    host = Written("a", {"crictl --timeout": listed("ovn-controller"), "crictl exec": named("x")})
    result = fetched(host, "ovs")
    assert isinstance(result, Capture)
    assert f"crictl exec {ID[:-1]}0 ovs-vsctl" in result.origin


def test_a_host_with_no_containers_tries_both_sockets() -> None:
    host = Written("a", {"ovn-nbctl": NO_DATABASE, "env OVN_NB_DB=": Ran(b"x", b"", 0)})
    assert isinstance(fetched(host), Capture)
    host = Written("a", {"ovn-nbctl": NO_DATABASE, "env OVN_NB_DB=": NO_DATABASE})
    result = fetched(host)
    assert isinstance(result, Missing)
    assert result.reason is Reason.UNREACHABLE
    assert "database connection failed" in result.detail
    assert result.origin.startswith("ssh a -- ovn-nbctl ")


def test_containers_that_nobody_could_look_for_are_the_reason() -> None:
    said = b"FATA[0000] validate service connection: dial unix /run/crio.sock: permission denied\n"
    result = fetched(Written("core@a", {"crictl": Ran(b"", said, 1)}))
    assert isinstance(result, Missing)
    assert (result.reason, result.hint) == (Reason.DENIED, "--sudo")
    assert result.detail.startswith("node-containers: crictl: exit code 1: ")


def test_a_lost_connection_is_not_tried_by_another_way() -> None:
    host = Written("a", {"ovn-nbctl": LOST, "env": Ran(b"x", b"", 0)})
    host.breaks_at = "ovn-nbctl"
    result = fetched(host)
    assert isinstance(result, Missing)
    assert result.detail == LOST.detail
    assert not any(text.startswith("env") for text in host.asked)


def test_a_hosts_own_files_may_be_of_a_server_that_is_gone() -> None:
    result = fetched(Written("a", {}), "nb-file", file="/etc/ovn/ovnnb_db.db")
    assert isinstance(result, Missing)
    assert result.reason is Reason.UNSUPPORTED


def test_with_sudo_everything_is_run_by_it() -> None:
    host = Written("core@a", {"sudo -n crictl --timeout": listed("nbdb")}, sudo=True)
    host.answers["sudo -n crictl exec"] = Ran(b"x", b"", 0)
    assert isinstance(fetched(host), Capture)
    assert host.asked
    assert all(text.startswith("sudo -n ") for text in host.asked)


def test_a_probe_in_a_container_has_its_own_exit_code() -> None:
    own = "ovs-ofctl: br-int is not a bridge or a socket\n"
    said = f"{own}FATA[0000] command terminated with exit code 1\n".encode()
    host = Written(
        "a", {"crictl --timeout": listed("ovn-controller"), "crictl exec": Ran(b"", said, 1)}
    )
    result = fetched(host, "ovs-vswitchd")
    assert isinstance(result, Capture)
    assert (result.exit_code, result.stderr) == (
        1,
        "ovs-ofctl: br-int is not a bridge or a socket\n",
    )


def test_nodes_are_named_as_ovn_names_them() -> None:
    hosts = [
        Written("root@10.0.0.1", {"ovs-vsctl": named("one")}),
        Written("root@10.0.0.2", {"ovs-vsctl": named("one")}),
        Written("10.0.0.3", {"ovs-vsctl": Ran(b"\n", b"", 0)}),
        Written("dead", {}),
    ]
    hosts[3].failure = GONE
    ssh = Ssh(hosts)
    assert ssh.can_run() is None
    assert ssh.nodes() == ("one", "10.0.0.2", "10.0.0.3", "dead")
    assert ssh.place == "root@10.0.0.1, root@10.0.0.2, 10.0.0.3, dead"
    result = ssh.fetch(Target(node="dead"), BY_NAME["nb"], 10)
    assert isinstance(result, Missing)
    assert (result.reason, result.detail) == (Reason.UNREACHABLE, GONE.detail)
    other = ssh.fetch(Target(node="two"), BY_NAME["nb"], 10)
    assert isinstance(other, Missing)
    assert other.reason is Reason.UNSUPPORTED


def test_when_no_host_can_be_reached_each_says_why() -> None:
    hosts = [Written(f"h{number}", {}) for number in range(5)]
    for host in hosts:
        host.failure = Failure(Reason.DENIED, f"{host.settings.named} says no", "ssh-add")
    said = Ssh(hosts).can_run()
    assert said is not None
    assert said.startswith("h0: h0 says no (try: ssh-add); h1: h1 says no")
    assert said.endswith("; and 2 more")
    assert Ssh(hosts[:1]).can_run() == "h0 says no (try: ssh-add)"


@pytest.mark.parametrize("netns", ["../x", "a b", "-x", "a;id", "a\n"])
def test_a_namespace_is_a_name(netns: str) -> None:
    host = Written("a", {})
    target = Target(node="a", namespace="n", pod="p", netns=netns)
    result = Ssh([host]).fetch(target, BY_NAME["pod-links"], 10)
    assert isinstance(result, Missing)
    assert result.reason is Reason.ABSENT
    assert not any(text.startswith("ip ") for text in host.asked)


def test_what_is_quoted_twice_can_be_pasted() -> None:
    host = Written("core@a", {"timeout": Ran(b"x", b"", 0)})
    values = {"ct_in": "trk,new", "ct_out": "trk,new", "microflow": 'inport == "it\'s $x"'}
    result = fetched(host, "ovn-trace", switch="004aee93-ef55-417d-a9a0-ad36d445d9fe", **values)
    assert isinstance(result, Capture)
    local = shlex.split(result.origin)
    assert local[:3] == ["ssh", "core@a", "--"]
    assert shlex.split(local[3])[-1] == values["microflow"]
