"""The place of an error in a match, and blocks of code that nothing ends too early."""

import pytest

from renderers.lint import place_lines
from renderers.markdown import fenced


@pytest.mark.parametrize(
    ("text", "start", "end", "shown", "carets"),
    [
        ("ip4 && x", 7, 8, "ip4 && x", "       ^"),
        ("ip4 &&", 6, 6, "ip4 &&", "      ^"),
        ("", 0, 0, "", "^"),
        ("\x1b\n== x", 5, 6, "\\x1b\\n== x", "         ^"),
        ('"漢" && yy', 7, 9, '"漢" && yy', "        ^^"),
        ("a\u202eb", 1, 2, "a\\u202eb", " ^^^^^^"),
    ],
)
def test_carets_are_below_what_is_shown(
    text: str, start: int, end: int, shown: str, carets: str
) -> None:
    assert place_lines(text, start, end) == (shown, carets)


def test_a_fence_is_longer_than_any_within() -> None:
    assert fenced("ip4", "^") == ["```", "ip4", "^", "```"]
    assert fenced("````", "^")[0] == fenced("````", "^")[-1] == "`````"
