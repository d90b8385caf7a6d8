"""Each fault that one node can have: explain is broken where the fault is, by a row, and sound
again when the fault is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab import faults
from tests.lab.asking import Answer, ask_live, ask_local, attachment
from tests.lab.faults import FAULTS, Fault
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

_ASK: tuple[tuple[str, Callable[..., Answer]], ...] = (("live", ask_live), ("local", ask_local))
_CODES = {faults.BROKEN: 1, faults.WARN: 0, faults.GAP: 3}


def _ask_both(lab: Lab) -> dict[str, Answer]:
    words = ("explain", ex.TINYPOD.name, "--network", ex.NETWORK, "-o", "json")
    return {name: ask(lab, *words) for name, ask in _ASK}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_explain_is_broken_where_the_fault_is(breakable: Lab, fault: Fault) -> None:
    with fault.make(breakable):
        during = _ask_both(breakable)
    after = _ask_both(breakable)
    for answer in during.values():
        _check(answer, fault)
    for answer in after.values():
        assert answer.code == 0, answer.stderr
        assert [hop["state"] for hop in _hops(answer)] == ["ok"] * len(_hops(answer))


def _hops(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = attachment(answer, ex.NETWORK)["hops"]
    return found


def _check(answer: Answer, fault: Fault) -> None:
    assert answer.code == _CODES[fault.state], (answer.code, answer.stderr)
    wanted = "unknown" if fault.state == faults.GAP else fault.state
    states = {hop["kind"]: hop["state"] for hop in _hops(answer) if hop["state"] != "ok"}
    assert wanted in {states.get(kind) for kind in fault.hops}, states
    if fault.state == faults.WARN:
        assert "broken" not in states.values(), states
    for hop in _hops(answer):
        if hop["state"] in ("broken", "warn"):
            assert hop["findings"], hop
            assert all(finding["evidence"] for finding in hop["findings"])
    if fault.state == faults.GAP:
        gaps = [gap for gap in answer.answer["gaps"] if gap["artefact"] == "sb"]
        assert [gap["reason"] for gap in gaps] == ["unreachable"]
        assert "ovnsb_db.sock" in gaps[0]["detail"]


def _findings(answer: Answer, identifier: str) -> list[dict[str, Any]]:
    return [f for hop in _hops(answer) for f in hop["findings"] if f["id"] == identifier]


@pytest.mark.parametrize("name", ["vswitchd-killed", "veth-deleted"])
def test_rows_that_lie_are_said(breakable: Lab, name: str) -> None:
    with FAULTS[name].make(breakable):
        answer = ask_live(breakable, "explain", "tinypod", "--network", ex.NETWORK, "-o", "json")
    [finding] = _findings(answer, "OVT307")
    assert finding["title"].startswith("Port_Binding says up, but")
    assert {evidence["artefact"] for evidence in finding["evidence"]} == {"sb", "ovs"}


def test_what_is_broken_is_said_first(breakable: Lab) -> None:
    with FAULTS["wrong-iface-id"].make(breakable):
        answer = ask_live(breakable, "explain", "tinypod")
    first, second, third = answer.text.splitlines()[:3]
    assert "BROKEN" in first
    assert "net1: ovs-interface" in second
    assert "'nonsense'" in third
