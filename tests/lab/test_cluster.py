"""Three nodes of real OVN: what is said of flows between them is what real pings show."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ovntrace.api import AskedSnapshot, Flow, read_dump
from tests.lab import cluster_example as cx
from tests.lab.api.server import ApiServer
from tests.lab.asking import Answer, ask_dump, ask_process, ask_with
from tests.lab.cluster import Cluster
from tests.lab.cluster_cli import main
from tests.lab.cluster_daemons import Mode
from tests.lab.cluster_faults import (
    Fault,
    denied_on_the_default_network,
    dropped_in_br_ex,
    dropped_in_br_int,
    mapped_to_another_bridge,
    not_mapped,
)
from tests.lab.cluster_kube import master_name, ovnkube_name
from tests.lab.cluster_pings import Cell, cells, measure_beside, ping, table_text
from tests.lab.commands import LabError
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable
from tests.lab.suites import SuiteUnavailable
from tests.lab.teardown import existing_namespaces, marked_processes
from tests.lab.toolset import INSTALLED, toolset

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("cluster")]

_SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "trace.json"
WEB_1, DB_1, WEB_2, DB_2, WEB_3, DB_3 = cx.PODS


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that is up, its API server, and a dump that was taken of it."""

    cluster: Cluster
    server: ApiServer
    kubeconfig: Path
    dump: Path

    def ask(self, *words: str) -> Answer:
        """ovntrace's answer through the API."""
        return ask_with(self.kubeconfig, *words)

    def executed_in(self, *words: str) -> tuple[Answer, set[str]]:
        """The answer, and the pods that something was executed in for it. The server notes an
        exec when its connection has ended, which a process that ends has waited for."""
        before = len(self.server.settled())
        answer = ask_process(words, {"KUBECONFIG": str(self.kubeconfig)})
        paths = [seen.path_qs.partition("?")[0] for seen in self.server.settled()[before:]]
        return answer, {path.split("/")[-2] for path in paths if path.endswith("/exec")}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((Mode.INTERCONNECT, INSTALLED), id="interconnect"),
        pytest.param((Mode.CENTRAL, INSTALLED), id="central"),
        pytest.param(
            (Mode.INTERCONNECT, "25.03"), id="interconnect-25.03", marks=pytest.mark.peers
        ),
    ],
)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    mode, ovn = request.param
    folder = tmp_path_factory.mktemp("cluster")
    where = ("--dir", str(folder / "cluster"))
    try:
        toolset(ovn)
    except SuiteUnavailable as reason:
        pytest.skip(str(reason))
    try:
        assert main(["up", *where, "--mode", mode, "--ovn", ovn, "--no-policies"]) == 0
        cluster = Cluster.open(folder / "cluster")
        assert (cluster.mode, cluster.ovn) == (mode, ovn)
        with ApiServer(cluster.folder / "kube") as server:
            kubeconfig = server.write_kubeconfig(folder / "kubeconfig")
            yield Running(cluster, server, kubeconfig, folder / "dump.tar.gz")
    finally:
        left = Cluster(folder / "cluster", mode=mode, ovn=ovn)
        assert main(["down", *where]) == 0
        assert existing_namespaces(left.prefix, left.folder) == []
        assert list(marked_processes(left.folder)) == []
        assert not left.folder.exists()


@pytest.fixture(scope="module")
def governed(running: Running) -> Running:
    """With the policies applied, and dumped."""
    running.cluster.apply_policies()
    done = running.ask("dump", "--all-nodes", "-o", str(running.dump))
    assert (done.code, done.text) == (0, f"{running.dump}\n"), done.stderr
    return running


def test_everybody_reaches_everybody_without_policies(running: Running) -> None:
    found = measure_beside(running.cluster, dict.fromkeys(cells(cx.ALL_NETWORKS), True))
    assert all(found.values()), table_text(found)
    assert len([cell for cell in found if cell.crosses]) == 4 * 24


@pytest.mark.parametrize(
    ("network", "switch", "frames"),
    [
        (cx.LOCALNET, "ubr", "icmp"),
        (cx.VLAN, "ubr", f"vlan {cx.VLAN.vlan} and icmp"),
        (cx.LAYER2, "tbr", "udp dst port 6081"),
    ],
    ids=lambda value: value.name if isinstance(value, cx.Network) else "",
)
def test_frames_between_the_nodes(
    running: Running, network: cx.Network, switch: str, frames: str
) -> None:
    """Untagged, tagged, and in a tunnel; each seen by tcpdump on the switch between the nodes."""
    cluster = running.cluster
    argv = ["tcpdump", "-nn", "-c", "1", "--immediate-mode", "-i", switch, frames]
    inside = ["ip", "netns", "exec", cluster.underlay_netns, "timeout", "8", *argv]
    watch = subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert watch.stderr is not None
        for line in watch.stderr:
            if "listening on" in line:
                break
        assert ping(cluster, Cell(network, WEB_1.name, WEB_2.name))
        seen, _ = watch.communicate(timeout=10)
    finally:
        watch.kill()
        watch.wait()
    ends = (WEB_1, WEB_2)
    told = (
        [pod.address(network) for pod in ends]
        if network != cx.LAYER2
        else [pod.node.tunnel_address for pod in ends]
    )
    assert any(address in seen for address in told), seen


