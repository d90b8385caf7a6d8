"""Whether all comparisons of a match have to hold, told by its text without parsing it.

Most matches are conjunctions. Where that is not plain to see a text is taken to be none.
"""

import re
from typing import Final

_NO_CONJUNCTION: Final = re.compile(r'\||!\s*\(|//|/\*|"[^"]*\\')
_COMMENT: Final = re.compile(r"/[/*]")
_NEGATED: Final = re.compile(r"!\s*\(")


def is_conjunction(match: str) -> bool:
    """True if all comparisons of a match have to hold."""
    return _NO_CONJUNCTION.search(match) is None


def are_conjunctions(matches: str) -> bool:
    """True if that is plain to see of many matches at once, one a line: quicker than each."""
    return (
        "|" not in matches
        and "\\" not in matches
        and _COMMENT.search(matches) is None
        and _NEGATED.search(matches) is None
    )
