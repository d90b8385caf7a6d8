"""What is left to choose in a simplified expression (expr_normalize in lib/expr.c).

An expression is an OR of branches, a branch an AND over different fields, and a field has one or
more choices. As in OVN equal choices of a field are one where they meet in an OR, while equal
branches stay two.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ovntrace.match.annotate import unique_symbol
from ovntrace.match.ast import And, Compare, Expr, Or, PortIs, Truth
from ovntrace.match.symbols import Symbol
from ovntrace.match.versions import Version

Choice = tuple[int, int, bool] | str
"""A value, its mask, and whether it is a member of an address set; or a port."""

Branch = Mapping[Symbol, Sequence[Choice]]

_MOST_CHOICES: Final = 4096
_MOST_STEPS: Final = 100_000
_MOST_PRUNED: Final = 256

_PRUNES_SINCE: Final = Version(23, 6)
"""Of `x == 10.0.0.0/8 || x == 10.0.0.1` later versions keep the first only; 23.03 does not."""


class TooManyBranchesError(Exception):
    """More ways to satisfy the expression than will be looked at."""


def branches(expr: Expr) -> Iterator[Branch]:
    """The ways to satisfy `expr`, which is simplified, in order; contradictory ones left out.

    Of the choices of a field those that are part of others are left out, too, in versions that
    do so.

    Raises TooManyBranchesError in bounded time, on what would take OVN for ever.
    """
    steps = 0
    # An OR at the top is left as it is, even where its terms are equal.
    top = expr.terms if isinstance(expr, Or) else (expr,)
    todo: list[list[Expr]] = [[term] for term in reversed(top)]
    while todo:
        terms = _flat(todo.pop())
        steps += len(terms)
        if steps > _MOST_STEPS:
            raise TooManyBranchesError
        fields, mixed = _by_symbol(terms)
        if fields is None:
            continue
        if mixed is None:
            yield fields
            continue
        others = [term for term in terms if term is not mixed]
        todo += [[*others, choice] for choice in reversed(mixed.terms)]


def _flat(terms: Iterable[Expr]) -> list[Expr]:
    flat: list[Expr] = []
    for term in terms:
        flat += term.terms if isinstance(term, And) else (term,)
    return flat


def _by_symbol(terms: Sequence[Expr]) -> tuple[Branch | None, Or | None]:
    """Choices by field, None if they contradict; and an OR over several fields, if there is one."""
    groups: dict[Symbol, list[Expr]] = {}
    mixed: Or | None = None
    for term in terms:
        symbol = unique_symbol(term)
        if symbol is not None:
            groups.setdefault(symbol, []).append(term)
        elif isinstance(term, Or):
            mixed = mixed or term
        elif isinstance(term, Truth) and not term.value:
            return None, None
    fields: dict[Symbol, Sequence[Choice]] = {}
    for symbol, group in groups.items():
        choices = _choices(And(tuple(group)))
        if not choices:
            return None, None
        prunes = symbol.table.version >= _PRUNES_SINCE
        fields[symbol] = _widest(choices) if prunes else choices
    return fields, mixed


def _choices(expr: Expr) -> list[Choice]:
    """The choices of the one field that `expr` is about."""
    match expr:
        case Compare(_, _, value, mask, member):
            return [(value, mask, member)]
        case PortIs(_, port):
            return [port]
        case Or(terms):
            return _distinct(choice for term in terms for choice in _choices(term))
        case And(terms):
            return _all([_choices(term) for term in terms])
    raise TypeError(f"not simplified: {type(expr).__name__}")


def _distinct(choices: Iterable[Choice]) -> list[Choice]:
    found: dict[object, Choice] = {}
    for choice in choices:
        found.setdefault(choice if isinstance(choice, str) else choice[:2], choice)
    return list(found.values())


def _widest(choices: Sequence[Choice]) -> list[Choice]:
    """Choices that are not part of another one. OVN keeps the members of address sets, so that it
    can follow their changes."""
    if not 1 < len(choices) <= _MOST_PRUNED:
        return list(choices)
    return [
        choice
        for choice in choices
        if not any(other != choice and _includes(other, choice) for other in choices)
    ]


def _includes(wide: Choice, narrow: Choice) -> bool:
    if isinstance(wide, str) or isinstance(narrow, str) or wide[2] or narrow[2]:
        return False
    return not wide[1] & ~narrow[1] and narrow[0] & wide[1] == wide[0]


def _all(lists: Sequence[list[Choice]]) -> list[Choice]:
    """Choices that agree with one of each list."""
    base: list[Choice] = []
    several = [found for found in lists if len(found) != 1]
    for found in lists:
        if len(found) == 1:
            base = _meet(base, found) if base else found
            if not base:
                return []
    if not several:
        return base
    result = _meet(base, several[0]) if base else several[0]
    for found in several[1:]:
        result = [_anonymous(choice) for choice in _meet(result, found)]
    return _distinct(result)


def _anonymous(choice: Choice) -> Choice:
    """A choice that was made of two: no member of a set any more."""
    return choice if isinstance(choice, str) else (choice[0], choice[1], False)


def _meet(left: Sequence[Choice], right: Sequence[Choice]) -> list[Choice]:
    if len(left) * len(right) > _MOST_CHOICES:
        raise TooManyBranchesError
    met = (_intersection(one, other) for one in left for other in right)
    return [choice for choice in met if choice is not None]


def _intersection(one: Choice, other: Choice) -> Choice | None:
    """What satisfies both; it is a member of a set where `other` is."""
    if isinstance(one, str) or isinstance(other, str):
        return one if one == other else None
    if (one[0] ^ other[0]) & one[1] & other[1]:
        return None
    return one[0] | other[0], one[1] | other[1], other[2]
