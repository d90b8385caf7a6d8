"""Which networks a workload is attached to, and by which logical port: from the pod's annotations,
from what OVN-Kubernetes wrote into the NB, or from both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ovntrace.cms.ports import network_and_topology, whole_identity
from ovntrace.model.kube import (
    NETWORK_STATUS,
    NETWORKS,
    POD_NETWORKS,
    Object,
    annotation,
    annotation_json,
    field,
    list_at,
    name_of,
    namespace_of,
    text_at,
    texts_at,
    uid_of,
)
from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.policy.naming import (
    DEFAULT_NETWORK,
    NetworkConfig,
    logical_port_name,
    nad_key_name,
    network_config,
)
from ovntrace.view.subject import Subject, pod_of_port


@dataclass(frozen=True, slots=True)
class Wish:
    """An attachment as it is asked for or reported, before OVN is looked at.

    `nad_key` is `default`, `ns/nad`, or `ns/nad/1` for a second attachment to one NAD. `lsp_name`
    is the name that OVN-Kubernetes gives the port. `reported_by` is the annotation that has the
    interface: network-status (it was plugged in), pod-networks (OVN-Kubernetes gave addresses) or
    networks (only asked for).

    `other` is (network, topology) of a port of another CMS; `nad_key` is then its network's name.
    """

    interface: str | None
    nad_key: str
    lsp_name: str
    config: NetworkConfig | None
    mac: str | None
    addresses: tuple[str, ...]
    role: str | None
    reported_by: str
    gateways: tuple[str, ...] = ()
    other: tuple[str, str] | None = None

    @property
    def nad(self) -> str:
        """`NS/NAME` or `default`; in another CMS the network's name."""
        return self.nad_key if self.other is not None else nad_key_name(self.nad_key)


def wishes_of(snapshot: Snapshot, subject: Subject, nb: Northbound | None) -> tuple[Wish, ...]:
    """The attachments of a workload, by interface and NAD."""
    pod = None
    if subject.namespace and subject.pod:
        pod = snapshot.kube.get("pods", subject.namespace, subject.pod)
    # A pod of another CMS is known by its ports alone, whatever its object says.
    others = _other_pod_ports(subject, nb) if nb is not None and pod is not None else []
    if nb is not None and others:
        found = [_wish_of_port(snapshot, nb, port) for port in others]
    elif pod is not None:
        found = list(_of_pod(snapshot, pod))
    elif nb is not None:
        found = list(_of_ports(snapshot, subject, nb))
    else:
        found = []
    return tuple(sorted(found, key=lambda wish: (wish.interface or "~", wish.nad_key)))


def is_host_network(pod: Object) -> bool:
    """True for a pod that shares the node's network and so has no attachment."""
    return field(pod, "spec", "hostNetwork") is True


def _of_pod(snapshot: Snapshot, pod: Object) -> Iterator[Wish]:
    if is_host_network(pod):
        return
    given = annotation_json(pod, POD_NETWORKS)
    networks: Mapping[str, Any] = given if isinstance(given, dict) else {}
    statuses = _statuses(pod, networks)
    asked = _asked_for(pod)
    keys = dict.fromkeys((DEFAULT_NETWORK, *networks, *statuses, *asked))
    for at, key in enumerate(keys):
        detail, status = networks.get(key), statuses.get(key)
        interface = text_at(status, "interface") or asked.get(key) or _usual_name(key, detail, at)
        yield Wish(
            interface=interface,
            nad_key=key,
            lsp_name=logical_port_name(key, namespace_of(pod), name_of(pod)),
            config=config_of(snapshot, nad_key_name(key)),
            mac=_lower(text_at(detail, "mac_address") or text_at(status, "mac")),
            addresses=_addresses(detail, status),
            role=text_at(detail, "role"),
            reported_by=NETWORK_STATUS if status else (POD_NETWORKS if detail else NETWORKS),
            gateways=_several(detail, "gateway_ips", "gateway_ip"),
        )


def config_of(snapshot: Snapshot, nad: str) -> NetworkConfig | None:
    """The configuration of a NAD; None for the default network and for what was not read."""
    namespace, slash, name = nad.partition("/")
    if not slash:
        return None
    item = snapshot.kube.get("network-attachment-definitions", namespace, name)
    return network_config(item) if item else None


def _statuses(pod: Object, networks: Mapping[str, Any]) -> dict[str, Any]:
    """network-status by NAD key. The default network is called `ovn-kubernetes`; with a primary
    user-defined network two entries are (eth0 and ovn-udn1)."""
    found: dict[str, Any] = {}
    entries = annotation_json(pod, NETWORK_STATUS) or annotation_json(
        pod, "k8s.v1.cni.cncf.io/networks-status"
    )
    primary = next((k for k, v in networks.items() if text_at(v, "role") == "primary"), None)
    for entry in entries if isinstance(entries, list) else ():
        name = text_at(entry, "name") or ""
        if "/" not in name or name.partition("/")[2] == "ovn-kubernetes":
            is_udn = text_at(entry, "interface") == "ovn-udn1"
            key = primary if is_udn and primary and primary != DEFAULT_NETWORK else DEFAULT_NETWORK
        else:
            key = name
        count = 1
        base = key
        while key in found:
            key = f"{base}/{count}"
            count += 1
        found[key] = entry
    return found


