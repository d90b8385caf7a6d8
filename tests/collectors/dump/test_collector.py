"""Dump as a collector: folders and archives answer alike, and say what is not there."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import FILES, TABLE, archive, write

WORKER = Target(node="worker-0")
WEB = Target(node="worker-0", namespace="demo", pod="web")


def data(dump: Dump, target: Target, artefact: str) -> bytes:
    result = dump.fetch(target, BY_NAME[artefact], 1)
    assert isinstance(result, Capture), result
    return result.data


def missing(dump: Dump, target: Target, artefact: str) -> Missing:
    result = dump.fetch(target, BY_NAME[artefact], 1)
    assert isinstance(result, Missing), result
    return result


@pytest.fixture(params=["folder", "tar", "tar.gz", "tar.xz", "inside", "tar of folder", "gz files"])
def dump(request: pytest.FixtureRequest, tmp_path: Path) -> Dump:
    path = tmp_path / "case"
    match request.param:
        case "folder":
            write(path, FILES)
        case "inside":
            write(path / "only-one", FILES)
        case "gz files":
            write(path, {f"{name}.gz": gzip.compress(text) for name, text in FILES.items()})
        case "tar of folder":
            archive(path, FILES, "w:gz", "./dump-2024/")
        case suffix:
            archive(path, FILES, {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}[suffix])
    return Dump(path)


def test_every_way_to_pack_it_gives_the_same(dump: Dump) -> None:
    assert dump.nodes() == ("worker-0", "worker-1")
    assert dump.can_run() is None
    assert data(dump, Target(), "pods") == FILES["kube/pods.json"]
    assert data(dump, WORKER, "node-links") == b"[]"
    assert data(dump, WORKER, "ovs-vswitchd") == b"normal\n"
    assert data(dump, WEB, "pod-links") == b"[1]"


def test_tables_are_one_document_a_line_as_the_tool_prints_them(dump: Dump) -> None:
    lines = data(dump, WORKER, "nb").split(b"\n")
    tables = BY_NAME["nb"].tables
    assert len(lines) == len(tables) + 1
    assert lines[-1] == b""
    assert lines[tables.index("ACL")] == TABLE.strip()
    pretty = lines[tables.index("NB_Global")]
    assert b"\r" not in pretty
    assert json.loads(pretty) == {"data": [], "headings": ["_uuid"]}
    assert lines[tables.index("Port_Group")] == b"null"


def test_what_is_not_there_is_absent(dump: Dump) -> None:
    for target, artefact in [
        (WORKER, "sb"),
        (Target(node="worker-1"), "node-links"),
        (Target(node="worker-9"), "nb"),
        (WEB, "pod-links-text"),
        (Target(), "nodes"),
        (Target(namespace="demo", pod="web"), "pod-links"),
    ]:
        got = missing(dump, target, artefact)
        assert got.reason is Reason.ABSENT, (target, artefact)
        assert not got.reason.changes_exit_code


def test_the_time_of_a_file_is_not_the_datas(dump: Dump) -> None:
    result = dump.fetch(WORKER, BY_NAME["nb"], 1)
    assert isinstance(result, Capture)
    assert result.taken_at is None
    assert result.origin.endswith("worker-0/nbctl")


@pytest.mark.parametrize(
    "node", ["../worker-0", "..", "/etc", "worker-0/../worker-0", "a\x00b", "", "x" * 300, "kube"]
)
def test_a_name_never_leads_elsewhere(dump: Dump, node: str) -> None:
    assert missing(dump, Target(node=node), "node-links").reason is Reason.ABSENT
    pod = Target(node="worker-0", namespace=node, pod="web")
    assert missing(dump, pod, "pod-links").reason is Reason.ABSENT


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("nothing", "does not exist"),
        ("empty", "there is no dump"),
        ("text", "there is no dump"),
        ("two", "several dumps"),
        ("fifo", "no folder and no file"),
    ],
)
def test_what_is_no_dump_is_said_in_one_line(tmp_path: Path, what: str, words: str) -> None:
    path = tmp_path / "case"
    if what == "empty":
        path.mkdir()
    elif what == "text":
        path.write_text("hello")
    elif what == "two":
        write(path / "a", FILES)
        write(path / "b", FILES)
    elif what == "fifo":
        subprocess.run(["mkfifo", path], check=True)
    with pytest.raises((WrongQuestionError, NoAnswerError)) as caught:
        Dump(path)
    error = caught.value
    assert words in f"{error.message} {error.hint}"
    assert "\n" not in error.message
    if what == "two":
        assert error.candidates == ("a", "b")


def test_the_folder_of_one_node_is_that_nodes(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    dump = Dump(tmp_path / "worker-0")
    assert dump.nodes() == ("worker-0",)
    lines = data(dump, WORKER, "nb").splitlines()
    assert lines[BY_NAME["nb"].tables.index("ACL")] == TABLE.strip()


def test_an_empty_table_file_is_damaged_not_the_end(tmp_path: Path) -> None:
    files = {**FILES, "worker-0/nbctl/NB_Global.json": b"\n"}
    lines = data(Dump(write(tmp_path / "d", files)), WORKER, "nb").splitlines()
    assert len(lines) == len(BY_NAME["nb"].tables)
    assert lines[0] == b'""'


def test_nothing_heavy_is_imported_for_a_dump() -> None:
    code = (
        "import sys, collectors.dump, collectors.local, collectors.gather, collectors.kube\n"
        "heavy = {'kubernetes', 'websocket', 'yaml', 'urllib3', 'tarfile', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
