"""A dump written piece by piece: its files, its manifest, and what an end in the middle leaves."""

import gzip
import hashlib
import json
import os
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.artefact import Artefact
from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from collectors.dump.manifest import Head
from collectors.dump.writer import DumpWriter
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import listed

ONE, TWO = Target(node="worker-1"), Target(node="worker-2")
FILE = b"OVSDB JSON 2 abc\n{}\n"
HEAD = Head(
    nodes=("worker-1", "worker-2"),
    origin={"kind": "kube", "place": "https://cluster"},
    created_at=datetime(2024, 3, 5, 10, tzinfo=UTC),
    finished_at=datetime(2024, 3, 5, 10, 1, tzinfo=UTC),
    ovntrace_version="0.1.0",
)
FLOWS = BY_NAME["openflow"].filled({"bridge": "br-ex"})


def captured(target: Target, artefact: str, data: bytes, **more: Any) -> Capture:
    more = {"origin": f"ran {artefact}", "argv": ("ran", artefact), **more}
    return Capture(target, artefact, data, **more)


def tables(name: str) -> bytes:
    return b'{"data":[],"headings":["_uuid"]}\n' * len(BY_NAME[name].tables)


def written(path: Path, *results: tuple[Artefact, Capture | Missing]) -> Path:
    with DumpWriter(path) as writer:
        for artefact, result in results:
            writer.add(artefact, result)
        writer.finish(HEAD)
    return path


def fetched(dump: Dump, target: Target, artefact: Artefact) -> Capture:
    result = dump.fetch(target, artefact, 1)
    assert isinstance(result, Capture), result
    return result


RESULTS = (
    (BY_NAME["nb"], captured(ONE, "nb", gzip.compress(FILE, mtime=0))),
    (BY_NAME["sb"], captured(ONE, "sb", FILE)),
    (BY_NAME["nb"], captured(TWO, "nb", tables("nb"))),
    (FLOWS, captured(ONE, "openflow", b" cookie=0x1, actions=drop\n")),
    (BY_NAME["pods"], captured(Target(), "pods", listed({"metadata": {"name": "web"}}))),
    (BY_NAME["sb"], Missing(TWO, "sb", Reason.DENIED, "no", "ask", "kubectl …")),
)


@pytest.mark.parametrize("name", ["d", "d.tar.gz", "d.tgz"])
def test_a_folder_and_an_archive_read_back_alike(tmp_path: Path, name: str) -> None:
    dump = Dump(written(tmp_path / name, *RESULTS))
    assert dump.nodes() == ("worker-1", "worker-2")
    nb = fetched(dump, ONE, BY_NAME["nb"])
    assert FILE in (nb.data, gzip.decompress(nb.data) if nb.data[:1] == b"\x1f" else b"")
    assert fetched(dump, ONE, BY_NAME["sb"]).data == FILE
    assert fetched(dump, TWO, BY_NAME["nb"]).data == tables("nb")
    assert fetched(dump, ONE, FLOWS).data == b" cookie=0x1, actions=drop\n"
    other = BY_NAME["openflow"].filled({"bridge": "br-int"})
    assert isinstance(dump.fetch(ONE, other, 1), Missing)
    denied = dump.fetch(TWO, BY_NAME["sb"], 1)
    assert isinstance(denied, Missing)
    assert (denied.reason, denied.hint) == (Reason.DENIED, "ask")


def test_the_files_stand_where_the_page_says_and_the_manifest_knows_them(tmp_path: Path) -> None:
    folder = written(tmp_path / "d", *RESULTS)
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    nbctl = {f"worker-2/nbctl/{table}.json" for table in BY_NAME["nb"].tables}
    assert found == nbctl | {
        "manifest.json",
        "kube/pods.json",
        "worker-1/nb.db.gz",
        "worker-1/sb.db",
        "worker-1/ovs-ofctl_dump-flows_br-ex.txt.gz",
    }
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["version"], manifest["complete"]) == (2, True)
    assert manifest["finished_at"] == "2024-03-05T10:01:00+00:00"
    named = [file for capture in manifest["captures"] for file in capture["files"]]
    assert {file["path"] for file in named} == found - {"manifest.json"}
    for file in named:
        data = (folder / file["path"]).read_bytes()
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    [flows] = [one for one in manifest["captures"] if one["artefact"] == "openflow"]
    assert flows["parameters"] == {"bridge": "br-ex"}
    [missing] = manifest["missing"]
    assert (missing["artefact"], missing["gap"]) == ("sb", True)


