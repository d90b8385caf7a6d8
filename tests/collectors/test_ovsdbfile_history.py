"""A row's past and the state at a time, from logs whose transactions are known."""

import pytest

from collectors.ovsdbfile.questions import DatabaseFile
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.databasefile import Change, Ref, time_text
from tests.collectors.ovsdb_records import BEGAN_MS, change, clustered, entry, ref, standalone, uuid

A, B, C, G, H = (
    Ref(uuid(n), name) for n, name in ((1, "a"), (2, "b"), (3, "a"), (8, "g"), (9, "h"))
)
LOG = (
    change(
        0,
        "compacting database online",
        Port={1: {"name": "a", "up": True}},
        Port_Group={8: {"name": "g", "ports": ref(1)}},
    ),
    change(1, "cms: adds", Port={2: {"name": "b"}}, Port_Group={9: {"name": "h", "ports": ref(2)}}),
    change(2, "cms: joins", Port_Group={9: {"ports": ref(1)}}),
    change(3, "northd", Port={1: {"up": False, "external_ids": ["map", [["k", "1"], ["l", "2"]]]}}),
    change(4, "northd", Port={1: {"external_ids": ["map", [["k", "1"], ["l", "3"], ["m", "4"]]]}}),
    change(5, "cms: parts", Port_Group={8: {"ports": ref(1)}}),
    change(6, "cms: ends", Port={1: None}, Port_Group={9: {"ports": ["set", [ref(1), ref(2)]]}}),
    change(7, "cms: again", Port={3: {"name": "a"}}),
    change(8, "cms: drops", Port_Group={9: None}),
)
FILES = {
    "standalone": standalone(*LOG),
    "clustered": clustered(
        LOG[0], *(entry(n + 2, one) for n, one in enumerate(LOG[1:])), {"commit_index": 9}
    ),
}


@pytest.fixture(params=sorted(FILES))
def file(request: pytest.FixtureRequest) -> DatabaseFile:
    return DatabaseFile(FILES[request.param], "lab.db")


