"""The table of symbols: that it is consistent, by version."""

import subprocess
import sys

import pytest

from ovntrace.match import NEWEST, And, Compare, Expr, Or, SymbolTable, symbols_of, version_of
from ovntrace.match.predicates import expansion_of

VERSIONS = ("22.03", "23.03", "23.06", "23.09", "24.09", "25.03", "25.09", "26.03")
tables = pytest.mark.parametrize("table", [symbols_of(version_of(name)) for name in VERSIONS])


def _level(expr: Expr) -> str:
    """The level of a predicate is that of its lowest term (expr_get_level in lib/expr.c)."""
    if isinstance(expr, And | Or):
        return "nominal" if "nominal" in map(_level, expr.terms) else "Boolean"
    assert isinstance(expr, Compare)
    return "nominal" if expr.symbol.level == "nominal" else "Boolean"


@tables
def test_levels_of_predicates_follow_from_what_they_stand_for(table: SymbolTable) -> None:
    for symbol in table:
        if symbol.expansion is not None:
            assert symbol.level == _level(expansion_of(symbol)), symbol


@tables
def test_parts_lie_in_their_fields(table: SymbolTable) -> None:
    for symbol in table:
        if symbol.parent is not None:
            assert symbol.offset + symbol.width <= symbol.parent.width, symbol
            assert symbol.level == "ordinal"
            assert symbol.parent.parent is None
        assert symbol.storage == "arp." + symbol.name[5:] if symbol.name[:5] == "rarp." else True


@tables
def test_prerequisites_are_predicates_or_bits(table: SymbolTable) -> None:
    for symbol in table:
        if symbol.prerequisite is not None:
            assert symbol.prerequisite.width == 1
            assert symbol.prerequisite.table is table


def test_what_came_and_went() -> None:
    def has(version: str, name: str) -> bool:
        return symbols_of(version_of(version)).get(name) is not None

    assert not has("22.12", "rarp")
    assert has("23.03", "rarp.spa")
    assert has("24.03", "ct_label.blocked")
    assert not has("24.09", "ct_label.blocked")
    assert has("25.03", "ct_mark.allow_established")
    assert has("27.03", "remote_outport")
    assert symbols_of(NEWEST) is symbols_of() is symbols_of(version_of("27.03"))


@pytest.mark.parametrize("text", ["", "23", "x.y", "23.13", "23.-1", "23.", "²3.03", "1" * 99])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="not a version of OVN"):
        version_of(text)


def test_versions_are_series() -> None:
    assert str(version_of("23.03.1")) == "23.03"
    assert version_of("26.03.90") == NEWEST
    assert version_of("9.12") < version_of("22.3")


def test_importing_it_is_cheap() -> None:
    """Nothing heavy comes with it, and no table is made before it is asked for."""
    script = (
        "import sys; import ovntrace.match; from ovntrace.match import symbols; "
        "print(*sorted({'socket', 'json', 'ipaddress', 'subprocess'} & set(sys.modules)), "
        "symbols._table.cache_info().currsize)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0"]
