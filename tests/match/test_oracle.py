"""Real ovn-trace beside us: random expressions and packets, and the table of cases."""

from collections.abc import Iterator, Sequence

import pytest

from ovntrace.match import symbols_of, version_of
from ovntrace.match.symbols import Symbol
from tests.match import cases, conformance
from tests.match.each_ovn import each_ovn, started
from tests.match.grammar import WORLD
from tests.match.judge import OR_ELSE, Judge
from tests.match.oracle import Oracle

COUNT = 4_032
"""Expressions, half of them well-typed, and half as many packets."""


@pytest.fixture(scope="module", params=each_ovn("match"))
def oracle(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    yield from started(Oracle, request.param)


def _refusals(oracle: Oracle, microflows: Sequence[str]) -> list[str | None]:
    oracle.load(WORLD)
    return oracle.refusals(microflows)


def test_random_expressions_and_packets_are_judged_alike(oracle: Oracle) -> None:
    tally = conformance.run([Judge(oracle, WORLD)], COUNT, first_seed=1)[oracle.version]
    assert tally.differences == []
    assert oracle.crashes == []
    assert tally.expressions >= COUNT
    assert tally.packets >= 2_000
    # The grammar makes enough of both sorts, and packets that match.
    assert tally.accepted > COUNT // 3
    assert tally.refused > COUNT // 3
    assert tally.matched > tally.evaluations // 10


def test_accepted_cases_are_accepted_and_printed_so_by_ovn(oracle: Oracle) -> None:
    texts = [f"({text}\n){OR_ELSE}" for text, printed in cases.ACCEPTED if printed not in "01"]
    wanted = [printed for _, printed in cases.ACCEPTED if printed not in "01"]
    for refusal, printed in zip(_refusals(oracle, texts), wanted, strict=True):
        alone = f"Constraints are ambiguous: {printed}{OR_ELSE}."
        assert refusal in (alone, f"Constraints are ambiguous: ({printed}){OR_ELSE}.")


def test_constant_cases_are_constant_in_ovn(oracle: Oracle) -> None:
    texts = [f"{text}" for text, printed in cases.ACCEPTED if printed in "01"]
    wanted = [printed for _, printed in cases.ACCEPTED if printed in "01"]
    for refusal, printed in zip(_refusals(oracle, texts), wanted, strict=True):
        assert refusal == (None if printed == "1" else "Constraints are contradictory.")


def test_refused_cases_are_refused_by_ovn_in_these_words(oracle: Oracle) -> None:
    refusals = _refusals(oracle, [text for text, _ in cases.REFUSED])
    assert refusals == [message for _, message in cases.REFUSED]


def test_microflow_cases_are_judged_so_by_ovn(oracle: Oracle) -> None:
    contradictory = _refusals(oracle, cases.CONTRADICTORY)
    assert set(contradictory) == {"Constraints are contradictory."}
    ambiguous = _refusals(oracle, cases.AMBIGUOUS)
    assert all(told and told.startswith("Constraints are ambiguous: ") for told in ambiguous)
    assert set(_refusals(oracle, cases.MICROFLOWS)) == {None}


def test_choices_are_judged_so_by_this_version(oracle: Oracle) -> None:
    place = ("23.03", "25.03", "26.03").index(oracle.version)
    refusals = _refusals(oracle, [text for text, _ in cases.CHOICES])
    assert [refusal is None for refusal in refusals] == [taken[place] for _, taken in cases.CHOICES]


def test_each_symbol_is_in_ovns_table_with_its_width_and_level(oracle: Oracle) -> None:
    table = symbols_of(version_of(oracle.version))
    names = sorted({symbol.name for version in ((22, 3), (24, 9), (26, 3)) for symbol in symbols_of(
        version_of(f"{version[0]}.{version[1]}"))})  # fmt: skip
    asked = _refusals(oracle, [f"{name} < {'1' * 19} && (" for name in names])
    for name, refusal in zip(names, asked, strict=True):
        symbol = table.get(name)
        assert refusal == _complaint(name, symbol), name


def _complaint(name: str, symbol: Symbol | None) -> str:
    """What OVN says of `name < 1111111111111111111 && (`, a constant of 60 bits."""
    if symbol is None:
        return f"Syntax error at `{name}' expecting field name."
    if not symbol.width:
        return f"String field {name} is not compatible with integer constant."
    if symbol.width < 60:
        return f"60-bit constant is not compatible with {symbol.width}-bit field {name}."
    assert symbol.level == "ordinal"
    return "Syntax error at end of input expecting constant."


def test_levels_are_ovns(oracle: Oracle) -> None:
    table = symbols_of(version_of(oracle.version))
    symbols = [symbol for symbol in table if symbol.width]
    refusals = _refusals(oracle, [f"{symbol.name} < 1 && (" for symbol in symbols])
    for symbol, refusal in zip(symbols, refusals, strict=True):
        if symbol.level == "ordinal":
            assert refusal == "Syntax error at end of input expecting constant."
        else:
            only = "Only == and != operators may be used with"
            assert refusal == f"{only} {symbol.level} field {symbol.name}."
