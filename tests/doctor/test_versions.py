"""Versions: one for all, or which nodes have which."""

import pytest

from ovntrace.doctor.types import CheckState, Version
from ovntrace.doctor.versions import compared, some, tool_version


def test_one_version_is_told_once() -> None:
    [check] = compared([Version("a", "OVN tools", "24.03"), Version("b", "OVN tools", "24.03")])
    assert (check.state, check.value) == (CheckState.OK, "24.03")


def test_versions_that_differ_name_their_nodes_the_most_common_first() -> None:
    versions = [Version("a", "OVS", "3.1"), Version("b", "OVS", "3.3"), Version("c", "OVS", "3.3")]
    [check] = compared(versions)
    assert check.state is CheckState.DIFFERS
    assert check.detail == "3.3 on b, c; 3.1 on a"
    assert not check.is_trouble


def test_things_are_not_mixed() -> None:
    checks = compared([Version("a", "OVS", "3.1"), Version("a", "OVN", "24.03")])
    assert [check.what for check in checks] == ["OVS", "OVN"]
    assert {check.state for check in checks} == {CheckState.OK}


def test_many_names_are_counted() -> None:
    assert some("abcde") == "a, b, c, d, e"
    assert some("abcdef") == "a, b, c, d and 2 more"
    assert some([""]) == "the cluster"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("ovn-nbctl 23.03.1\nOpen vSwitch Library 3.1.0\nDB Schema 7.0.0\n", "23.03.1"),
        ("ovs-vsctl (Open vSwitch) 3.1.0\nDB Schema 8.3.1\n", "3.1.0"),
        ("ovn-nbctl 24.03.90+git\n", "24.03.90+git"),
        ("usage: ovn-nbctl\n", None),
        ("\nno version 3\n", None),
        ("", None),
    ],
)
def test_what_tools_say(text: str, version: str | None) -> None:
    assert tool_version(text) == version
