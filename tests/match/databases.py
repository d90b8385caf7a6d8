"""Scratch databases of an OVN of some version, with its own server, and ovn-trace over them.

No root, no OVS, no ovn-controller. `close` ends all that was started and removes its folder.
"""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.closed_at_end import ClosedAtEnd
from tests.lab.commands import LabError, environment
from tests.lab.suites import unpacked_ovn
from tests.match.rpc import Rpc

INSTALLED: Final = "23.03"
"""Debian 12's OVN; the others are unpacked beside it."""

NORTHBOUND: Final = "OVN_Northbound"
SOUTHBOUND: Final = "OVN_Southbound"
_FILES: Final = {NORTHBOUND: "nb", SOUTHBOUND: "sb"}

Operation = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs and schemas of an OVN are."""

    folder: str
    schemas: Path

    def path(self, name: str) -> str:
        """A program to execute."""
        return f"{self.folder}/{name}" if self.folder else _installed(name)


def _installed(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        raise LabError(f"{name} is not installed")
    return found


def programs_of(version: str) -> Programs:
    """The OVN of a version ("23.03", "25.03", "26.03"). Raises LabError or SuiteUnavailable."""
    if version == INSTALLED:
        return Programs("", Path("/usr/share/ovn"))
    unpacked = unpacked_ovn(version)
    return Programs(str(unpacked.programs), unpacked.ovn_schemas)


class Databases(ClosedAtEnd):
    """Empty databases behind one socket; what needs more adds it in `_begin`."""

    contents: tuple[str, ...] = (NORTHBOUND, SOUTHBOUND)

    def __init__(self, version: str) -> None:
        self.version = version
        self.programs = programs_of(version)
        self.folder = Path(tempfile.mkdtemp(prefix="ovn-scratch."))
        runtime = {
            f"{program}_{kind}DIR": str(self.folder)
            for program in ("OVN", "OVS")
            for kind in ("RUN", "LOG")
        }
        self.env = environment(self.folder, runtime)
        self._daemon: Rpc | None = None
        self._starts = 0
        with ExitStack() as starting:
            starting.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self._running = starting
            self._start_server()
            self._rpc = starting.enter_context(Rpc(self.folder / "db.sock", timeout_s=60.0))
            starting.callback(self.end_trace)
            self._begin()
            self._running = starting.pop_all()

    def _begin(self) -> None:
        """What else is started; `_spawn` ends it in time."""

    def close(self) -> None:
        """End what was started and remove its folder."""
        self._running.close()

    @property
    def remote(self) -> str:
        """The server, for a program's --db."""
        return f"unix:{self.folder / 'db.sock'}"

    @property
    def release(self) -> str:
        """OVN's exact version, as ovn-trace gives it: 23.03.1."""
        argv = [self.programs.path("ovn-trace"), "--version"]
        done = subprocess.run(
            argv, env=self.env, capture_output=True, text=True, check=True, timeout=20
        )
        return done.stdout.split()[1]

    def call(self, database: str, operations: Sequence[Operation]) -> list[Any]:
        """A transaction. Raises LabError with what the server says of one that fails."""
        results: list[Any] = self._rpc.call("transact", [database, *operations])["result"]
        for result in results:
            if result and "error" in result:
                raise LabError(f"{result['error']}: {result.get('details', '')}")
        return results

    def _start_server(self) -> None:
        files = []
        for database in self.contents:
            name = _FILES[database]
            files.append(str(self.folder / f"{name}.db"))
            schema = str(self.programs.schemas / f"ovn-{name}.ovsschema")
            tool = [self.programs.path("ovsdb-tool"), "create", files[-1], schema]
            subprocess.run(tool, env=self.env, check=True, timeout=20)
        control = f"--unixctl={self.folder / 'server.ctl'}"
        self._spawn("ovsdb-server", control, f"--remote=p{self.remote}", *files)

    def start_northd(self) -> None:
        """An ovn-northd that keeps the two databases in step."""
        self.call(NORTHBOUND, [{"op": "insert", "table": "NB_Global", "row": {}}])
        self.call(SOUTHBOUND, [{"op": "insert", "table": "SB_Global", "row": {}}])
        remotes = (f"--ovnnb-db={self.remote}", f"--ovnsb-db={self.remote}")
        self._spawn("ovn-northd", f"--unixctl={self.folder / 'northd.ctl'}", *remotes)

    def _spawn(self, program: str, *words: str) -> None:
        argv = [self.programs.path(program), *words]
        process = subprocess.Popen(argv, env=self.env, stderr=subprocess.DEVNULL)
        self._running.callback(_end, process)

    def start_trace(self, *words: str, memory: int | None = None) -> Rpc:
        """An ovn-trace daemon that has read the database as it is now, of at most so many bytes."""
        self.end_trace()
        self._starts += 1
        argv = [
            self.programs.path("ovn-trace"),
            f"--db={self.remote}",
            f"--unixctl={self.folder / f'trace{self._starts}.ctl'}",
            f"--pidfile={self.folder / f'trace{self._starts}.pid'}",
            "--detach",
            "--no-chdir",
            *words,
        ]

        def limit() -> None:
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        with (self.folder / "trace.err").open("wb") as errors:
            subprocess.run(
                argv, env=self.env, check=True, timeout=60, stderr=errors, preexec_fn=limit
            )
        self._daemon = Rpc(self.folder / f"trace{self._starts}.ctl")
        return self._daemon

    def end_trace(self) -> None:
        """End the daemon. It may be busy for hours with one microflow, so it is not asked to."""
        if self._daemon is not None:
            self._daemon.close()
            self._daemon = None
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.folder / f"trace{self._starts}.pid").read_text()), signal.SIGKILL)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(timeout=20)
