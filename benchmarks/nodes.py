"""A hundred nodes, five of them dead and five slow: a dump of all, and an explain, against kubectl.

The cluster is the tests' staged one: a stand-in API server with 50 ms for each call, real HTTP and
WebSocket, a process for each exec.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.programs import OVNTRACE, cached_byte_code, running
from benchmarks.results import NotRun, Ratio, Result
from benchmarks.rounds import interleaved
from tests.cli.many_nodes_stage import (
    NAMESPACE,
    OVN_NAMESPACE,
    Plan,
    agent_name,
    pod_name,
    served,
)
from tests.lab.suites import SuiteUnavailable, kubectl

_TIMEOUT_S = 8
_LONGEST_S = 600.0
_SHOW = ("ovn-nbctl", "--timeout=7", "show")
# One question to each node, as a person types it: in turn, and eight at once.
_PODS = '"$@" get pods -n "$NAMESPACE" -l app=ovnkube-node -o name'
_EXEC = 'timeout 8 "$@" exec -n "$NAMESPACE" "$POD" -c nbdb -- ovn-nbctl --timeout=7 show'
_LOOP = f"for POD in $({_PODS}); do {_EXEC}; done; exit 0"
_AT_ONCE = (
    f'{_PODS} | xargs -P 8 -I POD timeout 8 "$@" exec -n "$NAMESPACE" POD -c nbdb -- '
    "ovn-nbctl --timeout=7 show; exit 0"
)


def nodes(rounds: int) -> list[Result]:
    """A dump asks each node nine questions; the loops ask one."""
    plan = Plan()
    try:
        program = str(kubectl("1.32"))
    except SuiteUnavailable as error:
        return [NotRun("dump of 100 nodes", str(error))]
    with TemporaryDirectory(prefix="ovntrace-bench.") as name, cached_byte_code() as env:
        folder = Path(name)
        with served(folder, plan) as kubeconfig:
            there = ["--kubeconfig", str(kubeconfig)]
            node = plan.names[43]
            shown = ["exec", "-n", OVN_NAMESPACE, agent_name(node), "-c", "nbdb", "--", *_SHOW]
            words = ["explain", pod_name(node), "-n", NAMESPACE, *there]
            small = interleaved(
                {
                    "kubectl": running([program, *there, *shown], env),
                    "explain": running([OVNTRACE, *words], env),
                },
                rounds,
            )
            big = interleaved(
                {
                    "loop": _shell(_LOOP, [program, *there], env),
                    "at once": _shell(_AT_ONCE, [program, *there], env),
                    "dump": _dump(folder, there, env),
                },
                max(1, rounds // 5),
            )
    what = "dump, 100 nodes"
    return [
        Ratio(
            "explain, among 100 nodes", "one kubectl exec", small["explain"], small["kubectl"], 6
        ),
        Ratio(what, "shell loop, one kubectl exec a node", big["dump"], big["loop"], 0.5),
        Ratio(what, "the same, xargs -P 8", big["dump"], big["at once"], 2.5),
    ]


def _shell(script: str, kubectl_words: Sequence[str], env: Mapping[str, str]) -> Callable[[], None]:
    """The script with kubectl's words as its arguments. Dead nodes fail there, too."""

    def run() -> None:
        subprocess.run(
            ["sh", "-c", script, "sh", *kubectl_words],
            env={**env, "NAMESPACE": OVN_NAMESPACE},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
            check=True,
        )

    return run


def _dump(folder: Path, there: Sequence[str], env: Mapping[str, str]) -> Callable[[], None]:
    path = folder / "dump.tar.gz"
    words = ["dump", "--all-nodes", "--timeout", str(_TIMEOUT_S), "-o", str(path), *there]

    def run() -> None:
        path.unlink(missing_ok=True)
        running([OVNTRACE, *words], env, exit_codes=(3,))()

    return run
