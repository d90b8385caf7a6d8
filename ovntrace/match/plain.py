"""The comparison that most terms of a match are, read at a glance: a field and one constant.

`ip4.src == 10.0.0.0/8`, `tcp.dst==80`, `ip4.dst != {10.0.0.1/32}`, `inport == "p"`. It is what the
parser makes of it, in less than half of the time; whatever is not plain, or has a fault, is the
parser's.
"""

import re
from typing import Final

from ovntrace.match.ast import Compare, PortIs
from ovntrace.match.constants import ConstantError, parse_integer, with_mask
from ovntrace.match.setmembers import compare
from ovntrace.match.symbols import SymbolTable

_DECIMAL: Final = r"[0-9]{1,19}"
_DOTTED: Final = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_ETHERNET: Final = r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
_COMPARISON: Final = re.compile(
    r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*) ?(==|!=) ?(\{)?"
    rf'(?:({_DOTTED}|{_ETHERNET}|{_DECIMAL})(?:/([0-9]{{1,2}}))?|"([A-Za-z0-9_.-]*)")(?(3)\}})'
)


def plain_comparison(text: str, table: SymbolTable) -> Compare | PortIs | None:
    """The comparison that `text` is; None if it is not so plain, or none at all."""
    found = _COMPARISON.fullmatch(text)
    symbol = None if found is None else table.get(found[1])
    if found is None or symbol is None or symbol.expansion is not None:
        return None
    relop, word, length, port = found.group(2, 4, 5, 6)
    if relop != "==" and symbol.level == "nominal":
        return None
    if port is not None:
        return None if symbol.width else PortIs(symbol, port)
    if not symbol.width:
        return None
    try:
        constant = parse_integer(word)
        if length is not None:
            constant = with_mask(constant, parse_integer(length))
    except ConstantError:
        return None
    if constant.width > symbol.width:
        return None
    return compare(symbol, relop, constant, 0, symbol.width)
