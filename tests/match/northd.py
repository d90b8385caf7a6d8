"""Real ovn-northd over scratch databases: which logical flows it makes of ACLs."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.lab.commands import LabError, environment
from tests.match.oracle import end, programs_of
from tests.match.rpc import Rpc

_NB: Final = "OVN_Northbound"
_SB: Final = "OVN_Southbound"
_WAIT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Acl:
    """An ACL as it is written into the northbound database."""

    match: str
    action: str
    direction: str = "to-lport"
    priority: int = 1000
    tier: int | None = None
    """None where the schema has no tiers, or for the default."""


class Northd:
    """A database server with both databases, and northd."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._programs = programs_of(version)
        self._folder = Path(tempfile.mkdtemp(prefix="match-northd."))
        runtime = {f"{name}_RUNDIR": str(self._folder) for name in ("OVN", "OVS")}
        self._env = environment(self._folder, runtime)
        self._socket = self._folder / "db.sock"
        self._configured = 0
        with ExitStack() as starting:
            starting.callback(shutil.rmtree, self._folder, ignore_errors=True)
            starting.callback(end, self._start_server())
            self._database = starting.enter_context(Rpc(self._socket))
            self._transact(_NB, [_insert("NB_Global", {})])
            self._transact(_SB, [_insert("SB_Global", {})])
            starting.callback(self._end_northd)
            self._start_northd()
            self._running = starting.pop_all()

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
        self._running.close()

    def _end_northd(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self._folder / "northd.pid").read_text()), signal.SIGTERM)

    def matches(self, acls: Sequence[Acl]) -> list[list[str]]:
        """The matches of the logical flows that northd makes of each ACL, all on one switch."""
        names = [f"acl{number}" for number in range(len(acls))]
        rows = [_insert("ACL", _acl(acl), name) for acl, name in zip(acls, names, strict=True)]
        references = ["set", [["named-uuid", name] for name in names]]
        self._configured += 1
        # Switches are left: northd of 26.03 died of one that was replaced in one transaction.
        port = _insert("Logical_Switch_Port", {"name": f"p{self._configured}"}, "port")
        columns = {"acls": references, "ports": ["named-uuid", "port"]}
        switch = _insert("Logical_Switch", {"name": f"sw{self._configured}", **columns})
        told = {"nb_cfg": self._configured}
        update = {"op": "update", "table": "NB_Global", "where": [], "row": told}
        answers = self._transact(_NB, [*rows, port, switch, update])
        self._wait()
        flows = self._flows()
        return [
            [match for match, hint in flows if hint == answer["uuid"][1][:8]]
            for answer in answers[: len(acls)]
        ]

    def _flows(self) -> list[tuple[str, str]]:
        """Match and stage hint of the flows that evaluate ACLs."""
        columns = ["match", "external_ids"]
        select = {"op": "select", "table": "Logical_Flow", "where": [], "columns": columns}
        (answer,) = self._transact(_SB, [select])
        found = []
        for row in answer["rows"]:
            ids = dict(row["external_ids"][1])
            stage = ids.get("stage-name", "")
            if stage.startswith(("ls_in_acl", "ls_out_acl")) and "stage-hint" in ids:
                found.append((row["match"], ids["stage-hint"]))
        return sorted(found)

    def _wait(self) -> None:
        """Wait until northd has written what the northbound database says."""
        end = time.monotonic() + _WAIT_S
        select = {"op": "select", "table": "NB_Global", "where": [], "columns": ["sb_cfg"]}
        while self._transact(_NB, [select])[0]["rows"][0]["sb_cfg"] != self._configured:
            if time.monotonic() > end:
                raise LabError(f"northd {self.version} wrote nothing in {_WAIT_S:g} s")
            time.sleep(0.01)

    def _transact(self, database: str, operations: Sequence[Mapping[str, Any]]) -> list[Any]:
        results = self._database.call("transact", [database, *operations])["result"]
        for result in results:
            if result and "error" in result:
                raise LabError(f"{result['error']}: {result.get('details', '')}")
        assert isinstance(results, list)
        return results

    def _start_server(self) -> "subprocess.Popen[bytes]":
        files = []
        for name in ("nb", "sb"):
            files.append(str(self._folder / f"{name}.db"))
            schema = str(self._programs.schemas / f"ovn-{name}.ovsschema")
            tool = [self._programs.path("ovsdb-tool"), "create", files[-1], schema]
            subprocess.run(tool, env=self._env, check=True, timeout=20)
        control = f"--unixctl={self._folder / 'server.ctl'}"
        argv = [self._programs.path("ovsdb-server"), control, f"--remote=punix:{self._socket}"]
        return subprocess.Popen([*argv, *files], env=self._env, stderr=subprocess.DEVNULL)

    def _start_northd(self) -> None:
        argv = [
            self._programs.path("ovn-northd"),
            f"--ovnnb-db=unix:{self._socket}",
            f"--ovnsb-db=unix:{self._socket}",
            f"--unixctl={self._folder / 'northd.ctl'}",
            f"--pidfile={self._folder / 'northd.pid'}",
            "--detach",
            "--no-chdir",
        ]
        with (self._folder / "northd.err").open("wb") as errors:
            subprocess.run(argv, env=self._env, check=True, stderr=errors)


def _insert(table: str, row: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    operation: dict[str, Any] = {"op": "insert", "table": table, "row": row}
    return {**operation, "uuid-name": name} if name else operation


def _acl(acl: Acl) -> dict[str, Any]:
    row: dict[str, Any] = {
        "match": acl.match,
        "action": acl.action,
        "direction": acl.direction,
        "priority": acl.priority,
    }
    return row if acl.tier is None else {**row, "tier": acl.tier}
