"""Why a packet matches or does not: the terms that decided."""

from collections.abc import Iterator
from dataclasses import dataclass

from ovntrace.match.ast import And, Compare, Expr, InSet, Leaf, Or, PortIs, Resident
from ovntrace.match.evaluate import Residency, prerequisite, truth
from ovntrace.match.packet import Packet
from ovntrace.match.predicates import expansion_of, not_zero
from ovntrace.match.printing import format_expr
from ovntrace.match.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Decisive:
    """One term that decided, with its own truth."""

    term: Leaf
    value: bool | None
    prerequisite: str | None
    """The prerequisite that was not met, where that made the term false."""
    missing: tuple[str, ...]
    """Fields and names that are not known, where the term is not."""

    def __str__(self) -> str:
        """The term in OVN's notation."""
        return format_expr(self.term)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The truth of a match for a packet (None: not known), and the terms that decided it."""

    value: bool | None
    terms: tuple[Decisive, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What would have to be known to decide, each once, in order: fields, `$sets`, `@groups`
        and `is_chassis_resident("port")`."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.missing))


def explain(expr: Expr, packet: Packet, resident: Residency | None = None) -> Outcome:
    """As `truth`, and why: of an AND that fails the terms that fail, of one that holds all of
    its terms, and so on inwards."""
    value = truth(expr, packet, resident)
    terms = tuple(
        Decisive(leaf, value, _unmet(leaf, value, packet), _missing(leaf, value, packet))
        for leaf in _decisive(expr, value, packet, resident)
    )
    return Outcome(value, terms)


def _decisive(
    expr: Expr, value: bool | None, packet: Packet, resident: Residency | None
) -> Iterator[Leaf]:
    """The leaves below `expr` whose truth is its truth: they made it so."""
    if not isinstance(expr, And | Or):
        yield expr
        return
    for term in expr.terms:
        if truth(term, packet, resident) is value:
            yield from _decisive(term, value, packet, resident)


def _unmet(leaf: Leaf, value: bool | None, packet: Packet) -> str | None:
    if value is not False or not isinstance(leaf, Compare | InSet):
        return None
    needed = leaf.symbol.prerequisite
    unmet = needed is not None and prerequisite(leaf.symbol, packet) is False
    return needed.name if needed and unmet else None


def _missing(leaf: Leaf, value: bool | None, packet: Packet) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_unknown(leaf, packet))) if value is None else ()


def _unknown(leaf: Expr, packet: Packet) -> Iterator[str]:
    """What is not known of a term that is not known."""
    if isinstance(leaf, And | Or):
        for term in leaf.terms:
            if truth(term, packet) is None:
                yield from _unknown(term, packet)
    elif isinstance(leaf, Resident):
        yield format_expr(Resident(leaf.port, negated=False))
    elif isinstance(leaf, PortIs):
        yield leaf.symbol.name
    elif isinstance(leaf, Compare | InSet):
        yield from _unknown_of_comparison(leaf, packet)


def _unknown_of_comparison(leaf: Compare | InSet, packet: Packet) -> Iterator[str]:
    symbol = leaf.symbol
    if symbol.expansion is not None:
        yield from _unknown(expansion_of(symbol), packet)
        return
    if prerequisite(symbol, packet) is None and symbol.prerequisite is not None:
        yield from _unknown(not_zero(symbol.prerequisite), packet)
    if isinstance(leaf, InSet) and leaf.members is None:
        yield leaf.name
    if not _is_known(symbol, packet):
        yield symbol.name


def _is_known(symbol: Symbol, packet: Packet) -> bool:
    if not symbol.width:
        return packet.port(symbol) is not None
    return packet.number(symbol)[1] == (1 << symbol.width) - 1
