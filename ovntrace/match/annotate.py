"""Annotation (lib/expr.c): predicates become what they stand for, named parts become bits of
their field, and each comparison's prerequisites are ANDed to it.

Negation stands at the comparisons already, so `!(tcp.dst == 80)` is `tcp && tcp.dst != 80`, while
a negated predicate is the negation of its whole expansion, prerequisites and all.
"""

from ovntrace.match.ast import And, Compare, Expr, InSet, Or, PortIs, join, negate
from ovntrace.match.predicates import expansion_of, not_zero
from ovntrace.match.setmembers import expand_sets
from ovntrace.match.symbols import Symbol


def annotate(expr: Expr) -> Expr:
    """`expr` in terms of fields only, with all prerequisites said. Known sets are expanded."""
    return _annotate(expand_sets(expr), prerequisites=True)


def _annotate(expr: Expr, *, prerequisites: bool) -> Expr:
    if isinstance(expr, And | Or):
        return _terms(expr, prerequisites=prerequisites)
    if isinstance(expr, Compare | InSet):
        return _comparison(expr, prerequisites=prerequisites)
    return expr


def _terms(expr: And | Or, *, prerequisites: bool) -> Expr:
    """Where all terms are about one symbol, its prerequisites are said once."""
    symbol = unique_symbol(expr) if prerequisites else None
    terms = [_annotate(term, prerequisites=prerequisites and not symbol) for term in expr.terms]
    joined = join(type(expr), terms)
    if symbol is None or symbol.prerequisite is None:
        return joined
    return join(And, (joined, _annotated(symbol.prerequisite)))


def _comparison(expr: Compare | InSet, *, prerequisites: bool) -> Expr:
    symbol = expr.symbol
    found: Expr = expr
    if isinstance(expr, Compare) and symbol.expansion is not None:
        found = _annotated(symbol)
        found = found if expr.positive else negate(found)
    elif symbol.parent is not None:
        found = _in_parent(expr, symbol.parent)
    if not prerequisites or symbol.prerequisite is None:
        return found
    return join(And, (found, _annotated(symbol.prerequisite)))


def _in_parent(expr: Compare | InSet, parent: Symbol) -> Expr:
    by = expr.symbol.offset
    if isinstance(expr, Compare):
        return Compare(parent, expr.relop, expr.value << by, expr.mask << by, expr.member)
    return InSet(
        parent, expr.relop, expr.any, expr.name, expr.members, expr.offset + by, expr.width
    )


def _annotated(symbol: Symbol) -> Expr:
    """A predicate's or prerequisite's annotated expression, made once."""
    if (found := symbol.cache.get("annotated")) is None:
        plain = expansion_of(symbol) if symbol.expansion is not None else not_zero(symbol)
        found = symbol.cache["annotated"] = annotate(plain)
    return found


def unique_symbol(expr: Expr) -> Symbol | None:
    """The one symbol that all comparisons are with; None if there are several, or a `1` or `0`."""
    if isinstance(expr, Compare | PortIs | InSet):
        return expr.symbol
    if not isinstance(expr, And | Or):
        return None
    first = unique_symbol(expr.terms[0])
    if first is None or any(unique_symbol(term) is not first for term in expr.terms[1:]):
        return None
    return first
