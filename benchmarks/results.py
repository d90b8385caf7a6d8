"""What a benchmark says, and the table of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.rounds import Timing


@dataclass(frozen=True, slots=True)
class Ratio:
    """A way against its peer, and the most that it may take."""

    name: str
    peer: str
    own: Timing
    its: Timing
    goal: float

    @property
    def ratio(self) -> float:
        """How many times the peer's time."""
        return self.own.ratio_to(self.its)

    @property
    def is_met(self) -> bool:
        """True if the goal is met."""
        return self.ratio <= self.goal

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (
            self.name,
            f"{self.own.median_s * 1000:.1f}",
            self.peer,
            f"{self.its.median_s * 1000:.1f}",
            f"{self.ratio:.2f}",
            f"<= {self.goal:g}",
            f"{len(self.own.seconds)}",
            "met" if self.is_met else "MISSED",
        )


@dataclass(frozen=True, slots=True)
class Check:
    """Something that holds or not."""

    name: str
    is_met: bool
    detail: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (self.name, "", self.detail, "", "", "", "", "met" if self.is_met else "MISSED")


@dataclass(frozen=True, slots=True)
class NotRun:
    """A benchmark that could not be run here: its goal is not met, for nobody knows."""

    name: str
    why: str
    is_met: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (self.name, "", self.why, "", "", "", "", "NOT RUN")


Result = Ratio | Check | NotRun
_HEAD = ("what", "ms", "against", "ms", "times", "goal", "n", "")


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table, which a terminal shows well enough."""
    rows = [_HEAD, *(result.cells for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(rows[0]), rule, *(line(row) for row in rows[1:])])
