"""Each OVN that is compared with us: a fixture's parameters, and what it starts."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

from tests.lab.fixtures import newest_only
from tests.lab.suites import SuiteUnavailable
from tests.match.databases import Databases

D = TypeVar("D", bound=Databases)


def each_ovn(group: str) -> list[ParameterSet]:
    """Versions for a fixture of a module. What one of them runs stays on one worker of
    pytest-xdist, which `group` names."""

    def on_one_worker(name: str) -> pytest.MarkDecorator:
        return pytest.mark.xdist_group(f"{group}-{name}")

    newest = [pytest.mark.peers, newest_only, on_one_worker("newest")]
    return [
        pytest.param("23.03", marks=[pytest.mark.lab, on_one_worker("23.03")]),
        pytest.param("25.03", marks=[pytest.mark.peers, on_one_worker("25.03")]),
        pytest.param("26.03", id="newest", marks=newest),
    ]


def started(start: Callable[[str], D], version: str) -> Iterator[D]:
    """What `start` makes of a version, ended at last; the test is skipped without that OVN."""
    try:
        databases = start(version)
    except SuiteUnavailable as missing:
        pytest.skip(str(missing))
    with databases:
        yield databases
