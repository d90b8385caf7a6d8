"""An hour of changes leaves nothing behind: of answers the last one, of lines the last twenty."""

import gc
import itertools
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ovntrace.cli import follow_log
from ovntrace.cli.follow import Follower, Question
from ovntrace.cli.follow_screen import Screen
from ovntrace.follow.types import Event, ViewChange

_N = 3000


class Answer:
    """Known to be there as long as somebody holds it."""


class Always:
    """Something changes whenever somebody looks."""

    def wait(self, timeout_s: float) -> bool:
        del timeout_s
        return True

    def lost(self) -> tuple[()]:
        return ()


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


def _change(number: int) -> Event:
    one = ViewChange("fact", "changed", f"fact-{number}", "net1", "port-binding", 1, 2, "name")
    return Event("change", 0.0, changes=(one,))


def run(sink: Any) -> "weakref.WeakSet[Answer]":
    """Follow so many changes at once; the answers that are still held, and the last one is."""
    made: weakref.WeakSet[Answer] = weakref.WeakSet()
    seconds = itertools.count()
    number = itertools.count()

    def ask() -> Answer:
        made.add(answer := Answer())
        return answer

    collector: Any = object()
    question: Question[Answer] = Question(
        lambda _say: ask(),
        lambda _answer, at: Event("start", at, "it begins"),
        lambda _old, _new, _at: _change(next(number)),
    )
    clock: Callable[[], float] = lambda: float(next(seconds))  # noqa: E731
    follower = Follower(
        collector, Always(), question, sink, now=lambda: 0.0, clock=clock, sleep=lambda _s: None
    )
    follower.run(Answer(), 4.0 * _N)
    gc.collect()
    assert next(number) > _N / 2
    return made


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    screen = Screen(lambda _answer, _width: "an answer\n", "x", Answer(), color=False)
    monkeypatch.setattr("rich.live.Live.update", lambda *_a, **_k: drawn.append(1))
    held = run(screen)
    assert list(held) == [screen.answer]
    assert len(drawn) > _N / 2
    lines = screen.history.splitlines()
    assert len(lines) == 21
    assert lines[0] == f"… {len(drawn) - 20} lines before"
    assert "fact-" in lines[-1]


@pytest.mark.parametrize("form", ["lines", "json"])
def test_in_a_log(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(follow_log, "emit", lambda text: written.append(len(text)))
    monkeypatch.setattr(follow_log, "is_heard", lambda: True)
    monkeypatch.setattr(follow_log, "_is_read", lambda: True)
    log: Any = follow_log.Log(color=False)
    if form == "json":
        log = follow_log.JsonLines(lambda _answer: {"kind": "explain"})
    assert list(run(log)) == []
    assert len(written) > _N / 2
