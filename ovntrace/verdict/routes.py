"""What a workload's own routes and addresses say of a flow, before and besides OVN."""

import ipaddress

from ovntrace.verdict.ends import Address, End
from ovntrace.verdict.types import TraceStep

_LAUNCHER = "virt-launcher-"  # pkg/virt-controller/services/template.go


def refused_at_once(source: End, target: End) -> TraceStep | None:
    """What ends the question before OVN is asked."""
    for end, option in ((source, "--src-ip"), (target, "--dst-ip")):
        if end.address is None:
            rule = f"no address of {end.label} is known on this network: say it with {option}"
            return TraceStep("address", end.label, end.node, None, "unknown", rule)
    ports = [end.port.uuid for end in (source, target) if end.port]
    if len(ports) == 2 and ports[0] == ports[1]:
        rule = "it is the workload itself: the packet never leaves it"
        return TraceStep("route", source.label, source.node, None, "allow", rule)
    return _unrouted(source, target.address)


def _unrouted(source: End, address: Address | None) -> TraceStep | None:
    if source.attachment is None or source.is_guest or address is None or not source.subnets:
        return None
    if any(address in subnet for subnet in source.subnets) or source.gateways:
        return None
    if source.attachment.nad == "default":
        return None
    subnets = ", ".join(map(str, source.subnets))
    rule = (
        f"{source.label} has no route to {address} by {source.attachment.interface} "
        f"(there it has {subnets}, and no gateway)"
    )
    return TraceStep("route", source.label, source.node, None, "drop", rule)


def may_be_unrouted(source: End, target: End) -> TraceStep | None:
    """A pod of OVN-Kubernetes of which nothing says how long its prefix is (the annotation does,
    and the interface in the pod), on the way to an address that is hardly its neighbour's."""
    address = target.address
    if source.attachment is None or source.is_guest or source.subnets or source.gateways:
        return None
    if source.port is None or source.port.external_ids.get("pod") != "true":
        return None
    if _LAUNCHER in source.port.name:
        return None  # a guest's routes are the guest's
    if address is None or target.port is not None or source.attachment.nad == "default":
        return None
    if source.address is None or _may_be_neighbours(source.address, address):
        return None
    rule = f"whether {source.label} has a route to {address} is not known"
    return TraceStep("route", source.label, source.node, None, "unknown", rule)


def _may_be_neighbours(one: Address, other: Address) -> bool:
    """True if the usual lengths of prefixes, 24 and 64, have both in one subnet."""
    length = 24 if one.version == 4 else 64
    return other in ipaddress.ip_network(f"{one}/{length}", strict=False)
