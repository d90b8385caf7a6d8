"""Scratch databases of the installed schemas, each with its own ovsdb-server."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.suites import SuiteUnavailable, unpacked_ovn

SCHEMAS: Mapping[str, Path] = {
    "nb": Path("/usr/share/ovn/ovn-nb.ovsschema"),
    "sb": Path("/usr/share/ovn/ovn-sb.ovsschema"),
    "ovs": Path("/usr/share/openvswitch/vswitch.ovsschema"),
}


@dataclass(frozen=True, slots=True)
class Release:
    """OVN and OVS of one version: `path` is the PATH of their programs."""

    path: str
    schemas: Mapping[str, Path]


INSTALLED = Release(os.environ["PATH"], SCHEMAS)


def unpacked(version: str) -> Release:
    """A newer one, not installed; the test is skipped where it can't be had."""
    try:
        ovn = unpacked_ovn(version)
    except SuiteUnavailable as reason:
        pytest.skip(str(reason))
    schemas = {
        "nb": ovn.ovn_schemas / "ovn-nb.ovsschema",
        "sb": ovn.ovn_schemas / "ovn-sb.ovsschema",
        "ovs": ovn.ovs_schemas / "vswitch.ovsschema",
    }
    return Release(f"{ovn.programs}:{os.environ['PATH']}", schemas)


def is_installed() -> bool:
    """Are the tools and schemas there?"""
    return shutil.which("ovsdb-server") is not None and all(s.exists() for s in SCHEMAS.values())


@contextmanager
def server(
    folder: Path, name: str, socket: Path, release: Release = INSTALLED
) -> Iterator[subprocess.Popen[bytes]]:
    """An empty database of schema `name` behind `socket`; ended with the block."""
    file = folder / f"{name}.db"
    environ = {**os.environ, "PATH": release.path}
    create = ["ovsdb-tool", "create", str(file), str(release.schemas[name])]
    subprocess.run(create, env=environ, check=True)
    socket.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        ["ovsdb-server", f"--remote=punix:{socket}", f"--unixctl={folder}/{name}.ctl", file],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while not socket.exists():
            assert time.monotonic() < deadline, "ovsdb-server did not start"
            time.sleep(0.01)
        yield process
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.kill()
        process.wait()


@contextmanager
def node(folder: Path, release: Release = INSTALLED) -> Iterator[dict[str, str]]:
    """All three databases, empty, and the environment in which the tools find them."""
    with (
        server(folder, "nb", folder / "ovn" / "ovnnb_db.sock", release),
        server(folder, "sb", folder / "ovn" / "ovnsb_db.sock", release),
        server(folder, "ovs", folder / "ovs" / "db.sock", release),
    ):
        yield environment(folder, release)


def environment(folder: Path, release: Release = INSTALLED) -> dict[str, str]:
    """What makes the tools look into `folder` only."""
    return {
        "PATH": release.path,
        "OVN_NB_DB": f"unix:{folder}/ovn/ovnnb_db.sock",
        "OVN_SB_DB": f"unix:{folder}/ovn/ovnsb_db.sock",
        "OVN_RUNDIR": f"{folder}/ovn",
        "OVS_RUNDIR": f"{folder}/ovs",
    }
