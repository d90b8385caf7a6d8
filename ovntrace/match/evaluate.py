"""Evaluation against a packet: true, false, or None where what is not known decides.

The logic is Kleene's. Prerequisites are evaluated where they stand, on the expression as it was
parsed: that gives the same truth as annotating it first, without building the larger tree.
"""

from collections.abc import Callable

from ovntrace.match.ast import And, Compare, Expr, InSet, Or, PortIs, Resident, Truth
from ovntrace.match.members import Addresses, Ports
from ovntrace.match.packet import PORT_NUMBERS, Packet, port_name
from ovntrace.match.predicates import expansion_of, not_zero
from ovntrace.match.symbols import Symbol

Residency = Callable[[str], bool | None]
"""Whether a port is bound to the chassis in question; None where that is not known."""


def truth(expr: Expr, packet: Packet, resident: Residency | None = None) -> bool | None:
    """Whether `packet` matches `expr`; None: not known."""
    kind = type(expr)
    if kind is Compare:
        return _compare(expr, packet)  # type: ignore[arg-type]
    if kind is And or kind is Or:
        return _terms(expr, packet, resident)  # type: ignore[arg-type]
    if kind is InSet:
        return _in_set(expr, packet)  # type: ignore[arg-type]
    return _other(expr, packet, resident)


def _terms(expr: And | Or, packet: Packet, resident: Residency | None) -> bool | None:
    decides = type(expr) is Or
    result: bool | None = not decides
    for term in expr.terms:
        value = truth(term, packet, resident)
        if value is decides:
            return decides
        if value is None:
            result = None
    return result


def _other(expr: Expr, packet: Packet, resident: Residency | None) -> bool | None:
    match expr:
        case PortIs(symbol, port):
            actual = packet.port(symbol)
            return None if actual is None else actual == port_name(port)
        case Truth(value):
            return value
        case Resident(port, negated):
            bound = resident(port) if resident else None
            return None if bound is None else bound != negated
    raise TypeError(f"no expression: {type(expr).__name__}")


def prerequisite(symbol: Symbol, packet: Packet) -> bool | None:
    """Whether what a comparison with `symbol` needs besides holds."""
    needed = symbol.prerequisite
    return True if needed is None else _holds(needed, packet)


def _holds(symbol: Symbol, packet: Packet) -> bool | None:
    """The truth of a predicate, or of a bit that is a prerequisite; once for each packet."""
    try:
        return packet.holds[symbol]
    except KeyError:
        expr = not_zero(symbol) if symbol.expansion is None else expansion_of(symbol)
        found = packet.holds[symbol] = truth(expr, packet)
        return found


def _compare(expr: Compare, packet: Packet) -> bool | None:
    symbol = expr.symbol
    if symbol.expansion is not None:
        held = _holds(symbol, packet)
        return held if held is None or expr.positive else not held
    value = packet.numbers.get(symbol.storage)
    if value is None and symbol.storage not in PORT_NUMBERS:
        value = packet.absent
    if value is None or packet.partly:
        found = _compare_partly(expr, packet)
    else:
        value = value >> symbol.offset & expr.mask
        found = value == expr.value if expr.relop == "==" else _ordered(value, expr)
    if found is False:
        return False  # as most are: whatever it needs besides
    ready = prerequisite(symbol, packet)
    return ready if ready is not True else found


def _ordered(value: int, expr: Compare) -> bool:
    relop = expr.relop
    if relop == "!=":
        return value != expr.value
    if value == expr.value:
        return len(relop) == 2 and relop[1] == "="
    return (value < expr.value) == (relop[0] == "<")


def _compare_partly(expr: Compare, packet: Packet) -> bool | None:
    """A comparison where bits may be unknown: certain if it is so for the least and the greatest
    value that they allow (and, for equality, for each of their values)."""
    value, known = packet.number(expr.symbol)
    value &= expr.mask
    unknown = expr.mask & ~known
    if expr.relop in ("==", "!="):
        if (value ^ expr.value) & known & expr.mask:
            return expr.relop == "!="
        return None if unknown else expr.relop == "=="
    least, greatest = _ordered(value, expr), _ordered(value | unknown, expr)
    return least if least == greatest else None


def _in_set(expr: InSet, packet: Packet) -> bool | None:
    symbol = expr.symbol
    ready = prerequisite(symbol, packet)
    if ready is False:
        return False
    found = _member(expr, packet)
    if found is not None and expr.relop == "!=":
        found = not found
    return None if ready is None and found else found


def _member(expr: InSet, packet: Packet) -> bool | None:
    """Whether the field is a member; for sets the operators are == and != only."""
    if isinstance(expr.members, Ports):
        port = packet.port(expr.symbol)
        return None if port is None else port in expr.members.names
    if not isinstance(expr.members, Addresses):
        return None
    value, known = packet.number(expr.symbol)
    bits = (1 << expr.width) - 1
    return expr.members.contain(
        value >> expr.offset & bits, known >> expr.offset & bits, expr.width
    )