def test_the_ping_table_is_what_is_predicted_live_and_from_the_dump(
    governed: Running, tmp_path: Path
) -> None:
    wanted = cells()
    flows = tmp_path / "flows"
    flows.write_text("".join(f"{json.dumps(cell.flow)}\n" for cell in wanted))
    live = governed.ask("trace", "--flows", str(flows))
    assert ask_dump(governed.dump, "trace", "--flows", str(flows)).text == live.text
    answers = [json.loads(line) for line in live.text.splitlines()]
    assert {answer["verdict"] for answer in answers} == {"allow", "drop"}
    predicted = {
        cell: answer["verdict"] == "allow" and answer["reply"] == "allow"
        for cell, answer in zip(wanted, answers, strict=True)
    }
    real = measure_beside(governed.cluster, predicted)
    assert [cell for cell in wanted if predicted[cell] != real[cell]] == [], table_text(real)
    for network in cx.NETWORKS:
        across = {real[cell] for cell in wanted if cell.network == network and cell.crosses}
        assert across == {True, False}, network.name


def _masters(cluster: Cluster) -> set[str]:
    """Pods with databases of all nodes; none in interconnect mode."""
    return set() if cluster.is_interconnect else {master_name(node) for node in cx.NODES}


def test_explain_asks_the_workloads_node_alone(governed: Running) -> None:
    answer, asked = governed.executed_in("explain", f"pod/{DB_3.name}", "-o", "json")
    assert answer.code == 0
    assert asked - _masters(governed.cluster) == {ovnkube_name(DB_3.node), DB_3.name}
    by_network = {one["network"]: one["hops"] for one in answer.answer["attachments"]}
    for network in cx.ALL_NETWORKS:
        hops = by_network[network.name]
        assert {hop["state"] for hop in hops} == {"ok"}, hops
        assert {hop["node"] for hop in hops} == {DB_3.node.name}
    last = {name: hops[-1] for name, hops in by_network.items()}
    assert last[cx.LOCALNET.name]["kind"] == last[cx.VLAN.name]["kind"] == "uplink"
    for name in (cx.LAYER2.name, cx.DEFAULT.name):
        assert last[name]["kind"] == "tunnel"
        assert len(last[name]["facts"]["tunnels"]) == 2


@dataclass(frozen=True, slots=True)
class Drop:
    """A flow that a policy drops: by whom, and on which node."""

    network: cx.Network
    source: cx.ClusterPod
    target: cx.ClusterPod
    policy: str
    at: cx.ClusterPod
    stage: str


DROPS = (
    Drop(cx.LOCALNET, DB_1, WEB_3, "db-to-few", DB_1, "ls_in_acl_after_lb"),
    Drop(cx.LOCALNET, WEB_3, WEB_2, "web-from-few", WEB_2, "ls_out_acl"),
    Drop(cx.VLAN, WEB_3, WEB_1, "web-from-block", WEB_1, "ls_out_acl"),
    Drop(cx.LAYER2, DB_3, DB_1, "db-to-some", DB_3, "ls_in_acl_after_lb"),
    Drop(cx.LAYER2, WEB_1, DB_2, "db-to-some", DB_2, "ls_out_acl"),
)


@pytest.fixture(scope="module")
def kept(governed: Running) -> AskedSnapshot:
    """The dump, read."""
    return read_dump(governed.dump)


@pytest.mark.parametrize(
    "drop", DROPS, ids=lambda drop: f"{drop.network.name}-{drop.source.name}-{drop.target.name}"
)
def test_which_nodes_acl_drops_it(kept: AskedSnapshot, drop: Drop) -> None:
    ends = (f"pod/{drop.source.name}", f"pod/{drop.target.name}")
    found = kept.trace(Flow(*ends, network=drop.network.name))
    assert found.verdict == "drop"
    assert f" on {drop.at.node.name}: default deny of" in found.reason
    last = found.steps[-1]
    assert (last.kind, last.node) == ("acl", drop.at.node.name)
    assert (last.stage or "").startswith(drop.stage)
    assert found.deciding is not None
    assert found.deciding.policy is not None
    assert drop.policy in (found.deciding.policy.name or "")
    crossed = [step for step in found.steps if step.kind == "underlay"]
    assert bool(crossed) == (drop.at == drop.target)


