"""Our answers to the table of cases, which test_oracle.py puts to real OVN."""

import pytest

from ovntrace.match import (
    MatchError,
    annotate,
    format_expr,
    parse,
    parse_microflow,
    simplify,
    symbols_of,
    version_of,
)
from tests.match import cases
from tests.match.grammar import WORLD
from tests.match.judge import WorldNames

NAMES = WorldNames(WORLD)
VERSIONS = ("23.03", "25.03", "26.03")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("text", "printed"), cases.ACCEPTED)
def test_accepted_and_printed(text: str, printed: str, version: str) -> None:
    expr = annotate(parse(text, symbols_of(version_of(version)), NAMES))
    shown = format_expr(expr if printed not in "01" else simplify(expr))
    assert shown == printed


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("text", "message"), cases.REFUSED)
def test_refused_in_ovns_words(text: str, message: str, version: str) -> None:
    with pytest.raises(MatchError) as refused:
        parse(text, symbols_of(version_of(version)), NAMES)
    assert refused.value.message == message
    assert 0 <= refused.value.start <= refused.value.end <= len(text)
    line, carets = refused.value.caret().split("\n")
    assert set(carets) <= {" ", "^"}
    assert len(carets) <= len(line) + 1


def test_microflows() -> None:
    for text in cases.CONTRADICTORY:
        with pytest.raises(MatchError, match=r"^Constraints are contradictory\.$"):
            parse_microflow(text)
    for text in cases.AMBIGUOUS:
        with pytest.raises(MatchError, match=r"^Constraints are ambiguous: "):
            parse_microflow(text)
    for text in cases.MICROFLOWS:
        assert parse_microflow(text).complete


@pytest.mark.parametrize(("text", "taken"), cases.CHOICES)
def test_which_choices_are_left_differs_by_version(text: str, taken: tuple[bool, ...]) -> None:
    for version, accepted in zip(VERSIONS, taken, strict=True):
        table = symbols_of(version_of(version))
        if accepted:
            assert parse_microflow(text, table, NAMES)
        else:
            with pytest.raises(MatchError, match="ambiguous"):
                parse_microflow(text, table, NAMES)
