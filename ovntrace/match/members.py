"""What `$address_set` and `@port_group` stand for."""

from collections.abc import Iterable
from enum import Enum
from typing import Final, Protocol

from ovntrace.match import tokens
from ovntrace.match.lexer import Lexer
from ovntrace.match.tokens import Constant


class Missing(Enum):
    """The one value MISSING."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""There is no set or group of that name: OVN refuses the whole match."""


class Addresses:
    """The members of an address set, ready to be compared with a field.

    `skipped` are the members that are no constant: OVN leaves them out with a warning.
    """

    __slots__ = ("_by_width", "constants", "skipped")

    def __init__(self, members: Iterable[str]) -> None:
        constants: list[Constant] = []
        skipped: list[str] = []
        for member in members:
            constant = _constant(member)
            if constant is None:
                skipped.append(member)
            else:
                constants.append(constant)
        self.constants = tuple(sorted(constants, key=_order))
        self.skipped = tuple(skipped)
        self._by_width: dict[int, _Lookup] = {}

    def contain(self, value: int, known: int, width: int) -> bool | None:
        """Whether a value of `width` bits is a member; None where unknown bits decide.

        `known` are the bits of `value` that are known; the others must be 0.
        """
        lookup = self._by_width.get(width)
        if lookup is None:
            lookup = self._by_width[width] = _Lookup(self.constants, width)
        return lookup.contain(value, known)


def _order(constant: Constant) -> tuple[int, int]:
    """OVN keeps members sorted by value, wider ones first."""
    unmasked = 1 << 128
    return constant.value, unmasked if constant.mask is None else constant.mask


class _Lookup:
    """Members by mask, so that a look-up costs one step for each mask in use."""

    __slots__ = ("_by_mask", "_full")

    def __init__(self, constants: Iterable[Constant], width: int) -> None:
        self._full = (1 << width) - 1
        self._by_mask: dict[int, set[int]] = {}
        for constant in constants:
            mask = self._full if constant.mask is None else constant.mask & self._full
            self._by_mask.setdefault(mask, set()).add(constant.value & mask)

    def contain(self, value: int, known: int) -> bool | None:
        decided: bool | None = False
        for mask, values in self._by_mask.items():
            unknown = mask & ~known
            if not unknown:
                if value & mask in values:
                    return True
            elif any((member ^ value) & mask & known == 0 for member in values):
                decided = None
        return decided


class Ports:
    """The ports of a port group on one switch."""

    __slots__ = ("names",)

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)


class Names(Protocol):
    """Knows what names stand for. None: not known; MISSING: known not to exist."""

    def address_set(self, name: str) -> Addresses | Missing | None:
        """The address set of this name, written `$name`."""

    def port_group(self, name: str) -> Ports | Missing | None:
        """The ports of this group that are on the switch in question, written `@name`."""


class UnknownNames:
    """Nothing is known of any name: evaluation says unknown where one decides."""

    def address_set(self, name: str) -> None:
        """Not known."""

    def port_group(self, name: str) -> None:
        """Not known."""


def _constant(member: str) -> Constant | None:
    """The constant at the beginning of a member; what follows it is not looked at (lib/expr.c)."""
    lexer = Lexer(member)
    return lexer.constant if lexer.kind in (tokens.INTEGER, tokens.MASKED) else None