def test_trace_asks_both_nodes_and_no_third(governed: Running) -> None:
    words = ("trace", f"pod/{WEB_3.name}", f"pod/{WEB_1.name}", "--network", cx.VLAN.name)
    answer, asked = governed.executed_in(*words, "-o", "json")
    assert answer.code == 1
    if governed.cluster.is_interconnect:
        assert asked == {ovnkube_name(pod.node) for pod in (WEB_3, WEB_1)}
    else:
        assert len(asked) == 1
        assert asked <= _masters(governed.cluster)


@pytest.mark.parametrize("network", [cx.LOCALNET, cx.VLAN], ids=lambda network: network.name)
def test_a_flow_leaves_by_one_br_ex_and_enters_by_the_other(
    kept: AskedSnapshot, network: cx.Network
) -> None:
    there, back = (WEB_1.node.name, WEB_2.node.name), (WEB_2.node.name, WEB_1.node.name)
    source = DB_1 if network == cx.LOCALNET else WEB_1
    found = kept.trace(Flow(f"pod/{source.name}", f"pod/{WEB_2.name}", network=network.name))
    assert found.reply is not None
    assert (found.verdict, found.reply.verdict) == ("allow", "allow")
    for steps, nodes in ((found.steps, there), (found.reply.steps, back)):
        at = [step.kind for step in steps].index("underlay")
        assert f"the physical network {network.name}" in steps[at].name
        assert (f"VLAN {network.vlan}," in steps[at].name) == (network.vlan is not None)
        before, after = steps[:at], steps[at + 1 :]
        assert (before[-1].kind, before[-1].name) == ("output", network.localnet_port)
        assert {step.node for step in before} == {nodes[0]}
        assert {step.node for step in after} == {nodes[1]}
    decided = [step.node for step in found.steps if step.acl is not None]
    assert decided == (list(there) if source == DB_1 else [there[1]])


def _confirmed(
    running: Running, source: cx.ClusterPod, target: cx.ClusterPod, network: cx.Network
) -> dict[str, Any]:
    """The answer with what the nodes' own tools say, which fits the schema."""
    words = ("trace", f"pod/{source.name}", f"pod/{target.name}", "--network", network.name)
    found = running.ask(*words, "--confirm", "-o", "json").answer
    jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text())).validate(found)
    first = found["confirm"]["nodes"][0]
    own = ("node", "verdict", "deciding", "tools")
    assert [found["confirm"][key] for key in own] == [first[key] for key in own]
    return dict(found)


def _is_lost(cluster: Cluster, cell: Cell) -> bool:
    """Really pinged in one kind of cluster only: a ping without an answer takes its time."""
    is_pinged = cluster.is_interconnect and cluster.ovn == INSTALLED
    return not (is_pinged and ping(cluster, cell))


def _said(found: dict[str, Any]) -> dict[str, list[tuple[str, bool | None]]]:
    """Verdict and agreement of both tools, by node."""
    return {
        node["node"]: [(tool["verdict"], tool["agrees"]) for tool in node["tools"]]
        for node in found["confirm"]["nodes"]
    }


