"""A smaller MTU somewhere on the way: large packets are lost there without a word."""

from collections.abc import Sequence
from dataclasses import replace

from ovntrace.view.types import Finding, Hop, State

_CHAIN = ("tap", "k6t-bridge", "pod-interface", "host-interface", "ovs-interface")


def with_mtu_findings(hops: Sequence[Hop], *, to_uplink: bool) -> tuple[Hop, ...]:
    """The hops, with a warning at each whose MTU is smaller than the largest of the veth's chain;
    the uplink counts only where packets leave untunnelled."""
    chain = [hop for hop in hops if hop.kind in _CHAIN and _mtu(hop) is not None]
    largest = max(chain, key=lambda hop: _mtu(hop) or 0, default=None)
    if largest is None:
        return tuple(hops)
    kinds = {hop.kind for hop in chain} | ({"uplink"} if to_uplink else set())
    if "host-interface" in kinds:
        kinds.discard("ovs-interface")  # the same device
    return tuple(_marked(hop, largest) if hop.kind in kinds else hop for hop in hops)


def _mtu(hop: Hop) -> int | None:
    value = hop.facts.get("mtu")
    return value if isinstance(value, int) else None


def _marked(hop: Hop, largest: Hop) -> Hop:
    own, most = _mtu(hop), _mtu(largest)
    if own is None or most is None or own >= most:
        return hop
    finding = Finding(
        "OVT104",
        "warning",
        "proven",
        f"MTU {own} here, {most} at {largest.kind} {largest.name}: larger packets are lost",
        {"hop": hop.kind, "name": hop.name},
        (*hop.evidence[:1], *largest.evidence[:1]),
        ("give every interface of the way the same MTU",),
    )
    state = State.WARN if hop.state in (State.OK, State.UNKNOWN) else hop.state
    return replace(hop, state=state, findings=(*hop.findings, finding))
