"""On which node a logical port is, where several nodes have the same database.

With interconnect each node's northbound database is its own; else all nodes have one, in which
every port is seen once for each node that was asked.
"""

from collections.abc import Callable, Iterable, Iterator

from ovntrace.model.northbound import LogicalSwitchPort, Northbound
from ovntrace.model.snapshot import Snapshot

PlacedPort = tuple[str, LogicalSwitchPort]


def placed_ports(
    snapshot: Snapshot,
    select: Callable[[Northbound], Iterable[LogicalSwitchPort | None]],
    node: str | None = None,
) -> Iterator[PlacedPort]:
    """The ports that `select` takes from each database, each once, with the node that it is on:
    where it is bound or asked for, else the first. With `node` only that node's database counts."""
    places: dict[str, list[PlacedPort]] = {}
    for place in sorted(snapshot.nb):
        if node in (None, place):
            for port in select(snapshot.nb[place]):
                if port is not None and port.type != "remote":
                    places.setdefault(port.uuid or f"{place} {port.name}", []).append((place, port))
    for found in places.values():
        yield found[0] if len(found) == 1 else _best(snapshot, found)


def is_placed_by_guess(snapshot: Snapshot, name: str) -> bool:
    """True for a port of a shared database of which nothing that was read tells the node."""
    found = [
        (place, port)
        for place in sorted(snapshot.nb)
        if (port := snapshot.nb[place].port(name)) is not None and port.type != "remote"
    ]
    shared = len(found) > 1 and len({port.uuid for _, port in found}) == 1
    return shared and not _named(snapshot, found)


def _best(snapshot: Snapshot, found: list[PlacedPort]) -> PlacedPort:
    named = _named(snapshot, found)
    return next(((place, port) for place, port in found if place in named), found[0])


def _named(snapshot: Snapshot, found: list[PlacedPort]) -> set[str]:
    """Of the places those that a chassis' name or hostname tells: the bound one, or the one that is
    asked for first."""
    port = found[0][1]
    asked = port.options.get("requested-chassis", "").split(",")[0].strip()
    names = _bound(snapshot, port.name) or ({asked} if asked else set())
    return {place for place, _ in found if names & _names_of(snapshot, place)}


def _bound(snapshot: Snapshot, lsp: str) -> set[str]:
    for place in sorted(snapshot.sb):
        binding = snapshot.sb[place].binding(lsp)
        chassis = snapshot.sb[place].chassis(binding.chassis) if binding else None
        if chassis is not None:
            return {chassis.name, chassis.hostname or chassis.name}
    return set()


def _names_of(snapshot: Snapshot, place: str) -> set[str]:
    ovs = snapshot.ovs.get(place)
    own = ovs.system_id if ovs else None
    return {place, own} if own else {place}
