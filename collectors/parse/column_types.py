"""Types of columns, which text needs: a string `12` and an integer may look alike, a uuid is a
reference in one column and a name in another; and which table a list of columns is of."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final, TypeAlias

from collectors.parse.column_table import COLUMNS

Place: TypeAlias = tuple[str, str]
"""A database ("nb", "sb", "ovs") and a table of it."""

_NONE: Final[Mapping[str, str]] = {}
_TYPICAL: Final = 0.5
"""A row that has fewer of a table's columns, of all versions together, is a fragment."""


@cache
def kinds(database: str, table: str) -> Mapping[str, str]:
    """Types by column: a letter for a scalar's or a set's, two for a map's (s, i, r, b, u); empty
    for a table that is not known."""
    words = COLUMNS.get(database, _NONE).get(table, "").split()
    return {name: kind for name, _, kind in (word.partition(":") for word in words)}


@cache
def places() -> tuple[Place, ...]:
    """All tables that are known."""
    return tuple((database, table) for database, tables in COLUMNS.items() for table in tables)


@cache
def all_names() -> frozenset[str]:
    """The columns of all tables."""
    return frozenset(name for place in places() for name in kinds(*place)) | {"_uuid"}


def named(name: str, database: str | None = None) -> tuple[Place, ...]:
    """Tables that the tools take a word of the command line for: in any case, with dashes for
    underscores, or an unambiguous beginning (ovn-nbctl(8), Database Commands)."""
    wanted = name.lower().replace("-", "_")
    among = [place for place in places() if database in (None, place[0])]
    exact = tuple(place for place in among if place[1].lower() == wanted)
    if exact or not wanted:
        return exact
    begun = tuple(place for place in among if place[1].lower().startswith(wanted))
    return begun if len({table for _, table in begun}) == 1 else ()


def guess(columns: Iterable[str], among: Collection[Place] | None = None) -> tuple[Place, ...]:
    """The tables that rows of these columns may be of: one where the columns tell, several where
    they do not, none where no table is like that.

    A newer version may have columns that are not known, an older one lacks some, and a fragment
    has few: then only a table that alone has them all.
    """
    wanted = frozenset(columns) - {"_uuid"}
    if not wanted:
        return ()
    fits: list[tuple[int, int, Place]] = []
    for place in places() if among is None else among:
        own = kinds(*place).keys()
        unknown, lacking = len(wanted - own), len(own - wanted)
        if unknown * 4 <= len(wanted):
            fits.append((unknown, lacking, place))
    whole = [fit for fit in fits if fit[0] == 0]
    if len(whole) == 1:
        return (whole[0][2],)
    fits = sorted(whole or fits, key=lambda fit: fit[0] + fit[1])
    if not fits:
        return ()
    best = fits[0]
    near = [fit for fit in fits if fit[0] + fit[1] == best[0] + best[1]]
    if len(near) == 1 and _typical(best[1], best[2]):
        return (best[2],)
    return tuple(fit[2] for fit in (fits if whole else near))


def _typical(lacking: int, place: Place) -> bool:
    own = len(kinds(*place))
    return (own - lacking) >= own * _TYPICAL
