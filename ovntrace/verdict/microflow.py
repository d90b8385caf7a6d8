"""Microflows read fast: most are a conjunction that fixes whole fields.

ovntrace.match.parse_microflow reads all that ovn-trace reads, by way of a normal form. For what is
plain to see this comes to the same packet in a fraction of the time; all else goes there.
"""

import re
from typing import Final
from weakref import WeakKeyDictionary

from ovntrace.match import (
    And,
    Compare,
    Expr,
    MatchError,
    Packet,
    PortIs,
    Symbol,
    SymbolTable,
    parse,
    parse_microflow,
    truth,
)
from ovntrace.match.predicates import expansion_of

# A conjunction without parentheses, masks and comments, with no string but the port's name.
_PLAIN: Final = re.compile(r'inport == "[A-Za-z0-9_.-]*"(?: && [^"()|/&]+)*')
_MOST_TERMS: Final = 20_000
# Of many flows most terms stand in several: each is parsed once.
_TERMS: WeakKeyDictionary[SymbolTable, dict[str, Expr]] = WeakKeyDictionary()


class _NotPlainError(Exception):
    """The normal form is needed."""


class _Fields:
    """What the terms of a conjunction fix."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.known: dict[str, int] = {}
        self.ports: dict[str, str] = {}
        self.choices: list[Expr] = []

    def take(self, expr: Expr) -> None:
        """A term that holds, and its prerequisites."""
        if isinstance(expr, And):
            for term in expr.terms:
                self.take(term)
        elif isinstance(expr, PortIs):
            self._port(expr)
        elif isinstance(expr, Compare):
            self._comparison(expr)
        else:
            raise _NotPlainError

    def _port(self, expr: PortIs) -> None:
        if self.ports.setdefault(expr.symbol.storage, expr.port) != expr.port:
            raise _NotPlainError

    def _comparison(self, expr: Compare) -> None:
        symbol = expr.symbol
        if symbol.expansion is not None:
            if not expr.positive:
                raise _NotPlainError
            self._predicate(symbol)
            return
        if expr.relop != "==" or expr.mask != (1 << symbol.width) - 1:
            raise _NotPlainError
        self._value(symbol, expr.value)
        if symbol.prerequisite is not None:
            self._predicate(symbol.prerequisite)

    def _predicate(self, symbol: Symbol) -> None:
        if symbol.expansion is None:
            raise _NotPlainError
        expansion = expansion_of(symbol)
        if isinstance(expansion, And | Compare):
            self.take(expansion)
        else:
            self.choices.append(expansion)  # ip4 || ip6: another term must have told which
        if symbol.prerequisite is not None:
            self._predicate(symbol.prerequisite)

    def _value(self, symbol: Symbol, value: int) -> None:
        mask = ((1 << symbol.width) - 1) << symbol.offset
        common = self.known.get(symbol.storage, 0) & mask
        placed = value << symbol.offset
        before = self.numbers.get(symbol.storage, 0)
        if (before ^ placed) & common:
            raise _NotPlainError
        self.numbers[symbol.storage] = before | placed
        self.known[symbol.storage] = self.known.get(symbol.storage, 0) | mask


def read_microflow(text: str, table: SymbolTable) -> Packet:
    """The packet that `text` describes, as parse_microflow reads it. Raises MatchError."""
    fields = _Fields()
    try:
        for expr in _terms(text, table):
            fields.take(expr)
    except (MatchError, _NotPlainError):
        return parse_microflow(text, table)
    if fields.choices:
        certain = Packet(fields.numbers, fields.ports, table=table, complete=False)
        if not all(truth(choice, certain) for choice in fields.choices):
            return parse_microflow(text, table)
    return Packet(fields.numbers, fields.ports, table=table)


def _terms(text: str, table: SymbolTable) -> list[Expr]:
    """What the text says, in parts that all hold. Raises MatchError."""
    if _PLAIN.fullmatch(text) is None:
        return [parse(text, table)]
    known = _TERMS.setdefault(table, {})
    if len(known) > _MOST_TERMS:
        known.clear()
    found = []
    for term in text.split(" && "):
        expr = known.get(term)
        if expr is None:
            expr = known[term] = parse(term, table)
        found.append(expr)
    return found
