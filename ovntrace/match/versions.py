"""OVN's versions, as far as the match language differs between them."""

from typing import Final, NamedTuple


class Version(NamedTuple):
    """A release series of OVN: 23.03.1 is of series (23, 3)."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year}.{self.month:02d}"


OLDEST: Final = Version(22, 3)
"""Older ones are treated like this."""

NEWEST: Final = Version(26, 3)
"""The newest whose language was compared with OVN itself; newer ones are treated like this."""


def version_of(text: str) -> Version:
    """The series of a version as OVN prints it: "23.03.1", "25.03", "26.03.90".

    Raises ValueError for text that is no version.
    """
    year, _, rest = text.strip().partition(".")
    month = rest.partition(".")[0]
    if not (year.isascii() and year.isdigit() and month.isascii() and month.isdigit()):
        raise ValueError(f"not a version of OVN: {text[:40]!r}")
    if len(year) > 4 or not 1 <= int(month[:4]) <= 12:
        raise ValueError(f"not a version of OVN: {text[:40]!r}")
    return Version(int(year), int(month))
