"""A comparison with a set, as OVN reads it: a comparison with each member."""

from ovntrace.match.ast import And, Compare, Expr, InSet, Or, PortIs, join
from ovntrace.match.members import Ports
from ovntrace.match.symbols import Symbol
from ovntrace.match.tokens import Constant


def compare(
    symbol: Symbol,
    relop: str,
    constant: Constant,
    offset: int,
    width: int,
    *,
    member: bool = False,
) -> Compare:
    """A comparison with bits `offset` and following of `symbol`.

    Only the constant's lower `width` bits count: OVN checks its width against the whole symbol.
    """
    bits = (1 << width) - 1
    mask = bits if constant.mask is None else constant.mask & bits
    return Compare(symbol, relop, (constant.value & bits) << offset, mask << offset, member)


def expand(expr: InSet) -> Expr:
    """The comparisons that `expr` stands for; itself where its members are not known."""
    if expr.members is None:
        return expr
    if isinstance(expr.members, Ports):
        terms: list[Expr] = [PortIs(expr.symbol, port) for port in sorted(expr.members.names)]
    else:
        terms = [
            compare(expr.symbol, expr.relop, constant, expr.offset, expr.width, member=True)
            for constant in expr.members.constants
        ]
    return join(Or if expr.any else And, terms)


def expand_sets(expr: Expr) -> Expr:
    """`expr` with all its known sets expanded."""
    if isinstance(expr, InSet):
        return expand(expr)
    if isinstance(expr, And | Or):
        return join(type(expr), [expand_sets(term) for term in expr.terms])
    return expr
