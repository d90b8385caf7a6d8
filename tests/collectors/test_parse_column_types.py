"""The columns that the project knows are those of the real schemas."""

from pathlib import Path

import pytest

from collectors.parse import column_table
from collectors.parse.column_types import guess, kinds, named, places
from tests.collectors import ovsdb
from tests.collectors.schema_columns import Columns, columns_of, known, module

VERSIONS = [
    pytest.param("", marks=pytest.mark.lab, id="installed"),
    pytest.param("25.03", marks=pytest.mark.peers, id="25.03"),
    pytest.param("26.03", marks=pytest.mark.peers, id="newest"),
]


def _schemas(version: str) -> Columns:
    if not version and not ovsdb.is_installed():
        pytest.skip("no OVN here")
    release = ovsdb.unpacked(version) if version else ovsdb.INSTALLED
    return columns_of(release.schemas.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_types_are_those_of_the_schemas(version: str) -> None:
    for database, tables in _schemas(version).items():
        for table, columns in tables.items():
            own = kinds(database, table)
            assert {name: own.get(name) for name in columns} == columns, table


@pytest.mark.parametrize("version", VERSIONS)
def test_columns_tell_the_table(version: str) -> None:
    """But for two tables of the same columns, and what NB and SB have alike."""
    for database, tables in _schemas(version).items():
        own = [place for place in places() if place[0] == database]
        for table, columns in tables.items():
            told = guess(columns, own)
            if table in ("DHCP_Options", "DHCPv6_Options") and database == "sb":
                assert set(told) == {("sb", "DHCP_Options"), ("sb", "DHCPv6_Options")}
            else:
                assert told == ((database, table),)
            if table not in ("DHCP_Options", "DHCPv6_Options", "SSL", "Mirror"):
                assert guess(columns) == ((database, table),)


def test_the_table_is_what_its_script_writes() -> None:
    assert Path(column_table.__file__).read_text() == module(known())


def test_a_fragment_is_told_by_columns_that_one_table_has() -> None:
    assert guess(["parent_name", "port_security", "tag"]) == (("nb", "Logical_Switch_Port"),)
    assert len(guess(["name", "options", "type"])) > 1
    assert guess(["name"]) != ()
    assert guess(["no_such", "nor_this"]) == ()
    assert guess([]) == ()


def test_a_column_of_a_newer_version_does_not_hide_the_table() -> None:
    columns = [*kinds("nb", "ACL"), "a_new_one"]
    assert guess(columns) == (("nb", "ACL"),)


@pytest.mark.parametrize(
    ("word", "database", "expected"),
    [
        ("interface", "ovs", (("ovs", "Interface"),)),
        ("Logical-Switch-Port", "nb", (("nb", "Logical_Switch_Port"),)),
        ("open", "ovs", (("ovs", "Open_vSwitch"),)),
        ("logical", "nb", ()),
        ("port_binding", None, (("sb", "Port_Binding"),)),
        ("address_set", None, (("nb", "Address_Set"), ("sb", "Address_Set"))),
        ("", "nb", ()),
    ],
)
def test_words_for_tables(word: str, database: str | None, expected: object) -> None:
    assert named(word, database) == expected
