"""A dump of the lab answers as the lab itself does, but for what `same_answer` names."""

import gzip
import itertools
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from collectors.ovsdbfile import read_database_file
from ovntrace.model.capture import Capture, Target
from tests.lab import example as ex
from tests.lab.asking import ask_dump, ask_live, ask_local
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable, dump_of

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

NODE = Target(node=ex.NODE)


def _name(pod: ex.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


ENDS = (*map(_name, ex.PODS), "192.168.77.1", "8.8.8.8")
QUESTIONS: tuple[tuple[str, ...], ...] = (
    *(("explain", _name(pod)) for pod in ex.PODS),
    *(("explain", name) for name in (ex.TINYPOD.lsp, "pod/ovnkube-node-7xk2p")),
    ("explain", _name(ex.TINYPOD), "--to", "192.168.77.10", "--network", ex.NETWORK, "--tcp", "22"),
    ("trace", ENDS[0], "8.8.8.8", "--network", ex.NETWORK),
    ("ls",),
    ("lint",),
)
FLOWS = [
    {"src": a, "dst": b, "proto": "icmp", "network": network}
    for network in (ex.NETWORK, "default")
    for a, b in itertools.permutations(ENDS, 2)
    if a.count("/")
]


@pytest.fixture(scope="module")
def dumped(breakable: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Path]]:
    """The lab, and the dump that was taken of it."""
    yield breakable, dump_of(breakable, tmp_path_factory.mktemp("dump") / "dump.tar.gz")


def _differing(lab: Lab, dump: Path, questions: tuple[tuple[str, ...], ...]) -> list[str]:
    found = []
    for words in questions:
        live = ask_live(lab, *words, "-o", "json")
        kept = ask_dump(dump, *words, "-o", "json")
        # The text, not the values: keys and rows are to be in the same order, too.
        if json.dumps(comparable(live)) != json.dumps(comparable(kept)):
            found.append(" ".join(words))
    return found


def test_every_answer_is_the_live_one(dumped: tuple[Lab, Path]) -> None:
    assert _differing(*dumped, QUESTIONS) == []


