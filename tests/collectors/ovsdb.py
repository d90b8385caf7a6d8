"""Scratch databases of the installed schemas, each with its own ovsdb-server."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMAS = {
    "nb": Path("/usr/share/ovn/ovn-nb.ovsschema"),
    "sb": Path("/usr/share/ovn/ovn-sb.ovsschema"),
    "ovs": Path("/usr/share/openvswitch/vswitch.ovsschema"),
}


def is_installed() -> bool:
    """Are the tools and schemas there?"""
    return shutil.which("ovsdb-server") is not None and all(s.exists() for s in SCHEMAS.values())


@contextmanager
def server(folder: Path, name: str, socket: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An empty database of schema `name` behind `socket`; ended with the block."""
    file = folder / f"{name}.db"
    subprocess.run(["ovsdb-tool", "create", file, SCHEMAS[name]], check=True)
    socket.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        ["ovsdb-server", f"--remote=punix:{socket}", f"--unixctl={folder}/{name}.ctl", file],
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
def node(folder: Path) -> Iterator[dict[str, str]]:
    """All three databases, empty, and the environment in which the tools find them."""
    with (
        server(folder, "nb", folder / "ovn" / "ovnnb_db.sock"),
        server(folder, "sb", folder / "ovn" / "ovnsb_db.sock"),
        server(folder, "ovs", folder / "ovs" / "db.sock"),
    ):
        yield environment(folder)


def environment(folder: Path) -> dict[str, str]:
    """What makes the tools look into `folder` only."""
    return {
        "PATH": os.environ["PATH"],
        "OVN_NB_DB": f"unix:{folder}/ovn/ovnnb_db.sock",
        "OVN_SB_DB": f"unix:{folder}/ovn/ovnsb_db.sock",
        "OVN_RUNDIR": f"{folder}/ovn",
        "OVS_RUNDIR": f"{folder}/ovs",
    }
