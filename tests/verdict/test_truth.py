"""Verdicts on the captures' flows are those of their own ovn-trace, tiers and `pass` among them."""

from collections import Counter

import pytest

from ovntrace.match import parse_microflow
from ovntrace.verdict.conntrack import NEW, ct_state
from ovntrace.verdict.pipeline import Outcome, through_switch
from tests.verdict.truth import CAPTURES, Judged, judged, model_of


def outcome_of(capture: str, flow: Judged) -> Outcome:
    model = model_of(capture, flow.zone, flow.datapath)
    port = model.nb.port(flow.inport)
    assert port is not None
    packet = parse_microflow(flow.flow, model.table)
    states = [ct_state(words) for words in flow.ct] or [NEW]
    return through_switch(
        model, port, packet, ct_in=states[0], ct_out=states[-1], wanted=flow.outport
    )


def other_acl(flow: Judged, outcome: Outcome) -> str | None:
    """How the deciding ACL differs from the one that ovn-trace ends with."""
    step = outcome.deciding
    acls = (step.acl, *step.tied) if step and step.acl else ()
    ours: list[str | None] = [one.acl.match for one in acls]
    ours = ours or [None]
    if flow.acl_match not in ours:
        return f"{flow.acl_match!r}, ours {ours!r}"
    if flow.last and step and step.stage != flow.last[0]:
        return f"in {flow.last[0]}, ours in {step.stage}"
    return None


@pytest.mark.parametrize("capture", CAPTURES)
def test_verdict_and_deciding_acl_are_those_of_ovn_trace(capture: str) -> None:
    differences = []
    verdicts: Counter[str] = Counter()
    named = 0
    for flow in judged(capture):
        outcome = outcome_of(capture, flow)
        verdicts[flow.verdict] += 1
        named += flow.acl_match is not None
        if outcome.verdict != flow.verdict:
            differences.append(f"{flow}: ours {outcome.verdict}: {outcome.reason}")
        elif (other := other_acl(flow, outcome)) is not None:
            differences.append(f"{flow}: {other}")
    assert not differences, f"{len(differences)}: {differences[:3]}"
    assert verdicts["allow"] > 1500 and verdicts["drop"] > 1500
    assert named > 1000


def test_captures_have_tiers_and_pass_acls() -> None:
    acls = [
        one.acl
        for capture in CAPTURES
        for flow in judged(capture)[::50]
        for one in model_of(capture, flow.zone, flow.datapath).acls
    ]
    assert {acl.tier for acl in acls} == {1, 2, 3}
    assert "pass" in {acl.action for acl in acls}
