"""`ovntrace dump`: what it asks and in which order, what it leaves, and with which exit code."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from collectors.dump.manifest import Head
from collectors.dump.writer import DumpWriter
from ovntrace.cli.collect_dump import Asked, Collection, readable_size
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.cli import dump_stage
from tests.cli.dump_stage import LARGE_BYTES, NODES, StagedCluster
from tests.cli.program import environment, real, run


def staged(scene: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.cli.dump_stage", scene, "dump", *arguments]


def collected(
    folder: Path, scene: str, asked: Asked | None = None
) -> tuple[Dump, StagedCluster, dict[str, Any]]:
    """A dump of a staged cluster, in this process."""
    from datetime import UTC, datetime

    cluster, path = StagedCluster(scene), folder / "dump"
    with DumpWriter(path) as writer:
        collection = Collection(cluster, writer, 5.0, lambda _line: None, contextlib.nullcontext)
        collection.run(asked or Asked())
        now = datetime.now(UTC)
        writer.finish(Head(collection.nodes, {"kind": "kube"}, now, now, "0"))
    return Dump(path), cluster, json.loads((path / "manifest.json").read_text())


def names_of(cluster: StagedCluster, node: str, prefix: str) -> list[str]:
    return [name for where, name in cluster.asked if where == node and name.startswith(prefix)]


# --- ways -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scene", "asked", "file"),
    [
        ("sound", ["nb-file"], "nb.db.gz"),
        ("no-gzip", ["nb-file", "nb-file-plain"], "nb.db"),
        ("elsewhere", ["nb-file", "nb-file"], "nb.db.gz"),
        ("unreadable", ["nb-file", "nb"], "nbctl/ACL.json"),
        ("no-database", ["nb-file", "nb-file", "nb"], "nbctl/ACL.json"),
    ],
)
def test_the_servers_file_and_what_stands_for_it(
    tmp_path: Path, scene: str, asked: list[str], file: str
) -> None:
    dump, cluster, manifest = collected(tmp_path, scene)
    for node in NODES:
        assert names_of(cluster, node, "nb") == asked
    assert (tmp_path / "dump" / "worker-0" / file).exists()
    nb = dump.fetch(Target(node="worker-0"), BY_NAME["nb"], 1)
    assert isinstance(nb, Capture)
    assert nb.origin.startswith("kubectl exec -n ovn agent -c c -- ")
    # What failed before something else came is told, and is no gap.
    assert dump.manifest.gaps == frozenset()
    of_nb = [one for one in manifest["tried"] if one["artefact"].startswith("nb")]
    assert len(of_nb) == len(NODES) * (len(asked) - 1)


def test_flows_of_the_bridges_that_are_there(tmp_path: Path) -> None:
    dump, _, _ = collected(tmp_path, "sound")
    found = {path.name for path in (tmp_path / "dump" / "worker-1").glob("ovs-ofctl_dump*")}
    names = ("br-ex", "br-int")
    assert found == {f"ovs-ofctl_dump-flows_{name}.txt.gz" for name in names}
    for name in names:
        row = BY_NAME["openflow"].filled({"bridge": name})
        assert isinstance(dump.fetch(Target(node="worker-1"), row, 1), Capture)


def test_pods_on_a_node_with_a_network_of_their_own(tmp_path: Path) -> None:
    _, _, manifest = collected(tmp_path, "sound")
    pods = [one["target"]["pod"] for one in manifest["captures"] if one["artefact"] == "pod-links"]
    assert sorted(pods) == ["db", "web", "web-2"]


@pytest.mark.parametrize(
    ("asked", "nodes", "pods"),
    [
        (Asked(nodes=("worker-1",)), ["worker-1"], ["db"]),
        (Asked(namespaces=("demo",)), ["worker-0", "worker-1"], ["db", "web"]),
        (Asked(workloads=("pod/other/web-2",)), ["worker-2"], ["web-2"]),
        (Asked(workloads=("db",), all_nodes=True), list(NODES), ["db"]),
        (Asked(nodes=("worker-0", "worker-1"), namespaces=("other",)), list(NODES[:2]), []),
    ],
)
def test_what_is_chosen(tmp_path: Path, asked: Asked, nodes: list[str], pods: list[str]) -> None:
    _, cluster, manifest = collected(tmp_path, "sound", asked)
    assert manifest["nodes"] == nodes
    assert {node for node, name in cluster.asked if name == "ovs"} == set(nodes)
    found = [one["target"]["pod"] for one in manifest["captures"] if one["artefact"] == "pod-links"]
    assert sorted(found) == pods


@pytest.mark.parametrize(
    "asked",
    [Asked(nodes=("nope",)), Asked(workloads=("nope",)), Asked(namespaces=("nope",))],
)
def test_what_is_not_there_is_a_wrong_question(tmp_path: Path, asked: Asked) -> None:
    with pytest.raises(WrongQuestionError):
        collected(tmp_path, "sound", asked)
    assert list(tmp_path.iterdir()) == []


def test_names_of_a_cluster_never_lead_outside(tmp_path: Path) -> None:
    dump, _, manifest = collected(tmp_path, "hostile")
    assert {path.name for path in tmp_path.iterdir()} == {"dump"}
    parts = {part for p in (tmp_path / "dump").rglob("*") for part in p.parts[-1:]}
    # A namespace or a pod may be called manifest.json; a node may not.
    assert parts & {*dump_stage.EVIL, "evil"} == {"manifest.json"}
    assert manifest["format"] == "ovntrace-dump"
    gaps = {one["target"].get("node", "") for one in manifest["missing"] if one["gap"]}
    assert {"../../evil", "a/b", "..", "manifest.json"} <= gaps
    assert isinstance(dump.fetch(Target(node="worker-1"), BY_NAME["nb"], 1), Capture)


# --- parts that are missing -----------------------------------------------------------------------


def test_a_node_that_is_dead_is_gaps_and_the_rest_is_there(tmp_path: Path) -> None:
    dump, _, manifest = collected(tmp_path, "dead")
    gaps = {(one["target"]["node"], one["artefact"]) for one in manifest["missing"] if one["gap"]}
    assert {node for node, _ in gaps} == {"worker-1"}
    assert {"nb", "sb", "ovs", "node-links", "openflow", "pod-links"} <= {name for _, name in gaps}
    assert dump.nodes() == NODES
    missing = dump.fetch(Target(node="worker-1"), BY_NAME["nb"], 1)
    assert isinstance(missing, Missing)
    assert missing.detail == "the kubelet does not answer"
    assert isinstance(dump.fetch(Target(node="worker-2"), BY_NAME["nb"], 1), Capture)


def test_without_the_nodes_there_are_the_objects(tmp_path: Path) -> None:
    dump, _, manifest = collected(tmp_path, "no-nodes")
    assert isinstance(dump.fetch(Target(), BY_NAME["pods"], 1), Capture)
    [gap] = [one for one in manifest["missing"] if one["gap"]]
    assert gap["detail"] == "no ovnkube-node pods"


def test_where_nothing_may_be_read_the_dump_says_so(tmp_path: Path) -> None:
    done = run(staged("refused", "-o", str(tmp_path / "d")))
    assert (done.returncode, done.stdout) == (3, f"{tmp_path}/d\n")
    assert "cluster: pods: denied: not allowed to list pods" in done.stderr
    manifest = json.loads((tmp_path / "d" / "manifest.json").read_text())
    assert {one["artefact"] for one in manifest["missing"] if one["gap"]} == {"pods", "nodes"}


# --- the program ----------------------------------------------------------------------------------


def test_it_prints_the_path_and_says_how_much(tmp_path: Path) -> None:
    done = subprocess.run(
        staged("sound"), cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    assert line.startswith("ovntrace-dump-staged.example-2")
    assert line.endswith("Z.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == [line]
    assert done.stderr.startswith("ovntrace: 3 nodes, ")
    assert done.stderr.endswith("no gaps\n")
    assert run(real("ls", "--from", str(tmp_path / line))).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-o", "there"], "there is something already"),
        (["-o", "d.zip"], "a folder"),
        (["-o", "d.tar"], "a folder"),
        (["--node", "nope"], "no node is named nope"),
        (["--node", "worker-0", "--all-nodes"], "exclude each other"),
        (["--workload", "nope"], "no workload 'nope'"),
    ],
)
def test_wrong_questions(tmp_path: Path, arguments: list[str], word: str) -> None:
    (tmp_path / "there").write_text("mine")
    done = subprocess.run(
        staged("sound", *arguments),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert word in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "mine"


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    done = run(staged("sound", "-o", str(tmp_path / "no" / "d.tar.gz")))
    assert done.returncode == 3
    assert "can't write the dump: No such file or directory" in done.stderr


def test_a_disk_that_fills(tmp_path: Path) -> None:
    limited = ["prlimit", "--fsize=1000", *staged("sound", "-o", str(tmp_path / "d"))]
    done = run(limited, environment())
    assert done.returncode == 3
    assert "can't write the dump: File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []


def interrupted(
    folder: Path, name: str, scene: str, end: Callable[[subprocess.Popen[str]], None]
) -> subprocess.CompletedProcess[str]:
    """The program, ended by `end` while it waits for a node."""
    with subprocess.Popen(
        staged(scene, "-o", str(folder / name), "--timeout", "50"),
        env=environment(),
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline() == "waiting\n"
            limit = time.monotonic() + 10
            while scene == "hang" and not _has_rest(folder) and time.monotonic() < limit:
                time.sleep(0.02)
            end(process)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    return subprocess.CompletedProcess([], process.returncode, out, err)


def _has_rest(folder: Path) -> bool:
    """True once all is written but the large parts of worker-2."""
    return any(folder.rglob("worker-1/sb.db.gz")) and any(folder.rglob("worker-2/pods/*/*/ip.json"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_what_was_read(tmp_path: Path, number: signal.Signals) -> None:
    done = interrupted(tmp_path, "d", "hang", lambda process: process.send_signal(number))
    assert (done.returncode, done.stdout) == (130, "")
    assert "stopped; it has what was read until then" in done.stderr
    assert done.stderr.endswith("ovntrace: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["d"]
    dump = Dump(tmp_path / "d")
    assert dump.manifest.complete is False
    assert dump.nodes() == NODES
    stopped = dump.fetch(Target(node="worker-2"), BY_NAME["nb"], 1)
    assert isinstance(stopped, Missing)
    assert stopped.reason.changes_exit_code
    assert "stopped" in stopped.detail
    for node in NODES[:2]:
        assert isinstance(dump.fetch(Target(node=node), BY_NAME["nb"], 1), Capture)
    answer = run(real("lint", "--from", str(tmp_path / "d")))
    assert answer.returncode == 3


def test_an_interrupt_before_anything_came_leaves_nothing(tmp_path: Path) -> None:
    done = interrupted(
        tmp_path, "d.tar.gz", "hang-first", lambda process: process.send_signal(signal.SIGINT)
    )
    assert done.returncode == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "scene"), [("d", "hang"), ("d.tar.gz", "hang-first")])
def test_a_kill_leaves_nothing_with_the_final_name(tmp_path: Path, name: str, scene: str) -> None:
    done = interrupted(tmp_path, name, scene, lambda process: process.kill())
    assert done.returncode == -signal.SIGKILL
    [rest] = tmp_path.iterdir()
    assert rest.name.startswith(f".{name}.")


def test_memory_does_not_grow_with_the_nodes(tmp_path: Path) -> None:
    """Six databases of 45 MB, of which three may be in memory at a time."""
    code = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n"
        "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-c", code, *staged("large", "-o", str(tmp_path / "d"))]
    done = run(words, environment())
    exit_code, peak_kb = map(int, done.stdout.split())
    assert exit_code == 0, done.stderr
    files = [path.stat().st_size for path in tmp_path.rglob("*.db")]
    assert len(files) == 6
    assert sum(files) > 6 * LARGE_BYTES
    assert peak_kb * 1000 < 4.5 * LARGE_BYTES + 80e6
    assert (tmp_path / "d" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (45_200_000, "45.2 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert readable_size(size) == text


def test_nothing_at_all_is_no_answer(tmp_path: Path) -> None:
    class Silent(StagedCluster):
        def nodes(self) -> Missing:
            return Missing(Target(), "pods", Reason.DENIED, "not allowed to list pods")

    with pytest.raises(NoAnswerError), DumpWriter(tmp_path / "d") as writer:
        Collection(Silent("refused"), writer, 5.0, lambda _line: None, contextlib.nullcontext).run(
            Asked()
        )
    assert list(tmp_path.iterdir()) == []


def test_inspect_only_looks(tmp_path: Path) -> None:
    collected(tmp_path, "sound")
    path = str(tmp_path / "dump")
    done = run(real("dump", "--inspect", path, "-o", "json"))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nodes"] == list(NODES)
    for wrong in (["-o", "d.tar.gz"], ["--node", "worker-0"], ["--local"]):
        done = run(real("dump", "--inspect", path, *wrong))
        assert (done.returncode, done.stdout) == (2, "")
        assert "--inspect" in done.stderr
