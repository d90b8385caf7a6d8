"""What a packet must have for an ACL to match, told by the ACL's text without parsing it.

Most matches are conjunctions. A comparison for equality that is one of the terms tells at once
that a packet does not match, and such ACLs need not be parsed. Where that is not plain to see there
is no guard: guards may let too much through, never too little.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, Protocol, TypeVar

from ovntrace.match import Packet, SymbolTable

_COMPARISON: Final = re.compile(
    r"(?:^|\(|&&)\s*(ip4\.src|ip4\.dst|(?:tcp|udp|sctp)\.(?:src|dst)) ?== ?([0-9.]+)(?:/(\d\d?))?"
    r"(?=\s*(?:&&|\)|$))"
)
_NO_CONJUNCTION: Final = re.compile(r'\||!\s*\(|//|/\*|"[^"]*\\')
_COMMENT: Final = re.compile(r"/[/*]")
_NEGATED: Final = re.compile(r"!\s*\(")


class Guard(NamedTuple):
    """A field's value under a mask. Without it the ACL does not match."""

    storage: str
    mask: int
    value: int


class Guarded(Protocol):
    """What has guards."""

    @property
    def guards(self) -> tuple[Guard, ...]:
        """All of them have to hold."""


_Guarded = TypeVar("_Guarded", bound=Guarded)


def is_conjunction(match: str) -> bool:
    """True if all comparisons of a match have to hold."""
    return _NO_CONJUNCTION.search(match) is None


def are_conjunctions(matches: str) -> bool:
    """True if that is plain to see of many matches at once, one a line: quicker than each."""
    return (
        "|" not in matches
        and "\\" not in matches
        and _COMMENT.search(matches) is None
        and _NEGATED.search(matches) is None
    )


def guards_of(match: str, table: SymbolTable) -> tuple[Guard, ...]:
    """The guards of a match; none where it is not a plain conjunction."""
    if not is_conjunction(match):
        return ()
    found = (_guard(table, *term.groups()) for term in _COMPARISON.finditer(match))
    return tuple(guard for guard in found if guard is not None)


@lru_cache(maxsize=4096)  # thousands of ACLs are made of some hundred comparisons
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


def possible(acls: Iterable[_Guarded], packet: Packet) -> list[_Guarded]:
    """Those of which no guard says that the packet does not match. Of a packet that is not wholly
    known nothing is said."""
    if packet.partly or not packet.complete:
        return list(acls)
    value_of = packet.numbers.get
    found: list[_Guarded] = []
    for one in acls:
        for storage, mask, value in one.guards:
            if value_of(storage, 0) & mask != value:
                break
        else:
            found.append(one)
    return found
