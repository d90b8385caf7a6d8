"""Real OVN as the judge of matches: a scratch southbound database and ovn-trace as a daemon.

No root, no OVS, no northd: logical flows are written straight into the database, one expression a
table, each above a flow that matches everything; a trace then tells for each table whether the
expression matched. What a microflow is refused with tells the parser's error, or, since an
ambiguous one is printed, how OVN prints the annotated expression. The daemon reads the database
once, so there is one for each batch; it starts in 15 ms, and a trace takes some 0.1 ms over one
connection.
"""

import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.lab.commands import LabError, environment
from tests.lab.suites import unpacked_ovn
from tests.match.rpc import Rpc, RpcError

INSTALLED: Final = "23.03"
"""Debian 12's OVN; the others are unpacked beside it."""

TABLES: Final = 24
"""Expressions in one load: ovn-trace follows a few tables more, how many depends on its version."""

CRASHED: Final = "ovn-trace crashed"
"""The answer to a microflow on which it did."""

_SWITCH: Final = "sw0"
_MEMORY: Final = 1 << 30
_PREFIX: Final = "error parsing flow: "
_STEP: Final = re.compile(r"^ *(\d+)\. .*?, priority (\d+), uuid [0-9a-f]{8}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class World:
    """The names that expressions may use."""

    ports: Sequence[str] = ()
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


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


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that was started here."""
    process.terminate()
    process.wait(timeout=20)


class Oracle:
    """A running database server and, after `load`, an ovn-trace daemon."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._programs = programs_of(version)
        self._folder = Path(tempfile.mkdtemp(prefix="match-oracle."))
        runtime = {
            f"{program}_{kind}DIR": str(self._folder)
            for program in ("OVN", "OVS")
            for kind in ("RUN", "LOG")
        }
        self._env = environment(self._folder, runtime)
        self._daemon: Rpc | None = None
        self._loads = 0
        self.crashes: list[str] = []
        """Microflows on which ovn-trace died."""
        with ExitStack() as starting:
            starting.callback(shutil.rmtree, self._folder, ignore_errors=True)
            starting.callback(end, self._start_server())
            self._database = starting.enter_context(Rpc(self._folder / "sb.sock"))
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

    def _start_server(self) -> "subprocess.Popen[bytes]":
        database, schema = self._folder / "sb.db", self._programs.schemas / "ovn-sb.ovsschema"
        tool = [self._programs.path("ovsdb-tool"), "create", str(database), str(schema)]
        subprocess.run(tool, env=self._env, check=True, timeout=20)
        argv = [
            self._programs.path("ovsdb-server"),
            f"--unixctl={self._folder / 'server.ctl'}",
            f"--remote=punix:{self._folder / 'sb.sock'}",
            str(database),
        ]
        return subprocess.Popen(argv, env=self._env, stderr=subprocess.DEVNULL)

    def close(self) -> None:
        """End what was started and remove its folder."""
        self._end_daemon()
        self._running.close()

    @property
    def release(self) -> str:
        """OVN's exact version, as ovn-trace gives it: 23.03.1."""
        argv = [self._programs.path("ovn-trace"), "--version"]
        done = subprocess.run(argv, env=self._env, check=True, capture_output=True, text=True)
        return done.stdout.split()[1]

    # --- loading -------------------------------------------------------------------------------

    def load(self, world: World, expressions: Sequence[str] = ()) -> None:
        """Replace what is in the database, and start a daemon that reads it.

        Expressions that OVN refuses are flows that are not there: they never match.
        """
        if len(expressions) > TABLES:
            raise ValueError(f"{len(expressions)} expressions, {TABLES} fit")
        tables = ("Logical_Flow", "Port_Binding", "Datapath_Binding", "Address_Set", "Port_Group")
        operations = [{"op": "delete", "table": table, "where": []} for table in tables]
        operations += _names(world)
        operations += _datapath(world.ports, expressions)
        answer = self._database.call("transact", ["OVN_Southbound", *operations])
        for result in answer["result"]:
            if result and "error" in result:
                raise LabError(f"{result['error']}: {result.get('details', '')}")
        self._start_daemon()

    def _start_daemon(self) -> None:
        self._end_daemon()
        self._loads += 1
        control = self._folder / f"trace{self._loads}.ctl"
        argv = [
            self._programs.path("ovn-trace"),
            f"--db=unix:{self._folder / 'sb.sock'}",
            f"--unixctl={control}",
            f"--pidfile={self._folder / f'trace{self._loads}.pid'}",
            "--detach",
            "--no-chdir",
        ]
        with (self._folder / "trace.err").open("wb") as errors:
            subprocess.run(argv, env=self._env, check=True, stderr=errors, preexec_fn=_frugal)
        self._daemon = Rpc(control)

    def _end_daemon(self) -> None:
        if self._daemon is not None:
            self._daemon.close()
            self._daemon = None
        # It may be busy for hours with one microflow, so it is not asked to exit.
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self._folder / f"trace{self._loads}.pid").read_text()), signal.SIGKILL)

    # --- asking --------------------------------------------------------------------------------

    def refusals(self, microflows: Sequence[str]) -> list[str | None]:
        """What each microflow is refused with, without prefix; None where it is accepted."""
        return [_refusal(answer) for answer in self._trace(microflows)]

    def matches(self, microflows: Sequence[str]) -> list[list[bool]]:
        """For each microflow, which has to name an inport, the expressions that match it."""
        return [_matched(answer) for answer in self._trace(microflows)]

    def _trace(self, microflows: Sequence[str]) -> list[str]:
        assert self._daemon is not None, "load first"
        try:
            answers = self._daemon.calls("trace", [[_SWITCH, text] for text in microflows])
        except RpcError:
            # It died or hangs: find out on which one.
            self._start_daemon()
            if len(microflows) == 1:
                self.crashes.append(microflows[0])
                return [CRASHED]
            middle = len(microflows) // 2
            return [*self._trace(microflows[:middle]), *self._trace(microflows[middle:])]
        return [answer["result"] or answer["error"] for answer in answers]


