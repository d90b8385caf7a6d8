"""A clock is called different only where the time that the answer took can't explain it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.doctor.clocks import HERE, TOLERANCE_S, judged, reading, told_by_date
from ovntrace.doctor.types import Check, CheckState, Reading


def clock(name: str, low: float, high: float) -> Reading:
    return Reading(name, name, low, high)


def differing(*readings: Reading) -> dict[str, str]:
    """What is said of the clocks that differ, by node."""
    return {check.node: check.detail for check in judged(readings) if _differs(check)}


def _differs(check: Check) -> bool:
    return check.state is CheckState.DIFFERS


def test_the_offset_lies_between_question_and_answer() -> None:
    got = reading("n", "n", told=1010.0, precision_s=1.0, asked_at=1000.0, seconds=4.0)
    assert (got.low, got.high) == (6.0, 11.0)


@given(st.floats(-1e6, 1e6), st.floats(0, 60), st.floats(0, 1), st.sampled_from([1e-9, 1.0]))
def test_a_right_clock_is_never_called_different(
    asked_at: float, seconds: float, moment: float, precision_s: float
) -> None:
    """Whenever it was read meanwhile, and however coarse it is."""
    now = asked_at + moment * seconds
    told = math.floor(now / precision_s) * precision_s if precision_s == 1.0 else now
    got = reading("n", "n", told=told, precision_s=precision_s, asked_at=asked_at, seconds=seconds)
    [check] = judged([got])
    assert check.state is CheckState.OK


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0, 50)), min_size=1, max_size=6))
def test_what_is_called_different_is_proved(offsets: list[tuple[float, float]]) -> None:
    readings = [clock(f"n{at}", low, low + wide) for at, (low, wide) in enumerate(offsets)]
    everyone = {HERE: clock(HERE, 0, 0), **{one.name: one for one in readings}}
    checks = judged(readings)
    assert checks
    for check in checks:
        if _differs(check):
            name = check.node or HERE
            others = [one for one in everyone.values() if one.name != name]
            apart = [_apart(everyone[name], one) for one in others]
            assert max(apart) > TOLERANCE_S
    blamed = {check.node or HERE for check in checks if _differs(check)}
    fine = [one for name, one in everyone.items() if name not in blamed]
    # Those that are left agree with each other, and are as many as can.
    assert all(_apart(a, b) <= TOLERANCE_S + 1e-9 for a in fine for b in fine)
    assert len(fine) >= 1


def _apart(a: Reading, b: Reading) -> float:
    return max(a.low - b.high, b.low - a.high)


def test_a_slow_answer_proves_nothing() -> None:
    assert differing(clock("slow", -1.0, 29.0)) == {}


def test_one_of_many() -> None:
    said = differing(clock("a", -0.1, 0.1), clock("b", 61.25, 61.5), clock("c", -0.2, 0.3))
    assert said == {"b": f"the clock of b is at least 60.9 s ahead of {HERE}, a, c"}


def test_ours_is_wrong_if_all_others_agree() -> None:
    said = differing(clock("a", -7300.2, -7300.1), clock("b", -7300.3, -7300.0))
    assert said == {"": f"the clock of {HERE} is at least 2 h ahead of a, b"}


def test_of_two_that_disagree_ours_is_taken() -> None:
    assert set(differing(clock("a", 10, 10.1), clock("b", -10.1, -10))) == {"a", "b"}


def test_one_that_is_bounded_on_one_side_only() -> None:
    assert differing(clock("a", -5.0, math.inf)) == {}
    assert "400 s ahead of" not in str(differing(clock("a", 400, math.inf)))
    assert "6 min ahead of" in differing(clock("a", 400, math.inf))["a"]


def test_names_are_few() -> None:
    many = [clock(f"n{at}", -0.1, 0.1) for at in range(9)]
    [check] = judged(many)
    assert check.detail.startswith(f"{HERE} and n0, n1, n2 and 6 more: ")


def test_no_readings_no_word() -> None:
    assert judged([]) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1700000000.250000000\n", (1700000000.25, 1e-9)),
        ("1700000000.%N\n", (1700000000.0, 1.0)),
        ("1700000000\n", (1700000000.0, 1.0)),
        ("Tue Nov 25 06:35:21 UTC 2026", None),
        ("-5", None),
        ("", None),
        ("1" * 400, None),
        ("١٢٣", None),
    ],
)
def test_what_date_prints(text: str, told: tuple[float, float] | None) -> None:
    assert told_by_date(text) == told
