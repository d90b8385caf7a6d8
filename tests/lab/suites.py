"""Packages of newer Debian suites, unpacked into a cache and never installed.

Debian 13 has OVN 25.03 and kubectl 1.32, sid a newer OVN and kubectl. An apt of its own, with its
own lists and an empty status file, resolves what they need; the packages are unpacked beside each
other and the programs run with the libc of their suite, through a wrapper each. The system's apt,
its packages and its libraries are left alone. The cache is `$OVNTRACE_LAB_CACHE`, otherwise
`~/.cache/ovntrace-lab`; a suite costs some 17 MB of downloads once.
"""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OVN_SUITES: Final[Mapping[str, str]] = {"25.03": "trixie", "26.03": "sid"}
"""OVN's version, as it is asked for, and the suite that has it (sid moves on)."""

KUBECTL_SUITES: Final[Mapping[str, str]] = {"1.32": "trixie", "1.36": "sid"}
"""kubectl's version, as it is asked for, and the suite that has it (sid moves on)."""

_OVN_PACKAGES: Final = ("ovn-central", "ovn-host", "openvswitch-switch")
_PROGRAM_FOLDERS: Final = ("usr/bin", "usr/sbin", "usr/lib/openvswitch-switch")
_KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_APT_TIMEOUT_S: Final = 300.0
_ROUNDS: Final = 5

# Sonames whose package is not named after them by Debian's rule.
_ODD_SONAMES: Final[Mapping[str, str]] = {"libcrypto.so.3": "libssl3", "libz.so.1": "zlib1g"}


class SuiteUnavailable(Exception):  # noqa: N818 - a state of the machine, not a mistake
    """A suite's packages can't be had here; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class UnpackedOvn:
    """OVN and OVS of one suite, ready to run."""

    version: str
    """OVN's real upstream version, as in 26.03.1."""
    ovs_version: str
    """OVS's real upstream version."""
    programs: Path
    """Folder with one wrapper for each program, to put first in PATH."""
    ovn_schemas: Path
    """Folder of ovn-nb.ovsschema and ovn-sb.ovsschema."""
    ovs_schemas: Path
    """Folder of vswitch.ovsschema."""


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where unpacked packages are kept; made by whoever fills it."""
    told = (os.environ if environ is None else environ).get("OVNTRACE_LAB_CACHE")
    return Path(told).absolute() if told else Path.home() / ".cache" / "ovntrace-lab"


def ovn_root(version: str) -> Path:
    """The folder of wrapper programs of OVN `version` ("25.03", "26.03"); see `unpacked_ovn`."""
    return unpacked_ovn(version).programs


def unpacked_ovn(version: str, *, cache: Path | None = None) -> UnpackedOvn:
    """OVN and OVS that belong to `version`, unpacked when they are asked for first.

    Raises SuiteUnavailable. The real version is later than the one asked for where the suite moved
    on: `UnpackedOvn.version` says it.
    """
    suite = _suite_of(version, OVN_SUITES, "OVN")
    folder = _of_suite(f"ovn-{version}", suite, _unpack_ovn, cache or cache_folder())
    share = folder / "root/usr/share"
    return UnpackedOvn(
        version=(folder / "version").read_text().strip(),
        ovs_version=(folder / "ovs-version").read_text().strip(),
        programs=folder / "programs",
        ovn_schemas=share / "ovn",
        ovs_schemas=share / "openvswitch",
    )


def kubectl(version: str, *, cache: Path | None = None) -> Path:
    """kubectl `version` ("1.32", "1.36") or, where the suite moved on, the one that it has now.

    Raises SuiteUnavailable.
    """
    suite = _suite_of(version, KUBECTL_SUITES, "kubectl")
    folder = _of_suite(f"kubectl-{version}", suite, _unpack_kubectl, cache or cache_folder())
    return folder / "root/usr/bin/kubectl"


def kubectl_version(program: Path) -> str:
    """The real upstream version of a kubectl that `kubectl()` gave."""
    return (program.parents[3] / "version").read_text().strip()


def _suite_of(version: str, suites: Mapping[str, str], what: str) -> str:
    try:
        return suites[version]
    except KeyError:
        known = ", ".join(suites)
        raise SuiteUnavailable(f"{what} {version}: known versions are {known}") from None


# --- the cache ---------------------------------------------------------------------------------


def _of_suite(
    name: str, suite: str, unpack: "Callable[[_Apt, Path, Path], None]", cache: Path
) -> Path:
    """The cache's folder `name`, as `unpack(apt, workplace, final place)` fills it."""

    def fill(workplace: Path, final: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=f"apt-{suite}.", dir=cache) as state:
            apt = _Apt(suite, Path(state))
            apt.update()
            unpack(apt, workplace, final)

    return filled_once(cache / name, fill)


