"""Dumps by strangers: names that lead away, links, bombs, damage."""

import contextlib
import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.artifacts import ARTEFACTS, BY_NAME
from collectors.dump import Dump, layout
from collectors.dump.files import FolderFiles, UnreadableFileError, unpack
from collectors.dump.limits import Limits
from ovntrace.errors import OvntraceError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import FILES, archive, write

WORKER = Target(node="worker-0")


def read(dump: Dump, artefact: str = "node-links") -> Capture | Missing:
    return dump.fetch(WORKER, BY_NAME[artefact], 1)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    folder = write(tmp_path / "dump", FILES)
    (folder / "worker-0/ip.json").unlink()
    (folder / "worker-0/ip.json").symlink_to(secret)
    got = read(Dump(folder))
    assert isinstance(got, Missing)
    assert "leads out of the dump" in got.detail


def test_a_folder_that_is_a_link_out_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"ip.json": b"[]"})
    folder = write(tmp_path / "dump", FILES)
    (folder / "worker-9").symlink_to(outside)
    dump = Dump(folder)
    assert "worker-9" not in dump.nodes()
    assert isinstance(dump.fetch(Target(node="worker-9"), BY_NAME["node-links"], 1), Missing)


def test_a_link_inside_and_a_loop_of_links(tmp_path: Path) -> None:
    folder = write(tmp_path / "dump", FILES)
    (folder / "worker-0/ip.json").rename(folder / "worker-0/real.json")
    (folder / "worker-0/ip.json").symlink_to("real.json")
    assert isinstance(read(Dump(folder)), Capture)
    (folder / "worker-0/ip.json").unlink()
    (folder / "worker-0/ip.json").symlink_to("ip.json")
    got = read(Dump(folder))
    assert isinstance(got, Missing)
    assert got.reason is Reason.UNPARSABLE


def test_a_fifo_does_not_hold_us(tmp_path: Path) -> None:
    folder = write(tmp_path / "dump", FILES)
    (folder / "worker-0/ip.json").unlink()
    os.mkfifo(folder / "worker-0/ip.json")
    got = read(Dump(folder))
    assert isinstance(got, Missing)
    assert "no regular file" in got.detail


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVNTRACE_MAX_DUMP_FILE_BYTES", "1000")
    large = {**FILES, "worker-0/ip.json": b"x" * 1001}
    bomb = {**FILES, "worker-0/ip.json.gz": gzip.compress(b"x" * 1001)}
    del bomb["worker-0/ip.json"]
    for path in (
        write(tmp_path / "large", large),
        archive(tmp_path / "large.tar", large),
        write(tmp_path / "bomb", bomb),
    ):
        got = read(Dump(path))
        assert isinstance(got, Missing), path
        assert "than is read" in got.detail


@pytest.mark.parametrize(
    "variable", ["OVNTRACE_MAX_DUMP_BYTES", "OVNTRACE_MAX_DUMP_UNPACKED_BYTES"]
)
def test_an_archive_that_is_too_large_is_read_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "20000")
    path = archive(
        tmp_path / "d.tar", {"worker-0/ip.json": b"[]", "junk.txt": b"x" * 30000, **FILES}
    )
    dump = Dump(path)
    assert isinstance(read(dump), Capture)
    got = read(dump, "nb")
    assert isinstance(got, Missing)
    assert got.reason is Reason.TRUNCATED


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_cut_archive_says_so_of_what_is_missing(tmp_path: Path, kept: float) -> None:
    noise = {f"worker-0/pods/demo/p{n}/ip.json": os.urandom(2000) for n in range(30)}
    whole = archive(tmp_path / "whole", {"worker-0/ip.json": b"[]", **noise, **FILES})
    packed = whole.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(packed[: int(len(packed) * kept)])
    dump = Dump(cut)
    assert isinstance(read(dump), Capture)
    got = read(dump, "nb")
    assert isinstance(got, Missing)
    assert got.reason is Reason.TRUNCATED
    assert got.reason.changes_exit_code


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", gzip.compress(b"[]", mtime=0)[:-5], b"plain"])
def test_a_damaged_gzip_file(data: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        unpack(data, "x.json.gz", 1000)


HOSTILE = [
    "../worker-0/ip.json",
    "/worker-0/ip.json",
    "worker-0/../worker-0/ip.json",
    "worker-0\\ip.json",
    "worker\n0/ip.json",
    "worker\x1b[2J/ip.json",
    ".hidden/ip.json",
    "-rf/ip.json",
    "x" * 254 + "/ip.json",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_not_there(tmp_path: Path, name: str) -> None:
    dump = Dump(archive(tmp_path / "d.tar", {**FILES, name: b"evil"}))
    assert dump.nodes() == ("worker-0", "worker-1")
    got = read(dump)
    assert isinstance(got, Capture)
    assert got.data == b"[]"


def test_links_and_devices_in_an_archive_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "d.tar"
    archive(path, FILES, "w")
    with tarfile.open(path, "a") as tar:
        for name, kind, target in [
            ("worker-2/ip.json", tarfile.SYMTYPE, "/etc/passwd"),
            ("worker-3/ip.json", tarfile.LNKTYPE, "worker-0/ip.json"),
            ("worker-4/ip.json", tarfile.CHRTYPE, ""),
            ("worker-5/ip.json", tarfile.FIFOTYPE, ""),
        ]:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            tar.addfile(member)
    assert Dump(path).nodes() == ("worker-0", "worker-1")


components = st.sampled_from(
    ["..", ".", "", "kube", "worker-0", "nbctl", "ACL.json", "ip.json", "pods", "a\x00", "é", "~"]
)


@given(st.lists(components, min_size=1, max_size=6).map("/".join))
def test_an_allowed_path_stays_inside(path: str) -> None:
    parts = layout.split(path)
    if parts is not None:
        assert not path.startswith("/")
        assert ".." not in parts
        normal = os.path.normpath("/root/" + "/".join(parts))
        assert normal.startswith("/root/")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.lists(components, min_size=1, max_size=5).map("/".join), st.binary(max_size=50)
    ),
    st.integers(0, 4000),
    st.binary(max_size=3),
)
def test_any_archive_gives_answers_or_one_clear_error(
    tmp_path: Path, names: dict[str, bytes], at: int, damage: bytes
) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in names.items():
            member = tarfile.TarInfo(name.replace("\x00", ""))
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    packed = bytearray(stream.getvalue())
    packed[at : at + len(damage)] = damage
    file = tmp_path / "any.tar"
    file.write_bytes(packed)
    with contextlib.suppress(OvntraceError):
        dump = Dump(file)
        for node in (*dump.nodes(), ".."):
            for artefact in ARTEFACTS:
                assert isinstance(dump.fetch(Target(node=node), artefact, 1), Capture | Missing)


def test_a_folder_gives_every_path_and_the_reader_chooses(tmp_path: Path) -> None:
    deep = {"a/b/c/d/e/f/g.json": b"", "worker-0/.git/x": b"", "a/x\x1b[2J": b"", **FILES}
    files = FolderFiles(write(tmp_path, deep), Limits())
    paths = {"/".join(parts) for parts in files.paths()}
    assert set(FILES) <= paths
    assert "a/b/c/d/e/f/g.json" in paths
    assert not any("\x1b" in path for path in paths)
    dump = Dump(tmp_path)
    assert dump.nodes() == ("worker-0", "worker-1")
    shown = {path for part in dump.readers[0].parts() for path in part.paths}
    assert shown == set(FILES)
