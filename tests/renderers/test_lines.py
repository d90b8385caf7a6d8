"""Lines are filled with whole words, and colour changes no character."""

from hypothesis import given
from hypothesis import strategies as st

from renderers.lines import STYLES, Piece, as_ansi, as_text, flow, plain, prose, width_of

words = st.lists(st.text("abc@.", min_size=1, max_size=30), min_size=1, max_size=20)


@given(words, st.integers(10, 60), st.integers(0, 8))
def test_no_word_is_broken_lost_or_moved(tokens: list[str], width: int, hang: int) -> None:
    lines = flow((), [plain(token) for token in tokens], hang=hang, width=width)
    assert as_text(lines).split() == tokens


@given(words, st.integers(10, 60), st.integers(0, 8))
def test_only_a_word_alone_is_wider_than_the_width(
    tokens: list[str], width: int, hang: int
) -> None:
    for line in flow((), [plain(token) for token in tokens], hang=hang, width=width):
        assert width_of(line) <= width or len(as_text([line]).split()) == 1


def test_a_word_that_does_not_fit_has_a_line_of_its_own() -> None:
    lines = flow(plain("name"), [plain("x" * 30), plain("b")], hang=2, width=20)
    assert as_text(lines) == "name\n  " + "x" * 30 + "\n  b\n"


def test_tokens_of_several_pieces_stay_together() -> None:
    token = (Piece("mtu ", "quiet"), Piece("1400"))
    assert as_text(flow(plain("a" * 12), [token], hang=1, width=20)) == "a" * 12 + "\n mtu 1400\n"


def test_prose_is_filled_after_its_start() -> None:
    lines = prose("one two three", "plain", start=plain("try: "), hang=5, width=12)
    assert as_text(lines) == "try: one two\n     three\n"


def test_no_blanks_at_the_ends_of_lines() -> None:
    assert as_text([plain("a  "), (), plain("   ")]) == "a\n\n\n"


def test_every_style_is_drawn_and_markup_is_text() -> None:
    for style in STYLES:
        line = plain("[/b] :x: [bold]a[/bold]", style)
        drawn = as_ansi([line])
        assert ("\x1b[" in drawn) == (style != "plain")
        assert "[/b] :x: [bold]a[/bold]" in drawn
