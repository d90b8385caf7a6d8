"""What a schema lacks of what answers are made of."""

import json
from typing import Any

import pytest

from ovntrace.doctor.schemas import schema_checks, schema_of
from ovntrace.doctor.types import Check, CheckState

COLUMNS = {"ACL": "match tier", "Port_Group": "name ports"}


def document(**tables: str) -> dict[str, Any]:
    return {
        "name": "OVN_Northbound",
        "version": "7.0.0",
        "tables": {
            name: {"columns": {column: {"type": "string"} for column in columns.split()}}
            for name, columns in tables.items()
        },
    }


def checks(**tables: str) -> dict[str, Check]:
    schema = schema_of(document(**tables))
    assert schema is not None
    found = schema_checks(
        "n", "northbound", schema, tables=("ACL", "Port_Group"), columns=COLUMNS, needed={"ACL"}
    )
    return {check.what: check for check in found}


def test_a_whole_schema() -> None:
    found = checks(ACL="match tier", Port_Group="name ports more")
    assert [(c.what, c.state, c.value) for c in found.values()] == [
        ("northbound schema", CheckState.OK, "7.0.0")
    ]


def test_a_column_that_an_old_version_lacks() -> None:
    found = checks(ACL="match", Port_Group="name ports")["ACL.tier"]
    assert (found.state, found.needed) == (CheckState.MISSING, False)
    assert found.detail.startswith("the northbound schema 7.0.0 has no ACL.tier; tiers came with")


def test_a_column_of_which_nobody_knows() -> None:
    assert checks(ACL="match tier", Port_Group="name")["Port_Group.ports"].detail == (
        "the northbound schema 7.0.0 has no Port_Group.ports"
    )


def test_a_table_that_is_needed() -> None:
    assert checks(Port_Group="name ports")["table ACL"].is_trouble
    assert not checks(ACL="match tier")["table Port_Group"].is_trouble


@pytest.mark.parametrize(
    "told", [None, 3, b"", b"[]", "{", {"tables": []}, b'{"tables": 1}', "[" * 100_000]
)
def test_what_is_no_schema(told: object) -> None:
    assert schema_of(told) is None


def test_the_text_of_a_schema_and_strange_tables() -> None:
    text = json.dumps({**document(ACL="match"), "version": 7, "more": [1]})
    schema = schema_of(text.encode())
    assert schema is not None
    assert (schema.version, dict(schema.columns)) == ("", {"ACL": {"match"}})
    odd = schema_of({"tables": {"ACL": 1, "B": {"columns": []}, "C": {"columns": {}}}})
    assert odd is not None
    assert dict(odd.columns) == {"C": frozenset()}
