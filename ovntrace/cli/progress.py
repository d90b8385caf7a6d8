"""What is being done, on stderr, while it takes time, and how long it will take."""

import os
import shutil
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType

from ovntrace.cli.terminal import is_terminal
from renderers.text import visible

_CLEAR = "\r\x1b[K"
# No terminal: nothing of what is quick, and few lines of what is not.
_FIRST_LINE_S = 5.0
_NEXT_LINE_S = 10.0


class Progress:
    """Called with one short line at a time, from any thread.

    A terminal shows the last line, in place, and nothing of it stays. A terminal that can't
    (TERM=dumb) shows line after line. Anything else (a pipe, a file) gets a line when something
    takes more than 5 seconds, and another one every 10 seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_open = True
        self._is_terminal = is_terminal(sys.stderr)
        self._in_place = self._is_terminal and os.environ.get("TERM") not in (None, "", "dumb")
        self._clock = clock
        self._next_line_at = clock() + _FIRST_LINE_S
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Show `line`."""
        if not self._is_open or not (self._is_terminal or self._is_due()):
            return
        text = visible(line)
        if self._in_place:
            columns = shutil.get_terminal_size((80, 24)).columns
            self._write(_CLEAR + text[: columns - 1])
        else:
            self._write(f"{text}\n" if self._is_terminal else f"ovntrace: {text}\n")

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._is_open and self._in_place:
            self._write(_CLEAR)
        self._is_open = False

    def _is_due(self) -> bool:
        now = self._clock()
        with self._lock:
            if now < self._next_line_at:
                return False
            self._next_line_at = now + _NEXT_LINE_S
            return True

    def _write(self, text: str) -> None:
        with self._lock:
            try:
                sys.stderr.write(text)
                sys.stderr.flush()
            except (OSError, ValueError):
                # Progress is never worth an answer.
                self._is_open = False


class Estimate:
    """How long the rest of some work takes, by how fast it went in the last half minute."""

    _WINDOW_S = 30.0
    _EVERY_S = 0.5
    _EARLIEST_S = 2.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._marks: deque[tuple[float, float]] = deque([(self._began, 0.0)])

    def left_s(self, done: float, total: float) -> float | None:
        """Seconds until `done` is `total`; None as long as nobody can say."""
        now = self._clock()
        if now - self._marks[-1][0] >= self._EVERY_S:
            self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] >= self._WINDOW_S:
            self._marks.popleft()
        at, before = self._marks[0]
        if now - self._began < self._EARLIEST_S or done <= before:
            return None
        return max(0.0, (total - done) * (now - at) / (done - before))


def readable_time(seconds: float) -> str:
    """A time as a person reads it: 8 s, 40 s, 3 min, 1 h 20 min."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 57:
        return f"{5 * round(seconds / 5)} s"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def readable_size(size: float) -> str:
    """Bytes as a person reads them."""
    if size < 1000:
        return f"{size} bytes"
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} GB"
