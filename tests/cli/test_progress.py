"""What is said while it takes time: in place, line by line, or sparsely; and the estimate."""

import io
import sys

import pytest

from ovntrace.cli.progress import Estimate, Progress, readable_time


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stderr that is one."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_nothing_of_what_is_quick_and_few_lines_of_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    clock = Clock()
    with Progress(clock) as progress:
        for tenth in range(260):
            clock.now = tenth / 10
            progress(f"{clock.now:g} s")
    clock.now = 99
    progress("it is over")
    assert stderr.getvalue() == "ovntrace: 5 s\novntrace: 15 s\novntrace: 25 s\n"


def test_a_terminal_gets_one_line_that_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")
    with Progress() as progress:
        progress("1/100 nodes")
        progress("2/100 nodes, and a long rest")
    assert stderr.getvalue() == ("\r\x1b[K1/100 nodes\r\x1b[K2/100 nodes, and a \r\x1b[K")


def test_an_estimate_takes_a_while_and_follows_the_pace() -> None:
    clock = Clock()
    estimate = Estimate(clock)
    clock.now = 1.0
    assert estimate.left_s(10, 100) is None
    clock.now = 4.0
    assert estimate.left_s(20, 100) == pytest.approx(16)
    clock.now = 20.0
    assert estimate.left_s(100, 100) == 0
    assert estimate.left_s(100, 150) == pytest.approx(10)


def test_an_estimate_forgets_the_pace_of_long_ago() -> None:
    clock = Clock()
    estimate = Estimate(clock)
    for second in range(0, 100):
        clock.now = float(second)
        estimate.left_s(second * 10, 10_000)
    for second in range(100, 200):
        clock.now = float(second)
        left = estimate.left_s(990 + second - 100, 10_000)
    assert left == pytest.approx(10_000 - 1089, rel=0.05)


def test_where_nothing_is_done_there_is_no_estimate() -> None:
    clock = Clock()
    estimate = Estimate(clock)
    clock.now = 50.0
    assert estimate.left_s(0, 100) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (8.4, "8 s"),
        (11.0, "10 s"),
        (43.0, "45 s"),
        (58.0, "1 min"),
        (200.0, "3 min"),
        (3599.0, "1 h 0 min"),
        (4800.0, "1 h 20 min"),
    ],
)
def test_times_as_a_person_reads_them(seconds: float, text: str) -> None:
    assert readable_time(seconds) == text
