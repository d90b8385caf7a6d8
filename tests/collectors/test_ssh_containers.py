"""What crictl and sudo print: read as they write it, and harmless whatever is in it."""

import json
from typing import Any

import pytest

from collectors.ssh.containers import FoundContainer, netns_path, ovn_containers, sandbox_of
from collectors.ssh.host import inner_exit
from collectors.ssh.privileges import lacks_program, refused_sudo

ID = "533ecee458141a8139a7f80c608f32ce219efbe08f3507ee2c7bd7b1de949e40"
OVN = ("openshift-ovn-kubernetes",)


def container(namespace: str = OVN[0], **changes: Any) -> dict[str, Any]:
    labels = {
        "io.kubernetes.pod.namespace": namespace,
        "io.kubernetes.pod.name": "ovnkube-node-7xk2p",
        "io.kubernetes.container.name": "nbdb",
    }
    return {"id": ID, "metadata": {"name": "nbdb"}, "labels": labels, **changes}


def listed(*rows: object, key: str = "containers") -> bytes:
    return json.dumps({key: list(rows)}).encode()


def test_containers_of_ovn_kubernetes_and_no_others() -> None:
    data = listed(
        container(), container("a-users-own"), container(labels=None), container(id="--rm")
    )
    assert ovn_containers(data, OVN) == (FoundContainer(ID, "nbdb", "ovnkube-node-7xk2p"),)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"containers": {}}', b"null", b"[" * 100_000])
def test_what_is_no_list(data: bytes) -> None:
    assert ovn_containers(data, OVN) is None
    assert sandbox_of(data, "a", "b") is None
    assert netns_path(data) is None


def test_odd_rows_are_left_out() -> None:
    odd = {"labels": {"io.kubernetes.pod.namespace": ["openshift-ovn-kubernetes"]}}
    assert ovn_containers(listed(None, 7, [], {"labels": []}, {"labels": {}}), OVN) == ()
    assert ovn_containers(listed(container(labels=odd["labels"])), OVN) == ()


def test_a_sandbox_by_namespace_and_name() -> None:
    data = listed(
        container("other"), container("demo", id="ab" * 32), container("demo"), key="items"
    )
    assert sandbox_of(data, "demo", "ovnkube-node-7xk2p") == "ab" * 32
    assert sandbox_of(data, "demo", "ovnkube-node") is None
    assert (
        sandbox_of(listed(container("demo", id="-x"), key="items"), "demo", "ovnkube-node-7xk2p")
        is None
    )


def inspected(*namespaces: object) -> bytes:
    document = {"info": {"pid": 7, "runtimeSpec": {"linux": {"namespaces": list(namespaces)}}}}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("/var/run/netns/2f0c1e5a-7b58-4b5f-9d0c-6e7e0a1c2b3d", True),
        ("/run/netns/cni-2f0c1e5a", True),
        ("/proc/1234/ns/net", True),
        ("/proc/1234/ns/mnt", False),
        ("/var/run/netns/../../etc/passwd", False),
        ("/var/run/netns/a\nb", False),
        ("", False),
        (None, False),
    ],
)
def test_the_path_of_a_namespace(path: str | None, good: bool) -> None:
    data = inspected({"type": "pid"}, {"type": "network", "path": path})
    assert netns_path(data) == (path if good else None)


def test_a_pod_on_the_hosts_network_has_none() -> None:
    assert netns_path(inspected({"type": "network"})) is None


# --- exit codes and refusals ----------------------------------------------------------------------


def test_the_exit_code_of_a_command_in_a_container() -> None:
    last = "FATA[0000] execing command in container: command terminated with exit code 7\n"
    said = f"ovn-nbctl: no such row\n{last}"
    assert inner_exit(1, said) == (7, "ovn-nbctl: no such row\n")
    assert inner_exit(1, said + "more\n") == (1, said + "more\n")
    assert inner_exit(0, said) == (0, said)
    assert inner_exit(1, "") == (1, "")


@pytest.mark.parametrize(
    "said",
    [
        "sudo: a password is required",
        "sudo: a terminal is required to read the password; either use the -S option",
        "sudo: sorry, you must have a tty to run sudo",
        "sudo: interactive authentication is required",
        "core is not in the sudoers file.  This incident will be reported.",
        "core is not in the sudoers file.",
        "Sorry, user core is not allowed to execute '/usr/bin/crictl ps' as root on node.",
        "Sorry, user core may not run sudo on node.",
        "sudo-rs: I'm sorry core. I'm afraid I can't do that",
    ],
)
def test_sudo_that_says_no(said: str) -> None:
    failure = refused_sudo("core", 1, f"\nWe trust you have received the usual lecture.\n{said}\n")
    assert failure is not None
    assert failure.detail.startswith("sudo is refused for core: ")
    assert said.removeprefix("sudo: ")[:30] in failure.detail
    assert refused_sudo("core", 0, said) is None


@pytest.mark.parametrize(
    "said",
    ["ovs-vsctl: unix:/run/openvswitch/db.sock: database connection failed", "", "a is required"],
)
def test_a_command_that_failed_under_sudo(said: str) -> None:
    assert refused_sudo("core", 1, said) is None
    assert not lacks_program(said)


def test_a_program_that_sudo_does_not_find() -> None:
    assert lacks_program("sudo: ovn-nbctl: command not found\n")
    assert refused_sudo("core", 1, "sudo: ovn-nbctl: command not found\n") is None
