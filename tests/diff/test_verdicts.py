"""Which flows are judged, how many, and that nothing is left out without a word."""

import pytest

from ovntrace.diff.compare import diff
from ovntrace.diff.owners import Owned
from ovntrace.diff.protocols import PING, named_protocols, protocols_of
from ovntrace.diff.types import WorkloadKey
from ovntrace.diff.verdicts import Asked
from ovntrace.diff.zones import AclRow
from ovntrace.view.types import AclView
from tests.captured import NOW
from tests.diff import changes
from tests.diff.cluster import LOCALNET_PORT, Cluster

TINYPOD = WorkloadKey("pod", "llm-demo", "tinypod")


def acl(match: str, network: str | None) -> AclRow:
    view = AclView("u", None, "to-lport", 2, 1001, match, "allow", "ls_out_acl", None, "nothing")
    return AclRow((), (), Owned((), None, network), view, ())


@pytest.mark.parametrize(
    ("match", "ports"),
    [
        ("tcp && tcp.dst==8080", [("tcp", 8080)]),
        ("tcp.dst == {9000,8080}", [("tcp", 8080), ("tcp", 9000)]),
        ("udp && 8000<=udp.dst<=8010", [("udp", 8000), ("udp", 8010)]),
        ("sctp.dst == 7 || tcp.dst <= 20", [("sctp", 7), ("tcp", 20)]),
        ("tcp.dst == 99999", []),
        ("tcp.src == 80 && ip4.dst == 10.0.0.1", []),
    ],
)
def test_ports_that_a_match_names(match: str, ports: list[tuple[str, int]]) -> None:
    named = named_protocols([acl(match, "net")])
    assert protocols_of(named, "net") == [PING, *ports]
    assert protocols_of(named, "other") == [PING]
    anyone = named_protocols([acl(match, None)])
    assert protocols_of(anyone, "other") == [PING, *ports]


def test_a_limit_is_told() -> None:
    view = diff(Cluster().snapshot(), Cluster().snapshot(), now=NOW, max_flows=10)
    assert view.flows.judged == 10
    assert view.flows.possible > 10
    [told] = [one for one in view.limits if "--max-flows" in one]
    assert told.startswith(f"10 of {view.flows.possible} flows")


def test_no_limit_is_reached() -> None:
    one = Cluster().snapshot()
    view = diff(one, one, TINYPOD, now=NOW, max_flows=10_000)
    assert view.flows.judged == view.flows.possible > 0
    assert not [told for told in view.limits if "--max-flows" in told]
    # Through routers to the other node: never judged, and said.
    assert [told for told in view.limits if "routers" in told]


def test_changed_workloads_come_first() -> None:
    """Few flows are enough to see what a change did."""
    new = Cluster()
    changes.port_leaves_group(new)
    view = diff(Cluster().snapshot(), new.snapshot(), now=NOW, max_flows=60)
    assert view.flips


def test_very_many_workloads_look_at_no_acls(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is said; a port's own state and all verdicts are the same."""
    new = Cluster()
    changes.port_is_disabled(new)
    changes.port_leaves_group(new)
    sides = Cluster().snapshot(), new.snapshot()
    whole = diff(*sides, now=NOW, max_flows=100)
    monkeypatch.setattr("ovntrace.diff.workloads.MANY", 10)
    monkeypatch.setattr("ovntrace.diff.verdicts.MANY", 10)
    view = diff(*sides, now=NOW, max_flows=100)
    assert view.workloads == whole.workloads
    assert [(f.flow, f.old.verdict, f.new.verdict) for f in view.flips] == [
        (f.flow, f.old.verdict, f.new.verdict) for f in whole.flips
    ]
    assert [told for told in view.limits if "without their ACLs" in told]
    assert [told for told in view.limits if "default deny" in told]
    assert not [told for told in whole.limits if "ACLs" in told or "default deny" in told]


def test_flows_that_were_asked_for() -> None:
    new = Cluster()
    changes.acl_acts_otherwise(new)
    raw = {
        "switch": "localnet.cnv_ovn_localnet_switch",
        "inport": LOCALNET_PORT + "tinypod-01",
        "packet": (
            f'inport == "{LOCALNET_PORT}tinypod-01" && eth.src == 0a:58:c0:a8:4d:5c && '
            "eth.dst == 0a:58:c0:a8:4d:5b && ip4.src == 192.168.77.92 && "
            "ip4.dst == 192.168.77.91 && ip.ttl == 64 && icmp4.type == 8"
        ),
    }
    asked: list[Asked] = [
        {"src": "tinypod-01", "dst": "tinypod", "network": "localnet-cnv"},
        {"src": "tinypod", "dst": "tinypod-01", "network": "localnet-cnv"},
        raw,
        {"src": "nobody", "dst": "tinypod"},
        "not a JSON object",
    ]
    view = diff(Cluster().snapshot(), new.snapshot(), flows=asked, max_flows=0, now=NOW)
    assert [flip.flow["line"] for flip in view.flips] == [1, 3]
    assert all(flip.asked for flip in view.flips)
    assert {(one.old.verdict, one.new.verdict) for one in view.flips} == {("allow", "drop")}
    assert (view.flows.asked, view.flows.judged) == (5, 0)
    # What can't be answered is said: once, since it is so on both sides.
    assert [told[:6] for told in view.limits if "of the file" in told] == ["flow 4", "flow 5"]
