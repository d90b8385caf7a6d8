"""Each fault is what it says in the rows, logs and packets of a running lab, and it can be undone.

What a fault shows was first seen on OVN 23.03 by hand; newer ones are asked the same.
"""

import re
from collections.abc import Callable

import pytest

from tests.lab import example as ex
from tests.lab.commands import attempt
from tests.lab.daemons import is_alive
from tests.lab.fault_bindings import SECOND_INTERFACE
from tests.lab.fault_bridges import INNER_PATCH, OUTER_PATCH
from tests.lab.faults import FAULTS
from tests.lab.lab import Lab
from tests.lab.observe import binding, interface, interface_exists, is_bound, log_of, wait_until
from tests.lab.pings import ADDRESSES, ping
from tests.lab.toolset import INSTALLED

pytestmark = pytest.mark.lab

_POD = ex.TINYPOD


def _sb(lab: Lab, table: str, column: str) -> str:
    return lab.ctl("ovn-sbctl", "--bare", "--no-headings", f"--columns={column}", "list", table)


def _unbound(lab: Lab) -> None:
    assert binding(lab, _POD.lsp, "chassis") == ""
    assert binding(lab, _POD.lsp, "up") == "false"
    asked = ("ovn-nbctl", "get", "Logical_Switch_Port", _POD.lsp, "up")
    wait_until("NB says that the port is down", lambda: lab.ctl(*asked).strip() == "false")


def _wrong_iface_id(lab: Lab) -> None:
    _unbound(lab)
    ids = interface(lab, _POD.host, "external_ids")
    assert "ovn-installed=" not in ids
    assert "Releasing lport" in log_of(lab, "ovn-controller")
    bindings = lab.ctl("ovn-appctl", "-t", "ovn-controller", "debug/dump-local-bindings")
    assert re.search(r"name: \[nonsense\].*\n?.*num binding lports\s*: \[0\]", bindings)


def _requested_elsewhere(lab: Lab) -> None:
    _unbound(lab)
    assert binding(lab, _POD.lsp, "requested_chassis") != ""


def _requested_unknown(lab: Lab) -> None:
    _unbound(lab)
    assert binding(lab, _POD.lsp, "requested_chassis") == ""


def _address_twice(lab: Lab) -> None:
    flows = lab.ctl("ovn-sbctl", "lflow-list", ex.LOCALNET_SWITCH).splitlines()
    wanted = f"match=(eth.dst == {_POD.mac})"
    assert len([flow for flow in flows if "ls_in_l2_lkup" in flow and wanted in flow]) == 2
    assert is_bound(lab, _POD.lsp)


def _iface_id_twice(lab: Lab) -> None:
    assert is_bound(lab, _POD.lsp)
    for name in (_POD.host, SECOND_INTERFACE):
        assert f"iface-id={_POD.lsp}" in interface(lab, name, "external_ids")
    wait_until("both interfaces are called installed", lambda: _both_installed(lab))


def _both_installed(lab: Lab) -> bool:
    ids = [interface(lab, name, "external_ids") for name in (_POD.host, SECOND_INTERFACE)]
    return all("ovn-installed=true" in known for known in ids)


def _openflow_of(lab: Lab, part_of_match: str) -> str:
    """OpenFlow rows of all logical flows whose match has this part, found by their cookies."""
    listed = lab.ctl("ovn-sbctl", "--uuid", "lflow-list", ex.LOCALNET_SWITCH).splitlines()
    lines = [line for line in listed if part_of_match in line]
    cookies = [found.group(1) for line in lines if (found := re.match(r"\s*uuid=(0x\w+)", line))]
    assert cookies
    asked = ("ovs-ofctl", "dump-flows", "br-int")
    return "".join(lab.ctl(*asked, f"cookie={cookie}/-1") for cookie in cookies)


def _acl_not_compiled(lab: Lab) -> None:
    assert "n_packets" in _openflow_of(lab, "ip4.src == 192.168.77.92/32")
    assert "n_packets" not in _openflow_of(lab, "$nosuchset")


