"""Words that stand for an address in data that was cleaned before it was sent.

`x-ipv4-0000000001-x`, `x-ipv6-…`, `x-mac-…` are stand-ins that stay the same for a value;
`xxx.xxx.xxx.xxx`, `xx:xx:xx:xx:xx:xx` and their like stand for any (openshift/must-gather-clean).
Neither tells order or subnet, and the latter not even whether two are the same.
"""

import re

_WORDS = re.compile(
    r"\bx-(?:ipv4|ipv6|mac)-[0-9]+-x\b|\bx{2}(?::x{2}){5}\b|\bx{3}(?:\.x{3}){3}\b|\bx{4}(?::x{4}){7}\b"
)


def has_stand_in(text: str) -> bool:
    """True if some address in the text was taken out."""
    return ("x-" in text or "xx" in text) and _WORDS.search(text) is not None
