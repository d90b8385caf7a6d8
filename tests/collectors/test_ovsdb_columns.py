"""The columns that are asked for are those that the code reads, and no others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.artifacts import NB_TABLES, OVS_TABLES, SB_TABLES
from collectors.ovsdb.columns import NEEDED_COLUMNS, wanted
from collectors.parse.column_types import kinds

_REPOSITORY = Path(__file__).parents[2]
_TABLES = {"nb": NB_TABLES, "sb": SB_TABLES, "ovs": OVS_TABLES}
# Of a table that has no list all columns are asked for.
_LISTED = [(db, one) for db, names in _TABLES.items() for one in names if one in NEEDED_COLUMNS]
# What reads a column by its name, and which argument the name is.
_READERS = {
    "text": 0, "number": 0, "flag": 0, "texts": 0, "ref": 0, "refs": 0, "map": 0, "cell": 0,
    "by_text": 0, "by_map": 0, "by_ref": 0, "by_any_ref": 0, "texts_of": 0, "rows_with": 0,
}  # fmt: skip


def _columns_read() -> Iterator[str]:
    places = [*(_REPOSITORY / "ovntrace").rglob("*.py"), *(_REPOSITORY / "collectors").glob("*.py")]
    for file in places:
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            at = _READERS.get(node.func.attr)
            if at is not None and len(node.args) > at:
                word = node.args[at]
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value


def test_every_column_that_is_read_is_asked_for() -> None:
    """Where any table has the column, one of those that are asked has it among the needed."""
    needed = {name for words in NEEDED_COLUMNS.values() for name in words.split()}
    existing = {name for database, table in _LISTED for name in kinds(database, table)}
    read = {name for name in _columns_read() if name in existing}
    assert len(read) > 40
    assert read - needed == set(), "they belong into collectors/ovsdb/columns.py"


@pytest.mark.parametrize(("database", "table"), _LISTED)
def test_the_lists_are_of_real_columns(database: str, table: str) -> None:
    asked = NEEDED_COLUMNS[table].split()
    assert len(asked) == len(set(asked))
    assert len(_LISTED) == len(NEEDED_COLUMNS)
    assert set(asked) <= kinds(database, table).keys()


def test_only_columns_of_the_schema_are_asked_for() -> None:
    assert wanted("ACL", {"match": {}, "tier": {}, "log": {}}) == ("_uuid", "tier", "match")
    assert wanted("Logical_Flow", {"b": {}, "a": {}}) == ("_uuid", "b", "a")
