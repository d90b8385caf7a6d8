"""What conntrack remembers of a packet that is let through: as real packets showed."""

from collections.abc import Mapping
from typing import Any

import pytest

from ovntrace.match import parse_microflow
from ovntrace.verdict.conntrack import NEW
from ovntrace.verdict.pipeline import through_switch
from ovntrace.verdict.remembering import zones_that_remember
from ovntrace.verdict.switch import SwitchModel
from tests.verdict.test_pipeline import model_of

SYN = (
    "eth.src == 0a:00:00:00:00:01 && eth.dst == 0a:00:00:00:00:02 && ip4.src == 10.0.0.1 && "
    "ip4.dst == 10.0.0.2 && ip.ttl == 64 && tcp.src == 40000 && tcp.dst == 80"
)


def acl(direction: str, match: str, action: str, **more: Any) -> Mapping[str, Any]:
    uuid = ["uuid", f"{direction} {match} {action}"]
    row = {"_uuid": uuid, "direction": direction, "priority": 1000, "tier": 0}
    return {**row, "match": match, "action": action, **more}


STATEFUL = acl("from-lport", 'inport == "p3"', "allow-related")
PASS_OUT = acl("to-lport", 'outport == "p2"', "pass")
PASS_IN = acl("from-lport", 'inport == "p1"', "pass")
LATER_TIER = acl("to-lport", 'outport == "p3"', "drop", tier=1)
NEW_ONLY = acl("from-lport", 'inport == "p1" && ct.new', "allow-stateless")
# Conntrack is skipped by where the packet came from; what another ACL allows is then not committed.
FROM_P1 = acl("to-lport", 'inport == "p1" && ip4', "allow-stateless")
FIRST_INTO_P2 = acl("to-lport", 'outport == "p2" && tcp', "allow-related", priority=2000)
ALLOW_AFTER = acl(
    "from-lport", "tcp", "allow-related", options=["map", [["apply-after-lb", "true"]]]
)


def remembered(model: SwitchModel) -> tuple[bool, bool]:
    here, there = model.nb.port("p1"), model.nb.port("p2")
    assert here is not None and there is not None
    packet = parse_microflow(SYN, model.table)
    outcome = through_switch(model, here, packet, ct_in=NEW, ct_out=NEW)
    assert outcome.verdict == "allow"
    return zones_that_remember(model, here, there, packet)


@pytest.mark.parametrize(
    ("acls", "expected"),
    [
        ((), (False, False)),
        ((STATEFUL,), (True, True)),
        ((STATEFUL, PASS_OUT), (True, False)),
        ((STATEFUL, PASS_IN), (False, True)),
        ((STATEFUL, PASS_OUT, LATER_TIER), (True, True)),
        ((STATEFUL, PASS_IN, ALLOW_AFTER), (True, True)),
        ((STATEFUL, NEW_ONLY), (False, True)),
        ((STATEFUL, FROM_P1, FIRST_INTO_P2), (True, False)),
    ],
)
def test_a_default_behind_pass_is_not_remembered(
    acls: tuple[Mapping[str, Any], ...], expected: tuple[bool, bool]
) -> None:
    assert remembered(model_of(acls, version="25.03")) == expected


def test_the_newest_remembers_all_that_is_new() -> None:
    model = model_of((STATEFUL, PASS_OUT, PASS_IN), version="26.03")
    assert remembered(model) == (True, True)


def test_an_untracked_frame_escapes_the_default_drop_of_a_load_balancers_switch() -> None:
    model = model_of(version="23.03", options={"default_acl_drop": "true"}, balanced=True)
    port = model.nb.port("p1")
    assert port is not None
    verdicts = []
    for target in ("0a:00:00:00:00:02", "01:00:5e:00:00:05"):
        packet = parse_microflow(SYN.replace("0a:00:00:00:00:02", target), model.table)
        verdicts.append(through_switch(model, port, packet, ct_in=NEW, ct_out=NEW).verdict)
    assert verdicts == ["drop", "allow"]
