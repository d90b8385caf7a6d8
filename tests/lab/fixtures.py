"""pytest fixtures: a lab that is up for the whole session, and fresh ones to break."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.suites import SuiteUnavailable
from tests.lab.toolset import INSTALLED

NewLab = Callable[..., Lab]

newest_only = pytest.mark.skipif(
    not os.environ.get("OVNTRACE_NEWEST"),
    reason="the newest OVN is asked for with OVNTRACE_NEWEST=1: its suite moves",
)
"""Mark of what needs the newest OVN, from a suite that is not the same tomorrow."""


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of the installed OVN with the policies applied. Leave it as you found it."""
    running = Lab(tmp_path_factory.mktemp("lab") / "lab")
    try:
        running.up()
        yield running
    finally:
        running.down()


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of the test's module alone: its objects and rights may be changed."""
    yield from _running(tmp_path_factory, INSTALLED)


@pytest.fixture(
    scope="module",
    params=[
        INSTALLED,
        pytest.param("25.03", marks=pytest.mark.peers),
        pytest.param("26.03", id="newest", marks=[pytest.mark.peers, newest_only]),
    ],
)
def breakable(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab of the test's module alone, of each OVN: faults are made in it one after the other."""
    yield from _running(tmp_path_factory, request.param)


def _running(tmp_path_factory: pytest.TempPathFactory, ovn: str) -> Iterator[Lab]:
    lab = lab_of_version(tmp_path_factory.mktemp("lab") / "lab", ovn)
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


@pytest.fixture
def new_lab(tmp_path: Path) -> Iterator[NewLab]:
    """`new_lab(ovn=..., policies=..., up=...)` makes a lab for this test alone; it goes with it."""
    made: list[Lab] = []

    def make(*, ovn: str = INSTALLED, policies: bool = True, up: bool = True) -> Lab:
        fresh = lab_of_version(tmp_path / f"lab{len(made)}", ovn)
        made.append(fresh)
        if up:
            fresh.up(policies=policies)
        return fresh

    yield make
    for one in made:
        one.down()


def lab_of_version(folder: Path, ovn: str) -> Lab:
    """A lab, not yet up; the test is skipped, with the reason, where this OVN can't be had."""
    try:
        return Lab(folder, ovn=ovn)
    except SuiteUnavailable as reason:
        pytest.skip(str(reason))
