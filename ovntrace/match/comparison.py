"""One comparison: OVN's type rules, and the expression that it becomes (make_cmp in lib/expr.c)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ovntrace.match import tokens
from ovntrace.match.ast import INVERTED, And, Expr, InSet, Or, PortIs, Truth, join
from ovntrace.match.members import Addresses, Ports
from ovntrace.match.setmembers import compare, expand
from ovntrace.match.symbols import Symbol
from ovntrace.match.tokens import Constant


class Field(NamedTuple):
    """Bits `offset` to `offset + width - 1` of a symbol; width 0 for a string field."""

    symbol: Symbol
    offset: int
    width: int


class NamedSet(NamedTuple):
    """`$set` or `@group` among the values."""

    name: str
    members: Addresses | Ports | None


Value = Constant | str | NamedSet


@dataclass(slots=True)
class Values:
    """The right side: constants and sets, all integers or all strings."""

    constants: list[Value] = field(default_factory=list)
    in_curlies: bool = False
    integer: bool = True
    empty: bool = True
    """No constant in it, and no set that has members or whose members are not known."""

    def accept_type(self, *, integer: bool) -> bool:
        """Whether a value of this type may follow those that are there."""
        if not self.empty and self.integer != integer:
            return False
        self.integer = integer
        return True

    def add_constant(self, constant: Constant) -> None:
        """Add an integer."""
        self.constants.append(constant)
        self.empty = False

    def add_string(self, word: str) -> None:
        """Add a string."""
        self.constants.append(word)
        self.empty = False

    def add_set(self, name: str, members: Addresses | Ports | None) -> None:
        """Add an address set or a port group; one that is known to be empty adds nothing."""
        if isinstance(members, Addresses) and not members.constants:
            return
        if isinstance(members, Ports) and not members.names:
            return
        self.constants.append(NamedSet(name, members))
        self.empty = False

    def integers(self) -> Iterator[Constant]:
        """All integers that are known, in order, members of sets among them."""
        for value in self.constants:
            if isinstance(value, Constant):
                yield value
            elif isinstance(value, NamedSet) and isinstance(value.members, Addresses):
                yield from value.members.constants

    def truth(self) -> bool | None:
        """What a lone `1` or `0` says."""
        if self.in_curlies or len(self.constants) != 1:
            return None
        value = self.constants[0]
        if not isinstance(value, Constant) or value.mask is not None:
            return None
        return bool(value.value) if value.format == tokens.DECIMAL and value.value <= 1 else None


@dataclass(slots=True)
class Comparison:
    """`field relop values`, inside an odd number of `!` if `negated`."""

    field: Field
    relop: str
    values: Values
    negated: bool

    def fault(self) -> str | None:
        """What OVN's type rules say against it; None if nothing."""
        return (
            self._type_fault()
            or (self._relational_fault() if self.relop not in ("==", "!=") else None)
            or (self._nominal_fault() if self.field.symbol.level == "nominal" else None)
        )

    def expr(self) -> Expr:
        """The expression, with `!` pushed into it."""
        values = self.values.constants
        if not values:
            return Truth((self.relop == "!=") != self.negated)
        terms = [self._term(value) for value in values]
        if len(terms) == 1:
            return terms[0]
        return join(Or if self._any else And, terms)

    @property
    def _any(self) -> bool:
        return (self.relop == "==") != self.negated

    def _term(self, value: Value) -> Expr:
        symbol, offset, width = self.field
        if isinstance(value, str):
            return PortIs(symbol, value)
        relop = INVERTED[self.relop] if self.negated else self.relop
        if isinstance(value, Constant):
            return compare(symbol, relop, value, offset, width)
        found = InSet(symbol, relop, self._any, value.name, value.members, offset, width)
        plain = symbol.expansion is None and relop in ("==", "!=")
        return found if plain else expand(found)

    # --- the rules, in OVN's order -------------------------------------------------------------

    def _type_fault(self) -> str | None:
        symbol = self.field.symbol
        integer = symbol.width > 0
        if self.values.integer != integer:
            kind, constant = ("Integer", "string") if integer else ("String", "integer")
            return f"{kind} field {symbol.name} is not compatible with {constant} constant."
        if not integer:
            return None
        for value in self.values.integers():
            if value.width > symbol.width:
                return (
                    f"{value.width}-bit constant is not compatible with "
                    f"{symbol.width}-bit field {symbol.name}."
                )
        return None

    def _relational_fault(self) -> str | None:
        symbol = self.field.symbol
        only = "Only == and != operators may be used"
        if self.values.in_curlies:
            return f"{only} with value sets."
        if symbol.level != "ordinal":
            return f"{only} with {symbol.level} field {symbol.name}."
        if self.values.empty:
            return f"{only} to compare a field against an empty value set."
        first = next(self.values.integers(), None)
        if first is not None and first.mask is not None:
            return (
                f"{only} with masked constants.  Consider using subfields instead (e.g. eth.src"
                "[0..15] > 0x1111 in place of eth.src > 00:00:00:00:11:11/00:00:00:00:ff:ff)."
            )
        return None

    def _nominal_fault(self) -> str | None:
        symbol = self.field.symbol
        if symbol.expansion is None:
            if self.relop == ("!=" if self.negated else "=="):
                return None
            return (
                f"Nominal field {symbol.name} may only be tested for equality (taking enclosing "
                "`!' operators into account)."
            )
        wanted = (self.relop == "!=") == self.negated
        if all((constant.value & 1 == 1) == wanted for constant in self.values.integers()):
            return None
        name = symbol.name
        return (
            f"Nominal predicate {name} may only be tested positively, e.g. `{name}' or "
            f"`{name} == 1' but not `!{name}' or `{name} == 0'."
        )
