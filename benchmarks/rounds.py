"""Ways timed in turn, round after round, so that whatever else the machine does hits all alike."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of a way, one for each round."""

    seconds: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """The median of the rounds."""
        return median(self.seconds)

    def ratio_to(self, peer: "Timing") -> float:
        """The median of the rounds' ratios: a round that was disturbed disturbed both."""
        return median(own / its for own, its in zip(self.seconds, peer.seconds, strict=True))


def interleaved(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
    before: Callable[[str], object] = lambda _: None,
) -> dict[str, Timing]:
    """Time each way `rounds` times, in turn, after one round that does not count (caches).

    `before` is called with a way's name before each of its times, and is not timed.
    """
    for name, way in ways.items():
        before(name)
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            before(name)
            began = clock()
            way()
            seconds[name].append(clock() - began)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}
