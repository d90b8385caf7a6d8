"""What is followed on a terminal: the answer in place, with the last changes above it."""

import os
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from collectors.base import Lost
from ovntrace.cli.terminal import WIDTH
from ovntrace.follow.types import Event
from renderers.follow import event_lines
from renderers.lines import Line, Piece, paint, plain
from renderers.text import counted, visible

_EVENTS = 6  # lines of changes that stay in sight
_LEAST = 8  # lines that the answer has, however low the terminal is
_KEPT = 20  # lines of changes that stay when the screen goes


class Screen:
    """The terminal's other screen, as a context: what stood on it before is there again after it.
    It is drawn anew at once when the terminal gets another size.

    `text` makes the answer's lines for so many columns.
    """

    def __init__(
        self, text: Callable[[Any, int], str], title: str, answer: object, *, color: bool
    ) -> None:
        self._text = text
        self._title = title
        self.answer = answer  # the last one
        self._color = color
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._n_lines = 0
        self._n_changes = 0
        self._lost: Sequence[Lost] = ()
        self._shown: tuple[object, int, str] | None = None
        self._is_drawing = False
        self._is_stale = False
        self._resized_before: Any = None
        # What a shell exported once is not what the terminal is now.
        environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self._console = Console(
            _environ=environ,
            color_system="auto" if color else None,
            highlight=False,
            legacy_windows=False,
        )
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stderr=False
        )

    def __enter__(self) -> "Screen":
        self._live.__enter__()
        if threading.current_thread() is threading.main_thread():
            self._resized_before = signal.signal(signal.SIGWINCH, self._on_resize)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._resized_before is not None:
            signal.signal(signal.SIGWINCH, self._resized_before)
        self._live.__exit__(kind, error, where)

    @property
    def history(self) -> str:
        """The last that was told, for the screen that stays."""
        n_left_out = self._n_lines - len(self._lines)
        left_out = [plain(f"… {counted(n_left_out, 'line')} before", "quiet")] if n_left_out else []
        return paint([*left_out, *self._lines], color=self._color)

    def tell(self, event: Event, answer: object, lost: Sequence[Lost]) -> None:
        """Add its lines, and draw."""
        lines = event_lines(event)
        self._lines.extend(lines)
        self._n_lines += len(lines)
        self._n_changes += event.event in ("change", "flip")
        self.refresh(answer, lost)

    def refresh(self, answer: object, lost: Sequence[Lost]) -> None:
        """Draw the answer, which may be a newer one."""
        self.answer = answer
        self._lost = lost
        self._draw()

    def _on_resize(self, _number: int, _frame: FrameType | None) -> None:
        """Draw, or where that is going on let it be done once more. It may be in the middle of
        anything else, of which drawing knows nothing."""
        if self._is_drawing:
            self._is_stale = True
        else:
            self._draw()

    def _draw(self) -> None:
        self._is_stale = self._is_drawing = True
        try:
            while self._is_stale:
                self._is_stale = False
                self._draw_once()
        finally:
            self._is_drawing = False

    def _draw_once(self) -> None:
        size = _size()
        columns = min(size.columns, WIDTH)
        shown = self._shown
        if shown is None or shown[0] is not self.answer or shown[1] != columns:
            shown = (self.answer, columns, self._text(self.answer, columns))
            self._shown = shown
        lines = self._head(self._lost)
        recent = max(0, min(_EVENTS, size.lines - len(lines) - _LEAST))
        lines += [*list(self._lines)[-recent:], plain("")] if recent and self._lines else []
        painted = paint(lines, color=self._color).splitlines()
        body = shown[2].splitlines()
        room = max(1, size.lines - len(painted))
        if len(body) > room:
            below = f"… {len(body) - room + 1} more lines: a taller terminal shows them"
            body = [*body[: room - 1], below]
        text = Text.from_ansi("\n".join([*painted, *body]), no_wrap=True, overflow="crop")
        self._live.update(text, refresh=True)

    def is_heard(self) -> bool:
        """A terminal does not go."""
        return True

    def _head(self, lost: Sequence[Lost]) -> list[Line]:
        at = time.strftime("%H:%M:%SZ", time.gmtime())
        words = f"{counted(self._n_changes, 'change')}  Ctrl-C ends"
        first = (
            Piece("following ", "quiet"),
            Piece(visible(self._title), "strong"),
            Piece(f"  {at}  {words}", "quiet"),
        )
        rows = [
            (
                Piece(f"{one.database} at {visible(one.place)} tells nothing now", "warn"),
                Piece(f": {visible(one.detail)}; what it has is as it was last seen"),
            )
            for one in lost
        ]
        return [first, *rows, plain("")]


def _size() -> os.terminal_size:
    """The terminal's own, whatever COLUMNS and LINES say."""
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return shutil.get_terminal_size()
