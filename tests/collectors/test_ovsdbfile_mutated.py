"""Database files that were cut, flipped and filled with other values: never an exception."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.ovsdbfile import is_database_file, read_database_file
from collectors.ovsdbfile.questions import DatabaseFile
from ovntrace.errors import OvntraceError
from renderers.db import Answer, db_markdown, db_text
from renderers.db_document import db_document
from renderers.to_json import dump as to_json
from tests.captured import FOLDER
from tests.collectors.ovsdb_records import (
    SCHEMA,
    change,
    clustered,
    entry,
    framed,
    offsets,
    record,
    ref,
    standalone,
    uuid,
)

Json = Any
_FIRST = change(0, "x", Port={1: {"name": "a"}, 2: {"up": True}}, Port_Group={9: {"ports": ref(1)}})
_THEN = change(
    1, Port={1: {"external_ids": ["map", [["k", "v"]]]}, 2: None}, Port_Group={9: {"ports": ref(2)}}
)
_SMALL = (
    standalone(_FIRST, _THEN),
    clustered(_FIRST, entry(2, _THEN), {"commit_index": 2}),
    gzip.compress(standalone(_FIRST, _THEN), mtime=0),
)


@cache
def _capture() -> bytes:
    [file] = (FOLDER / "databases").glob("*2026-08*.ovnnb_db.db.gz")
    return gzip.decompress(file.read_bytes())


def ask_everything(data: bytes) -> None:
    """Whatever can be asked of a file, in every form."""
    assert isinstance(is_database_file(data), bool)
    contents = read_database_file(data, None, limit=1 << 22)
    assert contents.readable or contents.trouble is not None
    read_database_file(data, ["Port"], limit=1 << 22)
    questions: list[Callable[[DatabaseFile], Answer]] = [
        DatabaseFile.overview,
        lambda file: file.overview(lambda end_ms: end_ms - 500),
        lambda file: file.table("Port"),
        lambda file: file.history("a"),
        lambda file: file.history(uuid(9)),
    ]
    for ask in questions:
        try:
            answer = ask(DatabaseFile(data, "f", limit=1 << 22))
        except OvntraceError:
            continue
        json.loads(to_json(db_document(answer, 0.0)))
        for text in (db_text(answer), db_markdown(answer)):
            assert "\x1b" not in text


@settings(max_examples=150)
@given(
    st.sampled_from(_SMALL),
    st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=3)), max_size=3),
    st.integers(0, 4000),
)
def test_bytes_that_were_changed_or_cut(
    data: bytes, changes: list[tuple[int, bytes]], size: int
) -> None:
    spoiled = bytearray(data)
    for at, new in changes:
        spoiled[at % len(data) : at % len(data) + len(new)] = new
    ask_everything(bytes(spoiled))
    ask_everything(bytes(spoiled[: size % (len(data) + 1)]))


@settings(max_examples=60)
@given(st.data())
def test_a_real_file_whose_records_were_changed_and_framed_again(data: st.DataObject) -> None:
    """The checksum is right: what is in the record has to be looked at."""
    whole = _capture()
    ends = offsets(whole)
    index = data.draw(st.integers(0, 40))
    start, end = ends[index], ends[index + 1]
    body = bytearray(whole[whole.index(b"\n", start) + 1 : end])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    contents = read_database_file(
        whole[:start] + framed(bytes(body)) + whole[end : ends[index + 2]], None
    )
    assert contents.readable or index == 0
    assert contents.records >= index or index == 0


_ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["set", "map", "uuid", uuid(1), "name", "ports", "\x1b[2J", "\ud800"])
)
_JSON = st.recursive(
    _ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "ports", "key", "type", "x"]), inner, max_size=3)
        | st.tuples(st.sampled_from(["set", "map", "uuid"]), inner).map(list)
    ),
    max_leaves=12,
)
_ROWS = st.dictionaries(
    st.sampled_from([uuid(1), uuid(2), uuid(9), "x"]),
    st.dictionaries(
        st.sampled_from(["name", "up", "tag", "external_ids", "ports", "status"]), _JSON, max_size=3
    )
    | _JSON,
    max_size=3,
)
_TRANSACTION = st.fixed_dictionaries(
    {},
    optional={
        "_date": _JSON,
        "_comment": _JSON,
        "_is_diff": st.just(True) | _JSON,
        "Port": _ROWS | _JSON,
        "Port_Group": _ROWS | _JSON,
    },
)


@settings(max_examples=100)
@given(st.lists(_TRANSACTION | _JSON, max_size=3), st.booleans())
def test_records_of_any_values(transactions: list[Json], in_cluster: bool) -> None:
    if in_cluster:
        entries = [entry(n + 2, one) for n, one in enumerate(transactions)]
        ask_everything(clustered(_FIRST, *entries, {"commit_index": 9}))
    else:
        ask_everything(standalone(_FIRST, *transactions))


@settings(max_examples=40)
@given(_JSON, _JSON)
def test_headers_and_entries_of_any_values(header: Json, value: Json) -> None:
    ask_everything(record(header, "CLUSTER") + record(value, "CLUSTER"))
    spoiled = [{"index": value}, {"commit_index": value}, {"index": 2, "data": value}, value]
    for one in spoiled:
        ask_everything(clustered(_FIRST) + record(one, "CLUSTER"))
    ask_everything(standalone(_FIRST, schema={**SCHEMA, "tables": {"Port": header}}))
