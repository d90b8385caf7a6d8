"""Microflows: a packet described by an expression that leaves no choice, as ovn-trace takes it
(expr_parse_microflow in lib/expr.c)."""

from collections.abc import Sequence
from itertools import islice

from ovntrace.match.annotate import annotate
from ovntrace.match.ast import unknown_names
from ovntrace.match.errors import MatchError
from ovntrace.match.members import Names
from ovntrace.match.normalize import Branch, Choice, TooManyBranchesError, branches
from ovntrace.match.packet import Packet
from ovntrace.match.parser import parse
from ovntrace.match.printing import format_expr
from ovntrace.match.simplify import assume_resident, simplify
from ovntrace.match.symbols import SymbolTable, symbols_of


def parse_microflow(
    text: str,
    table: SymbolTable | None = None,
    names: Names | None = None,
    *,
    partial: bool = False,
) -> Packet:
    """The packet that `text` describes. Raises MatchError.

    Fields that it does not name are zero. If `partial`, they are not known, and what has several
    possible values is not known either: `tcp.dst == 80` leaves open whether it is IPv4 or IPv6,
    which ovn-trace refuses as ambiguous.
    """
    table = table or symbols_of()
    expr = annotate(parse(text, table, names))
    if (unknown := next(unknown_names(expr), None)) is not None:
        raise MatchError(f"{unknown} is not known here.", text, 0, len(text))
    try:
        # Two are enough to know that it is ambiguous.
        plain = assume_resident(simplify(expr))
        found = list(islice(branches(plain), None if partial else 2))
    except TooManyBranchesError:
        raise MatchError("Constraints are too complicated.", text, 0, len(text)) from None
    if not found:
        raise MatchError("Constraints are contradictory.", text, 0, len(text))
    if partial:
        return _common(found, table)
    if len(found) > 1 or any(len(choices) > 1 for choices in found[0].values()):
        message = f"Constraints are ambiguous: {format_expr(expr)}."
        raise MatchError(message, text, 0, len(text))
    return _packet(found[0], table)


def _packet(branch: Branch, table: SymbolTable) -> Packet:
    numbers: dict[str, int] = {}
    ports: dict[str, str] = {}
    for symbol, choices in branch.items():
        if isinstance(choice := choices[0], str):
            ports[symbol.storage] = choice
        else:
            numbers[symbol.storage] = choice[0]
    return Packet(numbers, ports, table=table)


def _common(found: Sequence[Branch], table: SymbolTable) -> Packet:
    """What all branches and all their choices agree on."""
    numbers: dict[str, int] = {}
    partly: dict[str, int] = {}
    ports: dict[str, str] = {}
    for symbol in found[0]:
        choices = [choice for branch in found for choice in branch.get(symbol, ())]
        if not all(symbol in branch for branch in found):
            continue
        if not symbol.width:
            if len(set(choices)) == 1:
                ports[symbol.storage] = str(choices[0])
            continue
        value, known = _agreed(choices)
        numbers[symbol.storage] = value
        if known != (1 << symbol.width) - 1:
            partly[symbol.storage] = known
    return Packet(numbers, ports, table=table, partly=partly, complete=False)


def _agreed(choices: Sequence[Choice]) -> tuple[int, int]:
    """The value that all numeric choices have in common, and its known bits."""
    pairs = [choice for choice in choices if not isinstance(choice, str)]
    value, known, _ = pairs[0]
    for other, mask, _ in pairs[1:]:
        known &= mask & ~(value ^ other)
    return value & known, known
