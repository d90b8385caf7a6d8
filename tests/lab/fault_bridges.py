"""Faults between a localnet network and its bridge: the mapping and the patch ports."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import example as ex
from tests.lab.lab import Lab
from tests.lab.observe import interface_exists, wait_until

INNER_PATCH = f"patch-br-int-to-{ex.LOCALNET_PORT}"
OUTER_PATCH = f"patch-{ex.LOCALNET_PORT}-to-br-int"
_DEFAULT_ONLY = "physnet:br-ex"
_TO_NOWHERE = f"{ex.NETWORK}:br-nope,physnet:br-ex"


def _map(lab: Lab, mappings: str) -> None:
    words = ("set", "Open_vSwitch", ".", f'external_ids:ovn-bridge-mappings="{mappings}"')
    lab.ctl("ovs-vsctl", "--timeout=5", *words)


def _both(lab: Lab) -> bool:
    return interface_exists(lab, INNER_PATCH) and interface_exists(lab, OUTER_PATCH)


def _none(lab: Lab) -> bool:
    return not interface_exists(lab, INNER_PATCH) and not interface_exists(lab, OUTER_PATCH)


def _wait_patched(lab: Lab) -> None:
    lab.settle()
    wait_until("both patch ports are there", lambda: _both(lab))
    lab.settle()


@contextmanager
def mapping_missing(lab: Lab) -> Iterator[None]:
    """The node's bridge mappings lack the localnet network."""
    with _mapped(lab, _DEFAULT_ONLY):
        yield


@contextmanager
def mapping_to_missing_bridge(lab: Lab) -> Iterator[None]:
    """The localnet network is mapped to a bridge that the node does not have."""
    with _mapped(lab, _TO_NOWHERE):
        yield


@contextmanager
def _mapped(lab: Lab, mappings: str) -> Iterator[None]:
    _map(lab, mappings)
    try:
        wait_until("no patch port is left", lambda: _none(lab))
        lab.settle()
        yield
    finally:
        _map(lab, ex.BRIDGE_MAPPINGS)
        _wait_patched(lab)


@contextmanager
def mapping_gone_patch_stays(lab: Lab) -> Iterator[None]:
    """The mapping is gone, ovn-controller has not acted on it: the patch ports are still there."""
    with _paused(lab):
        _map(lab, _DEFAULT_ONLY)
        try:
            yield
        finally:
            _map(lab, ex.BRIDGE_MAPPINGS)
    _wait_patched(lab)


@contextmanager
def patch_port_removed(lab: Lab) -> Iterator[None]:
    """br-int's half of the patch pair is gone; ovn-controller, paused, does not make it again."""
    with _paused(lab):
        lab.ctl("ovs-vsctl", "--timeout=5", "del-port", "br-int", INNER_PATCH)
        yield
    _wait_patched(lab)


@contextmanager
def _paused(lab: Lab) -> Iterator[None]:
    control = ("ovn-appctl", "-t", "ovn-controller")
    lab.ctl(*control, "debug/pause")
    try:
        yield
    finally:
        lab.ctl(*control, "debug/resume")
