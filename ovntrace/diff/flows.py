"""Which flows are judged: between attachments of one network and to its gateways, those first that
a difference touches."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ovntrace.diff.protocols import Protocol, protocols_of
from ovntrace.diff.sides import Side, Sides, key_of
from ovntrace.diff.types import WorkloadKey
from ovntrace.verdict.types import Flow
from ovntrace.view.attachments import wishes_of
from ovntrace.view.listing import list_workloads

# Networks where a flow to another node, or out of the network, leads through routers, which
# verdicts do not follow: such a flow is unknown on both sides.
_ONE_SWITCH = ("localnet", "layer2")


@dataclass(frozen=True, slots=True)
class Party:
    """An attachment that is on both sides. `room` is what it shares with those that it can be
    judged against."""

    key: WorkloadKey
    network: str
    room: tuple[str, ...]
    gateways: tuple[str, ...]
    is_read: bool  # both sides have the northbound database of its node


@dataclass(frozen=True, slots=True)
class Plan:
    """The flows to judge, in the order of their worth; `possible` is how many there are.

    `routed` are pairs of attachments of one network between which routers lie, `unread` pairs of
    which a northbound database is not on both sides. `n_parties` are attachments that take part.
    """

    flows: Iterator[Flow]
    possible: int
    n_parties: int
    routed: int
    unread: int


def plan_flows(
    sides: Sides,
    only: WorkloadKey | None,
    touched: Collection[WorkloadKey],
    named: dict[str | None, set[Protocol]],
    *,
    now: float,
) -> Plan:
    """All flows between the attachments that both sides have; of `only` if it is named."""
    parties = _parties(sides, now)
    first = {only} if only else set(touched)
    read = [one for one in parties if one.is_read]
    rooms = [_Room(members, first, only, named) for members in _by(read, _room_of)]
    networks = [_Room(members, first, only, named) for members in _by(parties, _network_of)]
    near = [_Room(members, first, only, named) for members in _by(parties, _room_of)]
    return Plan(
        flows=_in_turn(rooms),
        possible=sum(room.possible for room in rooms),
        n_parties=sum(room.n_parties for room in rooms),
        routed=sum(room.n_pairs for room in networks) - sum(room.n_pairs for room in near),
        unread=sum(room.n_pairs for room in near) - sum(room.n_pairs for room in rooms),
    )


def _room_of(one: Party) -> tuple[str, ...]:
    return one.room


def _network_of(one: Party) -> tuple[str, ...]:
    return (one.network,)


def _by(parties: Sequence[Party], key: Callable[[Party], tuple[str, ...]]) -> list[list[Party]]:
    found: dict[tuple[str, ...], list[Party]] = {}
    for one in parties:
        found.setdefault(key(one), []).append(one)
    return list(found.values())


def _parties(sides: Sides, now: float) -> list[Party]:
    old, new = _rows(sides.old, now), _rows(sides.new, now)
    gateways = _gateways(sides.new)
    found: list[Party] = []
    for place in sorted(set(old) & set(new), key=str):
        key, network = place
        before, after = old[place], new[place]
        nodes = (before[0], after[0])
        is_read = nodes[0] in sides.old.snapshot.nb and nodes[1] in sides.new.snapshot.nb
        is_one_switch = before[1] in _ONE_SWITCH and after[1] in _ONE_SWITCH
        room = (network,) if is_one_switch else (network, *nodes)
        ways_out = gateways.get((key, after[2]), ()) if after[1] == "localnet" else ()
        found.append(Party(key, network, room, ways_out, is_read))
    return found


Row = tuple[str, str, str]  # node, topology, NAD


def _rows(side: Side, now: float) -> dict[tuple[WorkloadKey, str], Row]:
    """Attachments by workload and network; the first of several to one network."""
    found: dict[tuple[WorkloadKey, str], Row] = {}
    for one in list_workloads(side.snapshot, now=now).workloads:
        key = WorkloadKey(one.kind, one.namespace, one.name)
        if key in side.subjects:
            found.setdefault((key, one.network), (one.node or "", one.topology, one.nad))
    return found


def _gateways(side: Side) -> Mapping[tuple[WorkloadKey, str], tuple[str, ...]]:
    one = side.snapshot
    return {
        (key_of(subject), wish.nad): wish.gateways
        for subject in side.subjects.values()
        for wish in wishes_of(one, subject, one.nb.get(subject.node or ""))
    }


class _Room:
    """Attachments that can be judged against each other."""

    def __init__(
        self,
        members: Sequence[Party],
        first: Collection[WorkloadKey],
        only: WorkloadKey | None,
        named: dict[str | None, set[Protocol]],
    ) -> None:
        self._first = [one for one in members if one.key in first]
        rest = [one for one in members if one.key not in first]
        self._members = [*self._first, *rest]
        self._rest = [] if only else rest
        self._protocols = protocols_of(named, members[0].network)

    @property
    def n_parties(self) -> int:
        """Attachments that some flow begins or ends at."""
        return len(self._members) if self._first or self._rest else 0

    @property
    def n_pairs(self) -> int:
        """Ordered pairs."""
        n_first, n_rest, n_all = len(self._first), len(self._rest), len(self._members)
        with_first = n_first * (n_all - n_first) * 2 + n_first * (n_first - 1)
        return with_first + n_rest * max(0, n_rest - 1)

    @property
    def possible(self) -> int:
        """Flows of the room."""
        asking = [*self._first, *self._rest]
        n_out = sum(2 * len(one.gateways) for one in asking)
        return (self.n_pairs + n_out) * len(self._protocols)

    def flows(self) -> Iterator[Flow]:
        """Rounds over all pairs, each pair with another protocol in each round: so few flows touch
        all pairs and all protocols."""
        network = self._members[0].network
        n_protocols = len(self._protocols)
        for turn in range(n_protocols):
            for at, (src, dst) in enumerate(self._ends()):
                # Both directions of a pair have the same.
                proto, port = self._protocols[(at // 2 + turn) % n_protocols]
                yield Flow(src, dst, proto, port, network=network)

    def _ends(self) -> Iterator[tuple[str, str]]:
        """With a workload of the first, and to its gateway; then the others among themselves."""
        for at, one in enumerate([*self._first, *self._rest]):
            for gateway in one.gateways:
                yield from ((str(one.key), gateway), (gateway, str(one.key)))
            # The members that come later: with those before, the pair was made there.
            others = self._members[at + 1 :]
            for other in others:
                yield from ((str(one.key), str(other.key)), (str(other.key), str(one.key)))


def _in_turn(rooms: Sequence[_Room]) -> Iterator[Flow]:
    """One of each room after the other, so that no large network takes all the time."""
    waiting = [room.flows() for room in rooms]
    while waiting:
        left = []
        for flows in waiting:
            flow = next(flows, None)
            if flow is not None:
                yield flow
                left.append(flows)
        waiting = left
