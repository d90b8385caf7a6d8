"""The parser: recursive descent over the lexer's tokens, with OVN's limits (lib/expr.c).

`!` is pushed down to the comparisons while parsing. OVN bounds the depth of parentheses, and so
the depth of recursion, at 100; nothing else recurses.
"""

from typing import Final, Never

from ovntrace.match import tokens
from ovntrace.match.ast import And, Expr, Or, Resident, Truth, join
from ovntrace.match.comparison import Comparison, Field, Values
from ovntrace.match.errors import MatchError
from ovntrace.match.lexer import Lexer
from ovntrace.match.members import MISSING, Names, UnknownNames
from ovntrace.match.plain import plain_comparison
from ovntrace.match.symbols import Symbol, SymbolTable, symbols_of
from ovntrace.match.tokens import RELATIONAL, Constant

MAX_DEPTH: Final = 100
"""How deep parentheses may be nested; OVN's MAX_PAREN_DEPTH."""

_INT_MAX: Final = 0x7FFFFFFF
_TURNED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_RISING: Final = frozenset(("<", "<="))
_FALLING: Final = frozenset((">", ">="))
_ZERO: Final = Constant(0, tokens.HEXADECIMAL)
_NOTHING_KNOWN: Final = UnknownNames()

_NOT_A_RANGE: Final = (
    "Range expressions must have the form `x < field < y' or `x > field > y', with each `<' "
    "optionally replaced by `<=' or `>' by `>=')."
)


def parse(text: str, table: SymbolTable | None = None, names: Names | None = None) -> Expr:
    """The expression that `text` is. Raises MatchError with OVN's words.

    Sets and groups that `names` does not know stay in the expression by name; without `names`,
    all of them. Without `table` it is the newest version's language.
    """
    table = table or symbols_of()
    plain = plain_comparison(text, table)
    if plain is not None:
        return plain
    parser = Parser(text, table, names or _NOTHING_KNOWN)
    try:
        expr = parser.expression()
        parser.expect_end()
    except RecursionError:
        # Bounded at a few hundred frames: only a caller that is itself deep can get here.
        parser.fail("Parentheses nested too deeply.")
    return expr


