"""Limits, hostile input, and names that are not known."""

import sys
import time

import pytest

from ovntrace.match import (
    MISSING,
    Addresses,
    InSet,
    MatchError,
    Missing,
    Ports,
    format_expr,
    parse,
    parse_microflow,
    unknown_names,
)
from ovntrace.match.parser import MAX_DEPTH


class Names:
    """A set and a group that are known, and all others missing."""

    def address_set(self, name: str) -> Addresses | Missing:
        return Addresses(["10.0.0.2", "10.0.0.1"]) if name == "as" else MISSING

    def port_group(self, name: str) -> Ports | Missing:
        return Ports(["b", "a"]) if name == "pg" else MISSING


def test_a_hundred_parentheses_are_the_limit() -> None:
    deep = f"{'!(' * MAX_DEPTH}ct.new{')' * MAX_DEPTH}"
    assert format_expr(parse(deep)) == "ct.new"
    with pytest.raises(MatchError, match="nested too deeply") as refused:
        parse(f"({deep})")
    assert refused.value.column == 2 * MAX_DEPTH + 1


def test_a_caller_that_is_deep_itself_gets_a_match_error() -> None:
    deep = f"{'(' * MAX_DEPTH}ct.new{')' * MAX_DEPTH}"

    def descend(left: int) -> None:
        if left:
            descend(left - 1)
        else:
            parse(deep)

    frame, used = sys._getframe(), 0
    while frame.f_back:
        frame, used = frame.f_back, used + 1
    with pytest.raises(MatchError, match="nested too deeply"):
        descend(sys.getrecursionlimit() - used - 60)


@pytest.mark.parametrize(
    "unit",
    [
        "ct.new && ",
        "(ip4) || ",
        "/* c */ ",
        "a",
        "1",
        "0x1",
        "\\",
        "{",
        "!(",
        "f:",
        "ip4.src == {1, ",
    ],
)
def test_long_texts_take_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        begun = time.perf_counter()
        with pytest.raises(MatchError):
            parse(text)
        return time.perf_counter() - begun

    seconds(1_000)
    small, large = min(seconds(20_000) for _ in range(3)), seconds(200_000)
    assert large < 60 * small + 0.05


def test_a_microflow_with_endless_choices_ends_in_an_error() -> None:
    clauses = (f"(eth.src[{bit}] || eth.dst[{bit}] || reg0[{bit % 32}])" for bit in range(48))
    words = " && ".join(clauses)
    begun = time.perf_counter()
    with pytest.raises(MatchError, match=r"too complicated|ambiguous"):
        parse_microflow(words)
    with pytest.raises(MatchError, match="too complicated"):
        parse_microflow(words, partial=True)
    assert time.perf_counter() - begun < 5


def test_many_terms_of_a_microflow_are_no_recursion() -> None:
    parse_microflow(" && ".join(["ip4 && tcp"] * 2_000))
    with pytest.raises(MatchError):
        parse_microflow(" && ".join(["(ip4 || tcp)"] * 2_000))


def test_names_that_are_not_known_stay_names() -> None:
    expr = parse("inport == @pg && ip4.src == {10.0.0.9, $as} && ip4.dst != $as")
    shown = "inport == @pg && (ip4.src == 0xa000009 || ip4.src == $as) && ip4.dst != $as"
    assert format_expr(expr) == shown
    assert list(unknown_names(expr)) == ["@pg", "$as", "$as"]
    assert format_expr(parse("!(ip4.src < $as)")) == "!(ip4.src < $as)"
    assert format_expr(parse("reg0[4..7] == $as")) == "reg0[4..7] == $as"


def test_names_that_are_known_are_expanded_when_printed_only() -> None:
    expr = parse("inport == @pg && ip4.src != $as", names=Names())
    assert format_expr(expr) == (
        '(inport == "a" || inport == "b") && ip4.src != 0xa000001 && ip4.src != 0xa000002'
    )
    assert list(unknown_names(expr)) == []
    assert isinstance(parse("ip4.src == $as", names=Names()), InSet)


def test_missing_names_are_refused() -> None:
    with pytest.raises(MatchError, match=r"at `\$no' expecting address set name"):
        parse("ip4.src == {10.0.0.1, $no}", names=Names())
    with pytest.raises(MatchError, match="at `@no' expecting port group name"):
        parse("inport == @no", names=Names())


def test_the_place_of_an_error() -> None:
    with pytest.raises(MatchError) as refused:
        parse("ip4 &&\n\tip.proto < 6 && tcp")
    assert refused.value.column == 2
    assert refused.value.caret() == "?ip.proto < 6 && tcp\n ^^^^^^^^^^^^"
    with pytest.raises(MatchError) as refused:
        parse("ip4 && ")
    assert refused.value.caret() == "ip4 && \n       ^"
