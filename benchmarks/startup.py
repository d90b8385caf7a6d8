"""Start-up: `ovntrace --help`, and a whole answer from the shipped dump."""

import subprocess
from collections.abc import Mapping, Sequence

from benchmarks.programs import EXAMPLE, OVNTRACE, PYTHON, cached_byte_code, running
from benchmarks.results import Check, Ratio, Result
from benchmarks.rounds import interleaved

HELP = ("--help",)
EXPLAIN = ("explain", "tinypod", "-n", "llm-demo", "--from", str(EXAMPLE))
_PEER = "python -c pass"
_HEAVY = ("kubernetes", "paramiko", "ovs", "ovsdbapp", "websocket", "urllib3")
# Ends like the program does, then says which heavy packages it has loaded.
_LISTING = (
    "import sys; from ovntrace.cli.main import main; main(sys.argv[2:], 'ovntrace'); "
    "print(*sorted(set(sys.argv[1].split(',')) & set(sys.modules)), file=sys.stderr)"
)


def startup(rounds: int) -> list[Result]:
    """Against Python's own start, and that nothing heavy is imported."""
    with cached_byte_code() as env:
        timings = interleaved(
            {
                "pass": running([PYTHON, "-c", "pass"], env),
                "help": running([OVNTRACE, *HELP], env),
                "explain": running([OVNTRACE, *EXPLAIN], env),
            },
            rounds,
        )
        return [
            Ratio("ovntrace --help", _PEER, timings["help"], timings["pass"], 7),
            Ratio("explain, offline", _PEER, timings["explain"], timings["pass"], 12),
            _light("ovntrace --help imports", HELP, env, (*_HEAVY, "rich")),
            _light("explain, offline, imports", EXPLAIN, env, _HEAVY),
        ]


def loaded(words: Sequence[str], env: Mapping[str, str], heavy: Sequence[str]) -> list[str]:
    """Which of the packages `heavy` a command has imported at its end."""
    done = subprocess.run(
        [PYTHON, "-c", _LISTING, ",".join(heavy), *words],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr.split()


def _light(name: str, words: Sequence[str], env: Mapping[str, str], heavy: Sequence[str]) -> Result:
    found = loaded(words, env, heavy)
    detail = f"has {', '.join(found)}" if found else f"none of {', '.join(heavy)}"
    return Check(name, not found, detail)
