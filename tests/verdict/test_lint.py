"""Which ACLs are not in force, on which switch, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ovntrace.errors import ExitCode, NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Missing, Reason, Target
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Origin, Snapshot
from ovntrace.verdict.lint import LintView, lint, lint_exit_code
from tests import captured
from tests.tables import Ref, Rows, database, ref, uid

NOW = 1_800_000_000.0
OLD, NEW = "23.03.1-20.27.4-70.6", "25.03.0-20.33.0-78.8"
SETS = {"v4": ["10.0.0.1"], "mixed": ["10.0.0.1", "fd00::1"], "none": []}
GROUPS = {"here": ["a"], "there": ["b"], "empty": []}


def acl(match: str, action: str = "allow", **columns: Any) -> Mapping[str, Any]:
    """A row of ACL whose uuid is that of its match."""
    row = {"match": match, "action": action, "direction": "to-lport", "priority": 1000}
    return {"_uuid": uid(f"{match}{action}"), "external_ids": {}, "options": {}, **row, **columns}


def northbound(
    acls: Sequence[Mapping[str, Any]], *, ovn: str | None = NEW, without: str = "", zone: str = ""
) -> Northbound:
    """Two switches, left and right, with a port each; the ACLs are those of the left one, and of
    the group `both`, which has both ports, if their name says so."""
    options = {"northd_internal_version": ovn} if ovn else {"name": "x"}
    of_group = [row for row in acls if row.get("name") == "both"]
    groups = {**GROUPS, "both": ["a", "b"]}
    left: dict[str, Any] = {"_uuid": uid(f"left{zone}"), "name": "left", "ports": [ref("a")]}
    left["acls"] = [Ref(row["_uuid"]) for row in acls if row not in of_group]
    left["external_ids"] = {"k8s.ovn.org/network": "blue"}
    tables: dict[str, Rows] = {
        "NB_Global": [{"_uuid": uid(f"global{zone}"), "options": options}],
        "Logical_Switch": [
            left,
            {"_uuid": uid(f"right{zone}"), "name": "right", "ports": [ref("b")]},
        ],
        "Logical_Switch_Port": [
            {"_uuid": uid(port), "name": port, "addresses": [f"0a:00:00:00:00:01 10.0.0.{n}"]}
            for n, port in enumerate("ab", 1)
        ],
        "Port_Group": [
            {
                "_uuid": uid(group),
                "name": group,
                "ports": [ref(port) for port in ports],
                "acls": [Ref(row["_uuid"]) for row in of_group] if group == "both" else [],
            }
            for group, ports in groups.items()
        ],
        "ACL": acls,
        "Address_Set": [
            {"_uuid": uid(f"set {name}"), "name": name, "addresses": members}
            for name, members in SETS.items()
        ],
    }
    return Northbound(database(**{name: tables[name] for name in tables if name != without}))


def snapshot(*zones: Northbound, missing: Sequence[Missing] = ()) -> Snapshot:
    """Nodes n0, n1, ... each with a zone."""
    nb = {f"n{number}": zone for number, zone in enumerate(zones)}
    origins = {("nb", node): Origin("kubectl exec pod -- ") for node in nb}
    return Snapshot("kube", "here", nb=nb, origins=origins, missing=tuple(missing))


def judged(*acls: Mapping[str, Any], ovn: str | None = NEW) -> LintView:
    return lint(snapshot(northbound(acls, ovn=ovn)), now=NOW)


# --- what compiles --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("match", "blamed"),
    [
        ("ip4.src == $v4", None),
        ("ip4.src == $none", None),
        ("ip4.src == $mixed", "ip4.src == $mixed"),
        ("ip6.src == $mixed", None),
        ("ip4.src == $nosuch && tcp", "$nosuch"),
        ("ip4.src == $here_ip4 && ip6.src != $here_ip6", None),
        ("outport == @here", None),
        ("outport == @there", "@there"),
        ("outport == @empty", "@empty"),
        ('outport == {"a", @nosuch}', "@nosuch"),
        ("ip.proto != 6", "ip.proto != 6"),
        ("tcp && udp || ip4", "||"),
        ("tcp && (udp", ""),
    ],
)
def test_a_match(match: str, blamed: str | None) -> None:
    view = judged(acl(match))
    assert [one.text[one.start : one.end] for one in view.dead] == (
        [] if blamed is None else [blamed]
    )
    assert lint_exit_code(view) is (ExitCode.OK if blamed is None else ExitCode.BROKEN)
    assert (view.n_switches, view.n_acls) == (2, 1)


@pytest.mark.parametrize(
    ("match", "action", "ovn", "dead"),
    [
        ("tcp || udp", "reject", OLD, True),  # 23.03 forgets the parentheses
        ("tcp || udp", "reject", NEW, False),
        ("tcp || udp", "drop", OLD, False),
        ("tcp // web", "drop", OLD, True),  # northd's parenthesis is in the comment
        ("tcp // web", "drop", NEW, True),
    ],
)
def test_what_northd_writes_is_what_has_to_compile(
    match: str, action: str, ovn: str, dead: bool
) -> None:
    view = judged(acl("ip4", "allow-related"), acl(match, action), ovn=ovn)
    assert bool(view.dead) is dead
    for one in view.dead:
        assert one.text == one.installed != match
        assert match in one.installed


def test_without_conntrack_the_old_northd_writes_the_match_alone() -> None:
    assert not judged(acl("tcp // web", "drop"), ovn=OLD).dead
    assert judged(acl("tcp // web", "drop"), ovn=NEW).dead


def test_a_group_is_judged_by_switch() -> None:
    """An ACL of a group with ports on both switches is dead on one of them only."""
    view = judged(acl("outport == @here", name="both"))
    assert [(one.switch, one.acl.attached_to) for one in view.dead] == [
        ("right", "port group both")
    ]
    assert view.n_acls == 2


def test_the_order_is_that_of_evaluation() -> None:
    bad = [
        acl("1 1", direction="to-lport", priority=5),
        acl("1 2", direction="from-lport", priority=1),
        acl("1 3", direction="from-lport", priority=9),
        acl("1 4", direction="from-lport", priority=9, options={"apply-after-lb": "true"}),
        acl("1 5", direction="from-lport", priority=1000, tier=1),
    ]
    assert [one.acl.match for one in judged(*bad).dead] == ["1 3", "1 2", "1 5", "1 4", "1 1"]


# --- what is said of it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "effect"),
    [
        ("drop", "open"),
        ("reject", "open"),
        ("allow", "closed"),
        ("allow-related", "closed"),
        ("allow-stateless", "closed"),
        ("pass", "other"),
    ],
)
def test_what_follows(action: str, effect: str) -> None:
    [one] = judged(acl("ip.proto != 6", action)).dead
    assert one.effect == effect
    assert one.follows


def test_whose_it_is() -> None:
    ids = {
        "k8s.ovn.org/owner-type": "NetworkPolicy",
        "k8s.ovn.org/owner-controller": "blue-network-controller",
        "k8s.ovn.org/name": "ns:web",
        "direction": "Ingress",
        "gress-index": "2",
    }
    [one] = judged(acl("ip.proto != 6", external_ids=ids)).dead
    policy = one.acl.policy
    assert policy is not None
    assert (policy.kind, policy.namespace, policy.name) == ("MultiNetworkPolicy", "ns", "web")
    assert (policy.direction, policy.rule) == ("Ingress", 2)


def test_a_finding_cites_the_acl_and_what_is_to_blame() -> None:
    view = judged(acl("ip4.src == $mixed"), acl("outport == @nosuch"), acl("outport == @empty"))
    found = {one.where["object"]: one for one in view.findings}
    assert {one.id for one in view.findings} == {"OVT901"}
    by_set = found[f"ACL {uid('ip4.src == $mixedallow')}"]
    assert [one.row for one in by_set.evidence][2:] == [
        "Address_Set mixed has 1 IPv4 and 1 IPv6 members"
    ]
    assert by_set.evidence[0].command == (
        "kubectl exec pod -- ovn-nbctl --no-leader-only list ACL " + uid("ip4.src == $mixedallow")
    )
    nosuch = found[f"ACL {uid('outport == @nosuchallow')}"]
    assert nosuch.evidence[2].row == "Port_Group: no row with name=nosuch"
    assert {reason for one in view.dead for reason in one.why} == {
        "port group empty has 0 of its 0 ports on this switch",
        "there is no port group nosuch",
        "address set mixed has 1 IPv4 and 1 IPv6 members",
    }
    empty = found[f"ACL {uid('outport == @emptyallow')}"]
    assert empty.evidence[2].row == "Port_Group empty has 0 of its 0 ports on this switch"


def test_nothing_is_said_of_a_name_that_is_not_so() -> None:
    """The blamed part may hold names that are there, or that were not read."""
    view = judged(acl("ip4.src == @here"), acl("outport == @there"))
    assert {one.acl.match: one.why for one in view.dead} == {
        "outport == @there": ("port group there has 0 of its 1 ports on this switch",),
        "ip4.src == @here": ("port group here has 1 of its 1 ports on this switch",),
    }
    unread = northbound([acl("ip.proto != $v4")], without="Address_Set")
    [one] = lint(snapshot(unread), now=NOW).dead
    assert one.why == ()


# --- what is asked for, and what is missing -------------------------------------------------------


def test_only_a_switch_or_a_network() -> None:
    both = snapshot(northbound([acl("1 1")]), northbound([acl("1 1")], zone="2"))
    assert [one.node for one in lint(both, now=NOW).dead] == ["n0", "n1"]
    assert lint(both, switch="right", now=NOW).dead == ()
    assert len(lint(both, network="blue", now=NOW).dead) == 2
    assert lint(both, network="default", now=NOW).n_switches == 2
    with pytest.raises(WrongQuestionError) as error:
        lint(both, switch="lefd", now=NOW)
    assert error.value.candidates[0] == "left"
    with pytest.raises(WrongQuestionError):
        lint(both, network="red", now=NOW)
    with pytest.raises(WrongQuestionError):
        lint(both, network="blue", switch="right", now=NOW)


def test_nodes_of_one_database_are_one_zone() -> None:
    zone = northbound([acl("1 1")])
    view = lint(snapshot(zone, zone), now=NOW)
    assert [one.node for one in view.dead] == ["n0"]
    assert view.n_switches == 2


def test_nothing_read_is_no_answer() -> None:
    gone = Missing(Target(node="n0"), "nb", Reason.DENIED, "exec refused", "a role")
    with pytest.raises(NoAnswerError, match="exec refused"):
        lint(snapshot(missing=[gone]), now=NOW)
    with pytest.raises(NoAnswerError):
        lint(snapshot(), now=NOW)


def test_a_zone_that_was_not_read_may_hide_one() -> None:
    gone = Missing(Target(node="n1"), "nb", Reason.TIMEOUT, "slow")
    sound = lint(snapshot(northbound([acl("ip4")]), missing=[gone]), now=NOW)
    assert lint_exit_code(sound) is ExitCode.NO_ANSWER
    broken = lint(snapshot(northbound([acl("1 1")]), missing=[gone]), now=NOW)
    assert lint_exit_code(broken) is ExitCode.BROKEN


def test_sets_that_were_not_read_are_not_taken_to_be_missing() -> None:
    zone = northbound([acl("ip4.src == $v4"), acl("ip.proto != $v4")], without="Address_Set")
    view = lint(snapshot(zone), now=NOW)
    assert [one.acl.match for one in view.dead] == ["ip.proto != $v4"]
    details = " ".join(gap.detail for gap in view.gaps)
    assert "table Address_Set was not read" in details
    assert "1 matches name address sets" in details


def test_a_version_that_nothing_tells_is_a_gap() -> None:
    view = judged(acl("ip4"), ovn=None)
    assert lint_exit_code(view) is ExitCode.NO_ANSWER
    assert "which OVN" in view.gaps[0].detail


@pytest.mark.parametrize("name", captured.NAMES)
def test_what_ovn_kubernetes_wrote_compiles(name: str) -> None:
    view = lint(captured.snapshot(name), now=NOW)
    assert view.dead == ()
    assert (view.n_acls > 100, view.gaps) == (True, ())
