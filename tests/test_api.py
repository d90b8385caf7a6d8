"""`ovntrace.api`: what docs/python.md shows is what happens, and gaps stay visible."""

import doctest
from pathlib import Path

import pytest

from ovntrace.api import Flow, read_dump
from ovntrace.errors import OvntraceError, WrongQuestionError

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "llm-demo.tar.gz"


def test_the_page_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = str(ROOT / "docs" / "python.md")
    flags = doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(page, module_relative=False, optionflags=flags)
    assert failed == 0
    assert tried > 8


def test_gaps_are_of_the_workload_that_was_asked_for() -> None:
    snapshot = read_dump(EXAMPLE)
    assert snapshot.explain("tinypod").gaps == ()
    assert snapshot.trace(Flow("tinypod", "tinypod-01", network="localnet-cnv")).gaps == ()
    hosted = snapshot.explain("ovnkube-node-7xk2p", "openshift-ovn-kubernetes")
    assert "pod-links of openshift-ovn-kubernetes/ovnkube-node-7xk2p" in {
        gap.artefact for gap in hosted.gaps
    }


def test_a_subnet_that_two_sources_tell_is_said_once() -> None:
    view = read_dump(EXAMPLE).trace(Flow("tinypod-01", "8.8.8.8", network="localnet-cnv"))
    assert view.reason.count("192.168.77.0/24") == 1


def test_wrong_questions() -> None:
    snapshot = read_dump(EXAMPLE)
    with pytest.raises(WrongQuestionError):
        snapshot.explain("nobody")
    with pytest.raises(OvntraceError):
        read_dump(ROOT / "docs")
