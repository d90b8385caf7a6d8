"""Matches parsed in parts: thousands of ACLs are made of some hundred comparisons.

What && joins is parsed term by term, and each term once for each text. The expression is the one
that the whole text parses to, and so is the error: where a term has one the whole text is parsed.
"""

import re
from typing import Final

from ovntrace.match import And, Expr, MatchError, Names, Packet, SymbolTable, parse, truth
from ovntrace.match.ast import join

_MARKS: Final = re.compile(r"&&|[()|]")
# OVN bounds how deep parentheses may be nested (at 100). With more than this many the text is
# parsed as a whole, which keeps the bound.
_PARENTHESES: Final = 20


class Term:
    """One of what && joins in a match. It is parsed when it is first asked for."""

    __slots__ = ("_expr", "_names", "_table", "text")

    def __init__(self, text: str, table: SymbolTable, names: Names) -> None:
        self.text = text
        self._table = table
        self._names = names
        self._expr: Expr | MatchError | None = None

    @property
    def expr(self) -> Expr | MatchError:
        """The expression, or what OVN says against it."""
        if self._expr is None:
            try:
                self._expr = parse(self.text, self._table, self._names)
            except MatchError as error:
                self._expr = error
        return self._expr

    def holds(self, packet: Packet) -> bool | None:
        """Whether it holds for a packet; None: not known, or it is no expression."""
        expr = self._expr or self.expr
        return None if isinstance(expr, MatchError) else truth(expr, packet)


class Compiler:
    """Parses the matches of one switch: what names stand for is the same in all of them."""

    def __init__(self, table: SymbolTable, names: Names) -> None:
        self._table = table
        self._names = names
        self._terms: dict[str, Term] = {}
        self._split: dict[str, tuple[Term, ...]] = {}

    def compile(self, text: str) -> Expr | MatchError:
        """The expression that `text` is, or what OVN says against it."""
        found: list[Expr] = []
        for term in self.terms(text):
            expr = term.expr
            if isinstance(expr, MatchError):
                return self._whole(text)
            found.append(expr)
        return join(And, found) if found else self._whole(text)

    def necessary(self, text: str) -> tuple[tuple[Term, ...], bool]:
        """What has to hold for a match to hold, one term at least; and whether that is all."""
        terms = self.terms(text)
        return (terms, True) if terms else ((self._term(text),), False)

    def terms(self, text: str) -> tuple[Term, ...]:
        """What && joins in a match, in parentheses too; nothing where that is not plain to see. The
        same term of two matches is one."""
        known = self._split.get(text)
        if known is None:
            found: list[Term] = []
            for part in conjuncts(text) or ():
                plain = part.strip(" ")
                if plain[:1] == "(" and plain[-1:] == ")" and (inner := self.terms(plain[1:-1])):
                    found += inner
                    continue
                found.append(self._term(plain))
            known = self._split[text] = tuple(found)
        return known

    def _term(self, text: str) -> Term:
        term = self._terms.get(text)
        if term is None:
            term = self._terms[text] = Term(text, self._table, self._names)
        return term

    def _whole(self, text: str) -> Expr | MatchError:
        return Term(text, self._table, self._names).expr


def conjuncts(text: str) -> list[str] | None:
    """What && joins outside of parentheses; None where that is not plain to see."""
    if "//" in text or "/*" in text or '"' in text or text.count("(") > _PARENTHESES:
        return None
    if "(" not in text and ")" not in text and "|" not in text:
        return text.split("&&")  # as most texts are
    if text[0] == "(" and text.count("(") == text.count(")") == 1 and "|" not in text:
        first, _, rest = text.partition(")")  # as most of the others
        after, *others = rest.split("&&")
        return [f"{first}){after}", *others]
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
