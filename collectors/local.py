"""This machine: the tools' own sockets and defaults, programs started here, no Kubernetes API."""

import json
import os
import re
import shlex
import shutil
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from collectors.artifacts import BY_NAME, DATABASE_FILES, DATABASE_FOLDERS, Artefact, Where
from collectors.process import Finished, Processes
from collectors.tool_failure import (
    Failure,
    decode,
    failure_of_run,
    not_installed,
    timed_out,
    tool_of,
)
from ovntrace.model.capture import Capture, Missing, Reason, Target

# A name under /run/netns, nothing that leads out of it.
_NETNS_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_NAME_TIMEOUT_S = 5.0
# Where OpenShift keeps the interconnect databases' sockets on the host.
_OPENSHIFT_IC_RUNDIR = Path("/run/ovn-ic")


class Local:
    """Collects on this machine. Follows OVN_NB_DB, OVN_SB_DB, OVN_RUNDIR and OVS_RUNDIR."""

    kind = "local"

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._processes = Processes(self._environ)
        self._now = now
        self._name = ""

    @property
    def place(self) -> str:
        """This machine's name."""
        return socket.gethostname()

    def can_run(self) -> str | None:
        """What is missing here, if nothing of OVN or OVS can be read."""
        troubles = [
            trouble
            for tool, path in self.sockets()
            if (trouble := self.trouble(tool, path)) is not None
        ]
        if len(troubles) < len(self.sockets()):
            return None
        return "nothing of OVN or OVS can be read here: " + "; ".join(troubles)

    def nodes(self) -> tuple[str, ...]:
        """This node, by the name that OVN knows (external_ids:hostname), else the host's."""
        if not self._name:
            self._name = self._ask_name() or self.place
        return (self._name,)

    def database_files(self, artefact: str) -> Sequence[str]:
        """The file of the server that the tools would ask: none if it is another machine's, or if
        several could be it (a host keeps the file of a mode that it no longer runs in)."""
        name = DATABASE_FILES[artefact]
        sockets = {path.name: path for _, path in self.sockets() if path is not None}
        socket = sockets.get(f"{name.removesuffix('.db')}.sock")
        if socket is None:
            return ()
        given = self._environ.get("OVN_DBDIR")
        folders: tuple[str, ...] = (given,) if given else DATABASE_FOLDERS
        if not given and socket.parent == _OPENSHIFT_IC_RUNDIR:
            folders = tuple(folder for folder in DATABASE_FOLDERS if "ovn-ic" in folder)
        found = [path for folder in folders if (path := Path(folder) / name).exists()]
        return [str(found[0])] if len(found) == 1 else ()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """Run the artefact's command here."""
        refusal = self._refusal(target, artefact)
        if refusal is not None:
            return refusal.missing(target, artefact.name, "")
        netns = target.netns if artefact.where is Where.POD else ""
        argv = artefact.command(timeout_s, netns)
        origin = shlex.join(argv)
        taken_at = self._now()
        try:
            finished = self._processes.run(argv, timeout_s)
        except FileNotFoundError:
            return not_installed(argv[0]).missing(target, artefact.name, origin)
        except OSError as error:
            reason = Reason.DENIED if isinstance(error, PermissionError) else Reason.UNREACHABLE
            detail = f"{argv[0]} can't be started: {error.strerror}"
            return Missing(target, artefact.name, reason, detail, "", origin)
        failure = _failure(artefact, argv, finished, timeout_s)
        if failure is not None:
            return failure.missing(target, artefact.name, origin)
        return Capture(
            target,
            artefact.name,
            finished.stdout,
            origin,
            taken_at,
            finished.seconds,
            finished.exit_code,
            decode(finished.stderr),
            argv,
        )

    def close(self) -> None:
        """End the programs that still run."""
        self._processes.close()

    def _refusal(self, target: Target, artefact: Artefact) -> Failure | None:
        if artefact.where is Where.API:
            return Failure(
                Reason.UNSUPPORTED,
                "the Kubernetes API is not asked from a node",
                "without --local the Kubernetes API shows it",
            )
        if target.node and target.node not in (*self.nodes(), self.place):
            return Failure(
                Reason.UNSUPPORTED,
                f"{target.node} is another machine than this one",
                "run ovntrace there, or without --local",
            )
        if artefact.where is Where.NODE:
            return None
        if not artefact.netns_argv:
            return Failure(Reason.UNSUPPORTED, "it is run inside a container's image only")
        if not target.netns:
            return Failure(
                Reason.UNSUPPORTED, "the pod's network namespace is not known on this node"
            )
        if not _NETNS_NAME.fullmatch(target.netns):
            return Failure(Reason.ABSENT, f"no name of a network namespace: {target.netns!r}")
        return None

    def _ask_name(self) -> str:
        result = self._run_name()
        if result is None or result.exit_code != 0:
            return ""
        text = result.stdout.decode("utf-8", "replace").strip()
        if text.startswith('"'):
            try:
                text = str(json.loads(text))
            except ValueError:
                return ""
        return text

    def _run_name(self) -> Finished | None:
        argv = BY_NAME["node-name"].command(_NAME_TIMEOUT_S)
        try:
            return self._processes.run(argv, _NAME_TIMEOUT_S)
        except OSError:
            return None

    def sockets(self) -> tuple[tuple[str, Path | None], ...]:
        """The tools and the socket that each would use; None where it is none of a file."""
        ovn = Path(self._environ.get("OVN_RUNDIR") or "/var/run/ovn")
        ovs = Path(self._environ.get("OVS_RUNDIR") or "/var/run/openvswitch")
        return (
            ("ovn-nbctl", _socket(self._environ.get("OVN_NB_DB"), ovn / "ovnnb_db.sock")),
            ("ovn-sbctl", _socket(self._environ.get("OVN_SB_DB"), ovn / "ovnsb_db.sock")),
            ("ovs-vsctl", _socket(None, ovs / "db.sock")),
        )

    def program(self, tool: str) -> str | None:
        """The path of a program; None if it is not there."""
        return shutil.which(tool, path=self._environ.get("PATH"))

    def trouble(self, tool: str, path: Path | None) -> str | None:
        """Why a tool can't reach its socket; None if both are there."""
        if self.program(tool) is None:
            return f"no {tool} in PATH"
        if path is None or path.exists():
            return None
        other = _OPENSHIFT_IC_RUNDIR / path.name
        variable = {"ovn-nbctl": "OVN_NB_DB", "ovn-sbctl": "OVN_SB_DB"}.get(tool)
        if variable and other.exists():
            return f"no {path} (there is {other}: set {variable}=unix:{other})"
        return f"no {path}"


def _socket(database: str | None, default: Path) -> Path | None:
    if not database:
        return default
    if database.startswith("unix:") and "," not in database:
        return Path(database.removeprefix("unix:"))
    return None


def _failure(
    artefact: Artefact, argv: Sequence[str], finished: Finished, timeout_s: float
) -> Failure | None:
    if finished.end == "timeout":
        return timed_out(tool_of(argv), timeout_s)
    if finished.end == "closed":
        return Failure(Reason.UNREACHABLE, "stopped")
    if finished.end == "overflow":
        return Failure(Reason.TRUNCATED, f"{tool_of(argv)} wrote more than is read")
    return failure_of_run(artefact, argv, finished.exit_code, decode(finished.stderr))
