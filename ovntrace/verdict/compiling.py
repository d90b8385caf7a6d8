"""Matches parsed in parts: thousands of ACLs are made of some hundred comparisons.

What && joins is parsed term by term, and each term once for each text. The expression is the one
that the whole text parses to, and so is the error: where a term has one the whole text is parsed.
"""

import re
from typing import Final

from ovntrace.match import And, Expr, MatchError, Names, SymbolTable, parse
from ovntrace.match.ast import join

_MARKS: Final = re.compile(r"&&|[()|]")
# OVN bounds how deep parentheses may be nested (at 100). With more than this many the text is
# parsed as a whole, which keeps the bound.
_PARENTHESES: Final = 20


class Compiler:
    """Parses the matches of one switch: what names stand for is the same in all of them."""

    def __init__(self, table: SymbolTable, names: Names) -> None:
        self._table = table
        self._names = names
        self._terms: dict[str, Expr | MatchError] = {}

    def compile(self, text: str) -> Expr | MatchError:
        """The expression that `text` is, or what OVN says against it."""
        terms = conjuncts(text)
        if terms is None or len(terms) == 1:
            return self._parse(text)
        found: list[Expr] = []
        for term in terms:
            expr = self._term(term.strip(" "))
            if isinstance(expr, MatchError):
                return self._parse(text)
            found.append(expr)
        return join(And, found)

    def _term(self, text: str) -> Expr | MatchError:
        known = self._terms.get(text)
        if known is None:
            if text.startswith("(") and text.endswith(")") and conjuncts(text[1:-1]):
                known = self.compile(text[1:-1])
            else:
                known = self._parse(text)
            self._terms[text] = known
        return known

    def _parse(self, text: str) -> Expr | MatchError:
        try:
            return parse(text, self._table, self._names)
        except MatchError as error:
            return error


def conjuncts(text: str) -> list[str] | None:
    """What && joins outside of parentheses; None where that is not plain to see."""
    if "//" in text or "/*" in text or '"' in text or text.count("(") > _PARENTHESES:
        return None
    if "(" not in text and ")" not in text and "|" not in text:
        return text.split("&&")  # as most texts are
    found: list[str] = []
    depth = start = 0
    for mark in _MARKS.finditer(text):
        kind = mark[0]
        if kind == "(":
            depth += 1
        elif kind == ")":
            depth -= 1
            if depth < 0:
                return None
        elif depth == 0:
            if kind == "|":
                return None
            found.append(text[start : mark.start()])
            start = mark.end()
    return None if depth else [*found, text[start:]]
