"""The faults that can be made in a running lab, each with the place where it is to be seen.

Each is a context manager: made and settled when the block begins, undone and settled when it ends.
All concern tinypod and its localnet interface, or the node that it runs on.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.lab import fault_bindings, fault_bridges, fault_daemons, fault_links
from tests.lab.lab import Lab

BROKEN = "broken"
WARN = "warn"
GAP = "gap"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break a lab."""

    name: str
    make: Callable[[Lab], AbstractContextManager[None]]
    hops: tuple[str, ...]
    """Kinds of the hops whose own rows show it, the nearest to the fault first."""
    state: str
    """broken; warn where traffic may still pass; gap where only the evidence is missing."""
    traffic: bool
    """Whether tinypod-01's ping still reaches tinypod's localnet address."""
    outside: bool
    """Whether gold-rabbit-80's ping still reaches its gateway, through br-ex and the uplink."""

    @property
    def text(self) -> str:
        """What is wrong, in one line."""
        return (self.make.__doc__ or "").strip().splitlines()[0]


_VETH = ("pod-interface", "host-interface", "ovs-interface")

_ALL = (
    Fault("wrong-iface-id", fault_bindings.wrong_iface_id,
          ("ovs-interface", "port-binding"), BROKEN, traffic=False, outside=True),
    Fault("requested-elsewhere", fault_bindings.requested_elsewhere,
          ("port-binding", "logical-switch-port"), BROKEN, traffic=False, outside=True),
    Fault("requested-unknown", fault_bindings.requested_unknown,
          ("port-binding", "logical-switch-port"), BROKEN, traffic=False, outside=True),
    Fault("address-twice", fault_bindings.address_twice,
          ("logical-switch-port",), WARN, traffic=True, outside=True),
    Fault("iface-id-twice", fault_bindings.iface_id_twice,
          ("ovs-interface",), WARN, traffic=False, outside=True),
    Fault("acl-not-compiled", fault_bindings.acl_not_compiled,
          ("logical-switch-port",), WARN, traffic=True, outside=True),
    Fault("mapping-missing", fault_bridges.mapping_missing,
          ("bridge-mapping", "patch-port"), BROKEN, traffic=True, outside=False),
    Fault("mapping-to-missing-bridge", fault_bridges.mapping_to_missing_bridge,
          ("bridge-mapping", "external-bridge", "patch-port"), BROKEN, traffic=True, outside=False),
    Fault("mapping-gone-patch-stays", fault_bridges.mapping_gone_patch_stays,
          ("bridge-mapping",), BROKEN, traffic=True, outside=True),
    Fault("patch-port-removed", fault_bridges.patch_port_removed,
          ("patch-port",), BROKEN, traffic=True, outside=False),
    Fault("controller-stopped", fault_daemons.controller_stopped,
          ("port-binding",), WARN, traffic=True, outside=True),
    Fault("controller-killed", fault_daemons.controller_killed,
          ("port-binding",), WARN, traffic=True, outside=True),
    Fault("vswitchd-killed", fault_daemons.vswitchd_killed,
          ("ovs-interface", "external-bridge"), BROKEN, traffic=False, outside=False),
    Fault("pod-interface-down", fault_links.pod_interface_down,
          _VETH, BROKEN, traffic=False, outside=True),
    Fault("host-interface-down", fault_links.host_interface_down,
          ("host-interface", "ovs-interface"), BROKEN, traffic=False, outside=True),
    Fault("uplink-down", fault_links.uplink_down, ("uplink",), BROKEN, traffic=True, outside=False),
    Fault("uplink-carrier-lost", fault_links.uplink_carrier_lost,
          ("uplink",), BROKEN, traffic=True, outside=False),
    Fault("veth-deleted", fault_links.veth_deleted,
          _VETH, BROKEN, traffic=False, outside=True),
    Fault("mtu-smaller", fault_links.mtu_smaller,
          ("host-interface", "ovs-interface"), WARN, traffic=True, outside=True),
    Fault("sb-socket-gone", fault_daemons.sb_socket_gone,
          ("port-binding",), GAP, traffic=True, outside=True),
)  # fmt: skip

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _ALL}
