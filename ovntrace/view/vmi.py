"""A VM's side of an attachment, from its VirtualMachineInstance.

Names of the links in a launcher pod: KubeVirt pkg/network/namescheme/networknamescheme.go and
pkg/network/link/names.go. Secondary networks are hashed (`pod<h>`, `tap<h>`, `k6t-<h>`, `<h>-nic`,
h = first 11 hex digits of the SHA-256 of the network's name in the VM), or ordinal before KubeVirt
1.0 (`net1`, `tap1`, `k6t-net1`, `net1-nic`); the primary one is eth0, tap0, k6t-eth0.
"""

import re
from dataclasses import dataclass

from ovntrace.model.kube import Object, list_at, namespace_of, text_at

_ORDINAL = re.compile(r"net\d+")


@dataclass(frozen=True, slots=True)
class ChainNames:
    """Names of the links of one attachment inside the launcher pod."""

    tap: str
    bridge: str
    nic: str
    dummy: str


@dataclass(frozen=True, slots=True)
class GuestNic:
    """A VM's network interface as the VMI describes it; None is "not known"."""

    network: str  # spec.networks[].name
    binding: str  # bridge, masquerade, sriov, passt, or the plug-in's name
    mac: str | None
    addresses: tuple[str, ...]
    model: str | None
    guest_name: str | None
    link_state: str | None
    info_source: str | None
    pod_interface: str | None


def network_hash(network: str) -> str:
    """The hash of a network's name in names of links."""
    import hashlib  # 2 ms that only a VM should cost

    return hashlib.sha256(network.encode()).hexdigest()[:11]


def chain_names(pod_interface: str) -> ChainNames:
    """The names that belong to the interface that the CNI made (`podffec3d98bf3`, `net1`, `eth0`,
    `ovn-udn1`)."""
    if _ORDINAL.fullmatch(pod_interface):
        tap = "tap" + pod_interface[3:]
    elif pod_interface.startswith("pod"):
        digest = pod_interface[3:]
        return ChainNames("tap" + digest, "k6t-" + digest, digest + "-nic", pod_interface)
    else:
        tap = "tap0"
    return ChainNames(tap, f"k6t-{pod_interface}", f"{pod_interface}-nic", pod_interface)


def guest_nic(vmi: Object, nad: str, pod_interface: str) -> GuestNic | None:
    """The VM's interface that is attached to a NAD (`default` for the pod's own network)."""
    namespace = namespace_of(vmi)
    networks = [n for n in list_at(vmi, "spec", "networks") if _nad_of(n, namespace) == nad]
    names = [text_at(network, "name") or "" for network in networks]
    hashed = [name for name in names if pod_interface == "pod" + network_hash(name)]
    names = hashed or names
    if not names:
        return None
    spec = _named(list_at(vmi, "spec", "domain", "devices", "interfaces"), names[0])
    status = _named(list_at(vmi, "status", "interfaces"), names[0])
    addresses = tuple(a for a in list_at(status, "ipAddresses") if isinstance(a, str))
    single = text_at(status, "ipAddress")
    mac = text_at(status, "mac") or text_at(spec, "macAddress")
    return GuestNic(
        network=names[0],
        binding=_binding(spec),
        mac=mac.lower() if mac else None,
        addresses=addresses or ((single,) if single else ()),
        model=text_at(spec, "model"),
        guest_name=text_at(status, "interfaceName"),
        link_state=text_at(status, "linkState") or text_at(spec, "state"),
        info_source=text_at(status, "infoSource"),
        pod_interface=text_at(status, "podInterfaceName"),
    )


def _nad_of(network: object, namespace: str) -> str | None:
    if isinstance(network, dict) and isinstance(network.get("pod"), dict):
        return "default"
    name = text_at(network, "multus", "networkName")
    if name is None:
        return None
    return name if "/" in name else f"{namespace}/{name}"


def _named(items: object, name: str) -> object:
    found = [i for i in items if text_at(i, "name") == name] if isinstance(items, list) else []
    return found[0] if found else None


def _binding(spec: object) -> str:
    plugin = text_at(spec, "binding", "name")
    if plugin:
        return plugin
    known = ("bridge", "masquerade", "sriov", "passt", "passtBinding", "macvtap", "slirp")
    fields = spec if isinstance(spec, dict) else {}
    return next((kind for kind in known if kind in fields), "unknown")