def filled_once(folder: Path, fill: Callable[[Path, Path], None]) -> Path:
    """`folder`, filled once by `fill(workplace, folder)`.

    It is filled at a workplace beside it and then renamed, so a folder that is there is complete;
    other processes wait at a lock meanwhile. Where `fill` raises, nothing is left but the lock.
    """
    if folder.is_dir():
        return folder
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if folder.is_dir():
            return folder
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as temporary:
            workplace = Path(temporary) / "filled"
            workplace.mkdir()
            fill(workplace, folder)
            workplace.rename(folder)
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack_ovn(apt: "_Apt", folder: Path, final: Path) -> None:
    closure = apt.closure(_OVN_PACKAGES)
    root = folder / "root"
    wanted = {name for name in closure if name.startswith(("ovn-", "openvswitch-"))} | {"libc6"}
    done: set[str] = set()
    for _ in range(_ROUNDS):
        for deb in apt.download(sorted(wanted - done)):
            _run(["dpkg", "-x", str(deb), str(root)], "dpkg")
        done |= wanted
        wanted |= {
            package
            for soname in _foreign_sonames(root, _programs(root))
            if (package := package_of_soname(soname, closure)) is not None
        }
        if wanted == done:
            break
    _write_wrappers(root, folder / "programs", final / "root")
    (folder / "version").write_text(upstream_version(closure["ovn-common"]) + "\n")
    (folder / "ovs-version").write_text(upstream_version(closure["openvswitch-common"]) + "\n")


def _unpack_kubectl(apt: "_Apt", folder: Path, _final: Path) -> None:
    (deb,) = apt.download(["kubectl"])
    _run(["dpkg", "-x", str(deb), str(folder / "root")], "dpkg")
    if not (folder / "root/usr/bin/kubectl").is_file():
        raise SuiteUnavailable(f"{apt.suite}: its package kubectl has no usr/bin/kubectl")
    (folder / "version").write_text(upstream_version(deb.name.split("_")[1]) + "\n")


# --- programs with the libc of their suite -----------------------------------------------------


def _programs(root: Path) -> list[Path]:
    """The ELF programs below `root`; scripts need no other libc (and Python ones no newer one)."""
    files = (file for place in _PROGRAM_FOLDERS for file in sorted((root / place).glob("*")))
    return [file for file in files if _is_elf_program(file)]


def _is_elf_program(file: Path) -> bool:
    if not file.is_file() or not os.access(file, os.X_OK):
        return False
    with file.open("rb") as handle:
        return handle.read(4) == b"\x7fELF"


