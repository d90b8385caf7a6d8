"""The verdict and the rule that decides it, against flows judged by hand from the policies.

The table is intent.md; it was written from the objects, and says how it is read.
"""

import functools
from collections import Counter
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from ovntrace.policy.naming import DEFAULT_NETWORK
from ovntrace.verdict.flows import FlowJudge
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.types import AclView
from tests.captured import NOW, raw, snapshot
from tests.verdict.intent_table import ROWS, VMS, Row
from tests.verdict.one_switch import OneSwitch


@pytest.mark.parametrize("row", [row for row in ROWS if row.way == "trace"], ids=str)
def test_a_question_by_names(row: Row) -> None:
    src, _, src_ip = row.src.partition("=")
    dst, _, dst_ip = row.dst.partition("=")
    flow = Flow(
        _name(src),
        _name(dst),
        proto=row.proto,
        dport=row.dport,
        network=row.network,
        src_ip=src_ip or None,
        dst_ip=dst_ip or None,
    )
    view = _tracer(row.capture).trace(flow, now=NOW)
    assert (view.verdict, _words(view.deciding)) == (row.verdict, row.policy), view.reason
    _check_part(row, view.deciding)
    if row.policy != "-":
        assert view.steps[-1].acl == view.deciding or row.verdict == "allow"


@pytest.mark.parametrize("row", [row for row in ROWS if row.way != "trace"], ids=str)
def test_one_switch_of_the_way(row: Row) -> None:
    asked = OneSwitch(row).question()
    answer = _judge(row.capture).answer(asked)
    found = _words(answer.deciding)
    if row.policy.startswith("default-deny"):
        found = _without_names(answer.deciding)
    assert (answer.verdict, found) == (row.verdict, row.policy), answer.reason
    _check_part(row, answer.deciding)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_table_names_rules_that_the_objects_have(row: Row) -> None:
    kind, *words = row.policy.split()
    if kind in ("-", "node", "udn-isolation"):
        return
    namespace, _, names = words[0].rpartition("/")
    if kind != "default-deny":
        rules = _policy(row.capture, kind, namespace, names)["spec"][words[1].lower()]
        rule = rules[int(words[2])]
        action = rule.get("action") or rule.get("type") or "Allow"
        assert {"Allow": "allow", "Pass": "allow", "Deny": "drop"}[action] == row.verdict
    elif row.way == "trace":
        kinds = ("MultiNetworkPolicy", "NetworkPolicy")
        default = row.network in (DEFAULT_NETWORK, "udn-pri_primary-l2")
        for name in names.split(","):
            policy = _policy(row.capture, kinds[default], namespace, name)
            assert words[1] in policy["spec"]["policyTypes"]


@pytest.mark.parametrize("row", [row for row in ROWS if row.part], ids=str)
def test_the_table_names_parts_that_the_rules_have(row: Row) -> None:
    kind, name, direction, index = row.policy.split()
    namespace, _, name = name.rpartition("/")
    rule = _policy(row.capture, kind, namespace, name)["spec"][direction.lower()][int(index)]
    side, other = ("from", "to") if direction == "Ingress" else ("to", "from")
    assert f"{other}[" not in row.part
    for peer in row.peers - {None}:
        assert peer is not None
        block = rule[side][peer].get("ipBlock")
        assert block is None or _is_in(row.src if side == "from" else row.dst, block)
    for at in row.ports:
        entry = rule["ports"][at]
        first = entry["port"]
        assert entry["protocol"].lower() == row.proto
        assert isinstance(first, str) or first <= (row.dport or 0) <= entry.get("endPort", first)
    assert bool(row.ports) == ("ports" in rule)
    assert row.part.startswith(("?", side)) == (side in rule)


def test_the_table_has_what_it_is_for() -> None:
    told = [row for row in ROWS if row.peers != {None}]
    assert len(told) >= 100
    assert sum(_has_block(row) for row in told) >= 60
    assert sum(bool(row.ports) for row in ROWS) >= 40
    assert sum(min(peer for peer in row.peers if peer is not None) > 0 for row in told) >= 20
    assert len(ROWS) >= 60
    kinds = Counter(row.policy.split()[0] for row in ROWS)
    assert min(kinds[kind] for kind in _PLURALS) >= 5
    assert kinds["default-deny"] >= 20
    assert kinds["udn-isolation"] >= 3
    assert {row.proto for row in ROWS} == {"icmp", "tcp", "udp", "sctp"}
    assert any(":" in row.dst for row in ROWS)


# The program's answer in the table's words


def _words(deciding: AclView | None) -> str:
    policy = deciding.policy if deciding else None
    if deciding is None:
        return "-"
    if policy is None:
        return f"ACL {deciding.uuid}"
    name = f"{policy.namespace}/{policy.name}" if policy.namespace else policy.name
    parts = [policy.kind, name, policy.direction, policy.rule]
    return " ".join(str(part) for part in parts if part is not None)


def _without_names(deciding: AclView | None) -> str:
    policy = deciding.policy if deciding else None
    return f"{policy.kind} {policy.namespace} {policy.direction}" if policy else "-"


@functools.cache
def _tracer(capture: str) -> Tracer:
    return Tracer(snapshot(capture))


@functools.cache
def _judge(capture: str) -> FlowJudge:
    return FlowJudge(snapshot(capture), now=NOW)


def _check_part(row: Row, deciding: AclView | None) -> None:
    policy = deciding.policy if deciding else None
    if policy is None or policy.kind not in ("NetworkPolicy", "MultiNetworkPolicy"):
        return
    assert policy.peer in row.peers
    assert policy.ports is not None
    assert tuple(one.index for one in policy.ports) == row.ports
    if row.ports:
        assert policy.protocol == row.proto.upper()


# The objects


_PLURALS = {
    "AdminNetworkPolicy": "adminnetworkpolicies",
    "BaselineAdminNetworkPolicy": "baselineadminnetworkpolicies",
    "EgressFirewall": "egressfirewalls",
    "MultiNetworkPolicy": "multi-networkpolicies",
    "NetworkPolicy": "networkpolicies",
}


def _policy(capture: str, kind: str, namespace: str, name: str) -> Any:
    items = raw(capture)[f"kube/{_PLURALS[kind]}.json"]["items"]
    [found] = [
        item
        for item in items
        if item["metadata"]["name"] == name and item["metadata"].get("namespace", "") == namespace
    ]
    return found


def _has_block(row: Row) -> bool:
    kind, name, direction, index = row.policy.split()
    namespace, _, name = name.rpartition("/")
    rule = _policy(row.capture, kind, namespace, name)["spec"][direction.lower()][int(index)]
    peers = rule["from" if direction == "Ingress" else "to"]
    return all("ipBlock" in peers[peer] for peer in row.peers if peer is not None)


def _is_in(end: str, block: Any) -> bool:
    """True too for an end that goes by its name, whose address the table does not have."""
    try:
        address = ip_address(end.partition("=")[2] or end)
    except ValueError:
        return True
    nets = [ip_network(one) for one in block.get("except", ())]
    return address in ip_network(block["cidr"]) and not any(address in one for one in nets)


def _name(text: str) -> str:
    return f"llm-demo/{VMS[text]}" if text in VMS else text
