"""Kinds of tokens, and the formats of constants (OVN's lib/lex.h)."""

from typing import Final, NamedTuple

# Punctuation is its own kind ("==", "(", ...); these are the others.
IDENTIFIER: Final = "identifier"
INTEGER: Final = "integer"
MASKED: Final = "masked integer"
STRING: Final = "string"
ADDRESS_SET: Final = "$"
PORT_GROUP: Final = "@"
END: Final = "end of input"
ERROR: Final = "error"

# Formats of constants; they decide how wide a constant is and which masks go with it.
DECIMAL: Final = "decimal"
HEXADECIMAL: Final = "hexadecimal"
IPV4: Final = "IPv4"
IPV6: Final = "IPv6"
ETHERNET: Final = "Ethernet"

RELATIONAL: Final = frozenset(("==", "!=", "<", "<=", ">", ">="))
"""The relational operators."""

_FORMAT_WIDTH: Final = {IPV4: 32, IPV6: 128, ETHERNET: 48}


class Constant(NamedTuple):
    """An integer constant. Its value has no bits outside its mask."""

    value: int
    format: str
    mask: int | None = None

    @property
    def width(self) -> int:
        """The least width in bits of a field that it goes with (expr_constant_width)."""
        if self.mask is not None:
            return self.mask.bit_length()
        return _FORMAT_WIDTH.get(self.format) or self.value.bit_length()
