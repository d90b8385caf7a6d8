"""Names that an ACL's match mentions, found without parsing it.

The tokens are those of ovn-sb(5), Logical_Flow.match: strings in double quotes with backslash
escapes, identifiers of letters, digits, `_` and `.`, `$address_set`, `@port_group`, `//` comments.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchNames:
    """What a match mentions. `ports` is True if it has the word inport or outport."""

    ports: bool
    address_sets: frozenset[str]
    port_groups: frozenset[str]
    strings: frozenset[str]


def match_names(match: str) -> MatchNames:
    """The names in a match, right or wrong as it may be."""
    words: set[str] = set()
    sets: set[str] = set()
    groups: set[str] = set()
    strings: set[str] = set()
    at = 0
    while at < len(match):
        char = match[at]
        if char == '"':
            end = _string_end(match, at + 1)
            strings.add(match[at + 1 : end].replace('\\"', '"').replace("\\\\", "\\"))
            at = end + 1
        elif match.startswith("//", at):
            at = len(match)
        elif char in "$@":
            end = _name_end(match, at + 1)
            (sets if char == "$" else groups).add(match[at + 1 : end])
            at = end
        elif _is_name(char):
            end = _name_end(match, at)
            words.add(match[at:end])
            at = end
        else:
            at += 1
    return MatchNames(
        ports=not words.isdisjoint(("inport", "outport")),
        address_sets=frozenset(sets),
        port_groups=frozenset(groups),
        strings=frozenset(strings),
    )


def _string_end(match: str, at: int) -> int:
    while at < len(match) and match[at] != '"':
        at += 2 if match[at] == "\\" else 1
    return min(at, len(match))


def _is_name(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "_.")


def _name_end(match: str, at: int) -> int:
    while at < len(match) and _is_name(match[at]):
        at += 1
    return at
