"""Archives that are made to hurt: memory and time stay bounded, and the member is named."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from collectors.dump.archive import Members
from collectors.dump.limits import Limits
from collectors.dump.spool import Spool
from collectors.dump.unpacking import PackedError, unpacked
from ovntrace.errors import OvntraceError
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.dump.folders import FILES, archive, write

WORKER = Target(node="worker-0")
MIB = 1 << 20


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A member's header alone."""
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


def plain_tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def read(path: Path, artefact: str = "node-links") -> Capture | Missing:
    return Dump(path).fetch(WORKER, BY_NAME[artefact], 1)


@pytest.mark.parametrize(
    "block",
    [
        header("x.txt", 1 << 60),
        header("x", 1 << 60, tarfile.XHDTYPE),
        header("x", 1 << 40, tarfile.GNUTYPE_LONGNAME),
        header("x.txt", 1 << 33),
    ],
    ids=["exabytes", "extended header", "long name", "gigabytes"],
)
def test_sizes_that_are_not_there(block: bytes, tmp_path: Path) -> None:
    file = tmp_path / "d.tar"
    whole = plain_tar()
    end = len(whole.rstrip(b"\0"))
    end += -end % 512
    file.write_bytes(whole[:end] + block + b"\0" * 1024)
    assert isinstance(read(file), Capture)
    missing = read(file, "sb")
    assert isinstance(missing, Missing)
    assert missing.reason is Reason.TRUNCATED


def test_a_damaged_header_in_the_middle_is_not_the_end(tmp_path: Path) -> None:
    whole = bytearray(plain_tar())
    at = whole.index(b"worker-1/ovs")
    whole[at + 3] ^= 1
    file = tmp_path / "d.tar"
    file.write_bytes(whole)
    dump = Dump(file)
    assert "damaged" in dump.cut
    assert isinstance(dump.fetch(WORKER, BY_NAME["node-links"], 1), Capture)


def _bomb(path: Path) -> None:
    """A gzip of a large wanted file, then of one that is not."""
    with gzip.open(path, "wb", compresslevel=1) as stream:
        chunk = b"\0" * MIB
        for name in ("worker-0/ip.json", "big.bin"):
            stream.write(header(name, 100 * MIB))
            for _ in range(100):
                stream.write(chunk)
        stream.write(b"\0" * 1024)


def test_memory_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    _bomb(path)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from collectors.dump.archived import read_archive\n"
        "from collectors.dump.limits import Limits\n"
        "with open(sys.argv[1], 'rb') as packed:\n"
        "    files = read_archive(packed, 'x', Limits())\n"
        "assert files.size('worker-0/ip.json') == 100 << 20\n"
        # ru_maxrss would be that of the process that forked.
        "status = Path('/proc/self/status').read_text()\n"
        "print(next(line for line in status.splitlines() if 'VmHWM' in line).split()[1])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 80 * 1024  # KiB; the archive has 200 MiB


def test_an_xz_header_that_asks_for_gigabytes(tmp_path: Path) -> None:
    """0x27 in the header of a block is a dictionary of 3 GiB (the xz file format, 5.3.1)."""
    data = bytearray(lzma.compress(plain_tar(), preset=0))
    at = data.index(b"\x21\x01")
    start = 12  # of the block's header: its size, flags, filters, padding, checksum
    end = start + (data[start] + 1) * 4
    data[at + 2] = 0x27
    data[end - 4 : end] = zlib.crc32(data[start : end - 4]).to_bytes(4, "little")
    path = tmp_path / "d.tar.xz"
    path.write_bytes(data)
    with pytest.raises(OvntraceError, match=r"(?i)memory"):
        Dump(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: data])
def test_every_packing_reads_the_same_in_pieces(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    data = os.urandom(100_000) + b"\0" * 300_000
    path = tmp_path / "x"
    path.write_bytes(pack(data))
    with path.open("rb") as stream:
        plain = unpacked(stream)
        parts = []
        while part := plain.read(7_001):
            parts.append(part)
    assert b"".join(parts) == data


def test_xz_streams_that_follow_one_another(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(lzma.compress(b"one") + b"\0" * 4 + lzma.compress(b"two"))
    with path.open("rb") as stream:
        assert unpacked(stream).read() == b"onetwo"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python reads zstd")
def test_zstd_says_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "d.tar.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\0" * 20)
    with path.open("rb") as stream, pytest.raises(PackedError):
        unpacked(stream)
    with pytest.raises(OvntraceError, match=r"3\.14"):
        Dump(path)


def test_more_members_than_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVNTRACE_MAX_DUMP_ENTRIES", "5")
    many = {**FILES, **{f"zz/junk-{n}.txt": b"" for n in range(10)}}
    dump = Dump(archive(tmp_path / "d.tar", many))
    assert "OVNTRACE_MAX_DUMP_ENTRIES" in dump.cut
    folder = write(tmp_path / "folder", many)
    assert "OVNTRACE_MAX_DUMP_ENTRIES" in Dump(folder).cut


def test_a_limit_is_raised_only_by_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Limits()
    for said in ("", "many", "-1", "9" * 40, "1.5"):
        monkeypatch.setenv("OVNTRACE_MAX_DUMP_BYTES", said)
        assert Limits() == usual
    monkeypatch.setenv("OVNTRACE_MAX_DUMP_BYTES", " 7 ")
    assert Limits().kept_bytes == 7


def test_the_spool_gives_back_what_was_put_in() -> None:
    spool = Spool(1 << 20)
    spool.put("a", b"12", io.BytesIO(b"345"))
    spool.put("b", b"", io.BytesIO(b"ignored"))
    spool.put("c", b"67", io.BytesIO(b""))
    spool.put("a", b"second", io.BytesIO(b""))
    assert [spool.read(name) for name in spool.names()] == [b"12345", b"", b"67"]
    assert spool.read("a", 3) == b"123"
    assert spool.read("nothing") is None
    stream = spool.stream("a")
    assert stream is not None
    assert (stream.read(2), stream.read(), stream.read(1)) == (b"12", b"345", b"")
    assert stream.seek(-1, 2) == 4
    assert stream.read(9) == b"5"


def test_members_of_nothing() -> None:
    members = Members(io.BytesIO(b""), Limits())
    assert list(members) == []
    assert members.cut
