"""Random policy sets in a lab, and real packets through them: `python -m
tests.verdict.packet_conformance`, as root.

Prints what was compared and each difference, and keeps the last result of each version in
docs/conformance.md. Exit code 1 if there was a difference.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.conformance_table import DOCUMENT, keep_rows
from tests.lab.lab import Lab
from tests.lab.toolset import INSTALLED
from tests.verdict.packet_judge import LEARNED, OPEN_ORDER, Tally, compare
from tests.verdict.packet_probes import KINDS
from tests.verdict.packet_rig import PacketRig
from tests.verdict.packet_sets import packet_flows, packet_set

BEGIN, END = "<!-- packets -->", "<!-- end of packets -->"


@contextmanager
def rig_in(lab: Lab) -> Iterator[PacketRig]:
    """A rig in a lab that is built for it and taken down after it."""
    try:
        lab.up(policies=False)
        with PacketRig(lab) as rig:
            yield rig
    finally:
        lab.down()


def run(rig: PacketRig, ovn: str, seeds: Iterable[int], flows: int) -> Tally:
    """Compare a set for each seed, with so many flows."""
    total = Tally()
    for seed in seeds:
        random = Random(seed)
        policies = packet_set(random, ovn)
        found = compare(rig, policies, packet_flows(random, policies.inports, flows))
        found.differences = [f"seed {seed}: {text}" for text in found.differences]
        found.again = [f"seed {seed}: {text}" for text in found.again]
        total.add(found)
    return total


def row(release: str, tally: Tally, first_seed: int) -> str:
    """A result as a row of the document's table."""
    verdicts = tally.verdicts
    firsts = [verdicts["new", verdict] for verdict in ("allow", "drop", "reject")]
    others = [
        sum(count for (kind, _), count in verdicts.items() if kind == later) for later in KINDS[1:]
    ]
    left_out = [tally.left_out[name] for name in ("ambiguous", "unknown", LEARNED, OPEN_ORDER)]
    counts = (tally.sets, tally.flows, tally.packets, *firsts, *others, *left_out)
    numbers = [f"{count:,}" for count in (*counts, len(tally.again), len(tally.differences))]
    return f"| {' | '.join([release, *numbers, str(first_seed)])} |"


def write(line: str, document: Path = DOCUMENT) -> None:
    """Replace the row of this series in the document."""
    keep_rows([line], BEGIN, END, document)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.verdict.packet_conformance")
    parser.add_argument("--sets", type=int, default=100, help="policy sets (default: 100)")
    parser.add_argument("--flows", type=int, default=30, help="flows for each (default: 30)")
    parser.add_argument("--ovn", action="append", metavar="VERSION", help="23.03, 25.03 or 26.03")
    parser.add_argument("--seed", type=int, default=1000, help="where to begin")
    parser.add_argument("--no-write", action="store_true", help=f"leave {DOCUMENT.name} alone")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, keep the result."""
    arguments = _arguments(argv)
    differs = False
    for version in arguments.ovn or [INSTALLED, "25.03", "26.03"]:
        started = time.monotonic()
        seeds = range(arguments.seed, arguments.seed + arguments.sets)
        with tempfile.TemporaryDirectory(prefix="ovn-packets.") as folder:
            lab = Lab(Path(folder) / "lab", ovn=version)
            with rig_in(lab) as rig:
                tally = run(rig, version, seeds, arguments.flows)
        line = row(lab.tools.ovn_version, tally, arguments.seed)
        print(line, f"{time.monotonic() - started:.0f} s")
        for text in tally.differences[:50]:
            print(f"  {text}")
        for text in tally.again[:50]:
            print(f"  only at first: {text}")
        differs = differs or bool(tally.differences)
        if not arguments.no_write:
            write(line)
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
