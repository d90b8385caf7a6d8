"""What holds of any expression and any packet, with hypothesis."""

from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from ovntrace.match import (
    Expr,
    MatchError,
    Packet,
    annotate,
    explain,
    format_expr,
    parse,
    parse_microflow,
    simplify,
    symbols_of,
    truth,
    version_of,
)
from ovntrace.match.ast import And, Or
from ovntrace.match.simplify import assume_resident
from tests.match.grammar import WORLD, ill_typed, packet, well_typed, world_ports
from tests.match.judge import WorldNames

NAMES = WorldNames(WORLD)
randoms = st.randoms(use_true_random=False)
tables = st.sampled_from([symbols_of(version_of(name)) for name in ("22.06", "24.09", "26.03")])


def _parsed(rng: Random) -> Expr:
    try:
        return parse(well_typed(rng), names=NAMES)
    except MatchError:
        assume(False)
        raise


def _packet(rng: Random) -> Packet:
    try:
        return parse_microflow(packet(rng))
    except MatchError:
        assume(False)
        raise


@given(randoms)
def test_what_is_printed_is_the_same_expression(rng: Random) -> None:
    expr = _parsed(rng)
    printed = format_expr(expr)
    assert format_expr(parse(printed)) == printed


@given(randoms)
def test_annotated_and_simplified_expressions_have_the_same_truth(rng: Random) -> None:
    expr, some = _parsed(rng), _packet(rng)
    resident = world_ports
    expected = truth(expr, some, resident)
    annotated = annotate(expr)
    assert truth(annotated, some, resident) is expected
    assert truth(simplify(annotated), some, resident) is expected
    assert truth(parse(format_expr(expr)), some, resident) is expected


@given(randoms)
def test_printed_annotations_are_stable(rng: Random) -> None:
    annotated = annotate(_parsed(rng))
    assert _is_flat(annotated)
    assert _is_flat(assume_resident(simplify(annotated)))


def _is_flat(expr: Expr) -> bool:
    """An And or Or has two terms at least, none of its own kind."""
    if not isinstance(expr, And | Or):
        return True
    return len(expr.terms) > 1 and all(
        type(term) is not type(expr) and _is_flat(term) for term in expr.terms
    )


@given(randoms)
def test_what_is_known_of_a_partial_packet_holds_of_the_whole_one(rng: Random) -> None:
    expr, whole = _parsed(rng), _packet(rng)
    kept = {name: value for name, value in whole.numbers.items() if rng.random() < 0.6}
    ports = {name: port for name, port in whole.ports.items() if rng.random() < 0.6}
    partly = {name: rng.getrandbits(128) for name in kept if rng.random() < 0.3}
    partial = Packet(kept, ports, table=whole.table, partly=partly, complete=False)
    outcome = explain(expr, partial, world_ports)
    if outcome.value is None:
        assert outcome.missing
    else:
        assert truth(expr, whole, world_ports) is outcome.value
        assert outcome.missing == ()


@given(randoms)
def test_the_deciding_terms_have_the_truth_that_they_made(rng: Random) -> None:
    expr, some = _parsed(rng), _packet(rng)
    outcome = explain(expr, some, world_ports)
    assert outcome.terms
    for term in outcome.terms:
        assert truth(term.term, some, world_ports) is outcome.value


@given(st.one_of(randoms.map(ill_typed), st.text(max_size=80)), tables)
def test_any_text_is_an_expression_or_a_match_error(text: str, table: object) -> None:
    try:
        expr = parse(text, table)  # type: ignore[arg-type]
    except MatchError as error:
        assert error.message
        assert error.column >= 1
        assert "\n" in error.caret()
    else:
        assert format_expr(expr)


@given(st.one_of(randoms.map(ill_typed), randoms.map(well_typed)), st.booleans())
def test_any_text_is_a_microflow_or_a_match_error(text: str, partial: bool) -> None:
    try:
        found = parse_microflow(text, names=NAMES, partial=partial)
    except MatchError as error:
        assert error.message
    else:
        assert found.complete is not partial
        # A complete microflow matches itself, where it names no port's number; of an operation of
        # ARP, OVS keeps eight bits.
        if not partial and "__" not in text and "arp.op" not in text:
            assert truth(parse(text, names=NAMES), found, lambda _: True) is not False
