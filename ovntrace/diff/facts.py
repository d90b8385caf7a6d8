"""Which facts of a hop differ, and which of those mean nothing by themselves."""

from collections.abc import Collection, Mapping
from typing import Final

from ovntrace.diff.types import FactChange
from ovntrace.view.types import Fact, Hop, State

# Numbers that the system gives out anew, counters, and counts of what is told elsewhere.
_NOISE: Final = frozenset(
    {
        "ifindex",
        "peer_ifindex",
        "ofport",
        "tunnel_key",
        "datapath_tunnel_key",
        "sandbox",
        "iface_id_ver",
        "link_netns",
        "drops",
        "ports",
        "acls",
        "load_balancers",
        "nats",
        "remote_ports",
        "port_groups",
        "info_source",
        "source",
    }
)
_COUNTERS: Final = ("rx_", "tx_", "collisions")
# The kernel makes up addresses of these; what the workload was given stands in the attachment.
_MADE_UP: Final = frozenset({"host-interface", "k6t-bridge", "pod-interface", "tap"})
_NOISY_OPTIONS: Final = frozenset({"iface-id-ver"})
# Of a workload whose pod is another one, only these are worth a word: all else follows from that.
_LASTING: Final = frozenset(
    {
        "addresses",
        "bond_mode",
        "enabled",
        "error",
        "mac",
        "mtu",
        "network_name",
        "port_security",
        "tag",
        "topology",
    }
)
# Kinds of hops whose names are made for each pod.
POD_NAMED: Final = frozenset(
    {
        "pod-interface",
        "dummy-interface",
        "tap",
        "k6t-bridge",
        "host-interface",
        "ovs-interface",
        "port-binding",
        "logical-switch-port",
    }
)
# ovn-controller is always behind for a moment, whoever asks.
_PASSING_FINDINGS: Final = frozenset({"OVT306"})


def is_noise(kind: str, name: str) -> bool:
    """True for a fact of a kind of hop that differs without a meaning."""
    if name == "mac" and kind in _MADE_UP:
        return True
    return name in _NOISE or name.startswith(_COUNTERS)


def calm_state(hop: Hop) -> State:
    """A hop's state without what passes by itself."""
    if hop.state is not State.WARN:
        return hop.state
    lasting = [one for one in hop.findings if one.severity == "warning"]
    return (
        State.OK if lasting and all(one.id in _PASSING_FINDINGS for one in lasting) else hop.state
    )


def fact_changes(
    kind: str,
    old: Mapping[str, Fact],
    new: Mapping[str, Fact],
    *,
    only_common: bool,
    is_rolled: bool,
) -> tuple[tuple[FactChange, ...], tuple[FactChange, ...]]:
    """(what differs, what differs and is noise), by name.

    `only_common`: a fact that one side lacks was not to be seen there. `is_rolled`: the workload
    has another pod, so that much of it is new.
    """
    names = set(old) & set(new) if only_common else set(old) | set(new)
    told: list[FactChange] = []
    noise: list[FactChange] = []
    for name in sorted(names):
        before, after = old.get(name), new.get(name)
        if same_fact(name, before, after):
            continue
        change = FactChange(name, before, after)
        is_quiet = is_noise(kind, name) or (is_rolled and name not in _LASTING)
        if name == "options" and not is_quiet:
            before, after = _options(before), _options(after)
            is_quiet = before == after
            change = FactChange(name, before, after)
        (noise if is_quiet else told).append(change)
    return tuple(told), tuple(noise)


def same_fact(name: str, old: Fact, new: Fact) -> bool:
    """True if both say the same: addresses in any order, and with prefix lengths or without, as
    annotations and ports have them."""
    if old == new:
        return True
    if isinstance(old, tuple | None) and isinstance(new, tuple | None):
        return same_addresses(tuple(map(str, old or ())), tuple(map(str, new or ())))
    # An empty column means that the port is enabled (ovn-nb(5)).
    return name == "enabled" and {old, new} <= {None, True}


def _options(value: Fact) -> Fact:
    if not isinstance(value, Mapping):
        return value
    return {key: item for key, item in value.items() if key not in _NOISY_OPTIONS}


def same_addresses(old: Collection[str], new: Collection[str]) -> bool:
    """True if both are the same in any order. Prefix lengths count where both sides have them;
    link-local addresses do not, which follow from a MAC."""
    old, new = ([one for one in side if not _is_link_local(one)] for side in (old, new))
    if not all("/" in one for one in (*old, *new)):
        old, new = _bare(old), _bare(new)
    return frozenset(old) == frozenset(new)


def _is_link_local(address: str) -> bool:
    return address.lower().startswith("fe80:")


def _bare(addresses: Collection[str]) -> frozenset[str]:
    return frozenset(one.partition("/")[0].lower() for one in addresses)
