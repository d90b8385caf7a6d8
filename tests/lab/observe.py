"""What a lab's databases say now, and waiting until they say something else."""

import time
from collections.abc import Callable

from tests.lab.commands import LabError
from tests.lab.lab import Lab


def wait_until(what: str, true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Until something is so; LabError with `what` if it does not come."""
    limit = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > limit:
            raise LabError(f"not in {timeout_s:g} s: {what}")
        time.sleep(0.03)


def _find(lab: Lab, tool: str, table: str, column: str, condition: str) -> str:
    argv = (tool, "--timeout=5", "--bare", "--no-headings", f"--columns={column}")
    return lab.ctl(*argv, "find", table, condition).strip()


def binding(lab: Lab, lsp: str, column: str) -> str:
    """A column of the Port_Binding of a logical port; empty for an empty set."""
    return _find(lab, "ovn-sbctl", "Port_Binding", column, f'logical_port="{lsp}"')


def is_bound(lab: Lab, lsp: str) -> bool:
    """Whether a chassis has claimed the port and said that it is up."""
    return binding(lab, lsp, "up") == "true" and bool(binding(lab, lsp, "chassis"))


def interface(lab: Lab, name: str, column: str) -> str:
    """A column of an OVS Interface; empty for an empty set and where there is no such row."""
    return _find(lab, "ovs-vsctl", "Interface", column, f'name="{name}"')


def interface_exists(lab: Lab, name: str) -> bool:
    """Whether conf.db has the Interface."""
    return bool(interface(lab, name, "_uuid"))


def log_of(lab: Lab, daemon: str) -> str:
    """A daemon's log so far."""
    return lab.daemons.pid_file(daemon).with_suffix(".log").read_text(errors="replace")
