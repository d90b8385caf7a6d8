"""A node that does not answer is waited for once."""

import time
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME
from collectors.kube import Kube
from collectors.kube.silent_nodes import SilentNodes, has_no_way
from collectors.tool_failure import Failure
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.kube.clusters import ovnkube_node
from tests.lab.api.faults import Fault, FaultKind
from tests.lab.api.fixtures import Serve, write_lists
from tests.lab.api.places import ExecPlace

HANG = Failure(Reason.TIMEOUT, "no answer within 5 s")
REFUSED = Failure(Reason.UNREACHABLE, "dial tcp 10.0.0.1:10250: connect: connection refused")


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_silence_is_enough_where_nothing_was_ever_heard() -> None:
    nodes = SilentNodes()
    assert nodes.why("a") is None
    nodes.was_silent("a", HANG)
    why = nodes.why("a")
    assert why is not None
    assert why.reason is Reason.TIMEOUT
    assert why.detail.endswith("did not answer before: no answer within 5 s")
    assert nodes.why("b") is None


def test_a_node_that_has_answered_may_be_silent_once() -> None:
    nodes = SilentNodes()
    nodes.answered("a")
    nodes.was_silent("a", HANG)
    assert nodes.why("a") is None
    nodes.answered("a")
    nodes.was_silent("a", HANG)
    assert nodes.why("a") is None
    nodes.was_silent("a", HANG)
    assert nodes.why("a") is not None


def test_where_the_server_finds_no_way_there_is_none() -> None:
    nodes = SilentNodes()
    nodes.answered("a")
    nodes.was_silent("a", REFUSED)
    assert nodes.why("a") is not None
    nodes.answered("a")  # an older question's answer: it lives
    assert nodes.why("a") is None


def test_it_is_asked_again_after_some_minutes() -> None:
    clock = Clock()
    nodes = SilentNodes(clock)
    nodes.was_silent("a", HANG)
    clock.now = 299
    assert nodes.why("a") is not None
    clock.now = 301
    assert nodes.why("a") is None


def test_a_node_without_a_name_is_no_node() -> None:
    nodes = SilentNodes()
    nodes.was_silent("", HANG)
    assert nodes.why("") is None


@pytest.mark.parametrize(
    "message",
    [
        "error dialing backend: dial tcp 10.1.1.6:10250: connect: connection refused",
        "error dialing backend: dial tcp 10.1.1.6:10250: i/o timeout",
        "Internal error occurred: dial tcp [fd00::6]:10250: connect: no route to host",
        "error dialing backend: No agent available",
    ],
)
def test_the_servers_words_for_no_way(message: str) -> None:
    assert has_no_way(message)


@pytest.mark.parametrize(
    "message",
    ["etcdserver: request timed out", "database connection failed (Connection refused)", ""],
)
def test_other_words(message: str) -> None:
    assert not has_no_way(message)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("ovs-vsctl", "ovs-ofctl", "ip"):
        (folder / name).write_text("#!/bin/sh\necho '[]'\n")
        (folder / name).chmod(0o755)
    return folder


def kube(serve: Serve, tmp_path: Path, tools: Path, fault: Fault) -> Kube:
    pods = [ovnkube_node("a"), ovnkube_node("b")]
    folder = write_lists(tmp_path / "kube", {"pods": pods})
    server = serve(folder, resolver=lambda *_: ExecPlace(env={"PATH": str(tools)}))
    server.faults.add(fault)
    return Kube.open(kubeconfig=str(server.write_kubeconfig(tmp_path / "config")))


@pytest.mark.parametrize(
    ("fault", "reason", "seconds"),
    [
        (Fault(FaultKind.SLOW, "ovnkube-node-a/exec", seconds=60), Reason.TIMEOUT, 3.5),
        (
            Fault(FaultKind.STATUS, "ovnkube-node-a/exec", message=REFUSED.detail),
            Reason.UNREACHABLE,
            3.0,
        ),
    ],
)
def test_the_rest_of_it_is_not_asked(
    serve: Serve, tmp_path: Path, tools: Path, fault: Fault, reason: Reason, seconds: float
) -> None:
    collector = kube(serve, tmp_path, tools, fault)
    began = time.monotonic()
    results = [
        collector.fetch(Target(node="a"), BY_NAME[name], 3) for name in ("ovs", "node-links", "nb")
    ]
    pod = collector.fetch(Target("a", "demo", "web"), BY_NAME["pod-links"], 3)
    assert time.monotonic() - began < seconds
    for result in (*results, pod):
        assert isinstance(result, Missing)
        assert result.reason is reason
    assert isinstance(pod, Missing)
    assert pod.detail.startswith("not asked, for its node did not answer before: ")
    assert isinstance(collector.fetch(Target(node="b"), BY_NAME["ovs"], 3), Capture)
    collector.close()


def test_a_command_without_a_limit_may_hang_by_itself(
    serve: Serve, tmp_path: Path, tools: Path
) -> None:
    hang = Fault(FaultKind.SLOW, "exec.*command=ip", seconds=60)
    collector = kube(serve, tmp_path, tools, hang)
    links = collector.fetch(Target(node="a"), BY_NAME["node-links"], 1)
    assert isinstance(links, Missing)
    assert isinstance(collector.fetch(Target(node="a"), BY_NAME["ovs"], 5), Capture)
    collector.close()
