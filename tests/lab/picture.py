"""`python -m tests.lab.picture`: what `explain --follow` shows on a terminal, as an SVG.

Reads a screen with its colours, as `tmux capture-pane -e -p` prints it, from stdin.
"""

import re
import sys
from typing import Final

from rich.console import Console
from rich.text import Text

_COLUMNS: Final = 100
# They are fetched from elsewhere: whoever looks at the picture has a font of his own.
_FONTS: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def picture(screen: str, title: str) -> str:
    """The SVG of a terminal of 100 columns."""
    console = Console(width=_COLUMNS, record=True, file=sys.stderr, force_terminal=True)
    console.print(Text.from_ansi(screen.rstrip("\n")), no_wrap=True, overflow="crop")
    svg = console.export_svg(title=title, unique_id="ovntrace")
    return _FONTS.sub("", svg)


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin.read(), sys.argv[1] if len(sys.argv) > 1 else "ovntrace"))
