"""Names that an ACL's match mentions, found without parsing it.

The tokens are those of ovn-sb(5), Logical_Flow.match: strings in double quotes with backslash
escapes, identifiers of letters, digits, `_` and `.`, `$address_set`, `@port_group`, `//` comments.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|//.*|[$@]?[A-Za-z0-9_.]*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MatchNames:
    """What a match mentions. `ports` is True if it has the word inport or outport."""

    ports: bool
    address_sets: frozenset[str]
    port_groups: frozenset[str]
    strings: frozenset[str]


@lru_cache(maxsize=4096)  # the ports of a group have the same ACLs
def match_names(match: str) -> MatchNames:
    """The names in a match, right or wrong as it may be."""
    by_kind: dict[str, set[str]] = {'"': set(), "$": set(), "@": set()}
    ports = False
    for token in _TOKENS.findall(match):
        if token in ("inport", "outport"):
            ports = True
        elif token[:1] in by_kind:
            by_kind[token[0]].add(token[1:])
    strings = (text.removesuffix('"') for text in by_kind['"'])
    return MatchNames(
        ports=ports,
        address_sets=frozenset(by_kind["$"]),
        port_groups=frozenset(by_kind["@"]),
        strings=frozenset(_ESCAPED.sub(r"\1", text) for text in strings),
    )
