"""The ping table of a cluster: every pod to every other on each network, and a host outside."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.lab import cluster_example as cx
from tests.lab.cluster import Cluster

OUTSIDE = "outside"
_PODS = {pod.name: pod for pod in cx.PODS}


@dataclass(frozen=True, slots=True)
class Cell:
    """Who pings whom on which network, by pods' names or `outside`."""

    network: cx.Network
    source: str
    target: str

    @property
    def crosses(self) -> bool:
        """Whether it goes from one node to another."""
        ends = [_PODS[name].node for name in (self.source, self.target) if name in _PODS]
        return len(set(ends)) == 2

    @property
    def flow(self) -> dict[str, str]:
        """The line of `trace --flows` that asks for it."""
        ends = [_question(self.network, name) for name in (self.source, self.target)]
        return {"src": ends[0], "dst": ends[1], "proto": "icmp", "network": self.network.name}


def _question(network: cx.Network, name: str) -> str:
    return f"pod/{name}" if name in _PODS else address_of(network, name)


def address_of(network: cx.Network, name: str) -> str:
    """The address that is pinged."""
    return _PODS[name].address(network) if name in _PODS else cx.OUTSIDE


def cells(networks: Sequence[cx.Network] = cx.NETWORKS) -> list[Cell]:
    """All pairs of pods on each network; the host outside is on the localnet without VLAN only."""
    names = list(_PODS)
    found = []
    for network in networks:
        known = [*names, OUTSIDE] if network == cx.LOCALNET else names
        found += [Cell(network, a, b) for a in known for b in known if a != b]
    return found


def ping(cluster: Cluster, cell: Cell) -> bool:
    """Whether one of two pings is answered."""
    network = cell.network
    if cell.source in _PODS:
        netns, device = cluster.pod_netns(_PODS[cell.source]), network.interface
    else:
        netns, device = cluster.outside_netns, "eth0"
    argv = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "0.8", "-I", device]
    target = address_of(network, cell.target)
    return cluster.inside(netns, *argv, target, timeout_s=6).returncode == 0


def measure(cluster: Cluster, some: Iterable[Cell]) -> dict[Cell, bool]:
    """Ping each pair, side by side."""
    wanted = list(some)
    with ThreadPoolExecutor(max_workers=48) as pool:
        return dict(zip(wanted, pool.map(lambda cell: ping(cluster, cell), wanted), strict=True))


def measure_beside(cluster: Cluster, predicted: Mapping[Cell, bool]) -> dict[Cell, bool]:
    """Really ping what was predicted. Where a ping does not agree it is asked once more: one may be
    lost on a busy machine, a wrong verdict stays wrong."""
    found = measure(cluster, predicted)
    suspects = [cell for cell, passes in found.items() if passes != predicted[cell]]
    return found | measure(cluster, suspects)


def table_text(found: Mapping[Cell, bool]) -> str:
    """A table a network for a person: + passes, - does not."""
    lines: list[str] = []
    for network in dict.fromkeys(cell.network for cell in found):
        here = {(c.source, c.target): ok for c, ok in found.items() if c.network == network}
        names: Sequence[str] = list(dict.fromkeys(source for source, _ in here))
        lines.append(f"{network.name:16}" + "".join(f"{name:>9}" for name in names))
        for source in names:
            marks = [_mark(here.get((source, target))) for target in names]
            lines.append(f"{source:16}" + "".join(f"{mark:>9}" for mark in marks))
    return "\n".join(lines)


def _mark(passes: bool | None) -> str:
    return "" if passes is None else "+" if passes else "-"
