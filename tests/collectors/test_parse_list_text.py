"""Text of `list` and `find`: types, fragments, broken and joined lines, and hostile text."""

import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.parse.list_text import ListedRows, ListedText, parse_list_text
from collectors.parse.listed_database import parse_database_text, parse_listed

REPORT = Path(__file__).parent / "fieldreport"
LISTS = sorted(
    path for path in REPORT.glob("*.txt") if "-list-" in path.name or "-find-" in path.name
)
PORT = """\
_uuid               : 64247ac4-52b7-440a-aec8-320cc1d742dd
addresses           : ["02:00:a3:00:00:01"]
enabled             : []
external_ids        : {"k8s.ovn.org/network"=localnet-cnv, namespace=llm-demo, pod="true"}
name                : llm-demo_tinypod
parent_name         : []
port_security       : ["02:00:a3:00:00:01"]
tag                 : 33
type                : ""
up                  : true
"""


def _only(text: ListedText) -> ListedRows:
    (listed,) = text.listed
    return listed


def _row(text: str, **told: Any) -> dict[str, Any]:
    listed = _only(parse_list_text(text, **told))
    (row,) = listed.rows
    return dict(zip(listed.headings, row, strict=True))


def test_cells_are_those_of_the_json_form() -> None:
    assert _row(PORT) == {
        "_uuid": ["uuid", "64247ac4-52b7-440a-aec8-320cc1d742dd"],
        "addresses": "02:00:a3:00:00:01",
        "enabled": ["set", []],
        "external_ids": [
            "map",
            [["k8s.ovn.org/network", "localnet-cnv"], ["namespace", "llm-demo"], ["pod", "true"]],
        ],
        "name": "llm-demo_tinypod",
        "parent_name": ["set", []],
        "port_security": "02:00:a3:00:00:01",
        "tag": 33,
        "type": "",
        "up": True,
    }


@pytest.mark.parametrize(
    ("table", "line", "cell"),
    [
        (("nb", "ACL"), "name                : a6a8ff10-58dc-4202-afed-4ee527cbabfd", None),
        (("ovs", "Port"), "qos                 : a6a8ff10-58dc-4202-afed-4ee527cbabfd", "ref"),
        (("ovs", "Interface"), "ofport              : -1", -1),
        (("ovs", "Interface"), "options             : {a=b, c={d=e}}", "trouble"),
        (("ovs", "Interface"), "ofport              : one", "trouble"),
        (("ovs", "Interface"), "ofport              : " + "9" * 5000, "trouble"),
        (("ovs", "Port"), "interfaces          : [no-uuid]", "trouble"),
        (("ovs", "Port"), "fake_bridge         : yes", "trouble"),
        (("ovs", "Port"), "name                : two words", "trouble"),
        (("ovs", "Port"), "name                : ", "trouble"),
        (("ovs", "Port"), "statistics          : {a=1, b=2}", ["map", [["a", 1], ["b", 2]]]),
        (("nb", "ACL"), "from_the_future_with_a_long_name: 12", 12),
        (("nb", "ACL"), 'from_the_future     : "12"', "12"),
    ],
)
def test_types_come_from_the_schema(table: tuple[str, str], line: str, cell: Any) -> None:
    uuid = "a6a8ff10-58dc-4202-afed-4ee527cbabfd"
    text = parse_list_text(line, database=table[0], table=table[1])
    ((found,),) = _only(text).rows
    if cell == "trouble":
        assert found is None
        assert [trouble.line for trouble in text.troubles] == [1]
    else:
        assert text.troubles == ()
        assert found == {"ref": ["uuid", uuid], None: uuid}.get(str(cell) if cell else cell, cell)


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("width", [60, 80, 97, 132, 200])
def test_lines_broken_at_the_width_of_a_screen(path: Path, width: int) -> None:
    """A terminal breaks a line wherever its width ends."""
    whole = parse_list_text(path.read_bytes())
    lines = [
        line[at : at + width]
        for line in path.read_text().split("\n")
        for at in range(0, max(len(line), 1), width)
    ]
    broken = parse_list_text("\n".join(lines))
    assert [(one.table, one.rows) for one in broken.listed] == [
        (one.table, one.rows) for one in whole.listed
    ]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_lines_wrapped_at_blanks(path: Path) -> None:
    """A mail program breaks at blanks, which are lost; that is said where a string is broken."""
    whole = parse_list_text(path.read_bytes())
    lines = []
    for line in path.read_text().split("\n"):
        # The padding of a name is not where words are wrapped.
        pieces = textwrap.wrap(line[22:], 70, break_long_words=False, break_on_hyphens=False)
        lines += [line[:22] + pieces[0], *pieces[1:]] if pieces else [line]
    wrapped = parse_list_text("\n".join(lines))
    assert [one.rows for one in wrapped.listed] == [one.rows for one in whole.listed]


def test_a_break_inside_a_string_is_told() -> None:
    text = 'match               : "ip4.src == 192.168.77.1/32 &&\noutport == @a28"\nname : x\n'
    read = parse_list_text(text, database="nb", table="ACL")
    assert _only(read).rows[0][0] == "ip4.src == 192.168.77.1/32 && outport == @a28"
    assert [trouble.line for trouble in read.troubles] == [2]
    text = 'match               : "ip4.src == 192.168.77.1/32 && out\nport == @a28"\nname : x\n'
    read = parse_list_text(text, database="nb", table="ACL")
    assert _only(read).rows[0][0] == "ip4.src == 192.168.77.1/32 && outport == @a28"
    assert [trouble.line for trouble in read.troubles] == [2]