def told(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    """The changes without what is not theirs: seconds, what, whose, and the rest."""
    found = []
    for one in changes:
        assert one.time_ms is not None
        rest: tuple[object, ...] = ()
        if one.other is not None:
            rest = (one.other_table, one.other.name, one.column)
        elif one.keys:
            rest = (one.column, *one.keys)
        elif one.added or one.removed:
            rest = (one.column, one.added, one.removed)
        elif one.column is not None:
            rest = (one.column, one.before, one.after)
        found.append(((one.time_ms - BEGAN_MS) / 1000, one.what, one.row, *rest))
    return found


def test_the_past_of_a_port_that_was_made_twice(file: DatabaseFile) -> None:
    history = file.history("a")
    assert (history.table, history.rows) == ("Port", (A, C))
    assert history.head.snapshot
    assert told(history.changes) == [
        (0, "present", A),
        (0, "entered", A, "Port_Group", "g", "ports"),
        (2, "entered", A, "Port_Group", "h", "ports"),
        (3, "set", A, "external_ids", ("k", None, "1"), ("l", None, "2")),
        (3, "set", A, "up", True, False),
        (4, "set", A, "external_ids", ("k", "1", None), ("l", "2", "3"), ("m", None, "4")),
        (5, "left", A, "Port_Group", "g", "ports"),
        (6, "left", A, "Port_Group", "h", "ports"),
        (6, "deleted", A),
        (7, "inserted", C),
    ]
    assert history.changes[0].values == {"name": "a", "up": True}
    assert [one.comment for one in history.changes][-2:] == ["cms: ends", "cms: again"]


def test_a_port_leaves_a_group_that_is_deleted() -> None:
    first = change(0, "", Port={1: {"name": "a"}}, Port_Group={8: {"name": "g", "ports": ref(1)}})
    file = DatabaseFile(standalone(first, change(1, "", Port_Group={8: None})), "lab.db")
    history = file.history(uuid(1))
    assert not history.head.snapshot
    assert told(history.changes) == [
        (0, "inserted", A),
        (0, "entered", A, "Port_Group", "g", "ports"),
        (1, "left", A, "Port_Group", "g", "ports"),
    ]


def test_without_diffs_the_same_is_told() -> None:
    plain = (
        change(0, diff=False, Port={1: {"name": "a"}, 2: {"name": "b"}}),
        change(1, diff=False, Port_Group={8: {"name": "g", "ports": ["set", [ref(1), ref(2)]]}}),
        change(2, diff=False, Port_Group={8: {"ports": ref(2)}}),
        change(3, diff=False, Port={1: {"name": "a", "tag": 4}}),
    )
    history = DatabaseFile(standalone(*plain), "lab.db").history("a", "Port")
    assert told(history.changes)[1:] == [
        (1, "entered", A, "Port_Group", "g", "ports"),
        (2, "left", A, "Port_Group", "g", "ports"),
        (3, "set", A, "tag", None, 4),
    ]


def test_the_past_of_a_group_names_its_ports(file: DatabaseFile) -> None:
    assert told(file.history("h").changes) == [
        (1, "inserted", H),
        (2, "set", H, "ports", (A,), ()),
        (6, "set", H, "ports", (), (A, B)),
        (8, "deleted", H),
    ]


def test_rows_are_found_by_uuid_its_beginning_and_name(file: DatabaseFile) -> None:
    for asked in (uuid(8), uuid(8).upper(), "g"):
        assert file.history(asked).rows == (G,)
    with pytest.raises(
        WrongQuestionError, match="5 rows have a uuid that begins with 0000"
    ) as many:
        file.history("0000")
    assert len(many.value.candidates) == 4
    with pytest.raises(WrongQuestionError, match="no row of Port_Group ever had") as none:
        file.history("a", "Port_Group")
    assert none.value.candidates == ()


def test_a_name_of_two_tables_is_asked_back() -> None:
    both = change(0, Port={1: {"name": "x"}}, Port_Group={8: {"name": "x"}})
    file = DatabaseFile(standalone(both), "lab.db")
    with pytest.raises(WrongQuestionError, match="Port, Port_Group"):
        file.history("x")
    assert file.history("x", "Port").rows == (Ref(uuid(1), "x"),)


@pytest.mark.parametrize(
    ("back_s", "ports"),
    [(8, ["a"]), (7, ["a", "b"]), (3, ["a", "b"]), (2, ["b"]), (1, ["b", "a"]), (-9, ["b", "a"])],
)
def test_the_state_at_a_time(file: DatabaseFile, back_s: int, ports: list[str]) -> None:
    answer = file.table("Port", ["name"], lambda end_ms: end_ms - back_s * 1000)
    assert [name for (name,) in answer.rows] == ports
    assert answer.head.at_ms == BEGAN_MS + (8 - back_s) * 1000
    assert answer.head.ends_ms == BEGAN_MS + 8000


def test_before_the_log_nothing_is_known(file: DatabaseFile) -> None:
    with pytest.raises(WrongQuestionError, match=r"which begins at .*, when it was compacted"):
        file.overview(lambda _end_ms: BEGAN_MS - 1)


def test_values_are_plain_and_references_have_names(file: DatabaseFile) -> None:
    groups = file.table("Port_Group", None, lambda end_ms: end_ms - 4000)
    assert groups.columns == ("_uuid", "name", "ports")
    assert groups.rows == ((uuid(8), "g", (A,)), (uuid(9), "h", (A, B)))
    ports = file.table("Port", ("external_ids", "tag"), lambda end_ms: end_ms - 4000)
    assert ports.rows[0] == ({"l": "3", "m": "4"}, None)


def test_the_overview_tells_who_wrote(file: DatabaseFile) -> None:
    overview = file.overview()
    assert overview.tables == (("Port", 2), ("Port_Group", 1))
    assert [(one.comment, one.transactions) for one in overview.authors] == [
        ("cms", 6),
        ("northd", 2),
        ("compacting database online", 1),
    ]
    assert overview.head.begins_ms == BEGAN_MS


def test_a_cut_file_is_told_as_far_as_it_goes() -> None:
    file = DatabaseFile(FILES["standalone"][:-5], "lab.db")
    history = file.history("h")
    assert [one.what for one in history.changes] == ["inserted", "set", "set"]
    [gap] = history.head.gaps
    assert (gap.artefact, gap.reason) == ("lab.db", "truncated")


def test_what_is_no_database_file_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="not an OVSDB file"):
        DatabaseFile(b"hello", "lab.db")
    with pytest.raises(NoAnswerError, match="record 1 at byte 0 is cut"):
        DatabaseFile(FILES["standalone"][:100], "lab.db").overview()


def test_times_are_text() -> None:
    assert time_text(BEGAN_MS + 7) == "2026-11-18T11:06:40.007Z"
    assert time_text(1 << 52) == "4503599627370496 ms"
