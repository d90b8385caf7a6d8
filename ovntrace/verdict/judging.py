"""What a match amounts to: OVN's notation of it, its truth for a packet, or why OVN refuses it."""

from dataclasses import dataclass, replace

from ovntrace.match import (
    InSet,
    MatchError,
    Names,
    Packet,
    SymbolTable,
    Version,
    explain,
    format_expr,
    parse,
)
from ovntrace.match.explain import Decisive

WORDS = {True: "1", False: "0", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Term:
    """A term that decided. `prerequisite` was not met and so made it false; `missing` are fields
    and names that are not known and so leave it unknown."""

    text: str
    value: str  # 1, 0 or unknown
    prerequisite: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What OVN says, and about which part of the text."""

    message: str
    column: int  # from 1
    text: str
    start: int
    end: int

    @staticmethod
    def of(error: MatchError) -> "Refusal":
        """The same as a record."""
        return Refusal(error.message, error.start + 1, error.text, error.start, error.end)


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """The answer to one expression: `error`, or its notation, and its value if a packet was
    given (1, 0 or unknown; else None)."""

    expression: str
    ovn: str
    notation: str | None = None
    value: str | None = None
    terms: tuple[Term, ...] = ()
    error: Refusal | None = None


class Matcher:
    """Answers for expressions in one OVN's language, of one packet if there is one."""

    def __init__(
        self, version: Version, table: SymbolTable, names: Names | None, packet: Packet | None
    ) -> None:
        self._version = str(version)
        self._table = table
        self._names = names
        self._packet = packet

    def answer(self, text: str) -> MatchAnswer:
        """The answer to an expression."""
        try:
            expr = parse(text, self._table, self._names)
        except MatchError as error:
            return MatchAnswer(text, self._version, error=Refusal.of(error))
        if self._packet is None:
            return MatchAnswer(text, self._version, format_expr(expr))
        outcome = explain(expr, self._packet)
        terms = dict.fromkeys(_term(one) for one in outcome.terms)
        return MatchAnswer(
            text, self._version, format_expr(expr), WORDS[outcome.value], tuple(terms)
        )


def _term(one: Decisive) -> Term:
    term = one.term
    if isinstance(term, InSet):
        term = replace(term, members=None)  # its name says more than a thousand members
    return Term(format_expr(term), WORDS[one.value], one.prerequisite, one.missing)
