"""Real kubectl (1.32 and 1.36) against the stand-in API server."""

import hashlib
import os

import pytest
import yaml

from tests.peers.conftest import Client, Cluster

pytestmark = pytest.mark.peers


def test_get_shows_a_table(kubectl_client: Client) -> None:
    ran = kubectl_client("get", "pods", "-A")
    lines = [line.split() for line in ran.stdout.decode().splitlines()]
    assert (ran.code, ran.stderr) == (0, "")
    assert lines[0] == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert lines[1][:5] == ["demo", "stuck", "0/1", "Pending", "1"]
    assert [line[1] for line in lines[1:]] == ["stuck", "two", "web-1", "web-2", "web-1"]
    wide = kubectl_client("get", "pods", "-n", "demo", "-o", "wide").stdout.decode()
    assert "node-2" in wide
    assert "10.128.0.7" in wide


@pytest.mark.parametrize("chunk", ["1", "500"])
def test_selectors_and_chunks(kubectl_client: Client, chunk: str) -> None:
    words = ("get", "pods", "-A", "-o", "name", f"--chunk-size={chunk}")
    labelled = kubectl_client(*words, "-l", "app=web,tier")
    assert labelled.stdout.decode().split() == ["pod/web-1", "pod/web-1"]
    there = kubectl_client(*words, "--field-selector", "spec.nodeName=node-1,status.phase=Running")
    assert there.stdout.decode().split() == ["pod/two", "pod/web-1", "pod/web-1"]


def test_yaml_is_the_object(kubectl_client: Client, made_up_cluster: Cluster) -> None:
    ran = kubectl_client("get", "pod", "two", "-n", "demo", "-o", "yaml")
    assert yaml.safe_load(ran.stdout) == made_up_cluster.server.store.pod("demo", "two")
    listed = yaml.safe_load(kubectl_client("get", "net-attach-def", "-A", "-o", "yaml").stdout)
    assert [one["metadata"]["namespace"] for one in listed["items"]] == ["demo", "other"]


def test_other_kinds_by_their_short_names(kubectl_client: Client) -> None:
    ran = kubectl_client("get", "ns,no,events,net-attach-def,netpol", "-n", "demo", "-o", "name")
    assert ran.stdout.decode().split() == [
        "namespace/demo",
        "namespace/other",
        "node/node-1",
        "event/stuck.1",
        "networkattachmentdefinition.k8s.cni.cncf.io/localnet",
    ]
    absent = kubectl_client("get", "vmi")
    assert absent.code == 1
    assert 'the server doesn\'t have a resource type "vmi"' in absent.stderr


def test_what_is_not_there(kubectl_client: Client) -> None:
    ran = kubectl_client("get", "pod", "nopod", "-n", "demo")
    assert (ran.code, ran.stderr) == (1, 'Error from server (NotFound): pods "nopod" not found\n')
    ran = kubectl_client("exec", "-n", "demo", "nopod", "--", "true")
    assert ran.code == 1
    assert 'pods "nopod" not found' in ran.stderr


def test_exec_keeps_streams_and_exit_code(kubectl_client: Client) -> None:
    script = "echo out; echo err >&2; exit 7"
    ran = kubectl_client("exec", "-n", "demo", "web-1", "--", "sh", "-c", script)
    assert (ran.code, ran.stdout) == (7, b"out\n")
    assert ran.stderr == "err\ncommand terminated with exit code 7\n"
    ran = kubectl_client("exec", "-n", "demo", "two", "-c", "side", "--", "pwd")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.endswith(b"/place\n")


def test_exec_with_stdin(kubectl_client: Client) -> None:
    sent = os.urandom(2_000_000)
    ran = kubectl_client("exec", "-i", "-n", "demo", "web-1", "--", "cat", stdin=sent)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == sent
    without = kubectl_client("exec", "-n", "demo", "web-1", "--", "cat", stdin=sent)
    assert (without.code, without.stdout) == (0, b"")


def test_exec_of_50_mb_of_binary_output(kubectl_client: Client, made_up_cluster: Cluster) -> None:
    script = (
        "head -c 50000000 /dev/urandom | tee $PLACE/pipe | sha256sum > $PLACE/sum & cat $PLACE/pipe"
    )
    script = f"rm -f $PLACE/pipe; mkfifo $PLACE/pipe; {script}; wait"
    ran = kubectl_client("exec", "-n", "demo", "web-1", "--", "sh", "-c", script)
    assert (ran.code, len(ran.stdout)) == (0, 50_000_000)
    expected = (made_up_cluster.place / "sum").read_text().split()[0]
    assert hashlib.sha256(ran.stdout).hexdigest() == expected


def test_every_byte_passes(kubectl_client: Client) -> None:
    octal = "".join(f"\\{number:03o}" for number in range(256))
    ran = kubectl_client("exec", "-n", "demo", "web-1", "--", "printf", octal)
    assert ran.stdout == bytes(range(256))


def test_exec_of_a_program_that_the_image_lacks(kubectl_client: Client) -> None:
    ran = kubectl_client("exec", "-n", "demo", "web-1", "--", "nosuchprogram", "-j")
    assert ran.code == 1
    assert 'exec: "nosuchprogram": executable file not found in $PATH' in ran.stderr


def test_refusals(kubectl_client: Client) -> None:
    ran = kubectl_client("--context", "reader", "exec", "-n", "demo", "web-1", "--", "true")
    assert ran.code == 1
    # A refused upgrade makes kubectl try SPDY, whose verb is create: its refusal is what it shows.
    assert (
        'pods "web-1" is forbidden: User "reader" cannot create resource "pods/exec" in API group '
        '"" in the namespace "demo"'
    ) in ran.stderr
    ran = kubectl_client("--context", "reader", "get", "nodes")
    assert (ran.code, ran.stderr) == (
        1,
        'Error from server (Forbidden): nodes is forbidden: User "reader" cannot list resource '
        '"nodes" in API group "" at the cluster scope\n',
    )
    ran = kubectl_client("--context", "getter", "exec", "-n", "demo", "web-1", "--", "echo", "x")
    assert (ran.code, ran.stdout) == (0, b"x\n")


def test_rights_can_be_asked_for(kubectl_client: Client) -> None:
    words = ("--context", "getter", "auth", "can-i")
    assert kubectl_client(*words, "get", "pods/exec", "-n", "demo").stdout == b"yes\n"
    assert kubectl_client(*words, "create", "pods/exec", "-n", "demo").stdout == b"no\n"
