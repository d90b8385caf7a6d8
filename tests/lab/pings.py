"""The ping table: who reaches whom in the running example, with and without its policies.

`PASS_WITH_POLICIES` is what the field's cluster showed; without policies everybody reaches
everybody. eth0 is on the default network, where none of the policies applies.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.lab import example as ex
from tests.lab.lab import Lab

ADDRESSES: dict[str, str] = {
    "tinypod": "192.168.77.91",
    "tinypod-01": "192.168.77.92",
    "tinypod-02": "192.168.77.93",
    "gold-rabbit-80": ex.GOLD_RABBIT.address,
    "green-ferret-41": ex.GREEN_FERRET.address,
    "gateway": ex.LOCALNET_SUBNET_GATEWAY,
    "outside": ex.OUTSIDE_VM,
    "internet": ex.INTERNET,
    **{f"{pod.short_name} eth0": pod.eth0_address for pod in ex.PODS},
}
"""Destinations; 'NAME eth0' is a pod's (or launcher's) address on the default network."""

_PODS = ("tinypod", "tinypod-01", "tinypod-02")
_GUESTS = ("gold-rabbit-80", "green-ferret-41")
_OUTSIDERS = ("gateway", "outside")
SOURCES = (*_PODS, *_GUESTS, *_OUTSIDERS)

PASS_WITH_POLICIES = frozenset(
    {
        ("tinypod-01", "tinypod"),
        ("gold-rabbit-80", "tinypod-01"),
        ("gold-rabbit-80", "gateway"),
        ("gateway", "gold-rabbit-80"),
        ("green-ferret-41", "gateway"),
        ("gateway", "green-ferret-41"),
        ("gold-rabbit-80", "internet"),
        # Through eth0: no policy of the localnet network concerns it.
        *((pod, "internet") for pod in _PODS),
        # Outside OVN.
        ("gateway", "outside"),
        ("outside", "gateway"),
        ("gateway", "internet"),
        ("outside", "internet"),
    }
)


@dataclass(frozen=True, slots=True)
class Ping:
    """One cell of the table."""

    source: str
    destination: str
    expected: bool
    passed: bool

    @property
    def as_expected(self) -> bool:
        """Whether reality agrees."""
        return self.expected == self.passed


def pairs() -> list[tuple[str, str]]:
    """Source and destination of each cell."""
    network = [*SOURCES, "internet"]
    cells = [(source, target) for source in SOURCES for target in network if source != target]
    eth0 = [name for name in ADDRESSES if name.endswith(" eth0")]
    cells += [(pod, target) for pod in _PODS for target in eth0 if target != f"{pod} eth0"]
    return cells


def expected(source: str, destination: str, *, policies: bool) -> bool:
    """Whether a ping passes in the field's cluster."""
    if not policies or destination.endswith(" eth0"):
        return True
    return (source, destination) in PASS_WITH_POLICIES


def netns_of(lab: Lab, source: str) -> str:
    """The network namespace of a source's IP stack."""
    for pod in ex.PODS:
        if pod.short_name == source:
            return lab.places.guest(pod.vm) if pod.vm else lab.places.pod(pod)
    return {"gateway": lab.places.gateway, "outside": lab.places.outside}[source]


def ping(lab: Lab, source: str, destination: str, *, count: int = 2) -> bool:
    """Whether one of `count` pings is answered."""
    address = ADDRESSES[destination]
    argv = ["ping", "-n", "-q", "-c", str(count), "-i", "0.2", "-W", "0.8", address]
    return lab.inside(netns_of(lab, source), *argv, timeout_s=6).returncode == 0


def measure(lab: Lab, cells: Iterable[tuple[str, str]]) -> list[bool]:
    """Ping each pair, side by side."""
    with ThreadPoolExecutor(max_workers=32) as pool:
        return list(pool.map(lambda cell: ping(lab, *cell), cells))


def ping_table(lab: Lab, *, policies: bool | None = None) -> list[Ping]:
    """The whole table. A ping that should pass and did not is tried once more.

    `policies`: what to expect; None for what the lab says of itself.
    """
    applied = lab.policies_applied if policies is None else policies
    cells = pairs()
    results = dict(zip(cells, measure(lab, cells), strict=True))
    wanted = {cell: expected(*cell, policies=applied) for cell in cells}
    lost = [cell for cell in cells if wanted[cell] and not results[cell]]
    results.update(zip(lost, measure(lab, lost), strict=True))
    return [Ping(*cell, expected=wanted[cell], passed=results[cell]) for cell in cells]


def table_text(table: Sequence[Ping]) -> str:
    """The table for a person: + passes, - does not; ! is not as it is in the field."""
    found = {cell.destination for cell in table}
    columns = [name for name in ADDRESSES if name in found]
    cells = {(cell.source, cell.destination): cell for cell in table}
    lines = []
    for index, column in enumerate(columns):
        lines.append(f"{'':16}" + "  |" * index + f"  {column} ({ADDRESSES[column]})")
    for source in dict.fromkeys(cell.source for cell in table):
        words = []
        for column in columns:
            cell = cells.get((source, column))
            mark = " " if cell is None else "+" if cell.passed else "-"
            wrong = "!" if cell is not None and not cell.as_expected else " "
            words.append(f" {wrong}{mark}")
        lines.append(f"{source:16}" + "".join(words).rstrip())
    wrong_ones = [cell for cell in table if not cell.as_expected]
    lines.append(f"{len(table)} pings, {len(wrong_ones)} not as expected")
    for cell in wrong_ones:
        words_of = {True: "pass", False: "no answer"}
        lines.append(
            f"  {cell.source} -> {cell.destination}: {words_of[cell.passed]},"
            f" expected {words_of[cell.expected]}"
        )
    return "\n".join(lines)