@pytest.mark.parametrize(
    ("source", "target", "network", "verdict"),
    [
        (DB_1, WEB_2, cx.LOCALNET, "allow"),
        (WEB_3, WEB_2, cx.LOCALNET, "drop"),
        (WEB_1, WEB_2, cx.VLAN, "allow"),
        (WEB_3, WEB_1, cx.VLAN, "drop"),
        (DB_1, WEB_2, cx.LAYER2, "allow"),
        (WEB_1, DB_2, cx.LAYER2, "drop"),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_the_own_tools_of_both_nodes_confirm_it(
    governed: Running,
    source: cx.ClusterPod,
    target: cx.ClusterPod,
    network: cx.Network,
    verdict: str,
) -> None:
    found = _confirmed(governed, source, target, network)
    assert (found["verdict"], found["confirm"]["agrees"]) == (verdict, True), found["confirm"]
    assert _said(found) == {
        source.node.name: [("allow", True)] * 2,
        target.node.name: [(verdict, True)] * 2,
    }
    [_, last] = found["confirm"]["nodes"]
    assert [tool["deciding"] for tool in last["tools"]] == [found["deciding"]] * 2


def test_where_the_packet_ends_before_the_second_node_is_not_asked(governed: Running) -> None:
    found = _confirmed(governed, DB_1, WEB_3, cx.LOCALNET)
    assert _said(found) == {DB_1.node.name: [("drop", True)] * 2, WEB_3.node.name: []}
    assert found["confirm"]["agrees"] is True
    assert f"the packet ends on {DB_1.node.name}" in found["confirm"]["reason"]


@pytest.mark.parametrize(
    ("fault", "source", "network", "word"),
    [
        (dropped_in_br_int, DB_1, cx.LOCALNET, "priority 65000"),
        (dropped_in_br_int, DB_1, cx.LAYER2, "priority 65000"),
        (dropped_in_br_ex, WEB_1, cx.VLAN, "by bond0 of br-ex does not get to br-int"),
        (not_mapped, DB_1, cx.LOCALNET, "br-int, which has no patch port"),
        (mapped_to_another_bridge, DB_1, cx.LOCALNET, "leads to br-other"),
    ],
    ids=lambda value: str(getattr(value, "__name__", getattr(value, "name", value))),
)
def test_a_fault_on_the_second_node_alone_is_that_nodes(
    governed: Running, fault: Fault, source: cx.ClusterPod, network: cx.Network, word: str
) -> None:
    with fault(governed.cluster, WEB_2, network):
        found = _confirmed(governed, source, WEB_2, network)
        assert _is_lost(governed.cluster, Cell(network, source.name, WEB_2.name))
    assert (found["verdict"], found["confirm"]["agrees"]) == ("unknown", False)
    assert found["confirm"]["verdict"] == "allow"
    said = {source.node.name: [("allow", True)] * 2}
    said[WEB_2.node.name] = [("allow", True), ("drop", False)]
    assert _said(found) == said
    assert f"on {WEB_2.node.name} ofproto/trace says drop" in found["reason"]
    assert word in found["reason"]
    assert _confirmed(governed, source, WEB_2, network)["confirm"]["agrees"] is True


def test_through_routers_both_nodes_are_asked_without_a_verdict(governed: Running) -> None:
    """Which is open: nothing agrees or disagrees, and what each tool says is told."""
    ends = (WEB_1, WEB_2)
    names = [pod.node.name for pod in ends]
    found = _confirmed(governed, *ends, cx.DEFAULT)
    assert (found["verdict"], found["confirm"]["agrees"]) == ("unknown", None)
    assert _said(found) == dict.fromkeys(names, [("allow", None)] * 2)
    with denied_on_the_default_network(governed.cluster, WEB_2):
        found = _confirmed(governed, *ends, cx.DEFAULT)
        assert _is_lost(governed.cluster, Cell(cx.DEFAULT, WEB_1.name, WEB_2.name))
    assert _said(found) == {
        names[0]: [("allow", None)] * 2,
        names[1]: [("drop", None)] * 2,
    }
    assert all(tool["deciding"] for tool in found["confirm"]["nodes"][1]["tools"])


QUESTIONS = (("ls",), ("explain", f"pod/{WEB_1.name}"), ("lint",))


def test_the_dump_of_all_nodes_is_whole_and_answers_alike(governed: Running) -> None:
    for words in QUESTIONS:
        live = governed.ask(*words, "-o", "json")
        kept = ask_dump(governed.dump, *words, "-o", "json")
        assert json.dumps(comparable(live)) == json.dumps(comparable(kept)), words
        assert kept.answer["gaps"] == [], words
    listed = ask_dump(governed.dump, "ls", "-o", "json").answer["workloads"]
    places = {row["name"]: row["node"] for row in listed}
    assert places == {pod.name: pod.node.name for pod in cx.PODS}


def test_a_second_cluster_in_the_folder_is_refused(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "--dir", str(running.cluster.folder)]) == 1
    assert "is not empty" in capsys.readouterr().err
    with pytest.raises(LabError, match="a cluster is in it"):
        Lab.open(running.cluster.folder)


def test_the_environment_reaches_a_nodes_own_database(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    node = cx.NODES[1]
    assert main(["env", node.name, "--dir", str(running.cluster.folder)]) == 0
    shown = capsys.readouterr().out
    asked = f"{shown}\novs-vsctl get Open_vSwitch . external_ids:hostname"
    said = running.cluster.inside(running.cluster.underlay_netns, "sh", "-c", asked)
    assert said.stdout.strip().strip('"') == node.name


def test_a_folder_without_a_cluster_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ping", "--dir", str(tmp_path)]) == 1
    assert "no lab here" in capsys.readouterr().err


def test_without_its_policies_again(governed: Running) -> None:
    """The last one: the policies do not come back."""
    dropped = [Cell(drop.network, drop.source.name, drop.target.name) for drop in DROPS]
    governed.cluster.remove_policies()
    found = measure_beside(governed.cluster, dict.fromkeys(dropped, True))
    assert all(found.values()), table_text(found)
