"""Reading a database file: ours against a server that starts on it, a dump of it, and its parse."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.dbfile_log import Size, write_log
from benchmarks.programs import PYTHON, cached_byte_code
from benchmarks.results import Check, NotRun, Ratio, Result
from benchmarks.rounds import interleaved
from collectors.artifacts import NB_TABLES

_SMALL = Size("1,000 ports, 100 groups, 5,000 ACLs", switches=1, ports=1000, groups=100, acls=5000)
_LARGE = Size(
    "10,000 ports, 1,000 groups, 50,000 ACLs", switches=100, ports=10000, groups=1000, acls=50000
)
_GOALS = ((_SMALL, 1 / 4), (_LARGE, 1 / 8))
_MOST_MB = 400
_TIMEOUT_S = 120.0
# Neither program clears up its rows at its end: that is no part of reading them.
_READ = """
import gc, os, sys
gc.disable()
from collectors.ovsdbfile import read_database_file
names = sys.argv[2].split(",")
with open(sys.argv[1], "rb") as file:
    contents = read_database_file(file.read(), names)
assert contents.trouble is None, contents.trouble
tables = {name: contents.database.table(name) for name in names}
for table in tables.values():
    table.by_uuid("none")
tables["Logical_Switch_Port"].by_text("name", "none")
for column in ("ports", "acls"):
    tables["Port_Group"].by_ref(column, "none")
    tables["Logical_Switch"].by_ref(column, "none")
rows = sum(len(table) for table in tables.values())
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, int(peak.split()[1]) // 1024, flush=True)
os._exit(0)
"""
_DUMP = """
import json, os, socket, subprocess, sys, time
file, names, folder = sys.argv[1:]
there = os.path.join(folder, f"bench.{os.getpid()}.sock")
server = subprocess.Popen(
    ["ovsdb-server", f"--remote=punix:{there}", f"--unixctl={folder}/bench.ctl", file],
    stderr=subprocess.DEVNULL)
try:
    while socket.socket(socket.AF_UNIX).connect_ex(there):
        time.sleep(0.002)
    said = subprocess.run(
        ["ovsdb-client", "dump", "--format=json", f"unix:{there}", "OVN_Northbound"],
        stdout=subprocess.PIPE, check=True).stdout
    tables = [json.loads(line) for line in said.splitlines()]
finally:
    server.kill()
    server.wait()
wanted = {f"{name} table" for name in names.split(",")}
print(sum(len(table["data"]) for table in tables if table["caption"] in wanted), flush=True)
os._exit(0)
"""


def dbfile(rounds: int) -> list[Result]:
    """Both sizes, each as a log of diffs and compacted; every run is a process of its own."""
    results: list[Result] = []
    with TemporaryDirectory(prefix="ovntrace-bench.") as folder, cached_byte_code() as env:
        for size, goal in _GOALS:
            try:
                log, compacted = _files(Path(folder), size)
                for shape, file in (("compacted", compacted), ("log of diffs", log)):
                    results += _compared(f"NB file, {shape}, {size.title}", file, env, rounds, goal)
            except (OSError, subprocess.SubprocessError) as error:
                results.append(NotRun(f"NB file, {size.title}", str(error)))
    return results


def _files(folder: Path, size: Size) -> tuple[Path, Path]:
    log, compacted = folder / f"{size.ports}.log.db", folder / f"{size.ports}.db"
    write_log(log, size)
    subprocess.run(["ovsdb-tool", "compact", log, compacted], check=True, timeout=_TIMEOUT_S)
    return log, compacted


def _compared(
    name: str, file: Path, env: Mapping[str, str], rounds: int, goal: float
) -> list[Result]:
    own: list[tuple[int, int]] = []
    its: list[int] = []
    tables = ",".join(NB_TABLES)

    def read() -> None:
        rows, peak_mb = _run([PYTHON, "-c", _READ, str(file), tables], env).split()
        own.append((int(rows), int(peak_mb)))

    def dump() -> None:
        its.append(int(_run([PYTHON, "-c", _DUMP, str(file), tables, str(file.parent)], env)))

    timings = interleaved({"own": read, "its": dump}, rounds)
    if {rows for rows, _ in own} != set(its):
        raise RuntimeError(f"{name}: {own[0][0]} rows were read, and {its[0]} dumped")
    peak = max(megabytes for _, megabytes in own)
    size_mb = file.stat().st_size / 1e6
    peer = "ovsdb-server on it, ovsdb-client dump, json"
    return [
        Ratio(f"{name} ({size_mb:.1f} MB)", peer, timings["own"], timings["its"], goal),
        Check(f"{name}, memory", peak <= _MOST_MB, f"{peak} MB at its peak, of {_MOST_MB}"),
    ]


def _run(argv: list[str], env: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout
