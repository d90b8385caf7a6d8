"""Database files made by hand, and the captures' own: what is read, and what is said of damage."""

import gzip
import json
import zlib
from typing import Any

import pytest

from collectors.ovsdbfile import FileContents, is_database_file, read_database_file
from collectors.ovsdbfile import transaction as transactions
from tests.captured import FOLDER, raw
from tests.collectors.ovsdb_records import (
    BEGAN_MS,
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
DATABASES = sorted((FOLDER / "databases").glob("*.gz"))
TOOLS = {"ovnnb_db": "nbctl", "ovnsb_db": "sbctl", "conf": "ovs"}

LOG = (
    change(0, Port={1: {"name": "a"}, 2: {"name": "b", "up": True}}, Port_Group={9: {"name": "g"}}),
    change(1, Port_Group={9: {"ports": ["set", [ref(1), ref(2)]]}}),
    change(2, Port={1: {"external_ids": ["map", [["k", "1"], ["l", "2"]]]}}),
    change(3, Port={1: {"external_ids": ["map", [["k", "1"], ["l", "3"], ["m", "4"]]]}}),
    change(4, Port_Group={9: {"ports": ["set", [ref(1), ref(3)]]}}, Port={3: {"name": "c"}}),
    change(5, Port={2: None, 1: {"up": ["set", []], "tag": 4}}, Port_Group={9: {"ports": ref(2)}}),
)
PORTS = [
    [ref(1), ["map", [["l", "3"], ["m", "4"]]], "a", 4, ["set", []]],
    [ref(3), ["map", []], "c", ["set", []], ["set", []]],
]


def cells(contents: FileContents, table: str) -> list[list[Json]]:
    found = contents.database.table(table)
    return [[row._cell(name) for name in found.columns] for row in found]


def test_a_log_is_replayed() -> None:
    contents = read_database_file(standalone(*LOG), None)
    assert contents.trouble is None
    assert (contents.kind, contents.schema_name) == ("standalone", "Lab")
    assert (contents.schema_version, contents.records) == ("1.0.0", 7)
    assert contents.date_ms == BEGAN_MS + 5000
    assert contents.columns["Port"] == ("_uuid", "external_ids", "name", "tag", "up")
    assert cells(contents, "Port") == PORTS
    assert cells(contents, "Port_Group") == [[ref(9), "g", ref(3)]]


def test_only_what_is_asked_for_is_read() -> None:
    contents = read_database_file(standalone(*LOG), ["Port_Group", "Nothing"])
    assert not contents.database.has("Port")
    assert not contents.database.has("Nothing")
    assert cells(contents, "Port_Group") == [[ref(9), "g", ref(3)]]
    # A record that was not looked into still says when it was written.
    other = read_database_file(standalone(*LOG, change(8, Port={1: None})), ["Port_Group"])
    assert (other.date_ms, other.records) == (BEGAN_MS + 8000, 8)


def test_sets_and_maps_come_in_order_and_a_set_of_one_alone() -> None:
    unordered = change(
        0,
        Port={1: {"external_ids": ["map", [["z", "1"], ["a", "2"]]], "tag": ["set", [5]]}, 3: {}},
        Port_Group={9: {"ports": ["set", [ref(3), ref(1)]]}, 8: {"ports": ["set", [ref(3)]]}},
    )
    contents = read_database_file(standalone(unordered), None)
    [[_, external_ids, _, tag, _], _] = cells(contents, "Port")
    assert (external_ids, tag) == (["map", [["a", "2"], ["z", "1"]]], 5)
    assert [row[2] for row in cells(contents, "Port_Group")] == [ref(3), ["set", [ref(1), ref(3)]]]


def test_without_diffs_cells_are_replaced() -> None:
    first = change(0, Port={1: {"name": "a", "external_ids": ["map", [["k", "1"]]]}}, diff=False)
    then = change(1, Port={1: {"external_ids": ["map", [["k", "1"], ["l", "2"]]]}}, diff=False)
    contents = read_database_file(standalone(first, then), None)
    assert cells(contents, "Port")[0][1] == ["map", [["k", "1"], ["l", "2"]]]


def test_a_large_record_in_pieces_is_the_same_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    ugly = '},"00000000-0000-4000-8000-000000000001":{ },"Port_Group":{ \\" }],"x": 日本 \U0001f980'
    ports = {
        n: {"name": f"{ugly}{n}", "external_ids": ["map", [[ugly, str(n)]]]} for n in range(300)
    }
    ports[7] = {}
    groups = {1000 + n: {"name": ugly, "ports": ref(n)} for n in range(50)}
    snapshot = change(0, ugly, Port=ports, Port_Group=groups)
    files = [
        standalone(snapshot),
        standalone({"Port": snapshot["Port"], **snapshot}),
        clustered(snapshot),
        clustered({"_comment": "x", **snapshot}),
    ]
    whole = [read_database_file(data, None) for data in files]
    monkeypatch.setattr(transactions, "LARGE", 500)
    monkeypatch.setattr(transactions, "PIECE", 500)
    monkeypatch.setattr("collectors.ovsdbfile.commits.LARGE", 500)
    for data, wanted in zip(files, whole, strict=True):
        assert wanted.trouble is None
        for tables in (None, ["Port"], ["Port_Group"]):
            got = read_database_file(data, tables)
            assert (got.trouble, got.date_ms) == (None, BEGAN_MS)
            for table in tables or SCHEMA["tables"]:
                assert cells(got, table) == cells(wanted, table)
    assert len(cells(whole[0], "Port")) == 300


@pytest.mark.parametrize("enough", [1, 400, 1 << 15])
def test_a_large_record_among_small_ones(monkeypatch: pytest.MonkeyPatch, enough: int) -> None:
    large = change(20, Port={100 + n: {"name": f"p{n}"} for n in range(40)})
    log = [*LOG, large, *(change(30 + n, Port={200 + n: {"name": "q"}}) for n in range(3))]
    whole = read_database_file(standalone(*log), None)
    monkeypatch.setattr("collectors.ovsdbfile.commits.LARGE", 1000)
    monkeypatch.setattr("collectors.ovsdbfile.commits._ENOUGH", enough)
    monkeypatch.setattr(transactions, "LARGE", 1000)
    monkeypatch.setattr(transactions, "PIECE", 300)
    got = read_database_file(standalone(*log), None)
    assert got[1:] == whole[1:]
    assert (got.records, got.date_ms) == (len(log) + 1, BEGAN_MS + 32_000)
    for table in SCHEMA["tables"]:
        assert cells(got, table) == cells(whole, table)


@pytest.mark.parametrize("cell", [{}, {"a": 1}])
def test_an_object_is_no_cell(cell: Json) -> None:
    first = change(0, Port={1: {"name": "a"}}, Port_Group={9: {"name": "g", "ports": ref(1)}})
    later = change(2, Port_Group={9: {"name": "later"}})
    for changed in (
        change(1, Port_Group={9: {"ports": cell}}),
        change(1, Port={1: {"external_ids": cell}}),
        change(1, Port_Group={8: {"ports": ["set", [ref(1), {"uuid": 1, uuid(2): 1}]]}}),
    ):
        contents = read_database_file(standalone(first, changed, later), None)
        assert contents.trouble is not None and contents.trouble.startswith("record 3 at byte ")
        assert cells(contents, "Port_Group") == [[ref(9), "g", ref(1)]]


def test_a_weak_reference_goes_with_its_row_even_where_the_log_does_not_say_so() -> None:
    deleted = standalone(*LOG, change(6, Port={3: None}))
    assert cells(read_database_file(deleted, None), "Port_Group") == [[ref(9), "g", ["set", []]]]
    # Which ports there are is not known here.
    alone = read_database_file(deleted, ["Port_Group"])
    assert cells(alone, "Port_Group") == [[ref(9), "g", ref(3)]]


# --- clustered ------------------------------------------------------------------------------------


def test_a_cluster_is_its_snapshot_and_what_is_committed() -> None:
    data = clustered(
        LOG[0],
        {"term": 2, "vote": uuid(902)},
        entry(2, LOG[1]),
        {"term": 1, "index": 3},  # of an election: without data
        {"commit_index": 2},
        entry(4, change(2, Port={1: {"name": "never"}})),
        entry(5, change(2, Port={2: {"name": "never"}})),
        entry(4, LOG[2]),  # takes the place of 4, and 5 is gone
        {"commit_index": 4},
        entry(5, change(9, Port={1: None})),  # not committed
    )
    contents = read_database_file(data, None)
    assert (contents.trouble, contents.kind) == (None, "clustered")
    assert contents.date_ms == BEGAN_MS + 2000
    assert [row[1:3] for row in cells(contents, "Port")] == [
        [["map", [["k", "1"], ["l", "2"]]], "a"],
        [["map", []], "b"],
    ]
    assert cells(contents, "Port_Group") == [[ref(9), "g", ["set", [ref(1), ref(2)]]]]


def test_a_clusters_schema_can_change() -> None:
    columns = {**SCHEMA["tables"]["Port"]["columns"], "alias": {"type": "string"}}
    del columns["tag"]
    newer = {"name": "Lab", "version": "2.0.0", "tables": {"Port": {"columns": columns}}}
    anew = clustered(LOG[0], entry(2, change(1, Port={5: {"name": "e"}}), newer))
    kept = clustered(LOG[0], entry(2, None, newer))
    for data, names in ((anew, ["e"]), (kept, ["a", "b"])):
        contents = read_database_file(data + record({"commit_index": 2}, "CLUSTER"), None)
        assert (contents.trouble, contents.schema_version) == (None, "2.0.0")
        headings = ["_uuid", "alias", "external_ids", "name", "up"]
        assert list(contents.database.table("Port").columns) == headings
        assert [row[3] for row in cells(contents, "Port")] == names
        assert not contents.database.has("Port_Group")


def test_a_server_that_has_not_joined_has_nothing() -> None:
    data = record({"server_id": uuid(1), "name": "Lab", "remote_addresses": ["x"]}, "CLUSTER")
    contents = read_database_file(data, None)
    assert not contents.readable
    assert "not joined" in str(contents.trouble)


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["standalone", "clustered"])
def test_cut_anywhere_gives_the_state_up_to_the_last_whole_record(kind: str) -> None:
    committed = [
        one for n, t in enumerate(LOG) for one in (entry(n + 2, t), {"commit_index": n + 2})
    ]
    data = standalone(*LOG) if kind == "standalone" else clustered(change(0), *committed)
    ends = offsets(data)
    whole = {end: read_database_file(data[:end], None) for end in ends[1:]}
    assert all(contents.trouble is None for contents in whole.values())
    for size in range(len("OVSDB CLUSTER "), len(data)):
        if size in ends:
            continue
        contents = read_database_file(data[:size], None)
        last = max(end for end in ends if end < size)
        assert contents.truncated
        assert contents.trouble is not None
        if last == 0:
            assert not contents.readable
            continue
        assert f"record {ends.index(last) + 1} at byte {last} is cut" in contents.trouble
        for table in SCHEMA["tables"]:
            assert cells(contents, table) == cells(whole[last], table)
        assert contents.records == ends.index(last)


