"""Real pings give the table that the field's cluster showed, with and without the policies."""

import pytest

from tests.lab.fixtures import NewLab, newest_only
from tests.lab.lab import Lab
from tests.lab.pings import Ping, expected, pairs, ping_table, table_text
from tests.lab.toolset import INSTALLED

_VERSIONS = (
    INSTALLED,
    pytest.param("25.03", marks=pytest.mark.peers),
    pytest.param("26.03", id="newest", marks=[pytest.mark.peers, newest_only]),
)


def _wrong(table: list[Ping]) -> list[Ping]:
    return [cell for cell in table if not cell.as_expected]


@pytest.mark.lab
@pytest.mark.parametrize("ovn", _VERSIONS)
def test_the_table_before_and_after_the_policies(new_lab: NewLab, ovn: str) -> None:
    lab = new_lab(ovn=ovn, policies=False)
    before = ping_table(lab, policies=False)
    assert _wrong(before) == [], table_text(before)
    lab.apply_policies()
    after = ping_table(lab, policies=True)
    assert _wrong(after) == [], table_text(after)
    lab.remove_policies()
    again = ping_table(lab, policies=False)
    assert _wrong(again) == [], table_text(again)


@pytest.mark.lab
def test_the_session_lab_has_its_policies_applied(lab: Lab) -> None:
    assert lab.policies_applied
    table = ping_table(lab)
    assert _wrong(table) == [], table_text(table)


def test_what_the_field_says_passes_only_there() -> None:
    passing = {cell for cell in pairs() if expected(*cell, policies=True)}
    localnet = {
        (source, target)
        for source, target in passing
        if not target.endswith(" eth0") and target != "internet"
    }
    assert localnet == {
        ("tinypod-01", "tinypod"),
        ("gold-rabbit-80", "tinypod-01"),
        ("gold-rabbit-80", "gateway"),
        ("gateway", "gold-rabbit-80"),
        ("green-ferret-41", "gateway"),
        ("gateway", "green-ferret-41"),
        ("gateway", "outside"),
        ("outside", "gateway"),
    }
    assert ("gold-rabbit-80", "internet") in passing
    assert ("green-ferret-41", "internet") not in passing


def test_a_wrong_cell_is_marked_and_named() -> None:
    text = table_text([Ping("gateway", "outside", expected=True, passed=False)])
    assert "!-" in text
    assert "gateway -> outside: no answer, expected pass" in text