def test_an_archive_unpacks_into_one_folder_for_its_owner(tmp_path: Path) -> None:
    archive = written(tmp_path / "d.tar.gz", *RESULTS)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with tarfile.open(archive) as tar:
        assert {member.name.split("/")[0] for member in tar} == {"ovntrace-dump"}
        assert {member.mode for member in tar} == {0o600}


@pytest.mark.parametrize("name", ["d", "d.tar.gz"])
@pytest.mark.parametrize("data", [FILE, tables("nb")])
def test_the_databases_of_a_central_server_are_written_once(
    tmp_path: Path, name: str, data: bytes
) -> None:
    nodes = [Target(node=f"worker-{n}") for n in range(20)]
    row = BY_NAME["nb"]
    path = written(tmp_path / name, *((row, captured(node, "nb", data)) for node in nodes))
    dump = Dump(path)
    found = [fetched(dump, node, row).data for node in nodes]
    assert set(found) == {data}
    assert len({id(one) for one in found}) == 1, "equal bytes are to be parsed once"
    records = json.loads((path / "manifest.json").read_text()) if name == "d" else None
    if records is not None:
        assert [p.name for p in path.iterdir()].count("worker-0") == 1
        assert not (path / "worker-1").exists()
        assert {c["files"][0]["path"].split("/")[0] for c in records["captures"]} == {"worker-0"}
    assert dump.nodes() == tuple(sorted({*HEAD.nodes, "worker-0"}))


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "worker-1/sb.db", "manifest.json", "", "kube/pods.json"],
)
def test_a_strangers_manifest_leads_to_no_other_file(tmp_path: Path, path: str) -> None:
    folder = written(tmp_path / "d", *RESULTS)
    manifest = json.loads((folder / "manifest.json").read_text())
    for capture in manifest["captures"]:
        if capture["artefact"] == "nb":
            capture["files"] = [{"path": path, "size": 1, "sha256": ""}]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert fetched(Dump(folder), TWO, BY_NAME["nb"]).data == tables("nb")


@pytest.mark.parametrize("netns", ["-x", "a b", "../../x", "$(reboot)"])
def test_a_strangers_namespace_is_not_shown(tmp_path: Path, netns: str) -> None:
    pod = Target(node="worker-1", namespace="demo", pod="web", netns=netns)
    dump = Dump(written(tmp_path / "d", (BY_NAME["pod-links"], captured(pod, "pod-links", b"[]"))))
    asked = Target(node="worker-1", namespace="demo", pod="web")
    assert fetched(dump, asked, BY_NAME["pod-links"]).target.netns == ""


def test_the_way_into_a_pod_is_remembered(tmp_path: Path) -> None:
    pod = Target(node="worker-1", namespace="demo", pod="web", netns="cni-1234")
    first = Missing(pod, "pod-links", Reason.DENIED, "no")
    links = BY_NAME["pod-links"]
    dump = Dump(written(tmp_path / "d", (links, first), (links, captured(pod, "pod-links", b"[]"))))
    asked = Target(node="worker-1", namespace="demo", pod="web")
    assert fetched(dump, asked, links).target.netns == "cni-1234"
    assert dump.manifest.gaps == frozenset()


def test_a_gap_is_what_nothing_else_stands_for(tmp_path: Path) -> None:
    links = BY_NAME["pod-links"]
    pods = [Target(node="worker-1", namespace="demo", pod=name) for name in "abc"]
    with DumpWriter(tmp_path / "d") as writer:
        writer.add(links, Missing(pods[0], "pod-links", Reason.UNPARSABLE, "no"), is_gap=False)
        writer.add(links, Missing(pods[1], "pod-links", Reason.ABSENT, "not running"))
        writer.add(links, Missing(pods[2], "pod-links", Reason.TIMEOUT, "slow"))
        assert writer.gap_count == 1
        writer.add(links, captured(pods[2], "pod-links", b"[]"))
        assert (writer.gap_count, writer.gaps) == (0, ())
        writer.finish(HEAD)


