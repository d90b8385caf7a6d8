"""Random policy sets put to real OVN and to us: `python -m tests.verdict.conformance`.

Prints what was compared and each difference, and keeps the last result of each version in
docs/conformance.md. Exit code 1 if there was a difference.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.conformance_table import DOCUMENT, keep_rows
from tests.verdict.judge import Tally, compare
from tests.verdict.policies import policy_set, random_flow
from tests.verdict.scratch import Scratch

BEGIN, END = "<!-- verdicts -->", "<!-- end of verdicts -->"


def run(scratch: Scratch, randoms: Sequence[Random], flows: int) -> Tally:
    """Compare a set for each source of random numbers, with so many flows."""
    total = Tally()
    for number, random in enumerate(randoms):
        policies = policy_set(random, scratch.version)
        chosen = [random_flow(random, policies.inports) for _ in range(flows)]
        found = compare(scratch, policies, chosen)
        found.differences = [f"set {number}: {text}" for text in found.differences]
        total.add(found)
    return total


def row(release: str, tally: Tally, first_seed: int) -> str:
    """A result as a row of the document's table."""
    verdicts = [tally.verdicts[name] for name in ("allow", "drop", "reject")]
    left_out = [tally.left_out["ambiguous"], sum(tally.left_out.values())]
    numbers = (tally.sets, tally.flows, *verdicts, left_out[0], left_out[1] - left_out[0])
    cells = [*(f"{number:,}" for number in numbers), str(len(tally.differences)), str(first_seed)]
    return f"| {' | '.join([release, *cells])} |"


def write(line: str, document: Path = DOCUMENT) -> None:
    """Replace the row of this series in the document."""
    keep_rows([line], BEGIN, END, document)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.verdict.conformance")
    parser.add_argument("--sets", type=int, default=500, help="policy sets (default: 500)")
    parser.add_argument("--flows", type=int, default=40, help="flows for each (default: 40)")
    parser.add_argument("--ovn", action="append", metavar="VERSION", help="23.03, 25.03 or 26.03")
    parser.add_argument("--seed", type=int, default=10_000, help="where to begin")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} alone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, keep the result."""
    arguments = _arguments(argv)
    differs = False
    for version in arguments.ovn or ["23.03", "25.03", "26.03"]:
        started = time.monotonic()
        randoms = [Random(arguments.seed + number) for number in range(arguments.sets)]
        with Scratch(version) as scratch:
            tally = run(scratch, randoms, arguments.flows)
            line = row(scratch.release, tally, arguments.seed)
        print(line, f"{time.monotonic() - started:.0f} s", dict(tally.left_out))
        for difference in tally.differences[:50]:
            print(f"  {difference}")
        differs = differs or bool(tally.differences)
        if not arguments.no_write:
            write(line)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