def _asked_for(pod: Object) -> dict[str, str]:
    """The networks annotation as NAD key -> interface: a JSON list, or names by commas
    (`ns/name@interface`). Multus calls the n-th `net<n>` where no name is asked for."""
    text = annotation(pod, NETWORKS)
    if not text:
        return {}
    entries = annotation_json(pod, NETWORKS)
    if not isinstance(entries, list):
        entries = [_short(item.strip()) for item in text.split(",") if item.strip()]
    found: dict[str, str] = {}
    for at, entry in enumerate(entries, start=1):
        name = text_at(entry, "name")
        if not name:
            continue
        base = key = f"{text_at(entry, 'namespace') or namespace_of(pod)}/{name}"
        count = 1
        while key in found:
            key = f"{base}/{count}"
            count += 1
        found[key] = text_at(entry, "interface") or f"net{at}"
    return found


def _short(item: str) -> dict[str, str]:
    name, _, interface = item.partition("@")
    namespace, slash, bare = name.partition("/")
    found = {"name": bare if slash else name}
    if slash:
        found["namespace"] = namespace
    if interface:
        found["interface"] = interface
    return found


def _usual_name(key: str, detail: Any, at: int) -> str:
    if key == DEFAULT_NETWORK:
        return "eth0"
    return "ovn-udn1" if text_at(detail, "role") == "primary" else f"net{at}"


def _addresses(detail: Any, status: Any) -> tuple[str, ...]:
    reported = tuple(a for a in list_at(status, "ips") if isinstance(a, str))
    return _several(detail, "ip_addresses", "ip_address") or reported


def _several(detail: Any, plural: str, single: str) -> tuple[str, ...]:
    """The plural first, the single one for old annotations (util/pod_annotation.go)."""
    several = tuple(a for a in list_at(detail, plural) if isinstance(a, str))
    one = text_at(detail, single)
    return several or ((one,) if one else ())


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def _of_ports(snapshot: Snapshot, subject: Subject, nb: Northbound) -> Iterator[Wish]:
    """Without the pod's object: from external_ids of the ports that belong to it."""
    if subject.kind == "port" and subject.lsp:
        port = nb.port(subject.lsp)
        if port is not None:
            yield _wish_of_port(snapshot, nb, port)
        return
    wanted = (subject.namespace, subject.pod)
    own = (*nb.ports_of_namespace(subject.namespace or ""), *_other_pod_ports(subject, nb))
    for port in own:
        if pod_of_port(port) == wanted and port.type != "remote":
            yield _wish_of_port(snapshot, nb, port)


def _other_pod_ports(subject: Subject, nb: Northbound) -> list[LogicalSwitchPort]:
    """Ports of a pod in a CMS that writes namespace and pod into one key (Kube-OVN)."""
    if not subject.namespace or not subject.pod:
        return []
    ports = nb.ports_by_external_id("pod", f"{subject.namespace}/{subject.pod}")
    return [port for port in ports if whole_identity(None, port) is not None]


def _wish_of_port(snapshot: Snapshot, nb: Northbound, port: LogicalSwitchPort) -> Wish:
    other = network_and_topology(nb, port)
    if other is not None:
        identity = whole_identity(nb, port)
        return Wish(
            interface=identity.device if identity else None,
            nad_key=other[0],
            lsp_name=port.name,
            config=None,
            mac=port.macs[0] if port.macs else None,
            addresses=(*port.ips, *port.dynamic_ips),
            role=None,
            reported_by="",
            other=other,
        )
    key = port.external_ids.get("k8s.ovn.org/nad", DEFAULT_NETWORK)
    return Wish(
        interface=None,
        nad_key=key,
        lsp_name=port.name,
        config=config_of(snapshot, nad_key_name(key)),
        mac=port.macs[0] if port.macs else None,
        addresses=port.ips,
        role=None,
        reported_by="",
    )


def pod_labels(snapshot: Snapshot, subject: Subject) -> Mapping[str, str] | None:
    """Labels of the workload's pod; None if the pod's object was not read."""
    if not subject.namespace or not subject.pod:
        return None
    pod = snapshot.kube.get("pods", subject.namespace, subject.pod)
    return texts_at(pod, "metadata", "labels") if pod else None


def pod_uid(snapshot: Snapshot, subject: Subject) -> str | None:
    """UID of the workload's pod; None if the pod's object was not read."""
    if not subject.namespace or not subject.pod:
        return None
    pod = snapshot.kube.get("pods", subject.namespace, subject.pod)
    return (uid_of(pod) or None) if pod else None