def _loader(root: Path) -> Path:
    found = sorted(root.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*"))
    if not found:
        raise SuiteUnavailable("the suite's libc6 has no dynamic loader where it is looked for")
    return found[0]


def _foreign_sonames(root: Path, programs: Iterable[Path]) -> set[str]:
    """Libraries that the programs would take from the system, or that are missing."""
    loader = _loader(root)
    foreign: set[str] = set()
    for program in programs:
        words = [str(loader), "--library-path", str(loader.parent), "--list", str(program)]
        # A library that is nowhere may make it fail; it is listed as "not found" all the same.
        done = subprocess.run(words, capture_output=True, text=True, timeout=30)
        foreign |= sonames_outside(done.stdout, root)
    return foreign


def sonames_outside(listed: str, root: Path) -> set[str]:
    """Of the output of `ld.so --list`, the sonames that are not resolved below `root`."""
    pairs = re.findall(r"^\s*(\S+) => (\S+)", listed, re.MULTILINE)
    return {soname for soname, path in pairs if not path.startswith(f"{root}/")}


def package_of_soname(soname: str, packages: Iterable[str]) -> str | None:
    """The package of `packages` that Debian's naming rule gives for a library, None if none.

    Debian Policy 8.1: libNAME.so.VERSION is in libNAMEVERSION, with a hyphen where NAME ends in a
    digit; t64 is the suffix of the 64-bit time transition.
    """
    match = re.fullmatch(r"(lib.+)\.so\.([0-9.]+)", soname)
    if match is None:
        return None
    name, version = match.group(1).lower().replace("_", "-"), match.group(2)
    stem = _ODD_SONAMES.get(soname) or f"{name}{'-' if name[-1].isdigit() else ''}{version}"
    return next((package for package in packages if package in (stem, f"{stem}t64")), None)


def _write_wrappers(root: Path, folder: Path, final_root: Path) -> None:
    """A wrapper for each program; the paths in it are those below `final_root`."""
    folder.mkdir()
    loader = final_root / _loader(root).relative_to(root)
    for program in _programs(root):
        target = final_root / program.relative_to(root)
        words = [str(loader), "--library-path", str(loader.parent), str(target)]
        wrapper = folder / program.name
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        wrapper.chmod(0o755)


# --- an apt of its own -------------------------------------------------------------------------


class _Apt:
    """apt-get for one suite, with all its state in one folder."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.suite = suite
        self._folder = folder
        for name in ("sources", "lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources" / f"{suite}.sources").write_text(
            f"Types: deb\nURIs: {_mirror()}\nSuites: {suite}\nComponents: main\n"
            f"Signed-By: {_KEYRING}\n"
        )

    def update(self) -> None:
        self._run("update")

    def closure(self, packages: Sequence[str]) -> dict[str, str]:
        """Name and version of all that `packages` need, resolved from nothing installed."""
        listed = self._run("--no-install-recommends", "--print-uris", "-y", "install", *packages)
        return parse_print_uris(listed)

    def download(self, packages: Sequence[str]) -> list[Path]:
        """The packages' .deb files."""
        if not packages:
            return []
        debs = self._folder / "debs"
        before = set(debs.iterdir())
        self._run("download", *packages, folder=debs)
        return sorted(set(debs.iterdir()) - before)

    def _run(self, *words: str, folder: Path | None = None) -> str:
        place = self._folder
        options = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": place / "sources",
            "Dir::State::lists": place / "lists",
            "Dir::Cache": place / "cache",
            "Dir::State::status": place / "status",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
        }
        given = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        return _run(["apt-get", *given, *words], self.suite, folder=folder)


def parse_print_uris(listed: str) -> dict[str, str]:
    """Package name to version, of `apt-get --print-uris install`: 'URI' FILE SIZE HASH."""
    files = re.findall(r"^'\S+' (\S+?)_(\S+)_[^_\s]+\.deb ", listed, re.MULTILINE)
    return {name: version.replace("%3a", ":") for name, version in files}


def upstream_version(version: str) -> str:
    """The upstream part of a Debian version: 1:1.32.3+ds-2 is 1.32.3."""
    return re.split(r"[-+~]", version.replace("%3a", ":").split(":")[-1], maxsplit=1)[0]


def _mirror() -> str:
    """The archive that this machine's own apt uses."""
    listed = _run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
         "Created-By: Packages"],
        "apt",
    )  # fmt: skip
    uri = mirror_of(listed, _own_codename())
    if uri is None:
        raise SuiteUnavailable("apt has no lists of this machine's Debian: run apt-get update")
    return uri


def mirror_of(indextargets: str, codename: str) -> str | None:
    """The URI of `codename main` in `apt-get indextargets`' lines; None where there is none."""
    for line in indextargets.splitlines():
        match line.split():
            case [uri, found, "main"] if found == codename:
                return uri
    return None


def _own_codename() -> str:
    text = Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\S+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def _run(argv: Sequence[str], what: str = "", *, folder: Path | None = None) -> str:
    """stdout of a command; SuiteUnavailable with its last line of complaint when it fails."""
    place = f"{what}: " if what else ""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_APT_TIMEOUT_S,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise SuiteUnavailable(f"{place}{argv[0]} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise SuiteUnavailable(f"{place}{argv[0]} took over {_APT_TIMEOUT_S:.0f} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise SuiteUnavailable(f"{place}{Path(argv[0]).name} failed: {last}")
    return done.stdout


def remove_cached(name: str, *, cache: Path | None = None) -> None:
    """Forget one unpacked thing ("ovn-26.03", "kubectl-1.36"), so that it is fetched afresh."""
    shutil.rmtree((cache or cache_folder()) / name, ignore_errors=True)