def _mapping_missing(lab: Lab) -> None:
    assert "localnet-cnv" not in _sb(lab, "Chassis", "other_config")
    assert not interface_exists(lab, INNER_PATCH)
    assert re.search(r"bridge not found for localnet port", log_of(lab, "ovn-controller"))
    assert binding(lab, ex.LOCALNET_PORT, "up") == "false"


def _mapping_to_missing_bridge(lab: Lab) -> None:
    assert "localnet-cnv:br-nope" in _sb(lab, "Chassis", "other_config")
    assert not interface_exists(lab, INNER_PATCH)
    assert re.search(r"[Bb]ridge 'br-nope' not found", log_of(lab, "ovn-controller"))


def _mapping_gone_patch_stays(lab: Lab) -> None:
    words = ("ovs-vsctl", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings")
    assert "localnet-cnv" not in lab.ctl(*words)
    assert "localnet-cnv" in _sb(lab, "Chassis", "other_config")
    assert interface_exists(lab, INNER_PATCH)
    assert interface_exists(lab, OUTER_PATCH)


def _patch_port_removed(lab: Lab) -> None:
    assert not interface_exists(lab, INNER_PATCH)
    assert interface(lab, OUTER_PATCH, "options") == f"peer={INNER_PATCH}"
    assert interface(lab, OUTER_PATCH, "link_state") == "up"


def _behind(lab: Lab) -> None:
    assert int(_sb(lab, "Chassis_Private", "nb_cfg")) < int(_sb(lab, "SB_Global", "nb_cfg"))
    assert is_bound(lab, _POD.lsp)


def _controller_stopped(lab: Lab) -> None:
    _behind(lab)
    asked = ("ovn-appctl", "-t", "ovn-controller", "connection-status")
    assert attempt(asked, lab.env, timeout_s=0.5).returncode == 124


def _controller_killed(lab: Lab) -> None:
    _behind(lab)
    assert lab.daemons.pid("ovn-controller") is None
    assert lab.daemons.pid_file("ovn-controller").exists()
    asked = ("ovn-appctl", "-t", "ovn-controller", "connection-status")
    assert attempt(asked, lab.env).returncode == 1


def _vswitchd_killed(lab: Lab) -> None:
    assert attempt(("ovs-ofctl", "get-frags", "br-int"), lab.env).returncode == 1
    if lab.ovn == INSTALLED:
        # It says that all is done; from 25.03 on it waits for ovs-vswitchd.
        lab.settle()
    assert is_bound(lab, _POD.lsp)
    assert interface(lab, _POD.host, "link_state") == "up"


def _pod_interface_down(lab: Lab) -> None:
    assert interface(lab, _POD.host, "link_state") == "down"
    assert interface(lab, _POD.host, "admin_state") == "up"
    assert is_bound(lab, _POD.lsp)


def _host_interface_down(lab: Lab) -> None:
    assert interface(lab, _POD.host, "admin_state") == "down"
    assert is_bound(lab, _POD.lsp)


def _uplink_down(lab: Lab) -> None:
    assert interface(lab, ex.UPLINK, "admin_state") == "down"


def _uplink_carrier_lost(lab: Lab) -> None:
    assert interface(lab, ex.UPLINK, "link_state") == "down"
    assert interface(lab, ex.UPLINK, "admin_state") == "up"


def _veth_deleted(lab: Lab) -> None:
    assert int(interface(lab, _POD.host, "ofport")) > 0
    assert interface(lab, _POD.host, "error") == ""
    assert is_bound(lab, _POD.lsp)
    assert lab.inside(lab.places.node, "ip", "link", "show", _POD.host).returncode == 1


def _mtu_smaller(lab: Lab) -> None:
    before = len(log_of(lab, "ovs-vswitchd"))
    words = ("ping", "-n", "-c1", "-W1", "-M", "do", "-s", str(ex.POD_MTU - 28))
    source = lab.places.pod(ex.TINYPOD_01)
    assert lab.inside(source, *words, ADDRESSES["tinypod"]).returncode == 1
    wait_until(
        "ovs-vswitchd says it", lambda: "Message too long" in log_of(lab, "ovs-vswitchd")[before:]
    )


def _sb_socket_gone(lab: Lab) -> None:
    assert attempt(("ovn-sbctl", "--timeout=2", "show"), lab.env).returncode != 0
    lab.settle()


_SEEN: dict[str, Callable[[Lab], None]] = {
    "wrong-iface-id": _wrong_iface_id,
    "requested-elsewhere": _requested_elsewhere,
    "requested-unknown": _requested_unknown,
    "address-twice": _address_twice,
    "iface-id-twice": _iface_id_twice,
    "acl-not-compiled": _acl_not_compiled,
    "mapping-missing": _mapping_missing,
    "mapping-to-missing-bridge": _mapping_to_missing_bridge,
    "mapping-gone-patch-stays": _mapping_gone_patch_stays,
    "patch-port-removed": _patch_port_removed,
    "controller-stopped": _controller_stopped,
    "controller-killed": _controller_killed,
    "vswitchd-killed": _vswitchd_killed,
    "pod-interface-down": _pod_interface_down,
    "host-interface-down": _host_interface_down,
    "uplink-down": _uplink_down,
    "uplink-carrier-lost": _uplink_carrier_lost,
    "veth-deleted": _veth_deleted,
    "mtu-smaller": _mtu_smaller,
    "sb-socket-gone": _sb_socket_gone,
}


def _assert_ping(lab: Lab, source: str, destination: str, passes: bool) -> None:
    """One lost ping proves a drop; that one passes may take a while on a busy machine."""
    if passes:
        wait_until(f"{source} reaches {destination}", lambda: ping(lab, source, destination))
    else:
        assert not ping(lab, source, destination)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_shows_and_can_be_undone(breakable: Lab, name: str) -> None:
    fault = FAULTS[name]
    with fault.make(breakable):
        _SEEN[name](breakable)
        _assert_ping(breakable, "tinypod-01", "tinypod", fault.traffic)
        _assert_ping(breakable, "gold-rabbit-80", "gateway", fault.outside)
    assert is_bound(breakable, _POD.lsp)
    assert breakable.ctl("ovn-sbctl", "--timeout=2", "show")
    _assert_ping(breakable, "tinypod-01", "tinypod", True)
    _assert_ping(breakable, "gold-rabbit-80", "gateway", True)


def test_a_fault_is_undone_when_its_block_fails(breakable: Lab) -> None:
    with pytest.raises(ZeroDivisionError), FAULTS["wrong-iface-id"].make(breakable):
        raise ZeroDivisionError
    assert is_bound(breakable, _POD.lsp)


def test_the_interface_comes_back_as_it_was(breakable: Lab) -> None:
    def links() -> str:
        listed = breakable.inside(breakable.places.pod(_POD), "ip", "-br", "-4", "address").stdout
        return re.sub(r"@if\d+", "", listed)

    before = links()
    with FAULTS["veth-deleted"].make(breakable):
        assert links() != before
    assert links() == before
    index = breakable.inside(
        breakable.places.pod(_POD), "cat", f"/sys/class/net/{_POD.veth}/ifindex"
    )
    # ip netns exec mounts the namespace's own /sys.
    assert index.stdout.strip() == str(ex.NETWORK_IFINDEX)


def test_each_fault_says_what_is_wrong() -> None:
    assert set(_SEEN) == set(FAULTS)
    for fault in FAULTS.values():
        assert fault.text.endswith(".") or fault.text.endswith(","), fault.name
        assert fault.hops


def test_a_killed_daemon_is_gone(breakable: Lab) -> None:
    pid = breakable.daemons.pid("ovn-controller")
    assert pid is not None
    with FAULTS["controller-killed"].make(breakable):
        assert not is_alive(pid)
    assert breakable.daemons.pid("ovn-controller") not in (None, pid)
