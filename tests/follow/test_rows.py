"""Rows that came, went and changed, and a database in which one of them did not."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ovntrace.follow.rows import content_of, row_changes, without
from ovntrace.follow.types import RowChange
from ovntrace.model.rows import Database
from tests.tables import database, ref, uid


def acl(name: str, **more: Any) -> dict[str, Any]:
    return {"_uuid": uid(name), "name": name, "action": "drop", "external_ids": {}, **more}


def group(name: str, *acls: str, ports: tuple[str, ...] = ()) -> dict[str, Any]:
    refs = {"acls": [ref(one) for one in acls], "ports": [ref(one) for one in ports]}
    return {"_uuid": uid(name), "name": name, **refs}


def between(old: Database, new: Database) -> list[tuple[str, str | None, str, list[str]]]:
    found = row_changes("n1", old, new)
    return [(one.table, one.name, one.change, list(one.columns)) for one in found]


def test_came_went_and_changed_with_the_acls_first() -> None:
    old = database(Port_Group=[group("g", "a", "b")], ACL=[acl("a"), acl("b")])
    new = database(Port_Group=[group("g", "a", "c")], ACL=[acl("a", action="allow"), acl("c")])
    assert between(old, new) == [
        ("ACL", "a", "changed", ["action"]),
        ("ACL", "c", "came", []),
        ("ACL", "b", "went", []),
        ("Port_Group", "g", "changed", ["acls"]),
    ]
    [change, *_] = row_changes("n1", old, new)
    assert change.columns == {"action": ("drop", "allow")}
    assert (change.node, change.database, change.uuid) == ("n1", "nb", uid("a"))


def test_the_order_of_a_set_or_a_map_is_no_change() -> None:
    old = database(
        ACL=[acl("a", external_ids={"x": "1", "y": "2"})], Port_Group=[group("g", *"ab")]
    )
    new = database(
        ACL=[acl("a", external_ids={"y": "2", "x": "1"})], Port_Group=[group("g", *"ba")]
    )
    assert between(old, new) == []
    other = database(
        ACL=[acl("a", external_ids={"y": "1", "x": "2"})], Port_Group=[group("g", *"ba")]
    )
    assert between(old, other) == [("ACL", "a", "changed", ["external_ids"])]


def test_what_northd_writes_back_is_no_change() -> None:
    port = {"_uuid": uid("p"), "name": "p", "up": True, "enabled": ()}
    old = database(Logical_Switch_Port=[port], NB_Global=[{"_uuid": uid("g"), "nb_cfg": 1}])
    new = database(
        Logical_Switch_Port=[{**port, "up": False}], NB_Global=[{"_uuid": uid("g"), "nb_cfg": 2}]
    )
    assert between(old, new) == []


def test_a_table_that_one_side_does_not_have_tells_nothing() -> None:
    assert between(database(), database(ACL=[acl("a")])) == []
    assert between(database(ACL=[acl("a")]), database()) == []


def acls_of(of: Database, name: str) -> set[str]:
    row = of.table("Port_Group").by_uuid(uid(name))
    assert row is not None
    return set(row.refs("acls"))


def test_a_row_that_went_is_in_its_group_again() -> None:
    old = database(ACL=[acl("a"), acl("b")], Port_Group=[group("g", "a", "b")])
    new = database(ACL=[acl("a")], Port_Group=[group("g", "a")])
    changes = row_changes("n1", old, new)
    [went] = [one for one in changes if one.table == "ACL"]
    found = without(went, changes, old, new)
    assert acls_of(found, "g") == {uid("a"), uid("b")}
    assert found.table("ACL").by_uuid(uid("b")) is not None
    assert acls_of(new, "g") == {uid("a")}, "what was given is as it was"


def test_a_row_that_came_is_in_no_group_without_it_and_what_else_changed_stays() -> None:
    old = database(ACL=[acl("a")], Port_Group=[group("g", "a", ports=("p",))])
    new = database(ACL=[acl("a"), acl("b")], Port_Group=[group("g", "a", "b", ports=("q",))])
    changes = row_changes("n1", old, new)
    [came] = [one for one in changes if one.table == "ACL"]
    found = without(came, changes, old, new)
    row = found.table("Port_Group").by_uuid(uid("g"))
    assert row is not None
    assert (row.refs("acls"), row.refs("ports")) == ((uid("a"),), (uid("q"),))
    assert len(found.table("ACL")) == 1


def test_the_same_change_in_two_zones_has_one_content() -> None:
    def zone(suffix: str, action: str) -> tuple[Database, Database]:
        old = database(ACL=[acl("x", _uuid=uid(f"a{suffix}"))])
        new = database(ACL=[acl("x", _uuid=uid(f"a{suffix}"), action=action)])
        return old, new

    def content(pair: tuple[Database, Database]) -> str:
        [change] = row_changes("n", *pair)
        return content_of(change, *pair)

    assert content(zone("1", "allow")) == content(zone("2", "allow"))
    assert content(zone("1", "allow")) != content(zone("2", "reject"))


_NAMES = st.sampled_from("abcdef")
_ACLS = st.dictionaries(_NAMES, st.sampled_from(["allow", "drop", "reject"]))
_GROUPS = st.dictionaries(
    st.sampled_from("ghi"), st.tuples(st.lists(_NAMES, unique=True), st.lists(_NAMES, unique=True))
)


@st.composite
def _databases(draw: st.DrawFn) -> Database:
    acls = [acl(name, action=action) for name, action in draw(_ACLS).items()]
    groups = [
        group(name, *has, ports=tuple(f"p{one}" for one in ports))
        for name, (has, ports) in draw(_GROUPS).items()
    ]
    # A row of each that never changes: a table without a row has no columns.
    return database(ACL=[acl("kept"), *acls], Port_Group=[group("kept", *"ab"), *groups])


def content(of: Database) -> set[tuple[object, ...]]:
    acls = {(row.uuid, row.text("name"), row.text("action")) for row in of.table("ACL")}
    groups = {
        (row.uuid, row.text("name"), frozenset(row.refs("acls")), frozenset(row.refs("ports")))
        for row in of.table("Port_Group")
    }
    return {*acls, *groups}


@settings(max_examples=200, deadline=None)
@given(_databases(), _databases(), st.randoms(use_true_random=False))
def test_without_all_changes_it_is_the_old_one(old: Database, new: Database, random: Any) -> None:
    changes: list[RowChange] = list(row_changes("n1", old, new))
    random.shuffle(changes)
    found = new
    for change in changes:
        found = without(change, changes, old, found)
    assert content(found) == content(old)
    assert row_changes("n1", old, found) == ()
