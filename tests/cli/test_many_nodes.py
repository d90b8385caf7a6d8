"""The real program against a hundred nodes, over HTTP and WebSocket: five dead, five slow."""

import json
import os
import pty
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.many_nodes_stage import NAMESPACE, Plan, pod_name, served, stats
from tests.cli.program import REPOSITORY, environment, real

pytestmark = pytest.mark.xdist_group("many-nodes")

PLAN = Plan()
TIMEOUT_S = 8
# What the program may have under way at once: all together, and of one node.
MOST, MOST_OF_NODE = 32, 4
# Python and its modules, three lists of a hundred nodes, and results in flight.
MOST_MEMORY = 110_000_000
# A machine that is busy with other tests.
SPARE_S = 15.0

# The child's own peak: a process that pytest starts itself would have pytest's.
_MEASURED = (
    "import json, resource, subprocess, sys\n"
    "done = subprocess.run(sys.argv[2:])\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024\n"
    "open(sys.argv[1], 'w').write(json.dumps([done.returncode, peak]))"
)


@dataclass(frozen=True, slots=True)
class Done:
    """A run of the program, and what it executed, by node."""

    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    memory: int
    execs: Counter[str]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that is served."""

    folder: Path
    config: Path

    def run(self, *words: str, timeout_s: int = TIMEOUT_S) -> Done:
        """Run the program; its execs are those of the server meanwhile."""
        before = stats(self.folder)["count"]
        options = ("--kubeconfig", str(self.config), "--timeout", str(timeout_s))
        measures = self.folder / "measures"
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, str(measures), *real(*words, *options)],
            cwd=REPOSITORY,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        seconds = time.monotonic() - began
        exit_code, memory = json.loads(measures.read_text())
        execs = stats(self.folder)["count"] - before
        del execs["all"]
        return Done(exit_code, done.stdout, done.stderr, seconds, memory, execs)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("hundred")
    with served(folder, PLAN) as config:
        yield Cluster(folder, config)


@pytest.fixture(scope="module")
def dumped(cluster: Cluster) -> tuple[Done, Path]:
    path = cluster.folder / "dump.tar.gz"
    return cluster.run("dump", "--all-nodes", "-o", str(path)), path


def manifest_of(path: Path) -> dict[str, Any]:
    with tarfile.open(path) as tar:
        member = next(one for one in tar if one.name.endswith("manifest.json"))
        stream = tar.extractfile(member)
        assert stream is not None
        found: dict[str, Any] = json.load(stream)
        return found


def test_a_listing_executes_nothing(cluster: Cluster) -> None:
    done = cluster.run("ls", "-n", NAMESPACE)
    assert done.exit_code == 0, done.stderr
    assert all(pod_name(node) in done.stdout for node in PLAN.names)
    assert not done.execs


def test_an_explain_asks_the_workloads_node_only(cluster: Cluster) -> None:
    node = PLAN.names[43]
    done = cluster.run("explain", pod_name(node), "-n", NAMESPACE)
    assert done.exit_code == 0, done.stderr
    assert set(done.execs) == {node}
    # Everything at once: a few round trips, not one after the other.
    assert done.seconds < 6


def test_an_explain_on_a_dead_node_takes_one_time_limit(cluster: Cluster) -> None:
    node = PLAN.dead_nodes[2]
    done = cluster.run("explain", pod_name(node), "-n", NAMESPACE, timeout_s=2)
    assert done.exit_code == 3, done.stderr
    assert set(done.execs) == {node}
    assert 2 < done.seconds < 2 * 2 + 2


def test_a_dump_of_all_has_all_but_the_dead_nodes(dumped: tuple[Done, Path]) -> None:
    done, path = dumped
    assert done.exit_code == 3, done.stderr
    manifest = manifest_of(path)
    assert manifest["complete"]
    assert manifest["nodes"] == PLAN.names
    lacking = {one["target"].get("node") for one in manifest["missing"] if one.get("gap", True)}
    assert lacking == set(PLAN.dead_nodes)
    brought: dict[str, set[str]] = {}
    for one in manifest["captures"]:
        if "node" in one["target"]:
            brought.setdefault(one["target"]["node"], set()).add(one["artefact"])
    wanted = {"nb", "sb", "ovs", "ovs-vswitchd", "node-links", "node-netns"}
    wanted |= {"openflow", "pod-links"}
    assert brought == dict.fromkeys(set(PLAN.names) - set(PLAN.dead_nodes), wanted)


def test_dead_nodes_are_asked_little(dumped: tuple[Done, Path]) -> None:
    """A dead node's first question is the only one; where the connection was refused it was tried
    again."""
    done, _ = dumped
    for node in PLAN.dead_nodes:
        assert 1 <= done.execs[node] <= 4
    alive = set(PLAN.names) - set(PLAN.dead_nodes)
    assert {done.execs[node] for node in alive} == {9}


def test_a_dump_takes_the_latencies_and_one_time_limit(dumped: tuple[Done, Path]) -> None:
    done, _ = dumped
    n_slow = sum(done.execs[node] for node in PLAN.slow_nodes)
    latencies = PLAN.latency_s * sum(done.execs.values()) / 12
    slow = PLAN.slow_s * n_slow / (MOST_OF_NODE * PLAN.slow) * 2  # no wave of a node is full
    assert done.seconds < TIMEOUT_S + latencies + slow + SPARE_S


def test_sessions_and_memory_are_bounded(dumped: tuple[Done, Path], cluster: Cluster) -> None:
    done, _ = dumped
    most = stats(cluster.folder)["most"]
    together = most.pop("all")
    assert 12 <= together <= MOST
    # explain asks all of its one node at once.
    others = [most[node] for node in PLAN.names if node not in (PLAN.names[43], PLAN.dead_nodes[2])]
    assert max(others) <= MOST_OF_NODE
    assert done.memory < MOST_MEMORY


def test_a_pipe_gets_few_lines_with_an_estimate(dumped: tuple[Done, Path]) -> None:
    done, _ = dumped
    told = [line for line in done.stderr.splitlines() if "/100 nodes" in line]
    assert 1 <= len(told) <= 1 + done.seconds / 10
    assert told[0].startswith("ovntrace: ")
    assert " failed, " in told[-1]
    assert " MB, " in told[0]
    assert " left; " in told[-1]


def test_the_wait_for_several_dead_nodes_is_one_time_limit(tmp_path: Path) -> None:
    """Five of nine nodes are dead, and nothing else takes time. The terminal shows one line."""
    plan = Plan(nodes=9, dead=5, slow=0)
    with served(tmp_path, plan) as config:
        words = ["dump", "--all-nodes", "--timeout", "4", "--kubeconfig", str(config)]
        began = time.monotonic()
        shown = on_terminal([*words, "-o", str(tmp_path / "dump")])
        seconds = time.monotonic() - began
    assert 4 < seconds < 2 * 4
    lines = shown.split("\r\x1b[K")
    assert any(line.startswith("4/9 nodes, ") and "at most " in line for line in lines)
    assert "9 nodes, " in lines[-1]
    assert "\n" not in "".join(lines[:-1])


def on_terminal(words: list[str]) -> str:
    """What a terminal as stderr gets of the program."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        real(*words),
        cwd=REPOSITORY,
        env=environment(COLUMNS="200"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        got += piece
    assert process.wait(60) == 3
    os.close(ours)
    return got.decode()
