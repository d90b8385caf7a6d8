"""Tables: aligned where they can be, whole always."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovntrace.view.types import ListView
from renderers.lines import as_text, plain
from renderers.listing import render as render_tree
from renderers.table import Row, explain_table, grid, listing_table
from tests.renderers import sample
from tests.renderers.golden import check
from tests.renderers.views import list_views


@pytest.mark.parametrize("name", list(sample.EXPLAINS))
def test_explain_golden(name: str) -> None:
    check(f"explain-{name}-table.txt", explain_table(sample.EXPLAINS[name]()))


def test_listing_golden() -> None:
    check("ls-table.txt", listing_table(sample.listing()))
    check("ls-tree.txt", render_tree(sample.listing()))


def test_nothing_is_an_answer_too() -> None:
    assert "no workloads" in listing_table(sample.empty_listing())
    assert "no workloads" in render_tree(sample.empty_listing())


def _row(*cells: str) -> Row:
    return [plain(cell) for cell in cells[:-1]], [plain(cells[-1])]


def test_columns_are_aligned() -> None:
    lines = grid(("A", "B", "C"), [_row("one", "2", "x"), _row("3", "four", "y")], 80)
    assert as_text(lines) == "A    B     C\none  2     x\n3    four  y\n"


def test_one_long_name_does_not_push_the_others() -> None:
    rows = [_row("x" * 60, "b", "c"), *[_row("short", "b", "c")] * 5]
    lines = as_text(grid(("A", "B", "C"), rows, 40)).splitlines()
    assert lines[0] == "A      B  C"
    assert lines[1] == "x" * 60
    assert lines[2] == "       b  c"
    assert lines[3] == "short  b  c"


cells = st.text("abcd", min_size=1, max_size=40)


@given(st.lists(st.tuples(cells, cells, cells), max_size=6), st.integers(20, 120))
def test_no_cell_is_cut_or_lost(rows: list[tuple[str, str, str]], width: int) -> None:
    text = as_text(grid(("A", "B", "C"), [_row(*row) for row in rows], width))
    assert text.split() == ["A", "B", "C", *(cell for row in rows for cell in row)]


@settings(max_examples=40, deadline=None)
@given(list_views)
def test_any_listing_is_drawn(view: ListView) -> None:
    for render in (listing_table, render_tree):
        text = render(view)
        assert all(line.isprintable() for line in text.split("\n"))
        plain_again = re.sub(r"\x1b\[[0-9;]*m", "", render(view, color=True))
        assert plain_again == text
