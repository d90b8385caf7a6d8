"""What real OVN taught, each as one small switch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ovntrace.acls.necessary import necessary_port
from ovntrace.match import parse_microflow, version_of
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Table
from ovntrace.verdict.conntrack import ct_state
from ovntrace.verdict.pipeline import Outcome, through_switch
from ovntrace.verdict.switch import SwitchModel

Row = Mapping[str, Any]
PING = "ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2 && ip.ttl == 64 && icmp4.type == 8"


def _set(kind: str, items: Sequence[str]) -> list[Any]:
    return ["set", [["uuid", item] for item in items] if kind == "uuid" else list(items)]


def _map(**pairs: str) -> list[Any]:
    return ["map", [[key.replace("_", "-"), value] for key, value in pairs.items()]]


def _table(name: str, rows: Sequence[Row]) -> Table:
    headings = sorted({key for row in rows for key in row})
    return Table(name, headings, [[row.get(key) for key in headings] for row in rows])


def _acl(number: int, direction: str, match: str, action: str, **more: Any) -> Row:
    head = {"_uuid": ["uuid", f"a{number}"], "direction": direction, "priority": 1000}
    return {**head, "match": match, "action": action, **more}


def model_of(
    acls: Sequence[Row] = (),
    *,
    ports: Sequence[Row] = (),
    version: str = "25.03",
    options: Mapping[str, str] | None = None,
    balanced: bool = False,
) -> SwitchModel:
    """Ports p1 to p3, and those given; a load balancer if `balanced`."""
    plain = [
        {"name": f"p{n}", "addresses": f"0a:00:00:00:00:0{n} 10.0.0.{n}", "type": ""}
        for n in (1, 2, 3)
    ]
    rows = [{"_uuid": ["uuid", str(port["name"])], **port} for port in [*plain, *ports]]
    switch = {
        "_uuid": ["uuid", "s"],
        "name": "sw",
        "ports": _set("uuid", [str(row["name"]) for row in rows]),
        "acls": _set("uuid", [str(row["_uuid"][1]) for row in acls]),
        "load_balancer": _set("uuid", ["lb"] if balanced else []),
    }
    balancer = {"_uuid": ["uuid", "lb"], "vips": ["map", [["172.30.0.1:80", "10.0.0.2:80"]]]}
    tables: dict[str, Sequence[Row]] = {
        "NB_Global": [{"options": ["map", [list(pair) for pair in (options or {}).items()]]}],
        "Logical_Switch": [switch],
        "Logical_Switch_Port": rows,
        "ACL": list(acls),
        "Address_Set": [],
        "Load_Balancer": [{**balancer, "name": "web"}],
    }
    nb = Northbound(Database({name: _table(name, found) for name, found in tables.items()}))
    found = nb.switch_by_name("sw")
    assert found is not None
    return SwitchModel(nb, found, version_of(version))


def ask(model: SwitchModel, text: str, ct: str = "new", *, to: str = "02") -> Outcome:
    """A packet of p1 to the port with that MAC."""
    head = f"eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:{to}"
    packet = parse_microflow(f"{head} && {text}", model.table)
    port = model.nb.port("p1")
    assert port is not None
    state = ct_state(ct)
    return through_switch(model, port, packet, ct_in=state, ct_out=state)


@pytest.mark.parametrize(("version", "verdict"), [("23.03", "drop"), ("23.09", "allow")])
def test_invalid_packets_where_there_are_only_load_balancers(version: str, verdict: str) -> None:
    assert ask(model_of(version=version, balanced=True), PING, "inv").verdict == verdict


@pytest.mark.parametrize(("version", "verdict"), [("23.03", "drop"), ("25.03", "allow")])
def test_default_drop_where_there_are_only_load_balancers(version: str, verdict: str) -> None:
    model = model_of(version=version, balanced=True, options={"default_acl_drop": "true"})
    assert ask(model, PING).verdict == verdict
    assert ask(model, PING, "est").verdict == "allow"


def test_a_virtual_address_is_not_judged() -> None:
    outcome = ask(
        model_of(balanced=True),
        "ip4.src == 10.0.0.1 && ip4.dst == 172.30.0.1 && ip.ttl == 64 && tcp.dst == 80",
    )
    assert outcome.verdict == "unknown"
    assert "172.30.0.1:80" in outcome.reason and "web" in outcome.reason


def test_a_disabled_destination_is_no_unknown_one() -> None:
    ports = (
        {"name": "off", "addresses": "0a:00:00:00:00:09", "enabled": False},
        {"name": "ln", "type": "localnet", "addresses": "unknown"},
    )
    outcome = ask(model_of(ports=ports), PING, to="09")
    assert outcome.verdict == "drop" and "off is disabled" in outcome.reason
    assert [port.name for port in ask(model_of(ports=ports), PING, to="77").outputs] == ["ln"]


def test_stages_have_the_names_of_the_version() -> None:
    for version, wanted in (("23.03", "ls_out_acl"), ("23.09", "ls_out_acl_eval")):
        steps = ask(model_of(version=version), PING).steps
        assert [step.stage for step in steps if step.kind == "acl"][-1] == wanted


@pytest.mark.parametrize(
    ("ct", "verdict"),
    [("new", "allow"), ("est", "allow"), ("est,rpl", "allow"), ("est,rpl,rel", "drop")],
)
def test_states_in_which_an_allow_can_match(ct: str, verdict: str) -> None:
    allow = _acl(1, "to-lport", "ip4", "allow-related")
    model = model_of([allow], options={"default_acl_drop": "true"})
    only = _acl(2, "from-lport", "1", "allow")
    after = _acl(3, "from-lport", "1", "allow", options=_map(apply_after_lb="true"))
    model = model_of([allow, only, after], options={"default_acl_drop": "true"})
    assert ask(model, PING, ct).verdict == verdict


def test_a_default_behind_pass_names_the_acl_that_passes() -> None:
    outcome = ask(model_of([_acl(1, "to-lport", "ip4", "pass", tier=1)]), PING)
    assert outcome.verdict == "allow"
    assert outcome.deciding is not None and outcome.deciding.acl is not None
    assert outcome.deciding.acl.acl.action == "pass" and "(pass)" in outcome.deciding.rule


def test_equal_acls_are_named_and_unequal_ones_are_ambiguous() -> None:
    twins = [_acl(1, "to-lport", "ip4", "drop"), _acl(2, "to-lport", "icmp", "drop")]
    outcome = ask(model_of(twins), PING)
    assert outcome.verdict == "drop" and outcome.deciding is not None
    assert [one.acl.uuid for one in outcome.deciding.tied] == ["a2"]
    outcome = ask(model_of([twins[0], _acl(2, "to-lport", "icmp", "allow")]), PING)
    assert outcome.verdict == "ambiguous" and outcome.deciding is not None
    assert {one.acl.uuid for one in outcome.deciding.tied} == {"a1", "a2"}


@pytest.mark.parametrize(("version", "answers"), [("23.03", True), ("24.09", False)])
def test_unicast_arp_requests_are_answered_before_24_09(version: str, answers: bool) -> None:
    text = "arp.op == 1 && arp.spa == 10.0.0.1 && arp.tpa == 10.0.0.3"
    outcome = ask(model_of(version=version), text)
    assert any(step.kind == "responder" for step in outcome.steps) is answers
    assert outcome.outputs[0].name == ("p1" if answers else "p2")


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("inport == @g && ip4", ("inport", "@g")),
        ("(ip4.src == 10.0.0.0/8 && ip4.src != {10.0.0.1}) && outport == @g", ("outport", "@g")),
        ("(ip4 || ip6) && inport == @g", ("inport", "@g")),
        ("(ip4 && inport == @g)", ("inport", "@g")),
        ("inport == @g || ip4", None),
        ("(inport == @g || ip4) && tcp", None),
        ("!(inport == @g && ip4)", None),
        ("ip4 && inport == {@g, @h}", None),
        ('outport == "inport == @g" && ip4', ("outport", '"inport == @g"')),
        ("ip4 // && inport == @g", None),
    ],
)
def test_the_port_that_a_match_needs(match: str, found: tuple[str, str] | None) -> None:
    assert necessary_port(match) == found


@pytest.mark.parametrize("direction", ["from-lport", "to-lport"])
@pytest.mark.parametrize("others", [[], [_acl(2, "from-lport", "ip4", "allow")]])
def test_an_action_that_no_version_has_decides_nothing(direction: str, others: list[Row]) -> None:
    outcome = ask(model_of([_acl(1, direction, "ip4", "hold-on"), *others]), PING)
    assert outcome.verdict == "unknown"
    assert outcome.reason == "ACL a1 has an action that is not known: 'hold-on'"
    assert outcome.deciding is not None and outcome.deciding.acl is None
    assert [one.acl.uuid for one in outcome.deciding.tied] == ["a1"]


def test_an_action_that_no_version_has_where_nothing_matches() -> None:
    assert ask(model_of([_acl(1, "to-lport", "ip6", "hold-on")]), PING).verdict == "allow"