def test_every_pairs_verdict_is_the_live_one(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    lab, path = dumped
    flows = tmp_path / "flows"
    flows.write_text("".join(f"{json.dumps(flow)}\n" for flow in FLOWS))
    live = ask_live(lab, "trace", "--flows", str(flows))
    assert live.text.count("\n") == len(FLOWS) > 50
    assert live.text.count('"allow"') > 20
    assert ask_dump(path, "trace", "--flows", str(flows)).text == live.text


def test_the_servers_own_files_are_in_it(dumped: tuple[Lab, Path]) -> None:
    dump = Dump(dumped[1])
    found: dict[str, bytes] = {}
    for name, schema in (("nb", "OVN_Northbound"), ("sb", "OVN_Southbound")):
        capture = dump.fetch(NODE, BY_NAME[name], 1)
        assert isinstance(capture, Capture)
        found[name] = capture.data
        assert capture.argv[2:5] == ("gzip", "-1", "-c")
        assert read_database_file(capture.data, ()).schema_name == schema
    assert _flows_of(found["sb"])


def test_the_file_has_the_flows_that_are_listed(breakable: Lab, tmp_path: Path) -> None:
    """Those that were there before and after; northd may write one at any time."""
    path = tmp_path / "dump.tar.gz"
    before = _listed_flows(breakable)
    done = ask_live(breakable, "dump", "-o", str(path))
    assert done.code == 0, done.stderr
    after = _listed_flows(breakable)
    capture = Dump(path).fetch(NODE, BY_NAME["sb"], 1)
    assert isinstance(capture, Capture)
    assert before & after <= _flows_of(capture.data) <= before | after
    assert len(before & after) > 100


def _listed_flows(lab: Lab) -> set[str]:
    return set(lab.ctl("ovn-sbctl", "--bare", "--columns=_uuid", "list", "Logical_Flow").split())


def _flows_of(data: bytes) -> set[str]:
    database = read_database_file(data, ("Logical_Flow",)).database
    return {row.uuid for row in database.table("Logical_Flow")}


@pytest.mark.parametrize("bridge", ["br-int", "br-ex"])
def test_openflow_is_what_ovs_ofctl_prints(dumped: tuple[Lab, Path], bridge: str) -> None:
    lab, path = dumped
    capture = Dump(path).fetch(NODE, BY_NAME["openflow"].filled({"bridge": bridge}), 1)
    assert isinstance(capture, Capture)
    assert capture.data.startswith(b"OFPST_FLOW reply (OF1.5)")
    table = [line for line in capture.data.splitlines() if line.startswith(b" cookie=")]
    alone = lab.ctl("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", bridge)
    # A few are learned from frames, at any time.
    assert alone.count(" cookie=") == pytest.approx(len(table), abs=9)
    assert table


@pytest.mark.parametrize("versions", ["OpenFlow10", "OpenFlow13", "OpenFlow13,OpenFlow15"])
def test_a_bridge_that_speaks_few_versions_is_read(dumped: tuple[Lab, Path], versions: str) -> None:
    lab, _ = dumped
    argv = BY_NAME["openflow"].filled({"bridge": "br-ex"}).command(5)
    lab.ctl("ovs-vsctl", "set", "bridge", "br-ex", f"protocols={versions}")
    try:
        assert " cookie=" in lab.ctl(*argv)
    finally:
        lab.ctl("ovs-vsctl", "clear", "bridge", "br-ex", "protocols")


def test_a_folder_and_the_tools_lists_answer_alike(
    dumped: tuple[Lab, Path], tmp_path: Path
) -> None:
    """Where the servers' files can't be read: as a container without them."""
    lab, _ = dumped
    link = Path("/etc/netns") / lab.places.node / "ovn"
    target = link.readlink()
    link.unlink()
    try:
        done = ask_live(lab, "dump", "-o", str(tmp_path / "d"))
    finally:
        link.symlink_to(target)
    assert done.code == 0, done.stderr
    folder = tmp_path / "d" / ex.NODE
    assert {"nbctl", "sbctl"} <= {path.name for path in folder.iterdir()}
    assert not list(folder.glob("*.db*"))
    few = (QUESTIONS[0], QUESTIONS[3], ("ls",), ("lint",))
    assert _differing(lab, tmp_path / "d", few) == []


def test_of_the_node_itself(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    """--local: no API, the pods by their logical ports, their interfaces by the namespaces."""
    lab, _ = dumped
    done = ask_local(lab, "dump", "-o", str(tmp_path / "d"))
    assert done.code == 0, done.stderr
    assert (tmp_path / "d" / ex.NODE / "nb.db.gz").exists()
    for pod in ex.PODS[1:4]:
        live = ask_local(lab, "explain", pod.lsp, "-o", "json")
        kept = ask_dump(tmp_path / "d", "explain", pod.lsp, "-o", "json")
        assert json.dumps(comparable(live)) == json.dumps(comparable(kept)), pod.name


def test_a_fault_is_the_same_in_the_dump(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    lab, _ = dumped
    mappings = lab.ctl("ovs-vsctl", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings")
    lab.ctl("ovs-vsctl", "remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings")
    try:
        lab.settle()
        done = ask_live(lab, "dump", "-o", str(tmp_path / "d"))
        assert done.code == 0, done.stderr
        answer = ask_live(lab, *QUESTIONS[0], "-o", "json")
        assert answer.code == 1
        assert _differing(lab, tmp_path / "d", QUESTIONS[:2]) == []
    finally:
        word = f"external_ids:ovn-bridge-mappings={mappings.strip()}"
        lab.ctl("ovs-vsctl", "set", "Open_vSwitch", ".", word)
        lab.settle()


def test_one_workload_alone(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    lab, _ = dumped
    words = ("dump", "--workload", ex.TINYPOD.name, "-n", ex.NAMESPACE, "-o", str(tmp_path / "d"))
    assert ask_live(lab, *words).code == 0
    pods = [path.parent.name for path in (tmp_path / "d").rglob("ip.json") if "pods" in path.parts]
    assert pods == [ex.TINYPOD.name]
    assert _differing(lab, tmp_path / "d", (QUESTIONS[0],)) == []


def test_gzip_of_the_node_is_the_file_itself(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    lab, path = dumped
    subprocess.run(["tar", "xzf", path, "-C", tmp_path], check=True)
    copied = gzip.decompress((tmp_path / "ovntrace-dump" / ex.NODE / "nb.db.gz").read_bytes())
    assert (lab.places.ovn / "ovnnb_db.db").read_bytes().startswith(copied)


def test_a_dump_of_a_dump_answers_as_the_first(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    _, path = dumped
    assert ask_dump(path, "dump", "-o", str(tmp_path / "d")).code == 0
    first = ask_dump(path, *QUESTIONS[1], "-o", "json")
    second = ask_dump(tmp_path / "d", *QUESTIONS[1], "-o", "json")
    assert json.dumps(comparable(first)) == json.dumps(comparable(second))


def test_events_of_a_pod_without_a_port(dumped: tuple[Lab, Path], tmp_path: Path) -> None:
    """The last one: the port does not come back."""
    lab, _ = dumped
    pod, message = ex.TINYPOD_02, "failed to find OVN bridge-mapping"
    events = lab.places.kube / "events.json"
    document = json.loads(events.read_text())
    document["items"].append(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "stuck.1", "namespace": pod.namespace},
            "involvedObject": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace},
            "reason": "FailedCreatePodSandBox",
            "message": message,
        }
    )
    events.write_text(json.dumps(document))
    lab.ctl("ovn-nbctl", "--wait=hv", "lsp-del", pod.lsp)
    assert ask_live(lab, "dump", "-o", str(tmp_path / "d")).code == 0
    assert message in ask_live(lab, "explain", _name(pod), "-o", "json").text
    assert _differing(lab, tmp_path / "d", (("explain", _name(pod)),)) == []
