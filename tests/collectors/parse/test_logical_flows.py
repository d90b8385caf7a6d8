"""Rows of Logical_Flow, as ovn-sbctl prints them."""

from collectors.parse.logical_flows import parse_logical_flows
from ovntrace.model.tooltrace import LogicalFlow

PRINTED = b"""{"data":[[["uuid","644b4647-758e-42bd-bcb6-7fbe05431db7"],["map",[["source",\
"northd.c:6445"],["stage-hint","45553fbe"],["stage-name","ls_in_acl_after_lb"]]],"ip4",2001],\
[["uuid","0be6194e-45af-4564-87bd-dfc39bdcf3af"],["map",[["stage-name","ls_in_l2_lkup"]]],"1",0]],\
"headings":["_uuid","external_ids","match","priority"]}
"""


def test_flows_by_the_first_digits_of_their_uuids() -> None:
    assert parse_logical_flows(PRINTED) == {
        "644b4647": LogicalFlow("ls_in_acl_after_lb", "45553fbe", "ip4", 2001),
        "0be6194e": LogicalFlow("ls_in_l2_lkup", "", "1", 0),
    }


def test_no_table_is_a_word() -> None:
    assert isinstance(parse_logical_flows(b""), str)
    assert isinstance(parse_logical_flows(PRINTED[:50]), str)
    assert isinstance(parse_logical_flows(b"[1]\n"), str)
