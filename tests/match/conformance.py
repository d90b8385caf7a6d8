"""Random expressions and packets put to real OVN and to us: `python -m tests.match.conformance`.

Prints what was compared and each difference, and keeps the last result of each version in
docs/conformance.md. Exit code 1 if there was a difference.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from tests.conformance_table import DOCUMENT, keep_rows
from tests.match.grammar import WORLD, ill_typed, packet, well_typed
from tests.match.judge import Judge, Tally
from tests.match.oracle import TABLES, Oracle

_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
_CHUNK = 40
_HALF = TABLES // 2


@dataclass(frozen=True, slots=True)
class Batch:
    """As many expressions as one load takes, half of them well-typed, and as many packets."""

    well_typed: list[str]
    ill_typed: list[str]
    packets: list[str]


def batches(count: int, first_seed: int) -> Iterator[Batch]:
    """Batches with `count` different expressions and half as many packets in all."""
    seen: set[str] = set()
    for number, rng in enumerate(_randoms(first_seed)):
        if number * TABLES >= count:
            return
        yield Batch(
            _different(well_typed, rng, seen),
            _different(ill_typed, rng, seen),
            _different(packet, rng, seen),
        )


def _different(make: Callable[[Random], str], rng: Random, seen: set[str]) -> list[str]:
    """Half a load of texts that were not made before."""
    found: list[str] = []
    while len(found) < _HALF:
        if (text := make(rng)) not in seen:
            seen.add(text)
            found.append(text)
    return found


def _randoms(first_seed: int) -> Iterator[Random]:
    """Generators that hypothesis seeds, without end."""
    for number in itertools.count(first_seed):
        yield from _drawn(number)


def _drawn(number: int) -> list[Random]:
    found: list[Random] = []

    @seed(number)
    @settings(max_examples=_CHUNK, deadline=None, database=None, phases=[Phase.generate])
    @given(st.randoms(use_true_random=True))
    def draw(rng: Random) -> None:
        found.append(rng)

    draw()
    return found


def run(judges: Sequence[Judge], count: int, first_seed: int) -> dict[str, Tally]:
    """Put `count` expressions to each judge; the tallies by version."""
    tallies = {judge.oracle.version: Tally() for judge in judges}
    for batch in batches(count, first_seed):
        for judge in judges:
            found = judge.compare([*batch.well_typed, *batch.ill_typed], batch.packets)
            tallies[judge.oracle.version].add(found)
    return tallies


def row(release: str, tally: Tally, first_seed: int) -> str:
    """A result as a row of the document's table."""
    numbers = (
        tally.expressions, tally.accepted, tally.refused, tally.packets, tally.evaluations,
        tally.matched, len(tally.differences),
    )  # fmt: skip
    cells = [release, *(f"{number:,}" for number in numbers), str(first_seed)]
    return f"| {' | '.join(cells)} |"


def write(rows: dict[str, str], document: Path = DOCUMENT) -> None:
    """Replace the rows of these releases in the document."""
    keep_rows(list(rows.values()), _BEGIN, _END, document)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.match.conformance", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="expressions (default: 100000)")
    parser.add_argument("--ovn", action="append", metavar="VERSION", help="23.03, 25.03 or 26.03")
    parser.add_argument("--seed", type=int, default=1_000, help="where to begin")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} alone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, keep the result."""
    given_arguments = _arguments(argv)
    versions = given_arguments.ovn or ["23.03", "25.03", "26.03"]
    started = time.monotonic()
    with ExitStack() as stack:
        oracles = [stack.enter_context(Oracle(version)) for version in versions]
        releases = {oracle.version: oracle.release for oracle in oracles}
        judges = [Judge(oracle, WORLD) for oracle in oracles]
        tallies = run(judges, given_arguments.count, given_arguments.seed)
        crashes = [(oracle.version, text) for oracle in oracles for text in oracle.crashes]
    rows = {
        version: row(releases[version], tally, given_arguments.seed)
        for version, tally in tallies.items()
    }
    for version, tally in tallies.items():
        print(rows[version])
        for difference in tally.differences[:50]:
            print(f"  {difference}")
    for version, text in crashes:
        print(f"ovn-trace {version} died or hung, so it was not compared: {text!r}")
    print(f"{time.monotonic() - started:.0f} s")
    if not given_arguments.no_write:
        write(rows)
    return 1 if any(tally.differences for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
