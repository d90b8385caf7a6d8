"""What suites.py concludes from apt's and the loader's words, and its cache."""

import threading
from pathlib import Path

import pytest

from tests.lab import suites

PRINT_URIS = """\
Reading package lists...
The following NEW packages will be installed:
  libc6 ovn-common
'http://mirror/pool/main/g/glibc/libc6_2.41-12+deb13u5_amd64.deb' libc6_2.41-12+deb13u5_amd64.deb \
2847776 SHA256:ab
'http://mirror/z/zlib1g_1%253a1.3.1_amd64.deb' zlib1g_1%3a1.3.1-1_amd64.deb 88000 SHA256:cd
'http://mirror/o/ovn-common_25.03.0-1_amd64.deb' ovn-common_25.03.0-1_amd64.deb 9 SHA256:ef
"""

CLOSURE = (
    "libc6", "libcap2", "libcap-ng0", "libelf1t64", "libevent-2.1-7t64", "libnuma1", "libssl3t64",
    "libudev1", "libunbound8", "zlib1g", "libxdp1", "libdb5.3t64",
)  # fmt: skip


def test_closure_is_read_from_print_uris() -> None:
    assert suites.parse_print_uris(PRINT_URIS) == {
        "libc6": "2.41-12+deb13u5",
        "zlib1g": "1:1.3.1-1",
        "ovn-common": "25.03.0-1",
    }
    assert suites.parse_print_uris("") == {}


@pytest.mark.parametrize(
    ("soname", "package"),
    [
        ("libcap.so.2", "libcap2"),
        ("libcap-ng.so.0", "libcap-ng0"),
        ("libelf.so.1", "libelf1t64"),
        ("libevent-2.1.so.7", "libevent-2.1-7t64"),
        ("libssl.so.3", "libssl3t64"),
        ("libcrypto.so.3", "libssl3t64"),
        ("libz.so.1", "zlib1g"),
        ("libc.so.6", "libc6"),
        ("libnotthere.so.1", None),
        ("/lib64/ld-linux-x86-64.so.2", None),
    ],
)
def test_package_of_soname_follows_debian_naming(soname: str, package: str | None) -> None:
    assert suites.package_of_soname(soname, CLOSURE) == package


def test_sonames_outside_are_the_systems_and_the_missing_ones() -> None:
    listed = """\
\tlinux-vdso.so.1 (0x00007fbee0beb000)
\tlibssl.so.3 => /r/usr/lib/x86_64-linux-gnu/libssl.so.3 (0x00007fbee06f0000)
\tlibxdp.so.1 => /lib/x86_64-linux-gnu/libxdp.so.1 (0x00007fbee0bab000)
\tlibbpf.so.1 => not found
\tlibm.so.6 => /rx/libm.so.6 (0x1)
"""
    assert suites.sonames_outside(listed, Path("/r")) == {
        "libxdp.so.1",
        "libbpf.so.1",
        "libm.so.6",
    }


@pytest.mark.parametrize(
    ("version", "upstream"),
    [("1.36.4+ds-1", "1.36.4"), ("25.03.0-1", "25.03.0"), ("1%3a3.1.0-2+deb12u1", "3.1.0"),
     ("1:4.0.0~rc1-1", "4.0.0")],
)  # fmt: skip
def test_upstream_version(version: str, upstream: str) -> None:
    assert suites.upstream_version(version) == upstream


def test_mirror_is_the_one_of_this_debian_main() -> None:
    listed = (
        "http://a/other/ bookworm-updates main\n"
        "http://a/contrib/ bookworm contrib\n"
        "http://a/debian/ bookworm main\n"
        "no sense\n"
    )
    assert suites.mirror_of(listed, "bookworm") == "http://a/debian/"
    assert suites.mirror_of(listed, "trixie") is None
    assert suites.mirror_of("", "bookworm") is None


def test_cache_folder_is_told_by_the_environment() -> None:
    assert suites.cache_folder({"OVNTRACE_LAB_CACHE": "/x/y"}) == Path("/x/y")
    assert suites.cache_folder({}) == Path.home() / ".cache" / "ovntrace-lab"


def test_unknown_versions_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(suites.SuiteUnavailable, match=r"OVN 9\.9: known"):
        suites.unpacked_ovn("9.9", cache=tmp_path)
    with pytest.raises(suites.SuiteUnavailable, match=r"kubectl 1\.20: known"):
        suites.kubectl("1.20", cache=tmp_path)


def test_missing_apt_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(suites.SuiteUnavailable, match="apt-get is not on this machine"):
        suites.kubectl("1.32", cache=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kubectl-1.32.lock"]


def test_folder_is_filled_once_and_whole(tmp_path: Path) -> None:
    calls: list[Path] = []
    started = threading.Event()

    def fill(workplace: Path, final: Path) -> None:
        calls.append(final)
        (workplace / "a").write_text("1")
        started.wait(0.2)  # the others come to the lock meanwhile
        assert not final.exists()
        (workplace / "b").write_text("2")

    target = tmp_path / "cache" / "thing"
    threads = [threading.Thread(target=suites.filled_once, args=(target, fill)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [target]
    assert sorted(path.name for path in target.iterdir()) == ["a", "b"]


def test_failed_filling_leaves_nothing_and_can_be_tried_again(tmp_path: Path) -> None:
    def fails(workplace: Path, _final: Path) -> None:
        (workplace / "half").touch()
        raise suites.SuiteUnavailable("sid: apt-get failed: no such package")

    with pytest.raises(suites.SuiteUnavailable):
        suites.filled_once(tmp_path / "thing", fails)
    assert [path.name for path in tmp_path.iterdir()] == ["thing.lock"]
    assert suites.filled_once(tmp_path / "thing", lambda *_: None) == tmp_path / "thing"


def test_wrappers_start_the_program_with_the_suites_loader(tmp_path: Path) -> None:
    library = tmp_path / "root/usr/lib/x86_64-linux-gnu"
    (tmp_path / "root/usr/bin").mkdir(parents=True)
    library.mkdir(parents=True)
    (library / "ld-linux-x86-64.so.2").touch()
    for name, start in {"ovn-nbctl": b"\x7fELF..", "ovs-pki": b"#!/bin/sh\n"}.items():
        program = tmp_path / "root/usr/bin" / name
        program.write_bytes(start)
        program.chmod(0o755)
    final = Path("/a folder/root")
    suites._write_wrappers(tmp_path / "root", tmp_path / "programs", final)
    (wrapper,) = (tmp_path / "programs").iterdir()
    assert wrapper.name == "ovn-nbctl"
    assert wrapper.stat().st_mode & 0o111
    assert wrapper.read_text() == (
        "#!/bin/sh\nexec '/a folder/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2' "
        "--library-path '/a folder/root/usr/lib/x86_64-linux-gnu' "
        "'/a folder/root/usr/bin/ovn-nbctl' \"$@\"\n"
    )
