"""Whose an ACL of a switch is: told by the group that its match names, and else by all groups."""

import gc
import weakref
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ovntrace.acls.owners import Owners, owners_of
from ovntrace.match import version_of
from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Row, Table
from ovntrace.verdict.switch import SwitchModel

GROUPS = ("a", "b", "c")


def refs(*uuids: str) -> list[Any]:
    return ["set", [["uuid", uuid] for uuid in uuids]]


def acl(uuid: str, match: str, tier: int = 0, direction: str = "from-lport") -> list[Any]:
    return [["uuid", uuid], direction, 1000 + tier, tier, match, "drop", ["map", []]]


def zone(
    acls: list[list[Any]], groups: dict[str, list[str]], own: tuple[str, ...] = ()
) -> Northbound:
    """A switch with the port p of the groups a and b, and another with the port q of c."""
    heads = ("_uuid", "direction", "priority", "tier", "match", "action", "options")
    ports = {"a": "p", "b": "p", "c": "q"}
    return Northbound(
        Database(
            {
                "Logical_Switch": Table(
                    "Logical_Switch",
                    ("_uuid", "name", "ports", "acls"),
                    [
                        [["uuid", "s"], "s", refs("p"), refs(*own)],
                        [["uuid", "t"], "t", refs("q"), refs()],
                    ],
                ),
                "Logical_Switch_Port": Table(
                    "Logical_Switch_Port",
                    ("_uuid", "name"),
                    [[["uuid", name], name] for name in "pq"],
                ),
                "Port_Group": Table(
                    "Port_Group",
                    ("_uuid", "name", "ports", "acls"),
                    [
                        [["uuid", f"pg-{name}"], name, refs(ports[name]), refs(*groups[name])]
                        for name in groups
                    ],
                ),
                "ACL": Table("ACL", heads, acls),
            }
        )
    )


def owners(nb: Northbound) -> Owners:
    switch = nb.switch_by_name("s")
    assert switch is not None
    return Owners(nb, switch)


def row_of(nb: Northbound, uuid: str) -> Row:
    row = nb.db.table("ACL").by_uuid(uuid)
    assert row is not None
    return row


def name_of(owner: Row | None) -> str | None:
    return None if owner is None else owner.text("name")


def test_the_switch_itself_comes_before_any_group() -> None:
    nb = zone([acl("1", "inport == @a")], {"a": ["1"]}, own=("1",))
    assert owners(nb).owner(row_of(nb, "1")) == (True, None)


def test_of_several_groups_it_is_the_one_that_the_match_names() -> None:
    nb = zone([acl("1", "inport == @b && ip4")], {"a": ["1"], "b": ["1"]})
    is_here, owner = owners(nb).owner(row_of(nb, "1"))
    assert is_here
    assert name_of(owner) == "b"


def test_a_match_that_names_no_group_of_it_leaves_the_first_by_name() -> None:
    nb = zone([acl("1", "inport == @c")], {"b": ["1"], "a": ["1"], "c": []})
    assert name_of(owners(nb).owner(row_of(nb, "1"))[1]) == "a"


def test_a_group_without_a_port_on_the_switch_brings_nothing() -> None:
    nb = zone([acl("1", "inport == @c")], {"c": ["1"]})
    found = owners(nb)
    assert found.owner(row_of(nb, "1")) == (False, None)
    assert not found.has_any([row_of(nb, "1")])
    assert not found.has_acls


def test_the_highest_tier_is_that_of_this_switch_and_stage() -> None:
    nb = zone(
        [
            acl("1", "inport == @a", tier=2),
            acl("2", "inport == @c", tier=3),
            acl("3", "outport == @a", tier=1, direction="to-lport"),
        ],
        {"a": ["1", "3"], "c": ["2"]},
    )
    switch = nb.switch_by_name("s")
    assert switch is not None
    model = SwitchModel(nb, switch, version_of("25.03"))
    assert model.top_tier("ls_in_acl") == 2
    assert model.top_tier("ls_out_acl") == 1
    assert not model._made, "no record is made of an ACL that nobody asks for"


@given(
    held=st.fixed_dictionaries({name: st.sets(st.integers(0, 99)) for name in GROUPS}),
    named=st.lists(st.sampled_from((*GROUPS, "none")), min_size=100, max_size=100),
    own=st.sets(st.integers(0, 99)),
)
def test_opening_few_groups_finds_what_opening_all_of_them_does(
    held: dict[str, set[int]], named: list[str], own: set[int]
) -> None:
    acls = [acl(str(at), f"inport == @{name}") for at, name in enumerate(named)]
    groups = {name: [str(at) for at in sorted(one)] for name, one in held.items()}
    nb = zone(acls, groups, tuple(map(str, sorted(own))))
    found, whole = owners(nb), owners(nb)
    assert set(whole.uuids) == {str(at) for at in own | held["a"] | held["b"]}
    for at in range(100):
        is_here, owner = found.owner(row_of(nb, str(at)))
        holders = [name for name in ("a", "b") if at in held[name]]
        assert is_here == (at in own or bool(holders))
        wanted = named[at] if named[at] in holders else next(iter(holders), None)
        assert name_of(owner) == (None if at in own else wanted)
    rows = [row_of(nb, str(at)) for at in range(100)]
    assert owners(nb).has_any(rows) == bool(own | held["a"] | held["b"])


def test_what_is_remembered_of_a_zone_ends_with_it() -> None:
    """A follower has many snapshots one after the other."""
    nb = zone([acl("1", "inport == @a")], {"a": ["1"]})
    switch = nb.switch_by_name("s")
    assert switch is not None
    assert owners_of(nb, switch) is owners_of(nb, switch)
    assert owners_of(nb, switch).has_acls
    gone = weakref.ref(nb)
    del nb
    gc.collect()
    assert gone() is None
