"""What a packet must have for an ACL to match, told by the ACL's text without parsing it.

Most matches are conjunctions. A comparison for equality that is one of the terms tells at once
that a packet does not match, and such ACLs need not be parsed. Where that is not plain to see there
is no guard: guards may let too much through, never too little.
"""

import re
from dataclasses import dataclass
from typing import Final

from ovntrace.match import Packet, SymbolTable

_COMPARISON: Final = re.compile(
    r"(?:^|\(|&&)\s*(ip4\.src|ip4\.dst|(?:tcp|udp|sctp)\.(?:src|dst)) ?== ?([0-9.]+)(?:/(\d\d?))?"
    r"(?=\s*(?:&&|\)|$))"
)
_NO_CONJUNCTION: Final = re.compile(r'\||!\s*\(|//|/\*|"[^"]*\\')


@dataclass(frozen=True, slots=True)
class Guard:
    """A field's value under a mask. Without it the ACL does not match."""

    storage: str
    mask: int
    value: int


def is_conjunction(match: str) -> bool:
    """True if all comparisons of a match have to hold."""
    return _NO_CONJUNCTION.search(match) is None


def guards_of(match: str, table: SymbolTable) -> tuple[Guard, ...]:
    """The guards of a match; none where it is not a plain conjunction."""
    if not is_conjunction(match):
        return ()
    found = (_guard(table, *term.groups()) for term in _COMPARISON.finditer(match))
    return tuple(guard for guard in found if guard is not None)


def _guard(table: SymbolTable, field: str, value: str, length: str | None) -> Guard | None:
    symbol = table[field]
    if symbol.offset:
        return None
    if "." in value:
        number = _dotted(value)
        bits = 32 if length is None else int(length)
        if number is None or symbol.width != 32 or bits > 32:
            return None
        mask = (1 << 32) - (1 << 32 - bits)
        return Guard(symbol.storage, mask, number & mask)
    if symbol.width != 16 or length is not None or int(value) > 0xFFFF:
        return None
    return Guard(symbol.storage, 0xFFFF, int(value))


def _dotted(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != 4 or not all(part and int(part) < 256 for part in parts):
        return None
    first, second, third, fourth = map(int, parts)
    return first << 24 | second << 16 | third << 8 | fourth


def can_match(guards: tuple[Guard, ...], packet: Packet) -> bool:
    """False if a guard says that the packet does not match. Of a packet that is not wholly known
    nothing is said."""
    if packet.partly or not packet.complete:
        return True
    value_of = packet.numbers.get
    for guard in guards:  # noqa: SIM110 - no generator: this is asked of every candidate
        if value_of(guard.storage, 0) & guard.mask != guard.value:
            return False
    return True
