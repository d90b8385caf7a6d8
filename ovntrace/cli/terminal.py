"""What is known of the terminal: its width, and whether it may be coloured."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

WIDTH = 100  # of everything that is not a terminal, and the most that is used of one
_NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Screen:
    """How an answer is laid out. `width` in columns."""

    width: int
    color: bool


def screen(width: int | None, *, no_color: bool) -> Screen:
    """What fits stdout: a pipe has no colour and WIDTH columns, so its text is always the same."""
    terminal = is_terminal(sys.stdout)
    color = terminal and not no_color and allows_color(os.environ)
    if width is not None:
        return Screen(width, color)
    if not terminal:
        return Screen(WIDTH, color)
    columns = shutil.get_terminal_size((WIDTH, 24)).columns
    return Screen(max(_NARROWEST, min(columns, WIDTH)), color)


def is_terminal(stream: TextIO | None) -> bool:
    """False also for a stream that was closed before we began."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def allows_color(environ: Mapping[str, str]) -> bool:
    """NO_COLOR (no-color.org: set and not empty) and a dumb terminal forbid it."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
