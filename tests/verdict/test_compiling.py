"""Matches that are parsed term by term become what they become when they are parsed as a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.match import Expr, MatchError, Names, UnknownNames, parse, symbols_of
from ovntrace.verdict.compiling import Compiler, conjuncts

TABLE = symbols_of()

TERMS = st.sampled_from(
    [
        "tcp", "ip4", "1", "0", "!udp", "tcp.dst==80", " ip4.src == 10.0.0.0/8", "inport == @g",
        'outport == "p"', "ip4.dst == {10.0.0.1, $set}", "7000<=tcp.dst<=7099", "ct.new",
        "", " ", "nonsense", "ip4.src ==", "// c", "/* c */", "&", "|", "\t", "{", ")", "(",
        "is_chassis_resident(\"p\")", "!(udp)", "!", '"',
    ]
)  # fmt: skip
JOINED = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(" && ".join),
        st.lists(inner, min_size=1, max_size=3).map("||".join),
        inner.map("({})".format),
    ),
    max_leaves=8,
)


def whole(text: str, names: Names) -> Expr | MatchError:
    try:
        return parse(text, TABLE, names)
    except MatchError as error:
        return error


@given(st.lists(JOINED, min_size=1, max_size=3))
def test_the_expression_and_the_error_are_those_of_the_whole_text(texts: list[str]) -> None:
    names = UnknownNames()
    compiler = Compiler(TABLE, names)
    for text in (*texts, *texts):
        found, expected = compiler.compile(text), whole(text, names)
        if isinstance(expected, MatchError):
            assert isinstance(found, MatchError) and str(found) == str(expected)
        else:
            assert found == expected


@pytest.mark.parametrize("depth", [19, 20, 21, 99, 100, 101, 2000])
def test_the_bound_on_parentheses_is_kept(depth: int) -> None:
    text = f"ip4 && {'(' * depth}tcp && udp{')' * depth}"
    names = UnknownNames()
    found, expected = Compiler(TABLE, names).compile(text), whole(text, names)
    assert isinstance(found, MatchError) is isinstance(expected, MatchError)
    assert isinstance(found, MatchError) or found == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ip4 && (a || b) &&c", ["ip4 ", " (a || b) ", "c"]),
        ("ip4", ["ip4"]),
        ("a && b || c", None),
        ("a) && (b", None),
        ("a && (b", None),
        ("a // && b", None),
        ('inport == "&&" && ip4', None),
    ],
)
def test_terms(text: str, found: list[str] | None) -> None:
    assert conjuncts(text) == found
