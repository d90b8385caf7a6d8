"""Which facts of a hop a person is shown, and in which words.

One list a kind, in the order of reading. What is not listed is shown under `--why`, and always
is in the JSON. A kind without a list shows everything that it has.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ovntrace.view.types import Fact, Hop
from renderers.lines import Line, Piece
from renderers.text import in_words, visible


def _is_known(value: Fact) -> bool:
    return value is not None and value != "" and value != () and value != {}


def _is_not_zero(value: Fact) -> bool:
    if isinstance(value, Mapping):
        return any(_is_not_zero(item) for item in value.values())
    return _is_known(value) and value != 0


def _is_false(value: Fact) -> bool:
    return value is False


def _is_not_up(value: Fact) -> bool:
    return _is_known(value) and value != "up"


def _count(value: Fact) -> str:
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        return str(len(value))
    return in_words(value)


def _not_zeros(value: Fact) -> str:
    if isinstance(value, Mapping):
        return in_words({key: item for key, item in value.items() if _is_not_zero(item)})
    return in_words(value)


def _up(value: Fact) -> str:
    return {True: "up", False: "not up"}[value] if isinstance(value, bool) else in_words(value)


class Shown(NamedTuple):
    """How one fact is shown: `label value` if `when` holds of the value."""

    name: str
    label: str = ""
    when: Callable[[Fact], bool] = _is_known
    words: Callable[[Fact], str] = in_words


_DROPS = (
    Shown("rx_dropped", "rx dropped", _is_not_zero),
    Shown("tx_dropped", "tx dropped", _is_not_zero),
    Shown("rx_errors", "rx errors", _is_not_zero),
    Shown("tx_errors", "tx errors", _is_not_zero),
    Shown("drops", "drops", _is_not_zero, _not_zeros),
)
_MTU = Shown("mtu", "mtu")
_STATE = Shown("state")
_MAC = Shown("mac")
_ADDRESSES = Shown("addresses")
_IFINDEX = Shown("ifindex", "ifindex")
_PEER = Shown("peer_ifindex", "peer")
_MASTER = Shown("master", "in")
_KIND = Shown("info_kind", "kind")
_OFPORT = Shown("ofport", "ofport")
_ERROR = Shown("error", "error")
_LINK = (Shown("link_state", "link"), Shown("admin_state", "admin", _is_not_up))
_TAG = Shown("tag", "VLAN", _is_not_zero)
_ROUTER_PORT = (_MAC, Shown("networks"), Shown("peer", "peer"))

BY_KIND: Mapping[str, tuple[Shown, ...]] = {
    "guest-interface": (
        Shown("interface_name"),
        _MAC,
        _ADDRESSES,
        Shown("model"),
        Shown("binding"),
        Shown("link_state", "link"),
    ),
    "tap": (_IFINDEX, _MASTER, _MTU, _STATE, *_DROPS),
    "k6t-bridge": (_IFINDEX, _MAC, _MTU, _STATE, *_DROPS),
    "pod-interface": (_IFINDEX, _PEER, _MAC, _ADDRESSES, _MASTER, _MTU, _STATE, *_DROPS),
    "dummy-interface": (_KIND, _MAC, _ADDRESSES, _MTU, _STATE),
    "host-interface": (_IFINDEX, _PEER, _MASTER, _MTU, _STATE, *_DROPS),
    "ovs-interface": (
        Shown("bridge", "on"),
        _OFPORT,
        _MTU,
        *_LINK,
        Shown("ovn_installed", "ovn-installed", _is_false),
        _ERROR,
        *_DROPS,
    ),
    "port-binding": (
        Shown("type", "type"),
        Shown("hostname", "on"),
        Shown("requested_chassis", "requested"),
        Shown("additional_chassis", "also on"),
        Shown("tunnel_key", "key"),
        _TAG,
        Shown("up", words=_up),
    ),
    "logical-switch-port": (
        Shown("type", "type"),
        _ADDRESSES,
        Shown("port_security", "port security"),
        Shown("enabled", "enabled", _is_false),
        Shown("up", words=_up),
        _TAG,
    ),
    "logical-switch": (
        Shown("ports", "ports", words=_count),
        Shown("acls", "ACLs", _is_not_zero, _count),
        Shown("load_balancers", "load balancers", _is_not_zero, _count),
    ),
    "localnet-port": (Shown("network_name", "network"), _TAG),
    "bridge-mapping": (
        Shown("bridge", "to"),
        Shown("mappings", "mappings"),
        Shown("source", "from"),
    ),
    "patch-port": (Shown("bridge", "on"), Shown("peer", "peer"), _OFPORT, _ERROR),
    "external-bridge": (
        Shown("datapath_type", "datapath"),
        Shown("fail_mode", "fail mode"),
        Shown("ports", "ports", words=_count),
    ),
    "uplink": (
        Shown("type", "type"),
        _KIND,
        _OFPORT,
        _MTU,
        *_LINK,
        Shown("bond_mode", "bond mode"),
        Shown("members", "members"),
        Shown("other_uplinks", "other uplinks"),
        _ERROR,
        *_DROPS,
    ),
    "logical-router": (
        Shown("enters", "in by"),
        Shown("enters_networks"),
        Shown("leaves", "out by"),
        Shown("leaves_networks"),
        Shown("chassis", "chassis"),
        Shown("nats", "NATs", _is_not_zero, _count),
    ),
    "transit-switch": (Shown("remote_ports", "remote ports", words=_count),),
    # One for each other node: hundreds in a large cluster.
    "tunnel": (Shown("encap_ip", "encap"), Shown("tunnels", "tunnels", words=_count)),
    "router-port": _ROUTER_PORT,
    "logical-router-port": _ROUTER_PORT,
}


def shown_facts(hop: Hop) -> list[Line]:
    """The facts that a person is shown, one token each."""
    listed = BY_KIND.get(hop.kind)
    if listed is None:
        return [_pair(name, value) for name, value in hop.facts.items() if _is_known(value)]
    return [
        _token(shown.label, shown.words(hop.facts[shown.name]))
        for shown in listed
        if shown.name in hop.facts and shown.when(hop.facts[shown.name])
    ]


def other_facts(hop: Hop) -> list[Line]:
    """The known facts that `shown_facts` leaves out, as name=value."""
    listed = BY_KIND.get(hop.kind)
    if listed is None:
        return []
    told = {one.name for one in listed if one.name in hop.facts and one.when(hop.facts[one.name])}
    return [
        _pair(name, value)
        for name, value in hop.facts.items()
        if name not in told and _is_known(value)
    ]


def _token(label: str, words: str) -> Line:
    if not label:
        return (Piece(words),)
    return (Piece(f"{label} ", "quiet"), Piece(words))


def _pair(name: str, value: Fact) -> Line:
    return (Piece(f"{visible(name)}=", "quiet"), Piece(in_words(value)))
