"""The protocols and ports that are worth asking about: those that ACLs name."""

import re
from collections.abc import Iterable
from typing import Final

from ovntrace.diff.zones import AclRow

Protocol = tuple[str, int | None]

PING: Final[Protocol] = ("icmp", None)
# tcp.dst == 80, tcp.dst == {80, 443}, 8000 <= tcp.dst <= 8010
_EQUAL = re.compile(r"\b(tcp|udp|sctp)\.dst\s*==\s*(\{[\d\s,]*\}|\d+)")
_FROM = re.compile(r"\b(\d+)\s*<=?\s*(tcp|udp|sctp)\.dst\b")
_UNTIL = re.compile(r"\b(tcp|udp|sctp)\.dst\s*<=?\s*(\d+)")
_HIGHEST: Final = 65535


def named_protocols(rows: Iterable[AclRow]) -> dict[str | None, set[Protocol]]:
    """By network, None for ACLs of which nothing tells it. Of a range both ends."""
    found: dict[str | None, set[Protocol]] = {}
    for row in rows:
        match = row.view.match
        if ".dst" not in match:
            continue
        mine = found.setdefault(row.owner.network, set())
        for proto, ports in _EQUAL.findall(match):
            mine.update((proto, int(port)) for port in re.findall(r"\d+", ports))
        mine.update((proto, int(port)) for port, proto in _FROM.findall(match))
        mine.update((proto, int(port)) for proto, port in _UNTIL.findall(match))
    return {
        network: {one for one in named if one[1] is not None and one[1] <= _HIGHEST}
        for network, named in found.items()
    }


def protocols_of(named: dict[str | None, set[Protocol]], network: str) -> list[Protocol]:
    """A ping first, then the ports of a network's own ACLs and of those of nobody known."""
    ports = named.get(network, set()) | named.get(None, set())
    return [PING, *sorted(ports, key=lambda one: (one[0], one[1] or 0))]
