"""What waits to be fetched: in which order, and how much of it may be under way at once."""

import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collectors.artifacts import Artefact
from ovntrace.model.capture import Target

Want = tuple[Target, Artefact]

# What a heavy artefact may have: the northbound database of a large cluster as text.
_HEAVY_BYTES = 45_000_000
# Nodes differ: the next one may have so many times what the largest had until now.
_MARGIN = 2
_ENOUGH = 3  # results after which their size is believed
# What takes longer waits for a slow node, or a dead one: it costs nobody anything meanwhile.
_LONG_S = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be under way at once.

    `parallel`: all together, but for those that have taken more than a second: with them `most`, if
    it is more. `heavy`: heavy artefacts while nobody knows how large they are here;
    once that is known, as many as need no more memory. `per_node`: of one node. `first`: of those
    that are asked before all else. None is no limit of its own.
    """

    parallel: int
    most: int = 0
    heavy: int | None = None
    per_node: int | None = None
    first: int | None = None


class Waiting:
    """The wants that wait, and a count of those under way. Each step takes the same time however
    many wait."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._first: deque[Want] = deque()
        self._lanes = {False: _Lanes(), True: _Lanes()}  # by "is it heavy"
        self._by_node: Counter[str] = Counter()
        self._began_first: set[Want] = set()
        self._began: dict[Want, float] = {}
        self._sizes = _Sizes()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._first) + sum(len(lanes) for lanes in self._lanes.values())

    def add_first(self, wants: Iterable[Want]) -> None:
        """What is asked before all else, in this order."""
        self._first.extend(wants)

    def add(self, wants: Iterable[Want]) -> None:
        """Wants that come before those that wait already: what was begun is brought to its end
        before something new, so that less has to be remembered."""
        for want in reversed(list(wants)):
            self._lanes[self._limits.heavy is not None and want[1].heavy].push(want)

    def begin(self) -> Want | None:
        """The next one, which counts as under way now; None if nothing may be begun."""
        now = self._clock()
        if not self._may_begin(now):
            return None
        want = self._begin_first() or self._begin_heavy() or self._begin_light()
        if want is not None:
            self._began[want] = now
            self._by_node[want[0].node] += 1
        return want

    def came(self, want: Want) -> None:
        """Its result is here and waits to be taken: from now on it is no slow one, however long
        that takes."""
        if want in self._began:
            self._began[want] = math.inf

    def end(self, want: Want, size: int | None) -> None:
        """It is no more under way; it brought `size` bytes, None if it brought nothing."""
        self._began.pop(want, None)
        self._began_first.discard(want)
        self._by_node[want[0].node] -= 1
        if not self._by_node[want[0].node]:
            del self._by_node[want[0].node]
        if size is not None and want[1].heavy:
            self._sizes.learn(want[1].name, size)

    def _may_begin(self, now: float) -> bool:
        count, parallel = len(self._began), self._limits.parallel
        if count < parallel:
            return True
        quick = sum(began >= now - _LONG_S for began in self._began.values())
        return count < self._limits.most and quick < parallel

    def _begin_first(self) -> Want | None:
        most = self._limits.first
        if not self._first or (most is not None and len(self._began_first) >= most):
            return None
        want = self._first.popleft()
        self._began_first.add(want)
        return want

    def _begin_light(self) -> Want | None:
        want = self._lanes[False].peek(self._is_free)
        if want is not None:
            self._lanes[False].take(want)
        return want

    def _begin_heavy(self) -> Want | None:
        """A heavy one before others, if there may be another: it takes longest."""
        lanes, heavy = self._lanes[True], self._limits.heavy
        want = lanes.peek(self._is_free)
        if want is None or heavy is None:
            return None
        names = [one[1].name for one in self._began if one[1].heavy]
        need = sum(map(self._sizes.expected, [*names, want[1].name]))
        if names and need > heavy * _HEAVY_BYTES:
            return None
        lanes.take(want)
        return want

    def _is_free(self, want: Want) -> bool:
        most = self._limits.per_node
        node = want[0].node
        return most is None or not node or self._by_node[node] < most


class _Lanes:
    """Wants of each node in a line of its own; the node that was added to last comes first."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[str, deque[Want]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, want: Want) -> None:
        """Before all that wait."""
        self._lanes.setdefault(want[0].node, deque()).appendleft(want)
        self._lanes.move_to_end(want[0].node, last=False)
        self._count += 1

    def peek(self, is_free: Callable[[Want], bool]) -> Want | None:
        """The first of the first line that is free. Lines that are not have something under way,
        so they are few."""
        return next((lane[0] for lane in self._lanes.values() if is_free(lane[0])), None)

    def take(self, want: Want) -> None:
        """Take away what `peek` gave."""
        lane = self._lanes[want[0].node]
        lane.popleft()
        if not lane:
            del self._lanes[want[0].node]
        self._count -= 1


class _Sizes:
    """How large heavy artefacts of each name are in this cluster."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}  # how many, and the largest

    def learn(self, name: str, size: int) -> None:
        """One has come."""
        count, largest = self._seen.get(name, (0, 0))
        self._seen[name] = (count + 1, max(largest, size))

    def expected(self, name: str) -> int:
        """Bytes that the next one may have."""
        count, largest = self._seen.get(name, (0, 0))
        return min(_HEAVY_BYTES, _MARGIN * largest) if count >= _ENOUGH else _HEAVY_BYTES
