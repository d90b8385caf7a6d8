"""Objects of kinds that few clusters have are read where an ACL of the question is of one."""

from collections.abc import Sequence

import pytest

from collectors.artifacts import Artefact
from collectors.dump import Dump
from ovntrace.api import read_dump
from ovntrace.cli.collect import LISTS, for_flow, for_flows, for_workload
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.policy.ruleport import RulePort
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.explain import explain
from ovntrace.view.outcome import exit_code
from ovntrace.view.subject import Query
from ovntrace.view.types import ExplainView, PolicyRef
from tests.captured import FOLDER, NOW

_CAPTURE = FOLDER / "ovn-kubernetes-2023-12-running-example.tar.gz"
_RARE = ("adminnetworkpolicies", "baselineadminnetworkpolicies", "egressfirewalls")
_API, _CLIENT, _OUT = "team-b/api-0", "team-b/client-0", "egress-ns/out-0"


class Place:
    """The capture as a cluster whose API answers to `rare` lists as told, and notes each."""

    kind, place = "kube", "https://api.example:6443"

    def __init__(self, reason: Reason | None = None) -> None:
        self._dump = Dump(_CAPTURE)
        self._reason = reason
        self.asked: list[str] = []

    def can_run(self) -> str | None:
        return None

    def nodes(self) -> Sequence[str] | Missing:
        return self._dump.nodes()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        self.asked.append(artefact.name)
        if artefact.name in _RARE and self._reason is not None:
            origin = f"GET {artefact.path()}"
            return Missing(target, artefact.name, self._reason, "said the server", "", origin)
        return self._dump.fetch(target, artefact, timeout_s)

    def close(self) -> None:
        self._dump.close()

    @property
    def rare(self) -> tuple[str, ...]:
        """Those that were asked for, of the lists that most clusters do not have."""
        return tuple(sorted(name for name in self.asked if name in _RARE))


def _quiet(_line: str) -> None:
    """Nobody watches."""


def _query(name: str) -> Query:
    namespace, _, pod = name.partition("/")
    return Query(pod, namespace)


def _explained(place: Place, name: str) -> ExplainView:
    snapshot, subject = for_workload(place, _query(name), 10, _quiet)
    return explain(snapshot, subject, now=NOW)


def _policies(view: ExplainView, kind: str) -> list[PolicyRef]:
    acls = (acl for one in view.attachments for acl in one.acls)
    return [acl.policy for acl in acls if acl.policy is not None and acl.policy.kind == kind]


@pytest.mark.parametrize(
    ("workload", "lists"),
    [
        ("llm-demo/tinypod", ()),
        ("team-a/web-0", ()),
        (_API, ("adminnetworkpolicies",)),
        (_OUT, ("baselineadminnetworkpolicies", "egressfirewalls")),
    ],
)
def test_only_lists_that_own_its_acls_are_asked_for(workload: str, lists: tuple[str, ...]) -> None:
    place = Place()
    _explained(place, workload)
    assert place.rare == lists
    # What is asked of all comes first, and nothing of it waits for these.
    assert place.asked[: len(LISTS)] == list(LISTS)
    assert set(place.asked[len(place.asked) - len(lists) :]) == set(lists)


def test_peers_and_ports_of_an_administrator_s_policy() -> None:
    found = _policies(_explained(Place(), _API), "AdminNetworkPolicy")
    assert found
    assert {(one.direction, one.rule, one.peer, one.ports) for one in found} == {
        ("Ingress", 0, 0, (RulePort(0, "TCP", "9100"),)),
        ("Ingress", 1, 0, ()),
        ("Egress", 0, 0, ()),
        ("Egress", 1, 0, (RulePort(0, "TCP", "1-1023"),)),
    }


def test_peers_and_ports_of_an_egress_firewall_and_the_baseline() -> None:
    view = _explained(Place(), _OUT)
    found = _policies(view, "EgressFirewall")
    assert [(one.rule, one.cidr, one.ports) for one in found] == [
        (0, "8.8.8.8/32", (RulePort(0, "UDP", "53"),)),
        (1, "192.0.2.0/24", ()),
        (2, "0.0.0.0/0", ()),
    ]
    [baseline] = _policies(view, "BaselineAdminNetworkPolicy")
    assert (baseline.peer, baseline.ports) == (0, ())


@pytest.mark.parametrize(("reason", "gaps"), [(Reason.ABSENT, 0), (Reason.DENIED, 1)])
def test_a_cluster_without_the_kind_has_no_gap(reason: Reason, gaps: int) -> None:
    """404 is an answer; 403 is none, but the rest of the answer stands."""
    sound = _explained(Place(), _API)
    view = _explained(Place(reason), _API)
    told = [gap for gap in view.gaps if gap.artefact in _RARE]
    assert len(told) == gaps
    assert exit_code(view) is exit_code(sound)
    found = _policies(view, "AdminNetworkPolicy")
    assert {one.rule for one in found} == {0, 1}
    assert {one.peer for one in found} == {None}


def test_of_a_flow_the_lists_of_both_ends() -> None:
    place = Place()
    snapshot, (src, dst) = for_flow(place, (_query(_OUT), _query(_API)), 10, _quiet)
    assert place.rare == _RARE
    view = Tracer(snapshot).trace(Flow(src, dst, "tcp", 9100, network="default"), now=NOW)
    assert view.deciding is not None
    policy = view.deciding.policy
    assert policy is not None
    assert (policy.kind, policy.rule, policy.peer) == ("AdminNetworkPolicy", 0, 0)
    assert policy.ports == (RulePort(0, "TCP", "9100"),)


def test_of_a_flow_that_has_none_no_list() -> None:
    place = Place()
    for_flow(place, (_query("llm-demo/tinypod"), _query("llm-demo/tinypod-01")), 10, _quiet)
    assert place.rare == ()


def test_for_many_flows_all() -> None:
    place = Place()
    for_flows(place, 10, _quiet)
    assert place.rare == _RARE


def test_a_dump_that_lacks_the_lists_has_a_gap_where_they_matter() -> None:
    """Dumps of before have none: whom they do not concern is not told."""

    class Old(Dump):
        def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
            if artefact.name in _RARE:
                return Missing(target, artefact.name, Reason.ABSENT, "the dump has none", "", "")
            return super().fetch(target, artefact, timeout_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ovntrace.api.Dump", Old)
        asked = read_dump(_CAPTURE)
    told = {
        name: {gap.artefact for gap in asked.explain(*reversed(name.split("/"))).gaps} & {*_RARE}
        for name in ("llm-demo/tinypod", _API)
    }
    assert told == {"llm-demo/tinypod": set(), _API: {"adminnetworkpolicies"}}


def test_the_interface_for_notebooks_knows_them() -> None:
    found = _policies(read_dump(_CAPTURE).explain("api-0", "team-b"), "AdminNetworkPolicy")
    assert {one.peer for one in found} == {0}
