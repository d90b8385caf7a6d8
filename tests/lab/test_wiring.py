"""TCP and UDP pass where ping does, although no hardware computes a checksum."""

import subprocess
import sys
import time

import pytest

from tests.lab import example as ex
from tests.lab.commands import environment
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

_PORT = "8080"
_SERVER = """
import socket, sys
kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[sys.argv[1]]
server = socket.socket(type=kind)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("", int(sys.argv[2])))
if sys.argv[1] == "tcp":
    server.listen()
    print("ready", flush=True)
    connection = server.accept()[0]
    while data := connection.recv(65536):
        connection.sendall(data)
else:
    print("ready", flush=True)
    data, address = server.recvfrom(65536)
    server.sendto(data, address)
"""
_CLIENT = """
import socket, sys
kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[sys.argv[1]]
client = socket.socket(type=kind)
client.settimeout(3)
client.connect((sys.argv[2], int(sys.argv[3])))
sent = b"0123456789" * (2000 if sys.argv[1] == "tcp" else 100)
client.sendall(sent)
back = b""
while len(back) < len(sent):
    back += client.recv(65536)
assert back == sent
"""


def _echoed(lab: Lab, source: str, target: str, address: str, protocol: str) -> bool:
    """Whether what `source` sends to a server in `target` comes back as it was."""
    words = ["ip", "netns", "exec", target, sys.executable, "-c", _SERVER, protocol, _PORT]
    server = subprocess.Popen(words, env=environment(lab.folder), stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        client = (sys.executable, "-c", _CLIENT, protocol, address, _PORT)
        return lab.inside(source, *client).returncode == 0
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_between_pods_on_both_networks(lab: Lab, protocol: str) -> None:
    source, target = lab.places.pod(ex.TINYPOD_01), lab.places.pod(ex.TINYPOD)
    assert ex.TINYPOD.address is not None
    assert _echoed(lab, source, target, ex.TINYPOD.address, protocol)
    assert _echoed(lab, source, target, ex.TINYPOD.eth0_address, protocol)
    # The policies allow the first pair in this direction only.
    assert ex.TINYPOD_01.address is not None
    assert not _echoed(lab, target, source, ex.TINYPOD_01.address, protocol)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_a_guest_and_from_a_pod_to_the_world(lab: Lab, protocol: str) -> None:
    guest, pod = lab.places.guest(ex.GOLD_RABBIT), lab.places.pod(ex.TINYPOD)
    for source in (guest, pod, lab.places.node):
        assert _echoed(lab, source, lab.places.internet, ex.INTERNET, protocol), source


def test_a_device_of_the_lab_is_nowhere_else(lab: Lab) -> None:
    outside = subprocess.run(
        ["ip", "-br", "link"], capture_output=True, text=True, check=True, timeout=5
    ).stdout
    names = [line.split()[0].split("@")[0] for line in outside.splitlines()]
    hosts = {name for pod in ex.PODS for name in (pod.host, pod.eth0_host)}
    assert hosts.isdisjoint(names)
    listed = lab.inside(lab.places.node, "ip", "-br", "link").stdout
    assert hosts <= {line.split()[0].split("@")[0] for line in listed.splitlines()}


def test_up_is_quick(tmp_path_factory: pytest.TempPathFactory) -> None:
    lab = Lab(tmp_path_factory.mktemp("quick") / "lab")
    started = time.monotonic()
    try:
        lab.up()
        assert time.monotonic() - started < 10
    finally:
        lab.down()
