"""Cluster text is shown, never obeyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.text import advice, age_in_words, columns, in_words, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("llm-demo/tinypod", "llm-demo/tinypod"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("no\u00a0break", "no\\xa0break"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("naïve 漢字", "naïve 漢字"),
        ("[/b]:x:", "[/b]:x:"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_what_is_shown_can_be_printed_anywhere(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode()
    assert visible(shown) == shown


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert columns("net1") == 4
    assert columns("漢字") == 4
    assert columns("e\u0301") == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "unknown"),
        (True, "yes"),
        (False, "no"),
        (1400, "1400"),
        (1.5, "1.5"),
        (("a", "b\x1b"), "a, b\\x1b"),
        ({"physnet": "br-ex", "n": None}, "physnet=br-ex, n=unknown"),
    ],
)
def test_values_in_words(value: object, words: str) -> None:
    assert in_words(value) == words


def test_a_hint_that_asks_is_not_something_to_try() -> None:
    assert advice("--kubeconfig") == "try: --kubeconfig"
    assert advice("is the VPN connected?") == "is the VPN connected?"


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (0.4, "0 s old"),
        (-0.5, "0 s old"),
        (119.0, "119 s old"),
        (120.0, "2 min old"),
        (7199.0, "119 min old"),
        (7200.0, "2 h old"),
        (172800.0, "2 days old"),
        (-3600.0, "60 min in the future (clocks differ)"),
    ],
)
def test_ages(age_s: float, words: str) -> None:
    assert age_in_words(age_s) == words
