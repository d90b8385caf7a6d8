"""Quoted strings: JSON's escapes, as OVS reads and writes them (OVS's lib/json.c)."""

from typing import Final

_PLAIN: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_ESCAPES: Final = {
    **{code: f"\\u{code:04x}" for code in range(0x20)},
    ord("\b"): "\\b", ord("\f"): "\\f", ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t",
    ord('"'): '\\"', ord("\\"): "\\\\",
}  # fmt: skip
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class QuotingError(ValueError):
    """A bad escape; the message is OVS's."""


def quote(text: str) -> str:
    """`text` as OVN prints strings: in double quotes, with JSON's escapes."""
    return f'"{text.translate(_ESCAPES)}"'


def unquote(inner: str) -> str:
    """What stands between two double quotes, its escapes resolved. Raises QuotingError."""
    if "\\" not in inner:
        return inner
    parts: list[str] = []
    place = 0
    while (slash := inner.find("\\", place)) >= 0:
        parts.append(inner[place:slash])
        letter = inner[slash + 1 : slash + 2]
        place = slash + 2
        if letter == "u":
            char, place = _unicode(inner, place)
            parts.append(char)
        elif letter in _PLAIN:
            parts.append(_PLAIN[letter])
        else:
            raise QuotingError(f"bad escape \\{letter}")
    parts.append(inner[place:])
    return "".join(parts)


def _unicode(inner: str, place: int) -> tuple[str, int]:
    """The character of an escape whose digits begin at `place`, and where the text goes on."""
    first = _four_digits(inner, place)
    place += 4
    if not 0xD800 <= first <= 0xDBFF:
        return chr(first), place
    if inner[place : place + 2] != "\\u":
        raise QuotingError("malformed escaped surrogate pair")
    second = _four_digits(inner, place + 2)
    if not 0xDC00 <= second <= 0xDFFF:
        raise QuotingError("second half of escaped surrogate pair is not trailing surrogate")
    return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)), place + 6


def _four_digits(inner: str, place: int) -> int:
    digits = inner[place : place + 4]
    if len(inner[place:].encode("utf-8", "surrogatepass")[:4]) < 4:
        raise QuotingError("quoted string ends within \\u escape")
    if len(digits) < 4 or not _HEX.issuperset(digits):
        raise QuotingError("malformed \\u escape")
    value = int(digits, 16)
    if not value:
        raise QuotingError("null bytes not supported in quoted strings")
    return value
