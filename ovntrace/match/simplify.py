"""Simplification (expr_simplify in lib/expr.c): the only comparisons left are equalities."""

from typing import Final

from ovntrace.match.ast import And, Compare, Expr, Or, Resident, Truth, join
from ovntrace.match.printing import contiguous
from ovntrace.match.setmembers import expand_sets
from ovntrace.match.versions import NEWEST

_APART_SINCE: Final = NEWEST
"""25.03 does not do so yet; the versions between were not compared."""


def simplify(expr: Expr) -> Expr:
    """An equal expression of `==` alone, without `1` and `0` inside. Known sets are expanded."""
    return _simplify(expand_sets(expr))


def assume_resident(expr: Expr) -> Expr:
    """`expr` with is_chassis_resident() true, as in OVN's own microflows, and simplified."""
    if isinstance(expr, Resident):
        return Truth(not expr.negated)
    if isinstance(expr, And | Or):
        return _fixed(type(expr), [assume_resident(term) for term in expr.terms])
    return expr


def _simplify(expr: Expr) -> Expr:
    if isinstance(expr, And | Or):
        return _fixed(type(expr), [_simplify(term) for term in expr.terms])
    if not isinstance(expr, Compare):
        return expr
    if expr.relop == "==":
        return expr if expr.mask else Truth(True)
    return _not_equal(expr) if expr.relop == "!=" else _ordered(expr)


def _fixed(kind: type[And] | type[Or], terms: list[Expr]) -> Expr:
    """An And or Or without constants in it."""
    decides = kind is Or
    kept: list[Expr] = []
    for term in terms:
        if not isinstance(term, Truth):
            kept.append(term)
        elif term.value == decides:
            return term
    return join(kind, kept) if kept else Truth(not decides)


def _not_equal(expr: Compare) -> Expr:
    """One bit at least differs. `x != 0/0` is false, as `x == 0/0` is true.

    The alternatives are single bits, which overlap; in newer versions the bits above are equal,
    so that at most one alternative holds.
    """
    bits = [1 << place for place in range(expr.mask.bit_length()) if expr.mask >> place & 1]
    apart = expr.symbol.table.version >= _APART_SINCE
    terms = []
    for bit in reversed(bits) if apart else bits:
        mask = expr.mask & ~(bit - 1) if apart else bit
        terms.append(Compare(expr.symbol, "==", (expr.value ^ bit) & mask, mask))
    return join(Or, terms) if terms else Truth(False)


def _ordered(expr: Compare) -> Expr:
    """`x < y` as prefixes: y's bits above each 1-bit of it, with a 0 there."""
    below, equal = expr.relop[0] == "<", len(expr.relop) == 2
    extreme = expr.mask if below else 0
    if expr.value == extreme:
        return Truth(True) if equal else _not_equal(expr)
    terms = [Compare(expr.symbol, "==", expr.value, expr.mask)] if equal else []
    start, width = contiguous(expr.mask)
    for place in range(start, start + width):
        bit = 1 << place
        if (expr.value & bit != 0) == below:
            above = expr.mask & ~(bit - 1)
            terms.append(Compare(expr.symbol, "==", (expr.value ^ bit) & above, above))
    return join(Or, terms) if terms else Truth(False)
