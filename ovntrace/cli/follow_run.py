"""`--follow` where it is told: on the terminal, in a log, or as JSON lines."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ovntrace.cli.collect import Say
from ovntrace.cli.emit import emit
from ovntrace.cli.follow import Follower, Question, changes_of
from ovntrace.cli.interrupts import Interrupts
from ovntrace.cli.progress import Progress
from ovntrace.cli.terminal import Screen as Look
from ovntrace.cli.terminal import is_terminal
from ovntrace.follow.types import Event

if TYPE_CHECKING:
    from collectors.base import Collector

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Answers(Generic[V]):
    """`make` an answer, saying what it waits for; the rest as in `Question`."""

    make: Callable[[Say], V]
    first: Callable[[V, float], Event]
    compare: Callable[[V, V, float], Event | None]


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
    answers: Answers[V],
    showing: Showing,
    *,
    interval_s: float,
    for_s: float | None,
) -> V:
    """Ask, and go on asking until the end; the last answer. What the first question raises goes
    on, before anything is shown. A terminal keeps the last answer, after Ctrl-C too."""
    changes = changes_of(collector, interval_s)
    with Progress() as progress:
        first = answers.make(progress)
    question = Question(lambda: answers.make(_quiet), answers.first, answers.compare)
    if showing.output == "json":
        from ovntrace.cli.follow_log import JsonLines

        lines = JsonLines(showing.document)
        with Interrupts():
            return Follower(collector, changes, question, lines).run(first, for_s)
    if not is_terminal(sys.stdout) or os.environ.get("TERM", "dumb") == "dumb":
        from ovntrace.cli.follow_log import Log

        log = Log(color=showing.look.color)
        with Interrupts():
            return Follower(collector, changes, question, log).run(first, for_s)
    from ovntrace.cli.follow_screen import Screen

    screen = Screen(showing.text, showing.title, first, color=showing.look.color)
    try:
        # The terminal's own screen must come back after SIGTERM too.
        with Interrupts(), screen:
            return Follower(collector, changes, question, screen).run(first, for_s)
    finally:
        emit(screen.history + "\n" + showing.text(screen.answer, showing.look.width))


def _quiet(_line: str) -> None:
    """The screen is the answer's."""
