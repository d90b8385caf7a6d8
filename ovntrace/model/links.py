"""Network interfaces of one network namespace, as ip-address(8) shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Link:
    """One interface. Counters are packets; None where the tool did not print them.

    `peer_ifindex` is the other end of a veth (or the lower device), an index of the namespace
    that `link_netns` names (a name under /run/netns) or `link_netnsid` numbers.
    """

    name: str
    ifindex: int
    flags: tuple[str, ...]
    mtu: int | None
    operstate: str | None
    mac: str | None
    addresses: tuple[str, ...]  # with prefix length, kernel's order
    master: str | None = None
    info_kind: str | None = None
    peer_ifindex: int | None = None
    link_netns: str | None = None
    link_netnsid: int | None = None
    alt_names: tuple[str, ...] = ()
    counters: Mapping[str, int] | None = None  # rx_dropped, tx_dropped, rx_errors, tx_errors

    @property
    def is_up(self) -> bool:
        """Administratively up."""
        return "UP" in self.flags

    @property
    def has_carrier(self) -> bool:
        """Up, and the lower layer too. A tool that prints no LOWER_UP (busybox) is not blamed."""
        return self.is_up and "NO-CARRIER" not in self.flags and self.operstate != "DOWN"


class Links:
    """The interfaces of one namespace, with the indexes that joins need."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = tuple(links)

    @cached_property
    def _by_name(self) -> Mapping[str, Link]:
        names = {link.name: link for link in reversed(self.links)}
        for link in self.links:
            for name in link.alt_names:
                names.setdefault(name, link)
        return names

    @cached_property
    def _by_ifindex(self) -> Mapping[int, Link]:
        return {link.ifindex: link for link in reversed(self.links)}

    @cached_property
    def _by_mac(self) -> Mapping[str, tuple[Link, ...]]:
        found: dict[str, tuple[Link, ...]] = {}
        for link in self.links:
            if link.mac:
                found[link.mac] = (*found.get(link.mac, ()), link)
        return found

    def by_name(self, name: str) -> Link | None:
        """The interface of that name or alternative name."""
        return self._by_name.get(name)

    def by_ifindex(self, ifindex: int | None) -> Link | None:
        """The interface of that index."""
        return None if ifindex is None else self._by_ifindex.get(ifindex)

    def by_mac(self, mac: str) -> tuple[Link, ...]:
        """Interfaces with that MAC (lower case)."""
        return self._by_mac.get(mac.lower(), ())
