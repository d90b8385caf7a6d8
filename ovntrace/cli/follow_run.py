"""`--follow` where it is told: on the terminal, in a log, or as JSON lines."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ovntrace.cli.emit import emit
from ovntrace.cli.follow import Follower, Question, changes_of
from ovntrace.cli.follow_log import JsonLines, Log
from ovntrace.cli.interrupts import Interrupts
from ovntrace.cli.progress import Progress
from ovntrace.cli.terminal import Screen as Look
from ovntrace.cli.terminal import is_terminal

if TYPE_CHECKING:
    from collectors.base import Changes, Collector

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Showing:
    """How answers are shown: `text` for so many columns, `document` for JSON."""

    title: str
    text: Callable[[Any, int], str]
    document: Callable[[Any], dict[str, Any]]
    output: str
    look: Look


def follow(
    collector: "Collector",
    question: Question[V],
    showing: Showing,
    *,
    interval_s: float,
    for_s: float | None,
) -> V:
    """Ask, and go on asking until the end; the last answer. What the first question raises goes
    on, before anything is shown. A terminal keeps the last answer, after Ctrl-C too."""
    changes = changes_of(collector, interval_s)
    with Progress() as progress:
        first = question.ask(progress)
    sink: Log | JsonLines
    if showing.output == "json":
        sink = JsonLines(showing.document)
    elif not is_terminal(sys.stdout) or os.environ.get("TERM", "dumb") == "dumb":
        sink = Log(color=showing.look.color)
    else:
        return _on_screen(collector, changes, question, showing, first, for_s)
    with Interrupts():
        return Follower(collector, changes, question, sink).run(first, for_s)


def _on_screen(
    collector: "Collector",
    changes: "Changes",
    question: Question[V],
    showing: Showing,
    first: V,
    for_s: float | None,
) -> V:
    from ovntrace.cli.follow_screen import Screen

    screen = Screen(showing.text, showing.title, first, color=showing.look.color)
    try:
        # The terminal's own screen must come back after SIGTERM too.
        with Interrupts(), screen:
            return Follower(collector, changes, question, screen).run(first, for_s)
    finally:
        emit(screen.history + "\n" + showing.text(screen.answer, showing.look.width))