def test_lists_of_namespaces_stand_together_or_in_the_whole_one(tmp_path: Path) -> None:
    row = BY_NAME["events"]
    of_a, of_b = (
        captured(Target(namespace=ns), "events", listed({"metadata": {"namespace": ns}}))
        for ns in "ab"
    )
    whole = captured(Target(), "events", listed({"metadata": {"name": "whole"}}))
    for at, results in enumerate([(of_a, of_b), (whole, of_a), (of_a, whole)]):
        dump = Dump(written(tmp_path / str(at), *((row, result) for result in results)))
        for namespace in ("", "a", "elsewhere"):
            items = json.loads(fetched(dump, Target(namespace=namespace), row).data)["items"]
            names = [item["metadata"].get("namespace") for item in items]
            assert names == (["a", "b"] if at == 0 else [None])


def test_what_was_read_of_all_namespaces_answers_for_one(tmp_path: Path) -> None:
    row = BY_NAME["events"]
    whole = captured(Target(), "events", listed({}), taken_at=5.0)
    dump = Dump(written(tmp_path / "d", (row, whole)))
    assert fetched(dump, Target(namespace="a"), row).taken_at == 5.0
    refused = Missing(Target(), "events", Reason.DENIED, "no")
    dump = Dump(written(tmp_path / "e", (row, refused), RESULTS[4]))
    assert dump.fetch(Target(namespace="a"), row, 1) == refused


@pytest.mark.parametrize("name", ["d", "d.tar.gz"])
def test_without_an_end_there_is_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyboardInterrupt), DumpWriter(tmp_path / name) as writer:
        writer.add(*RESULTS[0])
        assert [p.name for p in tmp_path.iterdir()] != [name]
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["d", "d.tar.gz"])
def test_a_name_that_somebody_takes_meanwhile_is_left_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongQuestionError), DumpWriter(tmp_path / name) as writer:
        writer.add(*RESULTS[0])
        (tmp_path / name).mkdir()
        writer.finish(HEAD)
    assert list(tmp_path.iterdir()) == [tmp_path / name]
    assert list((tmp_path / name).iterdir()) == []


def test_a_disk_that_fills_is_said_and_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError) as caught, DumpWriter(tmp_path / "d.tar.gz") as writer:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, writer._sink._stream.fileno())  # type: ignore[attr-defined]
        os.close(full)
        writer.add(BY_NAME["sb"], captured(ONE, "sb", FILE + os.urandom(1 << 20)))
        writer.finish(HEAD)
    assert "No space left" in caught.value.message
    assert list(tmp_path.iterdir()) == []


VERSION_1 = {
    "format": "ovntrace-dump",
    "version": 1,
    "ovntrace": "0.1.0",
    "created_at": "2024-03-05T10:00:00+00:00",
    "origin": {"kind": "kube", "place": "https://cluster"},
    "nodes": ["worker-1"],
    "captures": [
        {
            "artefact": "nb",
            "target": {"node": "worker-1"},
            "origin": "ovn-nbctl list",
            "argv": ["ovn-nbctl", "list"],
            "taken_at": 7.5,
            "seconds": 0.1,
            "exit_code": 0,
            "stderr": "",
        }
    ],
    "missing": [
        {"artefact": "sb", "target": {"node": "worker-1"}, "reason": "denied", "detail": "no"}
    ],
}


def test_a_dump_of_version_1_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    for table in BY_NAME["nb"].tables:
        file = folder / f"worker-1/nbctl/{table}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b'{"data":[],"headings":["_uuid"]}\n')
    (folder / "manifest.json").write_text(json.dumps(VERSION_1))
    dump = Dump(folder)
    nb = fetched(dump, ONE, BY_NAME["nb"])
    assert (nb.data, nb.taken_at) == (tables("nb"), 7.5)
    missing = dump.fetch(ONE, BY_NAME["sb"], 1)
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.DENIED
    manifest = dump.manifest
    assert (manifest.version, manifest.complete) == (1, True)
    assert manifest.finished_at == manifest.created_at == VERSION_1["created_at"]