def test_a_wrong_checksum_ends_the_reading_there() -> None:
    data = bytearray(standalone(*LOG))
    ends = offsets(bytes(data))
    data[ends[4] - 3] ^= 1
    contents = read_database_file(bytes(data), None)
    assert contents.trouble == f"record 4 at byte {ends[3]}: its checksum is wrong"
    assert not contents.truncated
    assert contents.records == 3
    assert cells(contents, "Port")[0][1] == ["map", []]


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"OVSDB JSON 99999999999999999 x\n", b"OVSDB X"])
def test_what_is_no_record_ends_the_reading_there(tail: bytes) -> None:
    data = standalone(*LOG)
    contents = read_database_file(data + tail, None)
    assert contents.trouble == f"record 8 at byte {len(data)}: there is no record's header"
    assert cells(contents, "Port") == PORTS


HOSTILE: list[Json | bytes] = [
    b"",
    b"{",
    b"[]",
    b"7",
    b"null",
    b'"\xff"',
    b'{"Port":{"x"',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"_date":' + b"9" * 5000 + b"}",
    b'{"Port":{"%s":{"tag":%s}}}' % (uuid(1).encode(), b"9" * 40),
    b'{"Port":{"%s":{"name":"\\ud800"}}}' % uuid(1).encode(),
    b'{"Port":{"%s":{"name":NaN}}}' % uuid(1).encode(),
    {"Port": []},
    {"Port": {"1": {"name": "x"}}},
    {"Port": {uuid(1): 4}},
    {"Port": {uuid(77): None}},
    {"Nothing": {uuid(1): {}}},
    {"Port": {uuid(1): {"nothing": 1}}},
    {"Port": {uuid(1): {"name": None}}},
    {"Port": {uuid(1): {"name": {"a": 1}}}},
    {"Port": {uuid(1): {"name": ["set", ["a", "b"]]}}},
    {"Port": {uuid(1): {"name": ["set", []]}}},
    {"Port": {uuid(1): {"up": 1}}},
    {"Port": {uuid(1): {"external_ids": ["map", "ab"]}}},
    {"Port": {uuid(1): {"external_ids": ["map", ["ab"]]}}},
    {"Port": {uuid(1): {"external_ids": ["map", [["a", "b"], ["a", "c"]]]}}},
    {"Port": {uuid(1): {"external_ids": ["map", [["a", {}]]]}}},
    {"Port": {uuid(1): {"external_ids": ["set", []]}}},
    {"Port_Group": {uuid(9): {"ports": ["set", [["uuid", "x"]]]}}},
    {"Port_Group": {uuid(9): {"ports": ["set", [[], ref(1)]]}}},
    {"Port_Group": {uuid(9): {"ports": ["set", [ref(1), ref(1)]]}}},
    {"Port_Group": {uuid(9): {"ports": ["set", {}]}}},
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body)[:40])
@pytest.mark.parametrize("is_diff", [True, False])
def test_a_bad_record_is_named_and_undone(body: Json | bytes, is_diff: bool) -> None:
    if isinstance(body, dict):
        # Something good before what is bad: nothing of the record may stay.
        body = {"_is_diff": is_diff, "Port_Group": {uuid(9): {"name": "half"}}, **body}
        bad = record(body)
    else:
        bad = framed(body)
    before = standalone(LOG[0])
    contents = read_database_file(before + bad + record(LOG[1]), None)
    assert contents.trouble is not None
    assert contents.trouble.startswith(f"record 3 at byte {len(before)}: ")
    assert not contents.truncated
    assert cells(contents, "Port_Group") == [[ref(9), "g", ["set", []]]]
    assert [row[2] for row in cells(contents, "Port")] == ["a", "b"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[" * 100_000, b'{"name":"x","tables":{"T":1}}'])
def test_a_bad_schema_leaves_nothing(body: bytes) -> None:
    for magic in ("JSON", "CLUSTER"):
        contents = read_database_file(framed(body, magic) + record(LOG[0], magic), None)
        assert not contents.readable
        assert contents.trouble is not None


@pytest.mark.parametrize(
    "kind",
    [7, None, "text", {"key": "text"}, {"key": []}, {"key": "string", "max": 0}, {"min": 1}],
    ids=str,
)
def test_a_type_that_there_is_not(kind: Json) -> None:
    schema = {"name": "x", "version": "1", "tables": {"T": {"columns": {"c": {"type": kind}}}}}
    contents = read_database_file(standalone(schema=schema), None)
    assert "column T:c" in str(contents.trouble)


# --- packed ---------------------------------------------------------------------------------------


def test_packed_data_is_read_and_cut_packed_data_too() -> None:
    data = standalone(*LOG)
    packed = gzip.compress(data)
    assert cells(read_database_file(packed, None), "Port") == PORTS
    # As `cat a.gz b.gz` makes one.
    two = gzip.compress(data[:100]) + gzip.compress(data[100:])
    assert cells(read_database_file(two, None), "Port") == PORTS
    cut = read_database_file(packed[:-12], None)
    assert cut.truncated
    assert "the packed data ends early" in str(cut.trouble)
    assert cut.readable


def test_unpacking_has_a_limit() -> None:
    data = standalone(LOG[0]) + framed(b" " * 20_000_000)
    contents = read_database_file(gzip.compress(data), None, limit=1_000_000)
    assert "larger than the 1,000,000 bytes" in str(contents.trouble)
    assert contents.truncated
    assert [row[2] for row in cells(contents, "Port")] == ["a", "b"]


def test_files_are_known_by_their_content() -> None:
    for data in (standalone(*LOG), clustered(LOG[0])):
        assert is_database_file(data)
        assert is_database_file(gzip.compress(data))
        assert is_database_file(gzip.compress(data)[:200])
    others = (
        b"",
        b"OVSDB",
        b"OVSDB JSO",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\0garbage",
        gzip.compress(b"x"),
    )
    assert not any(is_database_file(other) for other in (*others, zlib.compress(b"OVSDB JSON ")))


# --- captures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", DATABASES, ids=lambda file: file.name)
def test_captures_are_what_the_tools_said(file: Any) -> None:
    capture, node, name, *_ = file.name.split(".")
    contents = read_database_file(file.read_bytes(), None)
    assert contents.trouble is None
    folder = f"{node}/{TOOLS[name]}/"
    compared = 0
    for path, document in raw(capture).items():
        if not path.startswith(folder):
            continue
        table = contents.database.table(path.removeprefix(folder).removesuffix(".json"))
        headings = document["headings"]
        kept = [heading for heading in headings if heading in table.columns]
        assert kept == list(table.columns)
        at = [headings.index(heading) for heading in kept]
        wanted = sorted(([row[index] for index in at] for row in document["data"]), key=_uuid)
        assert [[row._cell(column) for column in kept] for row in table] == wanted
        compared += len(wanted) * len(kept)
    assert compared > 500


def _uuid(row: list[Json]) -> str:
    return json.dumps(row[0])
