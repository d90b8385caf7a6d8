"""Faults of links: down, gone, or with a smaller MTU on one hop."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import example as ex
from tests.lab.commands import environment, run
from tests.lab.lab import Lab
from tests.lab.observe import interface, is_bound, wait_until
from tests.lab.openvswitch import network_ids, pod_port_argv
from tests.lab.wiring import batch, bypass_kernel, offload_argv, second_interface_lines

_POD = ex.TINYPOD
SMALL_MTU = 1300


def _wait_link(lab: Lab, name: str, state: str) -> None:
    wait_until(f"{name} is {state}", lambda: interface(lab, name, "link_state") == state)


@contextmanager
def pod_interface_down(lab: Lab) -> Iterator[None]:
    """net1 is set down inside the pod."""
    with _down(lab, lab.places.pod(_POD), _POD.veth, _POD.host):
        yield


@contextmanager
def host_interface_down(lab: Lab) -> Iterator[None]:
    """The node's end of net1's veth is set down."""
    with _down(lab, lab.places.node, _POD.host, _POD.host):
        yield


@contextmanager
def uplink_down(lab: Lab) -> Iterator[None]:
    """The node's uplink is set down."""
    with _down(lab, lab.places.node, ex.UPLINK, ex.UPLINK):
        yield


@contextmanager
def uplink_carrier_lost(lab: Lab) -> Iterator[None]:
    """The other end of the uplink's cable is down; the uplink itself is not set down."""
    with _down(lab, lab.places.underlay, ex.NODE, ex.UPLINK):
        yield


@contextmanager
def _down(lab: Lab, netns: str, device: str, seen_on: str) -> Iterator[None]:
    env = environment(lab.folder)
    batch(netns, [f"link set {device} down"], env)
    try:
        _wait_link(lab, seen_on, "down")
        yield
    finally:
        batch(netns, [f"link set {device} up"], env)
        _wait_link(lab, seen_on, "up")


@contextmanager
def mtu_smaller(lab: Lab) -> Iterator[None]:
    """The node's end of net1's veth has a smaller MTU than the pod's end."""
    env = environment(lab.folder)
    batch(lab.places.node, [f"link set {_POD.host} mtu {SMALL_MTU}"], env)
    try:
        _wait_mtu(lab, SMALL_MTU)
        yield
    finally:
        batch(lab.places.node, [f"link set {_POD.host} mtu {ex.POD_MTU}"], env)
        _wait_mtu(lab, ex.POD_MTU)


def _wait_mtu(lab: Lab, mtu: int) -> None:
    wait_until(f"mtu {mtu}", lambda: interface(lab, _POD.host, "mtu") == str(mtu))


@contextmanager
def veth_deleted(lab: Lab) -> Iterator[None]:
    """net1's veth pair is gone; conf.db still has its port. Undone as the CNI does it."""
    node, env = lab.places.node, environment(lab.folder)
    batch(node, [f"link del {_POD.host}"], env)
    try:
        _wait_link(lab, _POD.host, "down")
        yield
    finally:
        _plug_again(lab, env)


def _plug_again(lab: Lab, env: dict[str, str]) -> None:
    """A new veth with the old names and index, and its port added anew."""
    node, netns, mtu = lab.places.node, lab.places.pod(_POD), ex.POD_MTU
    # From the pod's side: only the first end of a veth can be given its index.
    first = f"link add {_POD.veth} index {ex.NETWORK_IFINDEX} address {_POD.mac} mtu {mtu}"
    batch(netns, [f"{first} type veth peer name {_POD.host} mtu {mtu} netns {node}"], env)
    batch(node, [f"link set {_POD.host} up"], env)
    batch(netns, second_interface_lines(_POD), env)
    bypass_kernel(lab.places, [_POD.host], env)
    run(offload_argv(netns, _POD.veth), env)
    port = pod_port_argv(_POD.host, network_ids(_POD))
    lab.ctl("ovs-vsctl", "--timeout=5", "--if-exists", "del-port", "br-int", _POD.host)
    lab.ctl("ovs-vsctl", "--timeout=5", *port)
    lab.settle()
    wait_until(f"{_POD.lsp} bound again", lambda: is_bound(lab, _POD.lsp))
