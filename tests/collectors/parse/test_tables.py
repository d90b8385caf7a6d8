"""Tables as one JSON document a line."""

import json

from hypothesis import given
from hypothesis import strategies as st

from collectors.parse.tables import parse_tables

A = json.dumps(
    {"caption": "A table", "headings": ["_uuid", "name"], "data": [[["uuid", "1"], "x"]]}
)
B = json.dumps({"headings": ["name"], "data": []})


def test_documents_stand_in_the_order_of_the_names() -> None:
    database, bad = parse_tables(f"{A}\n{B}\n".encode(), ("A", "B"))
    assert bad == ()
    assert [row.text("name") for row in database.table("A")] == ["x"]
    assert database.has("B")


def test_output_that_was_cut_gives_the_tables_before() -> None:
    whole = f"{A}\n{B}\n".encode()
    database, bad = parse_tables(whole[: len(A) + 5], ("A", "B", "C"))
    assert database.has("A")
    assert [(table.name, table.truncated) for table in bad] == [("B", True), ("C", True)]


def test_null_is_a_table_that_the_source_does_not_have() -> None:
    database, bad = parse_tables(f"null\n{B}\n".encode(), ("A", "B"))
    assert bad == ()
    assert not database.has("A")
    assert database.has("B")


def test_a_bad_line_in_the_middle_is_not_a_cut() -> None:
    database, bad = parse_tables(f'""\n{B}\n'.encode(), ("A", "B"))
    assert [(table.name, table.truncated) for table in bad] == [("A", False)]
    assert database.has("B")


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    _, bad = parse_tables(b"[" * 200_000 + b"\n", ("A",))
    assert "RecursionError" in bad[0].detail


@given(st.binary(max_size=200))
def test_any_bytes_give_a_database(data: bytes) -> None:
    database, bad = parse_tables(data, ("A", "B"))
    assert len(bad) + database.has("A") + database.has("B") <= 2


@given(st.integers(min_value=0, max_value=len(A) + len(B) + 2))
def test_a_cut_anywhere_loses_only_what_comes_after(at: int) -> None:
    database, bad = parse_tables(f"{A}\n{B}\n".encode()[:at], ("A", "B"))
    assert database.has("A") == (at >= len(A))
    assert {table.name for table in bad} == {name for name in ("A", "B") if not database.has(name)}
