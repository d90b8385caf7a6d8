"""Random policy sets and flows are judged as real ovn-northd and ovn-trace judge them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.match.each_ovn import each_ovn, started
from tests.verdict.conformance import BEGIN, END, row, run, write
from tests.verdict.judge import Tally
from tests.verdict.scratch import Scratch

SETS = 50
FLOWS = 40


@pytest.fixture(scope="module", params=each_ovn("verdict"))
def scratch(request: pytest.FixtureRequest) -> Iterator[Scratch]:
    yield from started(Scratch, request.param)


def test_random_policy_sets_are_judged_alike(scratch: Scratch) -> None:
    total = Tally()

    @settings(
        max_examples=SETS,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 1 << 32))
    def compare_set(seed: int) -> None:
        found = run(scratch, [Random(seed)], FLOWS)
        total.add(found)
        assert found.differences == [], f"seed {seed}"

    compare_set()
    # The sets are such that flows are allowed and dropped, and few can't be compared.
    assert total.flows >= SETS * FLOWS
    assert total.verdicts["allow"] > total.flows // 4
    assert total.verdicts["drop"] > total.flows // 5
    assert total.verdicts["reject"] > 10
    assert sum(total.left_out.values()) < total.flows // 40


def test_result_replaces_that_of_its_series(tmp_path: Path) -> None:
    document = tmp_path / "conformance.md"
    head = "| OVN | sets |\n|---|---|"
    document.write_text(
        f"before\n{BEGIN}\n{head}\n| 25.03.0 | 1 |\n| 23.03.0 | 2 |\n{END}\nafter\n"
    )
    write(row("23.03.1", Tally(sets=3), 7), document)
    lines = document.read_text().splitlines()
    assert lines[0] == "before" and lines[-1] == "after"
    assert [line.split("|")[1].strip() for line in lines if "23." in line] == ["23.03.1"]
    assert "25.03.0 | 1" in document.read_text()
