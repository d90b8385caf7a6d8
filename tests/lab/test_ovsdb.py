"""`--ovsdb` in a lab of real OVN. That its answers are those of the other ways in is
`test_one_behaviour`'s."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_dump
from tests.lab.asking import ask_ovsdb as ask_ovsdb
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

NAME = f"pod/{ex.TINYPOD.name}"


def _of_rows(answer: Answer) -> dict[str, Any]:
    """Without what only a live answer has: the gaps, and the words of commands."""
    assert answer.code == 0, (answer.text[:1000], answer.stderr)
    document: dict[str, Any] = json.loads(
        json.dumps(comparable(answer)), object_hook=_without_command
    )
    document["document"].pop("gaps")
    return document


def _without_command(value: dict[str, Any]) -> dict[str, Any]:
    return {key: cell for key, cell in value.items() if key != "command"}


def test_what_no_database_has_is_a_gap_with_the_way_that_could(lab: Lab) -> None:
    answer = ask_ovsdb(lab, "explain", NAME, "-o", "json").answer
    gaps = answer["gaps"]
    assert answer["source"]["place"].count("unix:") == 3
    assert {gap["reason"] for gap in gaps} == {"unsupported"}
    by_artefact = {gap["artefact"].partition(" of ")[0]: gap for gap in gaps}
    assert set(by_artefact) >= {"pods", "node-links", "node-netns", "pod-links", "ovs-vswitchd"}
    for name in ("node-links", "node-netns", "pod-links", "ovs-vswitchd"):
        assert "--local or --ssh" in by_artefact[name]["hint"]
    assert "without --ovsdb" in by_artefact["pods"]["hint"]


def test_a_dump_answers_as_the_databases_do(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    done = ask_ovsdb(lab, "dump", "-o", str(path))
    assert done.code == 0, done.stderr
    live = ask_ovsdb(lab, "explain", NAME, "-o", "json")
    kept = ask_dump(path, "explain", NAME, "-o", "json")
    assert _of_rows(kept) == _of_rows(live)


def test_one_database_alone(lab: Lab) -> None:
    """Without SB and Open_vSwitch the rest is a gap that says what to give."""
    answer = ask_ovsdb(lab, "explain", NAME, "-o", "json", sources=("nb",))
    assert answer.code == 0, answer.stderr
    hints = {gap["artefact"]: gap["hint"] for gap in answer.answer["gaps"]}
    assert hints["sb"] == f"give --ovsdb {ex.NODE}:sb=REMOTE"
    assert hints["ovs"] == f"give --ovsdb {ex.NODE}:ovs=REMOTE"


def test_a_server_that_is_gone_is_one_line(lab: Lab) -> None:
    answer = ask_ovsdb(lab, "ls", "--ovsdb", "nb=unix:/nowhere/nb.sock", sources=())
    assert answer.code == 3
    assert answer.stderr == (
        "ovntrace: unix:/nowhere/nb.sock: no such file or directory "
        "(is its ovsdb-server running, and does it listen there?)\n"
    )
