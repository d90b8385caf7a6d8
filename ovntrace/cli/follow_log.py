"""What is followed as a log: a line for each change, or a line of JSON for each event."""

import select
import sys
from collections.abc import Callable, Sequence
from typing import Any

from collectors.base import Lost
from ovntrace.cli.emit import emit, is_heard
from ovntrace.follow.types import Event
from renderers.follow import event_json, event_lines
from renderers.lines import paint


def _is_read() -> bool:
    """False once the reader of stdout has gone, also where nothing was written since: the other
    end of a pipe is closed. A stdout that can't be asked is taken to be read."""
    try:
        asked = select.poll()
        # No event is asked for: of errors poll tells in any case.
        asked.register(sys.stdout.fileno(), 0)
        return is_heard() and not asked.poll(0)
    except (AttributeError, OSError, ValueError):
        return is_heard()


class Log:
    """Lines of text."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def tell(self, event: Event, answer: object, lost: Sequence[Lost]) -> None:
        """Write its lines."""
        del answer, lost
        emit(paint(event_lines(event), color=self._color))

    def refresh(self, answer: object, lost: Sequence[Lost]) -> None:
        """Nothing has changed that is worth a line."""

    def is_heard(self) -> bool:
        """False once the reader has gone."""
        return _is_read()


class JsonLines:
    """A document a line; `document` makes that of an answer."""

    def __init__(self, document: Callable[[Any], dict[str, Any]]) -> None:
        self._document = document

    def tell(self, event: Event, answer: object, lost: Sequence[Lost]) -> None:
        """Write the event. The answer is beside it where it is a new one."""
        del lost
        is_new = event.event in ("start", "change", "flip", "back")
        emit(event_json(event, self._document(answer) if is_new else None))

    def refresh(self, answer: object, lost: Sequence[Lost]) -> None:
        """Nothing has changed that is worth a line."""

    def is_heard(self) -> bool:
        """False once the reader has gone."""
        return _is_read()
