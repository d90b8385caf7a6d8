"""A dump that was written is read back as what it was made of, without secrets, all or nothing."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import ARTEFACTS, BY_NAME
from collectors.dump import Dump
from collectors.dump.writer import write_dump
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import FILES, TABLE, listed, write

WORKER = Target(node="worker-0")
WEB = Target(node="worker-0", namespace="demo", pod="web", container="main")
NB = b"".join(b'{"data":[],"headings":["t%d"]}\n' % n for n in range(len(BY_NAME["nb"].tables)))


def captured(target: Target, artefact: str, data: bytes, **more: Any) -> Capture:
    more = {"origin": f"ran {artefact}", "taken_at": 1700000000.25, "seconds": 0.5, **more}
    return Capture(target, artefact, data, argv=("ran", artefact), **more)


RESULTS: list[Capture | Missing] = [
    captured(WORKER, "nb", NB),
    captured(WORKER, "ovs-vswitchd", b"", exit_code=1, stderr="br-int.mgmt: refused\n"),
    captured(WEB, "pod-links-text", b"1: lo\n"),
    captured(Target(), "pods", listed({"kind": "Pod", "metadata": {"name": "web"}})),
    captured(Target(namespace="a"), "events", listed({"kind": "Event", "metadata": {}})),
    captured(Target(namespace="b"), "events", listed({"kind": "Event", "metadata": {}})),
    Missing(WORKER, "sb", Reason.DENIED, "not allowed", "ask", "kubectl exec …"),
    Missing(WEB, "pod-links", Reason.UNSUPPORTED, "busybox"),
    Missing(Target(), "virtualmachines", Reason.ABSENT, "no such resource"),
]


def save(path: Path, results: list[Capture | Missing]) -> Dump:
    write_dump(
        path,
        results,
        nodes=["worker-0", "worker-1"],
        origin={"kind": "kube", "place": "https://cluster"},
        created_at=datetime(2024, 3, 5, 10, tzinfo=UTC),
        ovntrace_version="0.1.0",
    )
    return Dump(path)


def test_read_back_it_is_the_same(tmp_path: Path) -> None:
    dump = save(tmp_path / "d", RESULTS)
    assert dump.nodes() == ("worker-0", "worker-1")
    assert dump.manifest.origin == {"kind": "kube", "place": "https://cluster"}
    assert dump.manifest.created_at == "2024-03-05T10:00:00+00:00"
    for result in RESULTS:
        got = dump.fetch(result.target, BY_NAME[result.artefact], 1)
        if isinstance(result, Missing):
            assert got == result
            continue
        assert isinstance(got, Capture)
        assert (got.taken_at, got.seconds, got.exit_code, got.stderr, got.argv) == (
            result.taken_at,
            result.seconds,
            result.exit_code,
            result.stderr,
            result.argv,
        )
        if result.artefact not in ("pods", "events"):
            assert got.data == result.data
    events = dump.fetch(Target(namespace="a"), BY_NAME["events"], 1)
    assert isinstance(events, Capture)
    assert len(json.loads(events.data)["items"]) == 2


def test_a_dump_of_a_dump_is_the_same_files(tmp_path: Path) -> None:
    first = Dump(write(tmp_path / "first", FILES))
    wants = [(WORKER, BY_NAME["nb"]), (WORKER, BY_NAME["node-links"]), (Target(), BY_NAME["pods"])]
    results = [first.fetch(target, artefact, 1) for target, artefact in wants]
    second = save(tmp_path / "second", results)
    assert not (tmp_path / "second/worker-0/nbctl/Port_Group.json").exists()
    for target, artefact in wants[:2]:
        one, two = first.fetch(target, artefact, 1), second.fetch(target, artefact, 1)
        assert isinstance(one, Capture)
        assert isinstance(two, Capture)
        assert one.data == two.data


def test_a_cut_output_stays_damaged(tmp_path: Path) -> None:
    cut = b"\n".join(NB.splitlines()[:3]) + b'\n{"data":[['
    dump = save(tmp_path / "d", [captured(WORKER, "nb", cut)])
    got = dump.fetch(WORKER, BY_NAME["nb"], 1)
    assert isinstance(got, Capture)
    lines = got.data.splitlines()
    assert len(lines) == len(BY_NAME["nb"].tables)
    assert lines[3] == b'{"data":[['
    assert b"null" not in lines


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    save(tmp_path / "d", RESULTS)
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    files = [path for path in (tmp_path / "d").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(WrongQuestionError):
        save(tmp_path / "d", RESULTS)
    assert list((tmp_path / "d").iterdir()) == []


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError) as caught:
        save(tmp_path / "no" / "such" / "d", RESULTS)
    assert "No such file" in caught.value.message


def test_a_failure_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NoAnswerError):
        save(tmp_path / "d", RESULTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("node", ["../evil", "a/b", "", "..", "a\nb"])
def test_a_name_that_can_be_no_file_name_is_missing(tmp_path: Path, node: str) -> None:
    dump = save(tmp_path / "d", [captured(Target(node=node), "node-links", b"[]")])
    got = dump.manifest.missing[node, "", "", "node-links", ""]
    assert got.reason is Reason.UNPARSABLE
    assert {path.name for path in tmp_path.iterdir()} == {"d"}
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"manifest.json"}


def test_no_two_artefacts_share_a_file() -> None:
    from collectors.dump.layout import file_of

    places = [file_of(WEB, artefact) for artefact in ARTEFACTS]
    kept = [place for place in places if place is not None]
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (b"{", NoAnswerError),
        (b"[" * 100_000, NoAnswerError),
        (b'{"format": "other"}', WrongQuestionError),
        (b'{"format": "ovntrace-dump", "version": 3}', WrongQuestionError),
        (b'{"format": "ovntrace-dump", "version": "1"}', WrongQuestionError),
    ],
)
def test_a_bad_manifest_is_said(tmp_path: Path, manifest: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        Dump(write(tmp_path, {**FILES, "manifest.json": manifest}))


def test_strange_records_of_a_manifest_are_borne(tmp_path: Path) -> None:
    document = {
        "format": "ovntrace-dump",
        "version": 1,
        "nodes": ["worker-0", 5, None],
        "captures": [None, {}, {"target": 3, "taken_at": "x", "seconds": True, "exit_code": "1"}],
        "missing": [{"artefact": "sb", "target": {"node": "worker-0"}, "reason": "new-word"}],
        "origin": [],
    }
    files = {**FILES, "manifest.json": json.dumps(document).encode(), "worker-0/sbctl/x": TABLE}
    dump = Dump(write(tmp_path, files))
    assert dump.nodes() == ("worker-0", "worker-1")
    got = dump.fetch(WORKER, BY_NAME["sb"], 1)
    assert isinstance(got, Missing)
    assert got.reason is Reason.UNREACHABLE
