"""Lines of styled text: laid out by us, coloured by rich.

The layout is ours since neither names nor matches may be cut or broken: lines are filled with
whole words, and a word that does not fit the width stands on a line of its own.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from renderers.text import columns

# Styles by meaning; rich's words for them. "" is the terminal's own colour.
STYLES = {
    "plain": "",
    "strong": "bold",
    "quiet": "dim",
    "ok": "green",
    "warn": "yellow",
    "broken": "bold red",
    "unknown": "magenta",
}


class Piece(NamedTuple):
    """Some text of one style. The text is printable already."""

    text: str
    style: str = "plain"


Line = tuple[Piece, ...]


def width_of(line: Iterable[Piece]) -> int:
    """Terminal columns of a line."""
    return sum(columns(piece.text) for piece in line)


def plain(text: str, style: str = "plain") -> Line:
    """A line of one piece."""
    return (Piece(text, style),)


def indent(n_columns: int) -> Piece:
    """So many blanks."""
    return Piece(" " * n_columns)


def flow(start: Line, tokens: Sequence[Line], *, hang: int, width: int, gap: int = 2) -> list[Line]:
    """`start`, then the tokens, filled into lines of at most `width` columns.

    Later lines are indented by `hang`. A token is never broken: one that is wider than a whole
    line has a line to itself, whatever its length.
    """
    done: list[Line] = []
    current = list(start)
    used = width_of(start)
    fresh = used == 0
    for token in tokens:
        size = width_of(token)
        space = 0 if fresh or current[-1].text.endswith(" ") else gap
        # After a label that is as wide as `hang` a new line would win nothing.
        if used + space + size > width and (space or used > hang):
            done.append(tuple(current))
            current, used, space = [indent(hang)], hang, 0
        if space:
            current.append(indent(space))
        current.extend(token)
        used += space + size
        fresh = False
    done.append(tuple(current))
    return done


def prose(text: str, style: str, *, start: Line = (), hang: int, width: int) -> list[Line]:
    """A sentence filled word by word after `start`."""
    tokens = [plain(word, style) for word in text.split(" ") if word]
    return flow(start, tokens, hang=hang, width=width, gap=1)


def under(prefix: Piece, lines: Iterable[Line]) -> list[Line]:
    """The lines, each with `prefix` before it."""
    return [(prefix, *line) for line in lines]


def as_text(lines: Iterable[Line]) -> str:
    """The lines without colour, no blanks at line ends, one newline after each."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def as_ansi(lines: Iterable[Line]) -> str:
    """The lines coloured for a terminal: the same text, with SGR sequences around it."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        force_terminal=True,
        force_jupyter=False,
        color_system="standard",
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        for line in lines:
            text = Text()
            for piece in line:
                text.append(piece.text, STYLES[piece.style])
            text.rstrip()
            console.print(text, soft_wrap=True)
    return capture.get()


def paint(lines: Iterable[Line], *, color: bool) -> str:
    """The finished text; rich is imported only where there is something to colour."""
    return as_ansi(lines) if color else as_text(lines)
