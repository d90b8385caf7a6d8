"""What predicates and prerequisites stand for: parsed once for each symbol."""

from ovntrace.match.ast import Compare, Expr
from ovntrace.match.parser import parse
from ovntrace.match.symbols import Symbol


def expansion_of(symbol: Symbol) -> Expr:
    """The expression that a predicate names, as the version's own table has it."""
    if (found := symbol.cache.get("expansion")) is None:
        found = symbol.cache["expansion"] = parse(symbol.expansion or "", symbol.table)
    return found


def not_zero(symbol: Symbol) -> Compare:
    """`symbol` alone, as a prerequisite: the predicate holds, or the bit is set."""
    return Compare(symbol, "!=", 0, (1 << symbol.width) - 1)
