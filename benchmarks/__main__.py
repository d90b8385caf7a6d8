"""`python -m benchmarks [NAME ...]`: print a table; exit code 1 if a goal is missed."""

import argparse
import sys
from collections.abc import Callable, Mapping

from benchmarks.dbfile import dbfile
from benchmarks.flows import flows
from benchmarks.live import exec_output, live_explain
from benchmarks.nodes import nodes
from benchmarks.ovsdb import ovsdb
from benchmarks.results import Result, table
from benchmarks.startup import startup
from benchmarks.verdicts import verdicts

BENCHMARKS: Mapping[str, tuple[Callable[[int], list[Result]], int]] = {
    "startup": (startup, 21),
    "exec-output": (exec_output, 5),
    "live-explain": (live_explain, 11),
    "nodes": (nodes, 5),
    "verdicts": (verdicts, 5),
    "flows": (flows, 5),
    "dbfile": (dbfile, 5),
    "ovsdb": (ovsdb, 5),
}


def main() -> int:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, help="rounds of each (an odd number)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in BENCHMARKS]
    if unknown:
        parser.error(
            f"no benchmark is named {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}"
        )
    results: list[Result] = []
    for name in arguments.names or BENCHMARKS:
        run, rounds = BENCHMARKS[name]
        results += run(arguments.rounds or rounds)
    print(table(results))
    return 0 if all(result.is_met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
