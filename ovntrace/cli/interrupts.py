"""Ctrl-C and SIGTERM while files are written: never in the middle of one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """As a context both signals raise KeyboardInterrupt in the main thread: at once, or at the end
    of a `shield`. A second one does not wait for that."""

    def __init__(self) -> None:
        self._asked = 0
        self._shields = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """The first interrupt in here waits until its end."""
        before = self._asked
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._asked > before and not self._shields:
            raise KeyboardInterrupt

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1
        if not self._shields or self._asked > 1:
            raise KeyboardInterrupt
