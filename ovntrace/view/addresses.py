"""Whose an address is, as the Kubernetes objects say: annotations of pods, status of VMIs."""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import cached_property

from ovntrace.model.kube import (
    NETWORK_STATUS,
    POD_NETWORKS,
    Object,
    annotation,
    annotation_json,
    list_at,
    name_of,
    namespace_of,
    text_at,
)
from ovntrace.model.snapshot import Snapshot

Place = tuple[str, str]  # namespace, name
_Index = dict[str, set[Place]]


class Addresses:
    """IP and MAC addresses of a snapshot's objects, looked through once when one is asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._kube = snapshot.kube

    def pods(self, address: str) -> set[Place]:
        """The pods that have an address, which is `normal`."""
        return self._pods.get(address, set())

    def vms(self, address: str) -> set[Place]:
        """The VMIs that have an address, which is `normal`."""
        return self._vms.get(address, set())

    @cached_property
    def _pods(self) -> _Index:
        return _index((pod, _addresses_of_pod(pod)) for pod in self._kube.items("pods"))

    @cached_property
    def _vms(self) -> _Index:
        vmis = self._kube.items("virtualmachineinstances")
        return _index((vmi, _addresses_of_vmi(vmi)) for vmi in vmis)


def _index(objects: Iterable[tuple[Object, Iterator[str]]]) -> _Index:
    found: _Index = {}
    for item, addresses in objects:
        for address in set(addresses):
            found.setdefault(normal(address), set()).add((namespace_of(item), name_of(item)))
    return found


def normal(address: str) -> str:
    """An IP or MAC address, perhaps with a prefix length, as the index has it."""
    bare = address.partition("/")[0].lower()
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return ":".join(part.zfill(2) for part in bare.split(":"))


def _addresses_of_pod(pod: Object) -> Iterator[str]:
    networks = annotation_json(pod, POD_NETWORKS)
    for detail in networks.values() if isinstance(networks, dict) else ():
        yield from (a for a in list_at(detail, "ip_addresses") if isinstance(a, str))
        yield from (a for key in ("ip_address", "mac_address") if (a := text_at(detail, key)))
    statuses = annotation_json(pod, NETWORK_STATUS)
    for status in statuses if isinstance(statuses, list) else ():
        yield from (a for a in list_at(status, "ips") if isinstance(a, str))
        yield from (a for a in (text_at(status, "mac"),) if a)
    if annotation(pod, POD_NETWORKS) is not None:
        yield from (a for ip in list_at(pod, "status", "podIPs") if (a := text_at(ip, "ip")))


def _addresses_of_vmi(vmi: Object) -> Iterator[str]:
    for interface in list_at(vmi, "status", "interfaces"):
        yield from (a for a in list_at(interface, "ipAddresses") if isinstance(a, str))
        yield from (a for key in ("ipAddress", "mac") if (a := text_at(interface, key)))
    for interface in list_at(vmi, "spec", "domain", "devices", "interfaces"):
        yield from (a for a in (text_at(interface, "macAddress"),) if a)
