"""Faults of the logical port: who claims it, where it should be, what it holds, who may pass."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab import example as ex
from tests.lab.lab import Lab
from tests.lab.observe import binding, is_bound, log_of, wait_until
from tests.lab.openvswitch import network_ids, pod_port_argv
from tests.lab.policy_rows import group_name

_POD = ex.TINYPOD
_OTHER_NODE = "worker-02-demo"
_OTHER_CHASSIS = "5a0c1b1e-3f0b-4a59-9a3e-0d8a4b1d0b02"
SECOND_INTERFACE = "second_claim"
BAD_MATCH = "ip4.src == $nosuchset && outport == @{group}"


def _wait_bound(lab: Lab) -> None:
    lab.settle()
    wait_until(f"{_POD.lsp} bound again", lambda: is_bound(lab, _POD.lsp))


def _wait_unbound(lab: Lab) -> None:
    wait_until(f"{_POD.lsp} not bound", lambda: binding(lab, _POD.lsp, "up") == "false")
    lab.settle()


@contextmanager
def wrong_iface_id(lab: Lab) -> Iterator[None]:
    """The OVS interface names a logical port that does not exist."""
    change = ("ovs-vsctl", "--timeout=5", "set", "Interface", _POD.host)
    lab.ctl(*change, "external_ids:iface-id=nonsense")
    try:
        _wait_unbound(lab)
        yield
    finally:
        lab.ctl(*change, f'external_ids:iface-id="{_POD.lsp}"')
        _wait_bound(lab)


@contextmanager
def requested_elsewhere(lab: Lab) -> Iterator[None]:
    """The logical port is asked for on another node, which exists."""
    lab.ctl(
        "ovn-sbctl", "--timeout=5", "chassis-add", _OTHER_CHASSIS, "geneve", "192.168.99.24",
        "--", "set", "Chassis", _OTHER_CHASSIS, f"hostname={_OTHER_NODE}",
    )  # fmt: skip
    try:
        with _requested(lab, _OTHER_NODE):
            yield
    finally:
        lab.ctl("ovn-sbctl", "--timeout=5", "chassis-del", _OTHER_CHASSIS)
        lab.settle()


@contextmanager
def requested_unknown(lab: Lab) -> Iterator[None]:
    """The logical port is asked for on a node that no chassis has as its hostname."""
    with _requested(lab, "no-such-node"):
        yield


@contextmanager
def _requested(lab: Lab, node: str) -> Iterator[None]:
    change = ("ovn-nbctl", "--timeout=5", "set", "Logical_Switch_Port", _POD.lsp)
    lab.ctl(*change, f"options:requested-chassis={node}")
    try:
        _wait_unbound(lab)
        yield
    finally:
        lab.ctl(*change, f"options:requested-chassis={ex.NODE}")
        _wait_bound(lab)


@contextmanager
def address_twice(lab: Lab) -> Iterator[None]:
    """A second logical port of the switch holds the pod's MAC and address too."""
    other = ex.TINYPOD_02
    own, stolen = f'"{other.mac} {other.address}"', f'"{_POD.mac} {_POD.address}"'
    change = ("ovn-nbctl", "--timeout=5", "set", "Logical_Switch_Port", other.lsp)
    lab.ctl(*change, f"addresses={own},{stolen}")
    try:
        lab.settle()
        yield
    finally:
        lab.ctl(*change, f"addresses={own}")
        lab.settle()


@contextmanager
def iface_id_twice(lab: Lab) -> Iterator[None]:
    """A second OVS interface claims the same logical port."""
    port = pod_port_argv(SECOND_INTERFACE, network_ids(_POD))
    kind = ("--", "set", "Interface", SECOND_INTERFACE, "type=internal")
    lab.ctl("ovs-vsctl", "--timeout=5", *port, *kind)
    try:
        lab.settle()
        yield
    finally:
        lab.ctl("ovs-vsctl", "--timeout=5", "del-port", "br-int", SECOND_INTERFACE)
        _wait_bound(lab)


@contextmanager
def acl_not_compiled(lab: Lab) -> Iterator[None]:
    """An ACL of a policy names an address set that does not exist. Needs the policies applied."""
    group = group_name("allow-ipblock")
    match = BAD_MATCH.format(group=group)
    # Else it says so once a minute, and another test may have had that minute's.
    lab.ctl("ovn-appctl", "-t", "ovn-controller", "vlog/disable-rate-limit")
    before = len(log_of(lab, "ovn-controller"))
    change = ("ovn-nbctl", "--timeout=5")
    words = (group, "to-lport", "1001", match)
    lab.ctl(*change, "--type=port-group", "acl-add", *words, "allow-related")
    try:
        lab.settle()
        wait_until(
            "ovn-controller says that it can't parse the match",
            lambda: "error parsing match" in log_of(lab, "ovn-controller")[before:],
        )
        yield
    finally:
        lab.ctl(*change, "--type=port-group", "acl-del", *words)
        lab.settle()
