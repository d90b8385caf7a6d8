"""Cluster text made harmless for a terminal, and values put into words.

Names, matches and messages come from a cluster or a dump and are data: whatever is not printable
(terminal escapes, bidirectional overrides, zero-width and other look-alike characters, line
breaks) is shown as its escape, so that what a person reads is what is there.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from ovntrace.view.types import Fact

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""`text` with everything that is not printable as `\x1b`, `\u202e`, `\n` and so on.

    `str.isprintable` is false for controls, formats (bidi, zero width), surrogates, private and
    unassigned characters, and every space but the plain one.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def columns(text: str) -> int:
    """How many terminal columns `text` takes; East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    total = 0
    for char in text:
        if unicodedata.combining(char):
            continue
        total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


def in_words(value: Fact) -> str:
    """A fact's value on one line: `yes`, `a, b`, `k=v, k=v`; unknown is `unknown`."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{visible(str(key))}={in_words(item)}" for key, item in value.items())
    if isinstance(value, Sequence):
        return ", ".join(in_words(item) for item in value)
    return visible(str(value))


def age_in_words(age_s: float) -> str:
    """`3 s old`, `12 min old`, `5 h old`, `40 days old`; data of the future says so."""
    if age_s < -1:
        return f"{_span(-age_s)} in the future (clocks differ)"
    return f"{_span(max(age_s, 0.0))} old"


def _span(seconds: float) -> str:
    for limit, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{int(seconds // unit_s)} {unit}"
    return f"{int(seconds // 86400)} days"


def advice(hint: str) -> str:
    """A hint as it is told: `try: …`, or the question that it is."""
    return visible(hint) if hint.endswith("?") else f"try: {visible(hint)}"


def counted(number: int, noun: str) -> str:
    """`1 attachment`, `2 attachments`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
