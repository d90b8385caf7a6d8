"""A point in time after which nobody waits any more, and the pauses between tries before it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

_PAUSES_S = (0.2, 0.6, 1.5)


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is on the monotonic clock; `total_s` is what was given, for messages."""

    at: float
    total_s: float

    @staticmethod
    def after(seconds: float) -> "Deadline":
        """`seconds` from now."""
        return Deadline(time.monotonic() + seconds, seconds)

    @property
    def left_s(self) -> float:
        """Seconds until then, never less than a hundredth: 0 means "for ever" to a socket."""
        return max(0.01, self.at - time.monotonic())

    @property
    def passed(self) -> bool:
        """True if it is over."""
        return time.monotonic() >= self.at

    def tries(self) -> Iterator[int]:
        """0, 1, 2, 3: the first try and the further ones, with growing pauses between them, as
        long as there is time."""
        yield 0
        for number, pause in enumerate(_PAUSES_S, start=1):
            if time.monotonic() + pause >= self.at:
                return
            time.sleep(pause)
            yield number
