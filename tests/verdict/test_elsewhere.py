"""A packet for a port on another node: this node passes what OVN has it pass, and no more.

That real nodes do so is what tests/lab/test_cluster.py shows with pings.
"""

from ovntrace.match import parse_microflow
from ovntrace.verdict.conntrack import ct_state
from ovntrace.verdict.pipeline import Elsewhere, Outcome, through_switch
from tests.verdict.test_pipeline import PING, Row, model_of

LOCALNET = {"name": "ln", "type": "localnet", "addresses": "unknown"}
INTO_P2 = {
    "_uuid": ["uuid", "a1"],
    "direction": "to-lport",
    "priority": 1000,
    "match": 'outport == "p2"',
    "action": "drop",
}


def _to_p2(by: str | None, *acls: Row, mac: str = "0a:00:00:00:00:02") -> Outcome:
    """A ping of p1 to p2, which is on another node and reached by a port, or by a tunnel."""
    model = model_of(acls, ports=[LOCALNET])
    head = f"eth.src == 0a:00:00:00:00:01 && eth.dst == {mac}"
    port, reached = model.nb.port("p1"), model.nb.port(by) if by else None
    assert port is not None
    new = ct_state("new")
    return through_switch(
        model,
        port,
        parse_microflow(f"{head} && {PING}", model.table),
        ct_in=new,
        ct_out=new,
        wanted=by or "p2",
        elsewhere=Elsewhere("p2", reached),
    )


def _egress(outcome: Outcome) -> list[str]:
    """The ports whose last ACL stage was passed."""
    stages = [(step.name, step.stage or "") for step in outcome.steps if step.kind == "acl"]
    return [name for name, stage in stages if stage.startswith("ls_out_")]


def test_its_localnet_port_stands_for_it() -> None:
    outcome = _to_p2("ln", INTO_P2)
    assert (outcome.verdict, [port.name for port in outcome.outputs]) == ("allow", ["ln"])
    assert _egress(outcome) == ["ln"]


def test_the_localnet_ports_own_egress_is_this_nodes() -> None:
    everywhere = {**INTO_P2, "match": "ip4"}
    outcome = _to_p2("ln", everywhere)
    assert outcome.verdict == "drop"
    assert outcome.deciding is not None
    assert outcome.deciding.name == "ln"


def test_a_tunnel_ends_this_nodes_part_before_any_egress() -> None:
    outcome = _to_p2(None, {**INTO_P2, "match": "ip4"})
    assert (outcome.verdict, [port.name for port in outcome.outputs]) == ("allow", ["p2"])
    assert _egress(outcome) == []


def test_what_the_sender_may_not_send_goes_nowhere() -> None:
    outcome = _to_p2(None, {**INTO_P2, "direction": "from-lport", "match": 'inport == "p1"'})
    assert outcome.verdict == "drop"


def test_a_group_address_leaves_by_the_localnet_port_once() -> None:
    outcome = _to_p2("ln", mac="ff:ff:ff:ff:ff:ff")
    assert [port.name for port in outcome.outputs] == ["ln"]
    assert _egress(outcome) == ["ln"]