def test_joined_lines() -> None:
    """A terminal that redraws may pad a line with blanks and go on behind it."""
    lines = PORT.rstrip("\n").split("\n")
    for at in range(len(lines) - 1):
        for gap in (" ", " " * 40):
            joined = [*lines[:at], lines[at] + gap + lines[at + 1], *lines[at + 2 :]]
            assert _row("\n".join(joined)) == _row(PORT)
    assert _row(" ".join(lines)) == _row(PORT)


def test_rows_whose_blank_line_is_lost() -> None:
    listed = _only(parse_list_text(PORT + PORT.replace("64247ac4", "74247ac4")))
    assert [row[0][1][:8] for row in listed.rows] == ["64247ac4", "74247ac4"]


def test_collapsed_blanks_and_foreign_line_ends() -> None:
    collapsed = "\r\n".join(" : ".join(line.split(" : ")).strip() for line in PORT.split("\n"))
    assert _row("\ufeff" + collapsed) == _row(PORT)
    assert _row("\n".join(" ".join(line.split()) for line in PORT.split("\n"))) == _row(PORT)


def test_what_grep_left() -> None:
    """-A and -B begin and end inside rows, which lack columns then."""
    lines = PORT.split("\n")
    text = "\n".join([*lines[5:], "--", *lines[:4]])
    listed = _only(parse_list_text(text))
    assert (listed.database, listed.table) == ("nb", "Logical_Switch_Port")
    assert len(listed.rows) == 2
    first, second = (dict(zip(listed.headings, row, strict=True)) for row in listed.rows)
    assert (first["_uuid"], first["tag"]) == (None, 33)
    assert (second["tag"], second["addresses"]) == (None, "02:00:a3:00:00:01")


def test_a_fragment_is_of_the_table_of_its_neighbour() -> None:
    text = PORT + "\nname                : x\nup                  : false\n"
    listed = _only(parse_list_text(text))
    assert [row[listed.headings.index("name")] for row in listed.rows] == ["llm-demo_tinypod", "x"]


def test_columns_that_do_not_tell_are_trouble() -> None:
    text = parse_list_text("name                : x\n")
    assert (_only(text).database, _only(text).table) == (None, "")
    assert "do not tell" in text.troubles[0].detail


def test_lines_of_something_else_are_told_by_number() -> None:
    text = parse_list_text(f"2024-07-26|reconnect|WARN|x\n{PORT}\nnothing\n")
    assert [trouble.line for trouble in text.troubles] == [1, 13]
    assert len(_only(text).rows) == 1


def test_one_list_is_a_table() -> None:
    table, bad = parse_listed(PORT.encode(), "nb", "Logical_Switch_Port")
    assert bad is None
    (row,) = table
    assert (row.text("name"), row.number("tag"), row.flag("up")) == ("llm-demo_tinypod", 33, True)
    assert row.map("external_ids")["pod"] == "true"


def test_no_output_is_a_table_without_rows() -> None:
    table, bad = parse_listed(b"", "nb", "ACL")
    assert (len(table), bad) == (0, None)


def test_an_output_that_ends_inside_a_value_is_bad() -> None:
    table, bad = parse_listed(PORT[:200].encode(), "nb", "Logical_Switch_Port")
    assert len(table) == 1
    assert bad is not None
    assert bad.truncated
    assert "external_ids" in bad.detail


def test_several_lists_in_one_file() -> None:
    data = b"\n\n".join(path.read_bytes() for path in LISTS if "nbctl" in path.name)
    names = ("Logical_Switch_Port", "ACL", "Address_Set", "Port_Group", "Logical_Switch")
    database, bad = parse_database_text(data, "nb", names)
    counts = [len(database.table(name)) for name in names]
    assert counts == [2, 10, 3, 5, 0]
    assert not database.has("Logical_Switch")
    # The file of the groups has lines of a shell loop, the first of them below the ACLs.
    assert {one.name for one in bad} == {"ACL", "Port_Group"}


@settings(max_examples=200)
@given(
    st.one_of(
        st.text(),
        st.binary(),
        st.lists(
            st.sampled_from(
                [
                    *PORT.split("\n"),
                    "--",
                    "",
                    " ",
                    '"',
                    "[",
                    "{",
                    "\\",
                    "name : [",
                    "\x85",
                    "x" * 60,
                ]
            )
        ).map("\n".join),
    )
)
def test_any_text_is_read(text: str | bytes) -> None:
    read = parse_list_text(text)
    for listed in read.listed:
        assert all(len(row) == len(listed.headings) for row in listed.rows)
    for table in ("ACL", "Interface"):
        parse_list_text(text, table=table)


@settings(max_examples=50)
@given(st.integers(0, len(PORT)))
def test_a_cut_text_has_the_rows_before_the_cut(at: int) -> None:
    first = PORT.replace("64247ac4", "54247ac4")
    read = parse_list_text(first + "\n" + PORT[:at], database="nb", table="Logical_Switch_Port")
    listed = _only(read)
    cells = dict(zip(listed.headings, listed.rows[0], strict=True))
    assert {**cells, "_uuid": None} == {**_row(PORT), "_uuid": None}


@pytest.mark.parametrize(
    "line",
    [
        "[",
        "{",
        '"',
        "\\",
        '"\\',
        "a=",
        "[a, ",
        "name : x ",
        "name : [] ",
        "name                : [",
        'name : "x" ',
        " ",
        "[]{}",
        '["set",[',
        "a" * 20 + ": ",
        "x" * 79 + "\n",
        "name : x\n",
        "name                : {\n",
        "-" * 30 + " ",
        'name,tag\n"",',
    ],
)
def test_time_grows_with_the_length_only(line: str) -> None:
    text = 'name                : "' + line * (300_000 // len(line))
    began = time.process_time()
    parse_list_text(text)
    parse_list_text(text[22:])
    assert time.process_time() - began < 10
