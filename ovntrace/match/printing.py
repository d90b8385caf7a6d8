"""Expressions as text, in OVN's own notation (expr_format in lib/expr.c).

What is printed can be parsed again, by OVN too, and means the same.
"""

from ovntrace.match.ast import INVERTED, And, Compare, Expr, InSet, Or, PortIs, Resident, Truth
from ovntrace.match.quoting import quote
from ovntrace.match.setmembers import expand_sets


def format_expr(expr: Expr) -> str:
    """`expr` as ovn-trace would print it. A set or group that is not known keeps its name."""
    return _format(expand_sets(expr))


def _format(expr: Expr) -> str:
    match expr:
        case And(terms):
            return " && ".join(map(_operand, terms))
        case Or(terms):
            return " || ".join(map(_operand, terms))
        case Compare():
            return _comparison(expr)
        case PortIs(symbol, port):
            return f"{symbol.name} == {quote(port)}"
        case Truth(value):
            return "1" if value else "0"
        case Resident(port, negated):
            return f"{'!' if negated else ''}is_chassis_resident({quote(port)})"
        case InSet():
            return _unknown_set(expr)


def _operand(expr: Expr) -> str:
    text = _format(expr)
    return f"({text})" if isinstance(expr, And | Or) else text


def _unknown_set(expr: InSet) -> str:
    field = expr.symbol.name + _bits(expr.offset, expr.width, expr.symbol.width)
    if expr.any == (expr.relop == "=="):
        return f"{field} {expr.relop} {expr.name}"
    # An inequality with a set whose members are not known, negated: an OR over the members.
    return f"!({field} {INVERTED[expr.relop]} {expr.name})"


def _comparison(expr: Compare) -> str:
    symbol, relop, value, mask = expr.symbol, expr.relop, expr.value, expr.mask
    offset, width = contiguous(mask)
    if width == 1 and relop in ("==", "!="):
        bit = f"[{offset}]" if symbol.width > 1 else ""
        positive = (value >> offset & 1 == 1) != (relop == "!=")
        return f"{'' if positive else '!'}{symbol.name}{bit}"
    if not width:
        return f"{symbol.name} {relop} {_number(value)}/{_number(mask)}"
    return f"{symbol.name}{_bits(offset, width, symbol.width)} {relop} {_number(value >> offset)}"


def contiguous(mask: int) -> tuple[int, int]:
    """Where the 1-bits of a mask begin and how many there are; (0, 0) if there are gaps or none."""
    if not mask:
        return 0, 0
    offset = (mask & -mask).bit_length() - 1
    run = mask >> offset
    return (0, 0) if run & (run + 1) else (offset, run.bit_length())


def _bits(offset: int, width: int, whole: int) -> str:
    if width == whole:
        return ""
    return f"[{offset}]" if width == 1 else f"[{offset}..{offset + width - 1}]"


def _number(value: int) -> str:
    return hex(value) if value else "0"
