"""Real OVN as the judge of verdicts: scratch databases, ovn-northd, and ovn-trace as a daemon.

No root, no OVS, no ovn-controller. ovn-trace takes the conntrack states when it starts, uses them
up over all its traces and then says established, so there is a daemon for each batch of flows of
one state; it starts in 15 ms.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ovntrace.model.northbound import Northbound
from ovntrace.model.rows import Database, Table
from tests.lab.commands import LabError, environment
from tests.match.oracle import CRASHED, programs_of
from tests.match.rpc import Rpc, RpcError

STATES: Final = 400
"""Conntrack states that a daemon is started with: more than a batch can use up."""

_TABLES: Final = (
    "NB_Global",
    "Logical_Switch",
    "Logical_Switch_Port",
    "Port_Group",
    "ACL",
    "Address_Set",
    "Logical_Router",
    "Logical_Router_Port",
    "Load_Balancer",
    "Load_Balancer_Group",
)
_EMPTIED: Final = ("Logical_Switch", "Logical_Router", "Port_Group", "Address_Set", "DHCP_Options")

Operation = dict[str, Any]


class Scratch:
    """A northbound and a southbound database that ovn-northd of a version keeps in step."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.programs = programs_of(version)
        self.folder = Path(tempfile.mkdtemp(prefix="verdict-scratch."))
        runtime = {
            f"{program}_{kind}DIR": str(self.folder)
            for program in ("OVN", "OVS")
            for kind in ("RUN", "LOG")
        }
        self.env = environment(self.folder, runtime)
        self._running: list[subprocess.Popen[bytes]] = []
        self._daemon: Rpc | None = None
        self._starts = 0
        self._start_server()
        self._nb = _connect(self.folder / "nb.sock")
        self._sb = _connect(self.folder / "sb.sock")
        self._start_northd()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what was started and remove its folder."""
        self._end_daemon()
        self._nb.close()
        self._sb.close()
        for process in reversed(self._running):
            process.terminate()
            process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def sb_remote(self) -> str:
        """The southbound database, for a program's --db."""
        return f"unix:{self.folder / 'sb.sock'}"

    @property
    def release(self) -> str:
        """The exact version, as 23.03.1."""
        argv = [self.programs.path("ovn-trace"), "--version"]
        done = subprocess.run(
            argv, env=self.env, capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout.split()[1]

    def _start_server(self) -> None:
        for name in ("nb", "sb"):
            schema = self.programs.schemas / f"ovn-{name}.ovsschema"
            tool = [self.programs.path("ovsdb-tool"), "create"]
            argv = [*tool, str(self.folder / f"{name}.db"), str(schema)]
            subprocess.run(argv, env=self.env, check=True, timeout=20)
        self._spawn(
            "ovsdb-server",
            f"--unixctl={self.folder / 'server.ctl'}",
            *(f"--remote=punix:{self.folder / name}.sock" for name in ("nb", "sb")),
            *(str(self.folder / f"{name}.db") for name in ("nb", "sb")),
        )

    def _start_northd(self) -> None:
        self.transact([{"op": "insert", "table": "NB_Global", "row": {}}])
        self._call(self._sb, "OVN_Southbound", [{"op": "insert", "table": "SB_Global", "row": {}}])
        remotes = (f"--ovnnb-db=unix:{self.folder / 'nb.sock'}", f"--ovnsb-db={self.sb_remote}")
        self._spawn("ovn-northd", f"--unixctl={self.folder / 'northd.ctl'}", *remotes)

    def _spawn(self, program: str, *words: str) -> None:
        argv = [self.programs.path(program), *words]
        errors = subprocess.DEVNULL
        self._running.append(subprocess.Popen(argv, env=self.env, stderr=errors))

    # --- the northbound database -----------------------------------------------------------------

    def transact(self, operations: Sequence[Operation]) -> list[Any]:
        """A transaction on the northbound database. Raises LabError."""
        return self._call(self._nb, "OVN_Northbound", operations)

    def _call(self, rpc: Rpc, database: str, operations: Sequence[Operation]) -> list[Any]:
        results: list[Any] = rpc.call("transact", [database, *operations])["result"]
        for result in results:
            if result and "error" in result:
                raise LabError(f"{result['error']}: {result.get('details', '')}")
        return results

    def load(self, operations: Sequence[Operation], options: Sequence[tuple[str, str]] = ()) -> int:
        """Replace all that is in the database, and wait until the southbound has it. Returns
        nb_cfg.

        In two steps: what has an old row's name may otherwise be left without its peer by an
        ovn-northd that works incrementally (seen with 25.03).
        """
        empty = [_on(table, "delete") for table in _EMPTIED]
        settings = {"options": ["map", [list(pair) for pair in options]]}
        self.commit(empty)
        return self.commit([*operations, _global(settings)])

    def commit(self, operations: Sequence[Operation]) -> int:
        """A transaction that is in force when this returns."""
        count = {"op": "mutate", "table": "NB_Global", "where": []}
        raised = {**count, "mutations": [["nb_cfg", "+=", 1]]}
        asked = {"op": "select", "table": "NB_Global", "where": [], "columns": ["nb_cfg"]}
        results = self.transact([*operations, raised, asked])
        nb_cfg: int = results[len(operations) + 1]["rows"][0]["nb_cfg"]
        until = {
            "op": "wait",
            "table": "NB_Global",
            "where": [],
            "columns": ["sb_cfg"],
            "until": "==",
            "rows": [{"sb_cfg": nb_cfg}],
            "timeout": 50_000,
        }
        self.transact([until])
        return nb_cfg

    def northbound(self) -> Northbound:
        """The database as a dump would have it."""
        selects = [_on(table, "select") for table in _TABLES]
        results = self.transact(selects)
        tables = {
            name: _table(name, result["rows"])
            for name, result in zip(_TABLES, results, strict=True)
        }
        return Northbound(Database(tables))

    def flows(self) -> list[dict[str, Any]]:
        """All logical flows."""
        select = {"op": "select", "table": "Logical_Flow", "where": []}
        rows: list[dict[str, Any]] = self._call(self._sb, "OVN_Southbound", [select])[0]["rows"]
        return rows

    # --- traces ----------------------------------------------------------------------------------

    def trace(self, switch: str, microflows: Sequence[str], ct: str) -> list[str]:
        """What ovn-trace says of each flow, each in the state `ct` in all zones."""
        daemon = self.start_daemon([ct] * STATES)
        requests = [[switch, microflow] for microflow in microflows]
        try:
            answers = daemon.calls("trace", requests)
        except RpcError:
            # It died: find out on which one.
            if len(microflows) == 1:
                return [CRASHED]
            middle = len(microflows) // 2
            first = self.trace(switch, microflows[:middle], ct)
            return first + self.trace(switch, microflows[middle:], ct)
        return [answer["result"] or f"error: {answer['error']}" for answer in answers]

    def start_daemon(self, states: Sequence[str]) -> Rpc:
        """An ovn-trace that has read the database as it is now."""
        self._end_daemon()
        self._starts += 1
        control = self.folder / f"trace{self._starts}.ctl"
        argv = [
            self.programs.path("ovn-trace"),
            f"--db={self.sb_remote}",
            f"--unixctl={control}",
            f"--pidfile={self.folder / f'trace{self._starts}.pid'}",
            "--detach",
            "--no-chdir",
            *(f"--ct={state}" for state in states),
        ]
        with (self.folder / "trace.err").open("wb") as errors:
            subprocess.run(argv, env=self.env, check=True, timeout=60, stderr=errors)
        self._daemon = Rpc(control)
        return self._daemon

    def _end_daemon(self) -> None:
        if self._daemon is not None:
            with contextlib.suppress(OSError, RpcError):
                self._daemon.call("exit", [])
            self._daemon.close()
            self._daemon = None

    def trace_once(self, switch: str, microflow: str, states: Sequence[str]) -> str:
        """ovn-trace as a process, with a state for each time that the packet is tracked."""
        argv = [self.programs.path("ovn-trace"), f"--db={self.sb_remote}"]
        argv += [*(f"--ct={state}" for state in states), switch, microflow]
        done = subprocess.run(
            argv, env=self.env, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout


def _connect(path: Path) -> Rpc:
    """A connection to a server that is starting: its socket is there before it listens."""
    end = time.monotonic() + 10.0
    while True:
        try:
            return Rpc(path, timeout_s=60.0)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)


def _global(row: Operation) -> Operation:
    return {"op": "update", "table": "NB_Global", "where": [], "row": row}


def _table(name: str, rows: Sequence[dict[str, Any]]) -> Table:
    headings = sorted({column for row in rows for column in row})
    cells = [[row.get(heading) for heading in headings] for row in rows]
    return Table(name, headings, cells)


def _on(table: str, operation: str) -> Operation:
    """An operation on all rows of a table."""
    return {"op": operation, "table": table, "where": []}
