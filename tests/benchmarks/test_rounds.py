"""Ways are timed in turn, and the ratio is that of the rounds."""

import pytest

from benchmarks.rounds import Timing, interleaved


def test_ways_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []
    times = iter(range(100))
    timings = interleaved(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3, lambda: next(times)
    )
    assert calls == ["a", "b"] * 4
    assert timings["a"].seconds == timings["b"].seconds == (1, 1, 1)


def test_a_disturbed_round_does_not_disturb_the_ratio() -> None:
    own = Timing((2.0, 20.0, 2.0, 4.0, 2.2))
    peer = Timing((1.0, 10.0, 1.0, 2.0, 1.0))
    assert own.ratio_to(peer) == 2.0
    assert own.median_s == 2.2


def test_rounds_must_be_as_many() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        Timing((1.0,)).ratio_to(Timing((1.0, 2.0)))
