"""Goals met and missed, the table, and the exit code that says so."""

import pytest

import benchmarks.__main__ as program
from benchmarks.results import Check, NotRun, Ratio, Result, table
from benchmarks.rounds import Timing


def ratio(own: float, goal: float) -> Ratio:
    return Ratio("ours", "theirs", Timing((own,)), Timing((0.010,)), goal)


@pytest.mark.parametrize(("own", "met"), [(0.5, True), (0.75, True), (0.76, False)])
def test_a_goal_is_the_most_that_it_may_take(own: float, met: bool) -> None:
    wanted = Ratio("ours", "theirs", Timing((own,)), Timing((0.25,)), 3)
    assert wanted.is_met is met
    assert wanted.cells[-1] == ("met" if met else "MISSED")


def test_the_table_is_markdown() -> None:
    lines = table([ratio(0.05, 7), NotRun("other", "no lab here")]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[2].split("|")] == [
        "", "ours", "50.0", "theirs", "10.0", "5.00", "<= 7", "1", "met", "",
    ]  # fmt: skip
    assert "NOT RUN" in lines[3]


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (Check("imports", True, "none"), 0),
        (Check("imports", False, "has rich"), 1),
        (NotRun("live", "why"), 1),
        (ratio(0.08, 7), 1),
    ],
)
def test_the_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    result: Result,
    code: int,
) -> None:
    def run(rounds: int) -> list[Result]:
        assert rounds == 3
        return [Check("other", True, ""), result]

    monkeypatch.setattr(program, "BENCHMARKS", {"one": (run, 3)})
    monkeypatch.setattr("sys.argv", ["benchmarks", "one"])
    assert program.main() == code
    assert result.name in capsys.readouterr().out
