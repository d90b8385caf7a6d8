"""A cluster of made-up objects whose pods execute in a temporary folder, and clients for it."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.api.fixtures import write_lists
from tests.lab.api.made_up import cluster
from tests.lab.api.places import ExecPlace
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.server import ApiServer
from tests.lab.suites import SuiteUnavailable, kubectl
from tests.peers.npm_client import client_node

CLIENT_SCRIPT = Path(__file__).with_name("client_node.mjs")
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Ran:
    """How a client's run ended."""

    code: int
    stdout: bytes
    stderr: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A served cluster: its server, kubeconfig, and the folder where commands run."""

    server: ApiServer
    kubeconfig: Path
    place: Path


Client = Callable[..., Ran]
"""The client's arguments to how it ended; `stdin=` is what it reads."""


@pytest.fixture(scope="session")
def made_up_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    place = folder / "place"
    place.mkdir()
    env = {"PATH": "/usr/bin:/bin", "PLACE": str(place)}
    reader = Rule(frozenset({"get", "list"}), frozenset({""}), frozenset({"pods"}))
    getter = Rule(frozenset({"get"}), frozenset({""}), frozenset({"pods/exec"}))
    users = {
        "lab": admin(),
        "reader": User("reader", rules=(reader,)),
        "getter": User("getter", rules=(reader, getter)),
    }
    lists = write_lists(folder / "kube", cluster())
    resolver = lambda *_: ExecPlace(("/usr/bin/env", "-C", str(place)), env)  # noqa: E731
    with ApiServer(lists, resolver=resolver, users=users) as server:
        yield Cluster(server, server.write_kubeconfig(folder / "kubeconfig"), place)


@pytest.fixture(scope="session", params=["1.32", "1.36"])
def kubectl_client(request: pytest.FixtureRequest, made_up_cluster: Cluster) -> Client:
    """A real kubectl."""
    try:
        program = kubectl(request.param)
    except SuiteUnavailable as why:
        pytest.skip(str(why))
    return lambda *words, stdin=b"": _run(made_up_cluster, [str(program), *words], stdin)


@pytest.fixture(scope="session")
def npm_client(made_up_cluster: Cluster) -> Client:
    """Node's client, as client_node.mjs drives it."""
    try:
        package = client_node()
    except SuiteUnavailable as why:
        pytest.skip(str(why))
    argv = ["node", str(CLIENT_SCRIPT), str(package)]
    return lambda *words, stdin=b"": _run(made_up_cluster, [*argv, *words], stdin)


def _run(cluster: Cluster, argv: list[str], stdin: bytes) -> Ran:
    env = {"KUBECONFIG": str(cluster.kubeconfig), "PATH": os.environ["PATH"], "HOME": "/nowhere"}
    done = subprocess.run(argv, input=stdin, capture_output=True, timeout=_TIMEOUT_S, env=env)
    return Ran(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
