"""What is being done, on stderr, while it takes time."""

import os
import shutil
import sys
import threading
from types import TracebackType

from ovntrace.cli.terminal import is_terminal
from renderers.text import visible

_CLEAR = "\r\x1b[K"


class Progress:
    """Called with one short line at a time, from any thread.

    A terminal shows the last line, in place, and nothing of it stays. A terminal that can't
    (TERM=dumb) shows line after line; anything else gets nothing.
    """

    def __init__(self) -> None:
        self._shows = is_terminal(sys.stderr)
        self._in_place = os.environ.get("TERM") not in (None, "", "dumb")
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Show `line`."""
        if not self._shows:
            return
        text = visible(line)
        if self._in_place:
            columns = shutil.get_terminal_size((80, 24)).columns
            self._write(_CLEAR + text[: columns - 1])
        else:
            self._write(text + "\n")

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._shows and self._in_place:
            self._write(_CLEAR)
        self._shows = False

    def _write(self, text: str) -> None:
        with self._lock:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except (OSError, ValueError):
                # Progress is never worth an answer.
                self._shows = False
