"""Typed access to rows is total: a strange cell is "not known", never an error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.model.rows import Row, Table
from tests.tables import database, ref, uid

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_any_cell_is_read_by_every_accessor(cell: Any) -> None:
    row = Row({"c": 0}, [cell])
    assert row.text("c") is None or isinstance(row.text("c"), str)
    assert isinstance(row.texts("c"), tuple)
    assert row.number("c") is None or isinstance(row.number("c"), int)
    assert row.flag("c") is None or isinstance(row.flag("c"), bool)
    assert isinstance(row.refs("c"), tuple)
    assert all(isinstance(value, str) for value in row.map("c").values())
    assert row.ref("c") is None or isinstance(row.ref("c"), str)


def test_a_set_of_one_is_printed_without_its_set() -> None:
    row = Row({"a": 0, "b": 1, "c": 2}, ["x", ["set", ["x", "y"]], ["set", []]])
    assert row.texts("a") == ("x",)
    assert row.texts("b") == ("x", "y")
    assert row.texts("c") == ()
    assert row.text("c") is None


def test_a_column_that_this_version_lacks() -> None:
    row = Row({"name": 0}, ["x"])
    assert not row.has("tier")
    assert row.number("tier") is None


def test_a_row_that_is_cut() -> None:
    assert Row({"name": 0, "match": 1}, ["x"]).text("match") is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (["map", [["rx_dropped", 5], ["a", "b"]]], {"rx_dropped": "5", "a": "b"}),
        (["map", [["odd"], "odd", ["k", None]]], {"k": "None"}),
        (["set", []], {}),
    ],
)
def test_maps(cell: Any, expected: dict[str, str]) -> None:
    assert dict(Row({"m": 0}, [cell]).map("m")) == expected


def test_indexes_keep_the_tables_order() -> None:
    table = database(
        T=[
            {"_uuid": uid("1"), "name": "a", "ids": {"k": "v"}, "ports": [ref("p"), ref("q")]},
            {"_uuid": uid("2"), "name": "b", "ids": {}, "ports": []},
            {"_uuid": uid("3"), "name": "a", "ids": {"k": "v"}, "ports": [ref("p")]},
        ]
    ).table("T")
    assert [row.uuid for row in table.by_text("name", "a")] == [uid("1"), uid("3")]
    assert [row.uuid for row in table.by_map("ids", "k", "v")] == [uid("1"), uid("3")]
    assert [row.uuid for row in table.by_ref("ports", uid("q"))] == [uid("1")]
    assert table.by_text("name", "none") == ()
    found = table.by_uuid(uid("2"))
    assert found is not None
    assert found.text("name") == "b"
    assert table.by_uuid(None) is None


def test_a_table_that_was_not_read_is_empty() -> None:
    db = database(T=[])
    assert db.has("T")
    assert not db.has("Other")
    assert len(db.table("Other")) == 0
    assert isinstance(db.table("Other"), Table)


def test_columns_are_read_without_rows() -> None:
    table = database(
        T=[
            {"_uuid": uid("1"), "name": "a", "ports": [ref("p"), ref("q")]},
            {"_uuid": uid("2"), "name": ["x", "y"], "ports": [ref("r")]},
            {"_uuid": uid("3"), "name": "a", "ports": [ref("q")]},
        ]
    ).table("T")
    asked = [uid("3"), uid("none"), uid("2"), uid("1")]
    assert table.texts_of("name", asked) == ["a", "", "", "a"]
    assert table.texts_of("other", asked) == [""] * 4
    assert table.texts("name") == ["a", "", "a"]
    assert [row.uuid for row in table.rows_with("name", "a")] == [uid("1"), uid("3")]
    assert list(table.rows_with("name", "b")) == []
    assert table.row(1).uuid == uid("2")
    found = table.by_any_ref("ports", [uid("q"), uid("p"), uid("none")])
    assert [row.uuid for row in found] == [uid("1"), uid("3")]


def test_columns_of_rows_that_are_cut() -> None:
    table = Table("T", ["_uuid", "name"], [[["uuid", "1"]], ["no uuid", "x"], []])
    assert table.texts_of("name", ["1", "2"]) == ["", ""]
    assert table.texts("name") == ["", "x", ""]
    assert [row.uuid for row in table.rows_with("name", "x")] == [""]
    assert table.by_uuid("1") is not None


def test_indexes_of_rows_whose_uuids_are_at_hand_are_those_that_the_rows_tell() -> None:
    rows = [[["uuid", "a"], ["set", [["uuid", "x"], ["uuid", "y"]]], "n"]]
    rows += [[["uuid", "b"], ["uuid", "x"], "n"], [["uuid", "c"], ["set", []], "m"]]
    headings = ["_uuid", "refs", "name"]
    for table in (Table("T", headings, rows), Table("T", headings, rows, ["a", "b", "c"])):
        found = [table.by_uuid(uuid) for uuid in ("a", "b", "c", "d")]
        assert [row.uuid if row else None for row in found] == ["a", "b", "c", None]
        assert [row.uuid for row in table.by_ref("refs", "x")] == ["a", "b"]
        assert [row.uuid for row in table.by_ref("refs", "y")] == ["a"]
        assert [row.uuid for row in table.by_text("name", "n")] == ["a", "b"]
        assert [row.uuid for row in table.by_any_ref("refs", ["x", "y"])] == ["a", "b"]


def test_a_key_of_many_rows_has_each_of_them_once() -> None:
    rows = [[["uuid", str(n)], ["set", [["uuid", "all"], ["uuid", f"own{n}"]]]] for n in range(5)]
    table = Table("T", ["_uuid", "refs"], rows)
    assert [row.uuid for row in table.by_ref("refs", "all")] == ["0", "1", "2", "3", "4"]
    assert [row.uuid for row in table.by_ref("refs", "own3")] == ["3"]
