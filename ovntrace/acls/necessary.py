"""Which ports an ACL can concern, told by its text without parsing it.

An ACL whose match is a conjunction with `inport == @pg` (or outport, or a port's name) in it never
holds for a port outside. Where that is not plain to see the ACL concerns every port: an index may
be too wide, never too narrow.
"""

import re
from typing import Final

from ovntrace.acls.conjunctions import is_conjunction

_TERM: Final = re.compile(r'\b(inport|outport) == (@[A-Za-z0-9_.]+|"[^"\\]*")(?=\s*(?:&&|\)|$))')
_JOINED: Final = re.compile(r"(?:^|&&|\()\s*$")
_TRAPS: Final = re.compile(r'//|/\*|"[^"]*\\')


def necessary_port(match: str) -> tuple[str, str] | None:
    """("inport" or "outport", "@group" or '"port"') without which the match can't hold."""
    if is_conjunction(match):
        plain = _TERM.search(match)
        if plain is None:
            return None
        before = match[: plain.start()]
        if '"' not in before and _JOINED.search(before):
            return plain.group(1), plain.group(2)
    if _TRAPS.search(match):
        return None
    for found in _TERM.finditer(match):
        if _is_conjunct(match, found.start()):
            return found.group(1), found.group(2)
    return None


def _is_conjunct(match: str, at: int) -> bool:
    """True if the term at `at` is one of those that the whole match joins by &&: it begins the
    match or follows &&, no parenthesis or quote is open there, and no || stands outside of
    parentheses."""
    before = match[:at].rstrip()
    if before and not before.endswith("&&"):
        return False
    depth = 0
    quoted = False
    for place, char in enumerate(match):
        if place == at and (depth or quoted):
            return False
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
            if depth < 0:
                return False
        elif char == "|" and depth == 0:
            return False
    return depth == 0 and not quoted
