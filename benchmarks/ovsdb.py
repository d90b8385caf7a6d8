"""Databases over the OVSDB protocol: ours against ovsdbapp's load of the same tables."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket
from tempfile import TemporaryDirectory

from benchmarks.dbfile_log import Size, write_log
from benchmarks.programs import PYTHON, cached_byte_code
from benchmarks.results import NotRun, Ratio, Result
from benchmarks.rounds import interleaved
from collectors.artifacts import NB_TABLES
from collectors.ovsdb.columns import NEEDED_COLUMNS

_SIZE = Size("1,000 ports, 100 groups, 5,000 ACLs", switches=1, ports=1000, groups=100, acls=5000)
_GOAL = 1 / 7
_TIMEOUT_S = 120.0
# Neither program clears up its rows at its end: that is no part of reading them. Ours begins
# without knowing the node's name, as with --ovsdb, and ends with records and their first indexes.
_OURS = """
import gc, os, sys
gc.disable()
from collectors.artifacts import BY_NAME, NB_TABLES
from collectors.ovsdb import Ovsdb, sources_of
from collectors.snapshot import make_snapshot
from ovntrace.model.capture import Target
collector = Ovsdb(sources_of([f"nb={sys.argv[1]}"]))
assert collector.can_run() is None, collector.can_run()
[node] = collector.nodes()
found = collector.fetch(Target(node=node), BY_NAME["nb"], 60)
snapshot = make_snapshot([found], source_kind="ovsdb", place="")
assert not snapshot.missing, snapshot.missing
database = snapshot.nb[node].db
database.table("Logical_Switch_Port").by_text("name", "none")
database.table("Port_Group").by_ref("ports", "none")
print(sum(len(database.table(name)) for name in NB_TABLES), flush=True)
os._exit(0)
"""
_ITS = """
import os, sys
from ovsdbapp.backend.ovs_idl import connection, idlutils
remote, tables = sys.argv[1], dict(word.split("=") for word in sys.argv[2:])
helper = idlutils.get_schema_helper(remote, "OVN_Northbound")
known = helper.schema_json["tables"]
for name, columns in tables.items():
    wanted = [column for column in columns.split(",") if column in known[name]["columns"]]
    helper.register_columns(name, wanted)
loaded = connection.OvsdbIdl(remote, helper)
connected = connection.Connection(loaded, timeout=60)
connected.start()
print(sum(len(loaded.tables[name].rows) for name in tables), flush=True)
os._exit(0)
"""


def ovsdb(rounds: int) -> list[Result]:
    """The northbound tables that ovntrace reads, over TCP; every run is a process of its own."""
    name = f"NB over tcp, {_SIZE.title}"
    if find_spec("ovsdbapp") is None:
        return [NotRun(name, "ovsdbapp is not installed")]
    try:
        with (
            TemporaryDirectory(prefix="ovntrace-bench.") as folder,
            cached_byte_code() as env,
            _served(Path(folder)) as remote,
        ):
            return [_compared(name, remote, env, rounds)]
    except (OSError, subprocess.SubprocessError) as error:
        return [NotRun(name, str(error))]


def _compared(name: str, remote: str, env: Mapping[str, str], rounds: int) -> Result:
    columns = [f"{name}={','.join(NEEDED_COLUMNS[name].split())}" for name in NB_TABLES]
    rows: dict[str, set[str]] = {"own": set(), "its": set()}
    timings = interleaved(
        {
            "own": lambda: rows["own"].add(_run([PYTHON, "-c", _OURS, remote], env)),
            "its": lambda: rows["its"].add(_run([PYTHON, "-c", _ITS, remote, *columns], env)),
        },
        rounds,
    )
    if len(rows["own"]) != 1 or rows["own"] != rows["its"]:
        raise RuntimeError(f"{name}: rows differ: {rows}")
    peer = "ovsdbapp, the same tables and columns"
    return Ratio(name, peer, timings["own"], timings["its"], _GOAL)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The database behind a server on a free port; its remote."""
    file = folder / "nb.db"
    write_log(file, _SIZE)
    with socket(AF_INET, SOCK_STREAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["ovsdb-server", f"--remote=ptcp:{port}:127.0.0.1", f"--unixctl={folder}/nb.ctl"]
    server = subprocess.Popen(
        [*argv, str(file)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield f"tcp:127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        with socket(AF_INET, SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > deadline:
            raise OSError("ovsdb-server did not start")
        time.sleep(0.05)


def _run(argv: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()
