"""One behaviour on three nodes, each a zone of its own: a workload, a flow between two nodes, all
workloads and all ACLs, by each way in."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import cluster_example as cx
from tests.lab.api.server import ApiServer
from tests.lab.asking import Answer, ask_dump, ask_here, ask_inside, ask_with
from tests.lab.cluster import Cluster
from tests.lab.keyed_differences import differences
from tests.lab.places import Places
from tests.lab.same_answer import comparable
from tests.lab.sshd import SshNode, nodes_in
from tests.lab.toolset import Toolset
from tests.lab.unseen import (
    DUMP,
    LOCAL,
    OF_SEVERAL,
    OVSDB,
    SSH,
    UNNAMED_ORDER,
    rows_of,
    without_gaps,
)

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("cluster")]

KUBE = "kube"
WEB_1, DB_1, WEB_2 = cx.PODS[:3]
EXPLAIN = ("explain", f"pod/{WEB_1.name}")
LAYER2 = ("trace", f"pod/{WEB_1.name}", f"pod/{WEB_2.name}", "--network", cx.LAYER2.name)
LOCALNET = ("trace", f"pod/{DB_1.name}", f"pod/{WEB_2.name}", "--network", cx.LOCALNET.name)
QUESTIONS = (EXPLAIN, LAYER2, LOCALNET, ("ls",), ("lint",))
Ask = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class One:
    """A node of the cluster, as a machine that one may log in to."""

    folder: Path
    places: Places
    tools: Toolset


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ask]]:
    """Each way in to a cluster that is up. `--local` is on the first node."""
    folder = tmp_path_factory.mktemp("cluster")
    cluster = Cluster(folder / "cluster")
    try:
        cluster.up()
        with ExitStack() as stack:
            server = stack.enter_context(ApiServer(cluster.folder / "kube"))
            kubeconfig = server.write_kubeconfig(folder / "kubeconfig")
            dump = folder / "dump.tar.gz"
            done = ask_with(kubeconfig, "dump", "--all-nodes", "-o", str(dump))
            assert (done.code, done.text) == (0, f"{dump}\n"), done.stderr
            ssh = _hosts(cluster, folder, stack)
            yield {
                KUBE: lambda *words: ask_with(kubeconfig, *words),
                LOCAL: lambda *words: _on_the_first(cluster, *words),
                SSH: lambda *words: ask_here([*words, *ssh], {"HOME": str(folder)}),
                OVSDB: lambda *words: ask_with(folder / "none", *words, *_databases(cluster)),
                DUMP: lambda *words: ask_dump(dump, *words),
            }
    finally:
        cluster.down()


def _on_the_first(cluster: Cluster, *words: str) -> Answer:
    name = cx.NODES[0].name
    return ask_inside(cluster.places[name].node, cluster.env[name], *words)


def _databases(cluster: Cluster) -> list[str]:
    words = []
    for name, places in cluster.places.items():
        sockets = {"nb": places.nb_socket, "sb": places.sb_socket, "ovs": places.ovs_socket}
        for database, socket in sockets.items():
            words += ["--ovsdb", f"{name}:{database}=unix:{socket}"]
    return words


def _hosts(cluster: Cluster, folder: Path, stack: ExitStack) -> list[str]:
    """The options for a host for each node: their sshds, and one ssh_config for all."""
    words, texts = [], []
    for name, places in cluster.places.items():
        machine = One(cluster.folder, places, cluster.tools)
        make = stack.enter_context(nodes_in(machine, folder / name))
        node: SshNode = make(runtime=False)
        texts.append(node.config.read_text().replace("Host node", f"Host {name}", 1))
        words += ["--ssh", name]
    config = folder / "ssh_config"
    config.write_text("".join(texts))
    return [*words, "--ssh-config", str(config)]


@pytest.fixture(scope="module")
def reference(asks: dict[str, Ask]) -> dict[tuple[str, ...], Answer]:
    return {words: asks[KUBE](*words, "-o", "json") for words in QUESTIONS}


def test_the_reference_tells_it_apart(reference: dict[tuple[str, ...], Answer]) -> None:
    assert all(answer.answer["gaps"] == [] for answer in reference.values())
    states = {
        hop["state"] for one in reference[EXPLAIN].answer["attachments"] for hop in one["hops"]
    }
    assert states == {"ok"}
    nodes = {step["node"] for step in reference[LOCALNET].answer["steps"]}
    assert nodes - {""} == {WEB_1.node.name, WEB_2.node.name}
    assert len(reference["ls",].answer["workloads"]) == len(cx.PODS) * len(cx.ALL_NETWORKS)


@pytest.mark.parametrize("way", [SSH, OVSDB])
@pytest.mark.parametrize("words", QUESTIONS, ids=lambda words: "-".join((words[0], words[-1])))
def test_all_nodes_are_seen(
    asks: dict[str, Ask],
    reference: dict[tuple[str, ...], Answer],
    way: str,
    words: tuple[str, ...],
) -> None:
    _is_the_same(way, words, reference[words], asks[way](*words, "-o", "json"))


def test_the_workloads_own_node_knows_it(
    asks: dict[str, Ask], reference: dict[tuple[str, ...], Answer]
) -> None:
    _is_the_same(LOCAL, EXPLAIN, reference[EXPLAIN], asks[LOCAL](*EXPLAIN, "-o", "json"))


def _is_the_same(way: str, words: tuple[str, ...], live: Answer, other: Answer) -> None:
    one, two = (without_gaps(comparable(answer)) for answer in (live, other))
    question = " ".join(words)
    found = list(differences(one, two))
    of_several = [d for d in found if OF_SEVERAL.allows(way, question, d)]
    in_order = [d for d in found if UNNAMED_ORDER.allows(way, question, d)]
    assert len(in_order) == (way == OVSDB and question == " ".join(EXPLAIN))
    found = [d for d in found if d not in in_order]
    unnamed = [d for d in found if not rows_of(way, question, d) and d not in of_several]
    assert not unnamed, "\n".join(map(str, unnamed))
    assert len(of_several) == (question == "ls")


def test_a_dump_says_every_word_of_it(
    asks: dict[str, Ask], reference: dict[tuple[str, ...], Answer]
) -> None:
    for words, live in reference.items():
        kept: Any = asks[DUMP](*words, "-o", "json")
        assert json.dumps(comparable(live)) == json.dumps(comparable(kept)), words


def test_nothing_is_said_of_a_node_that_is_not_asked(asks: dict[str, Ask]) -> None:
    """Its pods have no ports in this zone: by name they are not found, by address not judged."""
    by_name = asks[LOCAL](*LAYER2)
    assert (by_name.code, by_name.text) == (2, "")
    assert "no workload" in by_name.stderr
    address = WEB_2.address(cx.LAYER2)
    by_address = asks[LOCAL](*LAYER2[:2], address, *LAYER2[3:], "-o", "json")
    assert (by_address.code, by_address.answer["verdict"]) == (3, "unknown")
