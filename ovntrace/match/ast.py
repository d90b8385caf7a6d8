"""Expressions as trees. Negation is pushed down to the comparisons while parsing, as in OVN.

Invariants (include/ovn/expr.h): an And or Or has at least two terms, none of its own type; a
comparison's value has no bits outside its mask.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from ovntrace.match.members import Addresses, Ports
from ovntrace.match.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Compare:
    """`symbol relop value`, both under `mask`; bits are counted within the symbol.

    `member` tells that the value is from an address set, which matters to microflows only.
    """

    symbol: Symbol
    relop: str
    value: int
    mask: int
    member: bool = field(default=False, compare=False)

    @property
    def positive(self) -> bool:
        """For a predicate: whether it is to hold or to fail."""
        return (self.value & 1 == 1) != (self.relop == "!=")


@dataclass(frozen=True, slots=True)
class PortIs:
    """A string field is a port. Strings are nominal, so there is no other operator."""

    symbol: Symbol
    port: str


@dataclass(frozen=True, slots=True)
class InSet:
    """A comparison with each member of `$set` or `@group`, joined by OR if `any`, else by AND.

    `name` has its sigil; `members` is None where it is not known what they are. The comparison
    is with bits `offset` to `offset + width - 1` of the symbol.
    """

    symbol: Symbol
    relop: str
    any: bool
    name: str
    members: Addresses | Ports | None
    offset: int
    width: int


@dataclass(frozen=True, slots=True)
class Truth:
    """`1` or `0`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Resident:
    """`is_chassis_resident("port")`, or its negation."""

    port: str
    negated: bool


@dataclass(frozen=True, slots=True)
class And:
    """All terms hold."""

    terms: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """One term at least holds."""

    terms: "tuple[Expr, ...]"


Leaf = Compare | PortIs | InSet | Truth | Resident
Expr = Leaf | And | Or

INVERTED: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""What a relational operator becomes under negation."""


def join(kind: type[And] | type[Or], terms: Iterable[Expr]) -> Expr:
    """An And or Or of the terms, flat; a single term stays itself."""
    flat: list[Expr] = []
    for term in terms:
        if type(term) is kind:
            flat += term.terms
        else:
            flat.append(term)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def negate(expr: Expr) -> Expr:
    """The opposite, as expr_not makes it: by De Morgan down to the comparisons."""
    match expr:
        case Compare(symbol, relop, value, mask, member):
            return Compare(symbol, INVERTED[relop], value, mask, member)
        case And(terms):
            return Or(tuple(negate(term) for term in terms))
        case Or(terms):
            return And(tuple(negate(term) for term in terms))
        case Truth(value):
            return Truth(not value)
        case Resident(port, negated):
            return Resident(port, not negated)
        case InSet(symbol, relop, some, name, members, offset, width):
            return InSet(symbol, INVERTED[relop], not some, name, members, offset, width)
        case PortIs(symbol, port):
            # Strings are nominal: the type rules leave nothing of them that could be negated.
            raise TypeError(f"{symbol.name} == {port!r} can't be negated")


def leaves(expr: Expr) -> Iterator[Leaf]:
    """The comparisons, constants and conditions of `expr`, from left to right."""
    if isinstance(expr, And | Or):
        for term in expr.terms:
            yield from leaves(term)
    else:
        yield expr


def unknown_names(expr: Expr) -> Iterator[str]:
    """The `$sets` and `@groups` of `expr` whose members are not known."""
    for leaf in leaves(expr):
        if isinstance(leaf, InSet) and leaf.members is None:
            yield leaf.name
