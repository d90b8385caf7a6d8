"""Changes as lines: what stands on them, in which order, and what is left out."""

import json
import math
from typing import Any

import pytest

from ovntrace.follow.types import Cause, Event, RowChange, Verdicts, ViewChange
from renderers.follow import event_json, event_lines
from renderers.lines import as_text
from tests.renderers import sample

ACL = sample.forty_acls()[0]


def lines(event: Event) -> list[str]:
    """Without their time."""
    found = as_text(event_lines(event)).splitlines()
    assert all(line.startswith("00:01:40Z  ") for line in found)
    return [line[11:] for line in found]


def line(change: ViewChange) -> str:
    [one] = lines(Event("change", 100.0, changes=(change,)))
    return one


def test_what_it_is_now_stands_before_long_names() -> None:
    hop = ViewChange("hop", "changed", "lsp", "net1", "port-binding", "ok", "broken", "why")
    assert line(hop) == "~ net1 port-binding  ok -> broken  lsp  why"
    fact = ViewChange("fact", "changed", "mtu", "net1", "tap", 1500, 1400, "tap0")
    assert line(fact) == "~ net1 tap mtu  1500 -> 1400  tap0"
    group = ViewChange("port-group", "went", "a123", "net1", acl=ACL)
    assert line(group).startswith("- net1 port-group  a123  MultiNetworkPolicy llm-demo/allow-ip")
    came = ViewChange("hop", "came", "bond0", "net1", "uplink", new="ok")
    assert line(came) == "+ net1 uplink  ok  bond0"


def test_facts_of_a_hop_that_came_to_be_known_are_left_out() -> None:
    hop = ViewChange("hop", "changed", "lsp", "net1", "port-binding", "ok", "broken", "why")
    new = ViewChange("fact", "changed", "up", "net1", "port-binding", None, False, "lsp")
    known = ViewChange("fact", "changed", "tag", "net1", "port-binding", 1, 2, "lsp")
    elsewhere = ViewChange("fact", "changed", "up", "net2", "port-binding", None, False, "lsp")
    found = lines(Event("change", 100.0, changes=(hop, new, known, elsewhere)))
    assert [one.split("  ")[0] for one in found] == [
        "~ net1 port-binding",
        "~ net1 port-binding tag",
        "~ net2 port-binding up",
    ]
    assert len(lines(Event("change", 100.0, changes=(new,)))) == 1


def test_a_long_value_is_cut_in_a_line_and_whole_in_json() -> None:
    long = ViewChange("fact", "changed", "x", "net1", "tap", "a" * 500, "b", "tap0")
    assert len(line(long)) < 260
    event = Event("change", 100.0, changes=(long,))
    assert json.loads(event_json(event, None))["changes"][0]["old"] == "a" * 500


def flip(**columns: tuple[Any, Any]) -> Event:
    row = RowChange("n1", "nb", "Port_Group", "u1", "g", "changed", columns)
    old = (Verdicts("allow", "nothing stops it", None, "allow"),)
    new = (Verdicts("drop", "the port is disabled", None, None),)
    return Event("flip", 100.0, old=old, new=new, cause=Cause("proven", (row,)))


def uuids(*names: str) -> list[Any]:
    cells = [["uuid", name] for name in names]
    return cells[0] if len(cells) == 1 else ["set", cells]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (uuids("p1", "p2"), uuids("p1", "p2", "p3"), "+ p3"),
        (uuids("p1", "p2"), uuids("p2"), "- p1"),
        (uuids("p1", "p2"), uuids("p2", "p3"), "+ p3  - p1"),
        (uuids(*(f"p{n}" for n in range(12))), uuids(), "- p0  - p1  - p2  - p3  - p4  - p5  - p6"
         "  - p7  and 4 more"),
        (["set", []], False, "empty -> false"),
        (uuids("p1"), ["set", []], "p1 -> empty"),
        (["map", [["a", "1"], ["b", "2"]]], ["map", [["a", "1"], ["b", "3"]]], "+ b=3  - b=2"),
        ("allow", "drop", "allow -> drop"),
        (7, 8, "7 -> 8"),
    ],
)  # fmt: skip
def test_of_sets_what_came_and_went_is_told(old: Any, new: Any, words: str) -> None:
    row = lines(flip(ports=(old, new)))[-1]
    assert row == f"  by  ~ Port_Group g  u1 of nb of n1  ports {words}"


def test_a_flip_has_both_verdicts_and_the_reason() -> None:
    found = lines(flip())
    assert found[:2] == [
        "verdict  allow -> drop  the port is disabled",
        "reply  allow -> none",
    ]


def test_what_decides_may_change_alone() -> None:
    verdicts = [Verdicts("drop", why, acl, None) for why, acl in (("a", ACL), ("disabled", None))]
    there = Event("flip", 100.0, old=(verdicts[1],), new=(verdicts[0],))
    assert lines(there)[0].startswith("decided by  MultiNetworkPolicy llm-demo/allow-ip")
    back = Event("flip", 100.0, old=(verdicts[0],), new=(verdicts[1],))
    assert lines(back) == ["decided by  no ACL  disabled"]


def test_the_other_way_says_so() -> None:
    old, new = Verdicts("allow", "", None, None), Verdicts("drop", "why", None, None)
    event = Event("flip", 100.0, old=(old, old), new=(old, new))
    assert lines(event) == ["the other way: verdict  allow -> drop  why"]


def test_what_is_not_proven_is_what_changed() -> None:
    rows = tuple(RowChange("n1", "nb", "ACL", f"u{n}", None, "came", {}) for n in (1, 2))
    cause = Cause("consistent", rows, "no row alone turned it")
    assert lines(Event("flip", 100.0, cause=cause)) == [
        "  changed  + ACL  u1 of nb of n1",
        "  changed  + ACL  u2 of nb of n1",
        "  no row alone turned it",
    ]


def test_numbers_that_json_does_not_have() -> None:
    """Python reads them from a server that sends them."""
    text = event_json(flip(priority=(math.nan, [math.inf])), None)
    [row] = json.loads(text)["cause"]["rows"]
    assert row["columns"]["priority"] == {"old": "nan", "new": ["inf"]}
