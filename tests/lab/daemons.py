"""The node's daemons: three ovsdb-servers, ovs-vswitchd, ovn-northd, ovn-controller.

All run inside the node's network namespace; ovs-vswitchd must, since it makes its taps there.
"""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.lab import example as ex
from tests.lab.commands import LabError, run, run_all
from tests.lab.places import Places
from tests.lab.toolset import Toolset

DAEMONS = (
    "ovsdb-server",
    "ovnnb_db",
    "ovnsb_db",
    "ovs-vswitchd",
    "ovn-northd",
    "ovn-controller",
)


class Daemons:
    """Start, stop and find the node's daemons. `env` is the node's environment."""

    def __init__(self, places: Places, tools: Toolset, env: Mapping[str, str]) -> None:
        self._places = places
        self._tools = tools
        self._env = env

    def pid_file(self, daemon: str) -> Path:
        """Where a daemon writes its process id."""
        folder = (
            self._places.ovs if daemon in ("ovsdb-server", "ovs-vswitchd") else self._places.ovn
        )
        return folder / f"{daemon}.pid"

    def pid(self, daemon: str) -> int | None:
        """The process id of a daemon that runs, else None."""
        try:
            pid = int(self.pid_file(daemon).read_text())
        except (OSError, ValueError):
            return None
        return pid if is_alive(pid) else None

    def pids(self) -> dict[str, int]:
        """Those that run."""
        found = {daemon: self.pid(daemon) for daemon in DAEMONS}
        return {daemon: pid for daemon, pid in found.items() if pid is not None}

    def create_databases(self) -> None:
        """The three database files, empty."""
        places, tools = self._places, self._tools
        files = (
            (places.ovs / "conf.db", tools.vswitch_schema),
            (places.ovn / "ovnnb_db.db", tools.nb_schema),
            (places.ovn / "ovnsb_db.db", tools.sb_schema),
        )
        for file, _ in files:
            file.parent.mkdir(parents=True, exist_ok=True)
        run_all(
            [["ovsdb-tool", "create", str(file), str(schema)] for file, schema in files], self._env
        )

    def start_databases(self) -> None:
        """conf.db, northbound and southbound; they answer when this returns."""
        run_all([self._database_argv(name) for name in ("ovsdb-server", "ovnnb_db", "ovnsb_db")],
                self._env)  # fmt: skip

    def start_database(self, name: str) -> None:
        """One of them."""
        run(self._database_argv(name), self._env)

    def _database_argv(self, name: str) -> list[str]:
        places = self._places
        sockets = {
            "ovsdb-server": (places.ovs / "conf.db", places.ovs_socket),
            "ovnnb_db": (places.ovn / "ovnnb_db.db", places.nb_socket),
            "ovnsb_db": (places.ovn / "ovnsb_db.db", places.sb_socket),
        }
        file, socket = sockets[name]
        control = [] if name == "ovsdb-server" else [f"--unixctl={places.ovn / name}.ctl"]
        argv = ["ovsdb-server", str(file), f"--remote=punix:{socket}", *control]
        return self._in_node(name, argv)

    def start_vswitchd(self) -> None:
        """ovs-vswitchd, on conf.db as it is."""
        argv = ["ovs-vswitchd", f"unix:{self._places.ovs_socket}", "--no-chdir"]
        run(self._in_node("ovs-vswitchd", argv), self._env)

    def start_northd(self) -> None:
        """ovn-northd between the two databases."""
        argv = [
            "ovn-northd",
            f"--ovnnb-db=unix:{self._places.nb_socket}",
            f"--ovnsb-db=unix:{self._places.sb_socket}",
            "--no-chdir",
        ]
        run(self._in_node("ovn-northd", argv), self._env)

    def start_controller(self) -> None:
        """ovn-controller; `await_controller` waits for it."""
        argv = ["ovn-controller", f"unix:{self._places.ovs_socket}", "--no-chdir"]
        run(self._in_node("ovn-controller", argv), self._env)

    def _in_node(self, daemon: str, argv: list[str]) -> list[str]:
        pid_file = self.pid_file(daemon)
        return [
            "ip", "netns", "exec", self._places.node, *argv,
            f"--pidfile={pid_file}", f"--log-file={pid_file.with_suffix('.log')}",
            "-vsyslog:off", "-vconsole:off", "--detach",
        ]  # fmt: skip

    def signal(self, daemon: str, number: signal.Signals) -> None:
        """Send a signal; LabError if the daemon does not run."""
        pid = self.pid(daemon)
        if pid is None:
            raise LabError(f"{daemon} of {ex.NODE} does not run")
        os.kill(pid, number)

    def kill(self, daemon: str) -> None:
        """End a daemon as a crash would, and wait until it is gone. Its pid file stays."""
        pid = self.pid(daemon)
        if pid is not None:
            end_process(pid)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def end_process(pid: int, timeout_s: float = 3.0) -> None:
    """SIGKILL a process and wait until it is gone; LabError if it stays."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    limit = time.monotonic() + timeout_s
    while is_alive(pid):
        if time.monotonic() > limit:
            raise LabError(f"process {pid} does not end")
        time.sleep(0.005)