class Parser:
    """The state of one parse."""

    def __init__(self, text: str, table: SymbolTable, names: Names) -> None:
        self.lexer = Lexer(text)
        self._table = table
        self._names = names
        self._negated = False
        self._depth = 0
        self._begin = 0

    # --- errors --------------------------------------------------------------------------------

    def fail(self, message: str, start: int | None = None) -> Never:
        """Raise MatchError; a lexical error at the current token has precedence, as in OVN."""
        lexer = self.lexer
        if lexer.kind == tokens.ERROR:
            raise MatchError(lexer.word, lexer.text, lexer.start, lexer.stop)
        if start is None:
            raise MatchError(message, lexer.text, lexer.start, lexer.stop)
        before = lexer.text[: lexer.start].rstrip()
        raise MatchError(message, lexer.text, start, max(len(before), start + 1))

    def unexpected(self, wanted: str) -> Never:
        """Raise MatchError for the current token."""
        lexer = self.lexer
        at_end = lexer.kind == tokens.END
        place = " at end of input" if at_end else f" at `{lexer.token}'"
        self.fail(f"Syntax error{place} {wanted}.")

    def expect_end(self) -> None:
        """Raise MatchError unless all was read."""
        if self.lexer.kind != tokens.END:
            self.unexpected("expecting end of input")

    def _expect(self, kind: str) -> None:
        if self.lexer.kind != kind:
            self.unexpected(f"expecting `{kind}'")
        self.lexer.advance()

    # --- expressions ---------------------------------------------------------------------------

    def expression(self) -> Expr:
        """One operand, or operands joined by one of && and ||."""
        first = self._operand()
        lexer = self.lexer
        operator = lexer.kind
        if operator not in ("&&", "||"):
            return first
        terms = [first]
        while lexer.kind == operator:
            lexer.advance()
            terms.append(self._operand())
        if lexer.kind in ("&&", "||"):
            self.fail("&& and || must be parenthesized when used together.")
        return join(And if (operator == "&&") != self._negated else Or, terms)

    def _operand(self) -> Expr:
        lexer = self.lexer
        if lexer.kind != "!":
            return self._primary()[0]
        start = lexer.start
        lexer.advance()
        self._negated = not self._negated
        expr, atomic = self._primary()
        self._negated = not self._negated
        if not atomic:
            self.fail("Missing parentheses around operand of !.", start)
        return expr

    def _primary(self) -> tuple[Expr, bool]:
        """An expression and whether `!` may stand before it without parentheses."""
        lexer = self.lexer
        self._begin = lexer.start
        if lexer.kind == tokens.IDENTIFIER:
            return self._call() if lexer.at_call() else self._from_field()
        if lexer.kind == "(":
            return self._parenthesised(), True
        return self._from_constant()

    def _parenthesised(self) -> Expr:
        start = self.lexer.start
        self.lexer.advance()
        if self._depth >= MAX_DEPTH:
            self.fail("Parentheses nested too deeply.", start)
        self._depth += 1
        expr = self.expression()
        self._depth -= 1
        self._expect(")")
        return expr

    def _call(self) -> tuple[Expr, bool]:
        lexer = self.lexer
        if lexer.word != "is_chassis_resident":
            self.fail("parsing function name")
        lexer.advance()
        lexer.advance()
        if lexer.kind != tokens.STRING:
            self.unexpected("expecting string")
        port = lexer.word
        lexer.advance()
        self._expect(")")
        return Resident(port, self._negated), True

    def _from_field(self) -> tuple[Expr, bool]:
        """`field`, or `field relop constants`."""
        field = self._field()
        relop = self.lexer.kind
        if relop in RELATIONAL:
            self.lexer.advance()
            return self._compare(field, relop, self._values()), False
        if not field.width or relop == "=":
            self.unexpected("expecting relational operator")
        if field.width > 1 and not self._negated:
            self.fail(
                "Explicit `!= 0' is required for inequality test of multibit field against 0.",
                self._begin,
            )
        return self._compare(field, "!=", Values(constants=[_ZERO])), True

    def _from_constant(self) -> tuple[Expr, bool]:
        """`1`, `0`, `constants relop field` or a range."""
        lexer = self.lexer
        left = self._values()
        if lexer.kind not in RELATIONAL and (truth := left.truth()) is not None:
            return Truth(truth != self._negated), True
        first = self._relop()
        field = self._field()
        if lexer.kind not in RELATIONAL:
            return self._compare(field, _TURNED[first], left), False
        second = self._relop()
        right = self._values()
        if not ({first, second} <= _RISING or {first, second} <= _FALLING):
            self.fail(_NOT_A_RANGE, self._begin)
        low = self._compare(field, _TURNED[first], left)
        high = self._compare(field, second, right)
        return join(Or if self._negated else And, (low, high)), False

    # --- their parts ---------------------------------------------------------------------------

    def _relop(self) -> str:
        relop = self.lexer.kind
        if relop not in RELATIONAL:
            self.unexpected("expecting relational operator")
        self.lexer.advance()
        return relop

    def _compare(self, field: Field, relop: str, values: Values) -> Expr:
        comparison = Comparison(field, relop, values, self._negated)
        if (fault := comparison.fault()) is not None:
            self.fail(fault, self._begin)
        return comparison.expr()

    def _field(self) -> Field:
        lexer = self.lexer
        symbol = self._table.get(lexer.word) if lexer.kind == tokens.IDENTIFIER else None
        if symbol is None:
            self.unexpected("expecting field name")
        lexer.advance()
        if lexer.kind != "[":
            return Field(symbol, 0, symbol.width)
        lexer.advance()
        return self._subfield(symbol)

    def _subfield(self, symbol: Symbol) -> Field:
        lexer = self.lexer
        if not symbol.width:
            self.fail(f"Cannot select subfield of string field {symbol.name}.", self._begin)
        low = high = self._small_integer()
        if lexer.kind == "..":
            lexer.advance()
            high = self._small_integer()
        self._expect("]")
        if low > high:
            self.fail(f"Invalid bit range {low} to {high}.", self._begin)
        if high >= symbol.width:
            bits = f"Cannot select bits {low} to {high}"
            self.fail(f"{bits} of {symbol.width}-bit field {symbol.name}.", self._begin)
        if symbol.level == "nominal" and (low, high) != (0, symbol.width - 1):
            self.fail(f"Cannot select subfield of nominal field {symbol.name}.", self._begin)
        return Field(symbol, low, high - low + 1)

    def _small_integer(self) -> int:
        lexer = self.lexer
        constant = lexer.constant
        decimal = lexer.kind == tokens.INTEGER and constant.format == tokens.DECIMAL
        if not decimal or constant.value > _INT_MAX:
            self.unexpected("expecting small integer")
        lexer.advance()
        return constant.value

    # --- constants and sets --------------------------------------------------------------------

    def _values(self) -> Values:
        lexer = self.lexer
        values = Values()
        if lexer.kind != "{":
            self._value(values)
            return values
        lexer.advance()
        values.in_curlies = True
        while True:
            self._value(values)
            if lexer.kind == ",":
                lexer.advance()
            if lexer.kind == "}":
                lexer.advance()
                return values

    def _value(self, values: Values) -> None:
        lexer = self.lexer
        kind = lexer.kind
        if kind in (tokens.INTEGER, tokens.MASKED):
            self._typed(values, integer=True)
            values.add_constant(lexer.constant)
        elif kind == tokens.STRING:
            self._typed(values, integer=False)
            values.add_string(lexer.word)
        elif kind == tokens.ADDRESS_SET:
            self._address_set(values)
        elif kind == tokens.PORT_GROUP:
            self._port_group(values)
        else:
            self.unexpected("expecting constant")
        lexer.advance()

    def _typed(self, values: Values, *, integer: bool) -> None:
        if not values.accept_type(integer=integer):
            self.unexpected(f"expecting {'integer' if values.integer else 'string'}")

    def _address_set(self, values: Values) -> None:
        members = self._names.address_set(self.lexer.word)
        if members is MISSING:
            self.unexpected("expecting address set name")
        self._typed(values, integer=True)
        values.add_set(f"${self.lexer.word}", members)

    def _port_group(self, values: Values) -> None:
        members = self._names.port_group(self.lexer.word)
        if members is MISSING:
            self.unexpected("expecting port group name")
        self._typed(values, integer=False)
        values.add_set(f"@{self.lexer.word}", members)
