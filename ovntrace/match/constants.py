"""Numeric constants: decimal, hexadecimal, IPv4, IPv6 and Ethernet, with masks (lib/lex.c)."""

from typing import Final

from ovntrace.match import tokens
from ovntrace.match.tokens import Constant

_HEX: Final = frozenset("0123456789abcdefABCDEF")
_MAC_LENGTH: Final = 17
_WIDEST: Final = 1024
"""Bits of OVS's union mf_subvalue; no field is wider than 128."""

_LONGEST_ADDRESS: Final = 45
"""INET6_ADDRSTRLEN less its terminating null."""


class ConstantError(ValueError):
    """Text that is no constant; the message is OVN's."""


def parse_integer(word: str) -> Constant:
    """A constant without a mask, of ASCII letters, digits, colons and dots.

    Raises ConstantError. The order in which the notations are tried is OVN's: a word of 17
    characters may be an Ethernet address, else digits alone are decimal.
    """
    if not word:
        raise ConstantError("Integer constant expected.")
    if len(word) == _MAC_LENGTH and (mac := parse_ethernet(word)) is not None:
        return Constant(mac, tokens.ETHERNET)
    if word.isdigit():
        return Constant(_decimal(word), tokens.DECIMAL)
    if word[0] == "0" and word[1] in "xX":
        return Constant(_hexadecimal(word), tokens.HEXADECIMAL)
    if len(word) <= _LONGEST_ADDRESS:
        if (ipv4 := parse_ipv4(word)) is not None:
            return Constant(ipv4, tokens.IPV4)
        if (ipv6 := parse_ipv6(word)) is not None:
            return Constant(ipv6, tokens.IPV6)
    raise ConstantError("Invalid numeric constant.")


def with_mask(constant: Constant, mask: Constant) -> Constant:
    """`constant/mask`. Bits of the value outside the mask are cleared, as OVN does silently."""
    bits = _mask_bits(constant, mask)
    if bits is None:
        raise ConstantError("Value and mask have incompatible formats.")
    # "0/0x1234" is the one mixture that is allowed; it becomes hexadecimal.
    mixed = constant.format == tokens.DECIMAL and mask.format == tokens.HEXADECIMAL
    chosen = tokens.HEXADECIMAL if mixed else constant.format
    return Constant(constant.value & bits, chosen, bits)


def _mask_bits(constant: Constant, mask: Constant) -> int | None:
    if constant.format == mask.format:
        return mask.value
    if mask.format == tokens.DECIMAL:
        # OVN keeps 32 bits of it, so that /4294967304 is /8.
        length = mask.value & 0xFFFFFFFF
        if constant.format == tokens.IPV4 and length <= 32:
            return _prefix(length, 32)
        if constant.format == tokens.IPV6 and length <= 128:
            return _prefix(length, 128)
    zero = constant.format == tokens.DECIMAL and constant.value == 0
    return mask.value if zero and mask.format == tokens.HEXADECIMAL else None


def _prefix(length: int, width: int) -> int:
    return ((1 << length) - 1) << (width - length)


def _decimal(word: str) -> int:
    if word[0] == "0" and len(word) > 1:
        raise ConstantError("Decimal constants must not have leading zeros.")
    if len(word) > 20 or (value := int(word)) >= 1 << 64:
        raise ConstantError("Decimal constants must be less than 2**64.")
    return value


def _hexadecimal(word: str) -> int:
    digits = word[2:]
    if not digits:
        raise ConstantError(f"Hex digits expected following 0{word[1]}.")
    # OVN reads from the right, so of two faults it names the one that is further right.
    for place, digit in enumerate(reversed(digits)):
        if digit not in _HEX:
            raise ConstantError("Invalid syntax in hexadecimal constant.")
        if digit != "0" and place >= _WIDEST // 4:
            raise ConstantError(f"Hexadecimal constant requires more than {_WIDEST} bits.")
    return int(digits.lstrip("0") or "0", 16)


def parse_ethernet(word: str) -> int | None:
    """A MAC address. Groups may have any number of digits; OVN's sscanf keeps the last two."""
    groups = word.split(":")
    if len(groups) != 6:
        return None
    value = 0
    for group in groups:
        if not group or not _HEX.issuperset(group):
            return None
        value = value << 8 | int(group, 16) & 0xFF
    return value


def parse_ipv4(word: str) -> int | None:
    """A dotted quad as inet_pton(3) takes it: no leading zeros."""
    parts = word.split(".")
    if len(parts) != 4:
        return None
    value = 0
    for part in parts:
        if not part.isdigit() or len(part) > 3 or (part[0] == "0" and len(part) > 1):
            return None
        number = int(part)
        if number > 255:
            return None
        value = value << 8 | number
    return value


def parse_ipv6(word: str) -> int | None:
    """An IPv6 address as inet_pton(3) takes it, also with a dotted quad at its end."""
    head, compressed, tail = word.partition("::")
    front = _ipv6_groups(head, last=not compressed) if head else []
    back = _ipv6_groups(tail, last=True) if tail else []
    if front is None or back is None:
        return None
    missing = 8 - len(front) - len(back)
    if missing < 1 if compressed else missing != 0:
        return None
    value = 0
    for group in [*front, *([0] * missing), *back]:
        value = value << 16 | group
    return value


def _ipv6_groups(text: str, *, last: bool) -> list[int] | None:
    """The 16-bit groups of a part without `::`; None if it is malformed."""
    groups: list[int] = []
    words = text.split(":")
    for place, word in enumerate(words):
        if last and place == len(words) - 1 and "." in word:
            quad = parse_ipv4(word)
            if quad is None:
                return None
            groups += (quad >> 16, quad & 0xFFFF)
        elif 1 <= len(word) <= 4 and _HEX.issuperset(word):
            groups.append(int(word, 16))
        else:
            return None
    return groups