def _frugal() -> None:
    """A microflow with too many choices must not take all of the machine's memory."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refusal(answer: str) -> str | None:
    if answer == CRASHED:
        return CRASHED
    return answer.removeprefix(_PREFIX).rstrip("\n") if answer.startswith(_PREFIX) else None


def _matched(answer: str) -> list[bool]:
    if f"{TABLES}. no match" not in answer:
        raise LabError(f"no trace to the end: {answer[:300]}")
    matched = [False] * TABLES
    for table, priority in _STEP.findall(answer):
        matched[int(table)] = priority == "100"
    return matched


def _insert(table: str, row: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    operation: dict[str, Any] = {"op": "insert", "table": table, "row": row}
    return {**operation, "uuid-name": name} if name else operation


def _names(world: World) -> Iterator[dict[str, Any]]:
    for name, addresses in world.sets.items():
        yield _insert("Address_Set", {"name": name, "addresses": ["set", sorted(set(addresses))]})
    for name, ports in world.groups.items():
        # A group's name has the datapath's key before it; microflows are parsed with key 0.
        for key in (0, 1):
            row = {"name": f"{key}_{name}", "ports": ["set", sorted(set(ports))]}
            yield _insert("Port_Group", row)


def _datapath(ports: Sequence[str], expressions: Sequence[str]) -> Iterator[dict[str, Any]]:
    uuid = "00000000-0000-0000-0000-000000000001"
    ids = [["name", _SWITCH], ["logical-switch", uuid]]
    yield _insert("Datapath_Binding", {"tunnel_key": 1, "external_ids": ["map", ids]}, "sw")
    for key, port in enumerate(ports, 1):
        row = {"logical_port": port, "datapath": ["named-uuid", "sw"], "tunnel_key": key}
        yield _insert("Port_Binding", {**row, "type": ""})
    for table in range(TABLES):
        yield _flow(table, 0, "1")
    for table, expression in enumerate(expressions):
        yield _flow(table, 100, expression)


def _flow(table: int, priority: int, match: str) -> dict[str, Any]:
    """A flow that goes on to the next table. ovn-trace does not print a flow that is true and
    does nothing else, so those with an expression copy a field to itself before."""
    actions = "pkt.mark = pkt.mark; next;" if priority else "next;"
    row = {"pipeline": "ingress", "table_id": table, "priority": priority, "match": match}
    return _insert(
        "Logical_Flow", {**row, "logical_datapath": ["named-uuid", "sw"], "actions": actions}
    )
