"""What each side of a diff is asked for."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from collectors.artifacts import Artefact
from collectors.base import Collector
from collectors.dump import Dump
from ovntrace.cli.collect_diff import SideReader, read_whole, read_workload
from ovntrace.errors import WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Target
from ovntrace.view.subject import Query
from tests.captured import FOLDER
from tests.diff import changes
from tests.diff.cluster import HERE, THERE, TWO_NODES, Cluster

CAPTURE = FOLDER / f"{TWO_NODES}.tar.gz"
LINKS = b'[{"ifname": "eth0", "ifindex": 2, "flags": ["UP"], "mtu": 1400, "addr_info": []}]'


class Live:
    """A dump that says it is a cluster, and remembers what it was asked for."""

    kind, place = "kube", "https://played:6443"

    def __init__(self, path: Path) -> None:
        self._dump = Dump(path)
        self.asked: set[tuple[str, str]] = set()

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str] | Missing:
        return self._dump.nodes()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        self.asked.add((artefact.name, str(target)))
        return self._dump.fetch(target, artefact, timeout_s)

    def close(self) -> None:
        self._dump.close()


def reader(collector: Collector) -> SideReader:
    return SideReader(collector, 10.0, lambda _line: None)


@pytest.fixture
def with_links(tmp_path: Path) -> Path:
    """The capture with the interfaces inside of one pod."""
    folder = Cluster().write(tmp_path)
    place = folder / HERE / "pods" / "llm-demo" / "tinypod"
    place.mkdir(parents=True)
    (place / "ip.json").write_bytes(LINKS)
    return folder


@pytest.mark.parametrize("live_first", [True, False])
def test_pods_are_entered_only_where_the_other_side_was(with_links: Path, live_first: bool) -> None:
    live, dump = Live(CAPTURE), Dump(with_links)
    sides = [reader(live), reader(dump)]
    snapshots = read_whole(*(sides if live_first else sides[::-1]))
    entered = {place for name, place in live.asked if name.startswith("pod-links")}
    assert entered == {"llm-demo/tinypod"}
    assert {("nb", HERE), ("nb", THERE), ("sb", THERE), ("ovs", HERE)} <= live.asked
    told = snapshots[1] if live_first else snapshots[0]
    assert set(told.pod_links) == {("llm-demo", "tinypod")}
    assert set(told.nb) == {HERE, THERE}


def test_of_one_workload_only_its_node_and_its_peers(with_links: Path) -> None:
    live = Live(CAPTURE)
    _, _, subject = read_workload(reader(Dump(with_links)), reader(live), Query("tinypod"))
    assert str(subject) == "pod/llm-demo/tinypod"
    databases = {one for one in live.asked if one[0] in ("nb", "sb", "ovs")}
    # On the other node is a pod of its network: its zone has a say in what passes.
    assert databases == {("nb", HERE), ("nb", THERE), ("sb", HERE), ("ovs", HERE)}
    assert {place for name, place in live.asked if name == "pod-links"} == {"llm-demo/tinypod"}


def test_of_a_workload_without_a_network_of_its_own_nobody_else() -> None:
    live = Live(CAPTURE)
    read_workload(reader(Dump(CAPTURE)), reader(live), Query("db-0"))
    assert {one for one in live.asked if one[0] == "nb"} == {("nb", HERE)}


def test_a_workload_that_moved_is_looked_for_on_both_nodes(tmp_path: Path) -> None:
    cluster = Cluster()
    changes.pod_moves(cluster)
    old, new, _ = read_workload(
        reader(Dump(CAPTURE)), reader(Dump(cluster.write(tmp_path))), Query("tinypod")
    )
    assert set(old.nb) == set(new.nb) == {HERE, THERE}
    assert (set(old.sb), set(new.sb)) == ({HERE}, {THERE})


def test_a_name_that_means_two_things(tmp_path: Path) -> None:
    """An address that another workload has now."""
    cluster = Cluster()
    cluster.replace_text("192.168.77.91", "192.168.77.9x")
    cluster.replace_text("192.168.77.92", "192.168.77.91")
    changed = Dump(cluster.write(tmp_path))
    with pytest.raises(WrongQuestionError, match="another workload on each side") as error:
        read_workload(reader(Dump(CAPTURE)), reader(changed), Query("192.168.77.91"))
    assert error.value.candidates == ("pod/llm-demo/tinypod", "pod/llm-demo/tinypod-01")


def test_lists_of_rare_owners_are_read_of_both_sides_if_one_has_an_acl(tmp_path: Path) -> None:
    """The side without such an ACL has them too: its objects came, or went."""
    without = Cluster()
    for node in (HERE, THERE):
        rows = without.rows(node, "nbctl/ACL")
        kinds = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "EgressFirewall")
        rare = [one for one in rows if one.ids.get("k8s.ovn.org/owner-type") in kinds]
        assert rare
        without.remove(node, "nbctl/ACL", *rare)
    folder = without.write(tmp_path)
    lists = {"adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls"}
    one, other = Live(CAPTURE), Live(folder)
    read_whole(reader(one), reader(other))
    assert lists <= {name for name, _ in one.asked} & {name for name, _ in other.asked}
    neither = Live(folder), Live(folder)
    read_whole(reader(neither[0]), reader(neither[1]))
    assert not lists & {name for place in neither for name, _ in place.asked}
