"""The gaps of a dump in few lines: what fails on a node for one reason is one line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ovntrace.model.capture import Missing


@dataclass(slots=True)
class _Group:
    first: Missing
    more: int = 0

    def takes(self, gap: Missing) -> bool:
        """True if it says the same, maybe with words before it."""
        return gap.detail.endswith(self.first.detail)

    def __str__(self) -> str:
        gap = self.first
        more = f" and {self.more} more" if self.more else ""
        return f"{gap.target}: {gap.artefact}{more}: {gap.reason}: {gap.detail}"


def gap_lines(gaps: Sequence[Missing], most: int) -> Iterator[str]:
    """A line for each reason on each node, at most so many, and one that counts the gaps of the
    rest."""
    groups = _grouped(gaps)
    yield from map(str, groups[:most])
    left = sum(1 + group.more for group in groups[most:])
    if left:
        yield f"and {left} more, in its manifest.json"


def _grouped(gaps: Sequence[Missing]) -> list[_Group]:
    found: list[_Group] = []
    by_place: dict[tuple[str, str], list[_Group]] = {}
    for gap in gaps:
        place = (gap.target.node, gap.reason.value)
        here = by_place.setdefault(place, [])
        # What is of no node (a list of the API) stands for itself.
        group = next((one for one in here if gap.target.node and one.takes(gap)), None)
        if group is None:
            group = _Group(gap)
            here.append(group)
            found.append(group)
        else:
            group.more += 1
    return found
